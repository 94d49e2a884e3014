//! How devices leave for the archive, are replaced and come back.
//!
//! Everything that may be refused is looked at first: a refused write has changed nothing.

use std::sync::Arc;

use serde_json::json;
use twin::document::Applied;
use twin::identity::Status;

use super::changes::new_twin;
use super::{Fold, Ledger, Signature, Stop};
use crate::archive::{Fate, Replace, Restore, Retire};
use crate::write::{IdentityChange, IdentityEdit, Refused, Written};

impl<L: Ledger> Fold<L> {
    pub(super) fn retire(&mut self, retire: Retire) -> Result<Written, Stop> {
        let slot = self.lookup(&retire.device_id)?;
        let last = Arc::clone(self.record(slot)?);
        if !retire.if_match.admits(&last.identity.wire_etag()) {
            return Err(Refused::PreconditionFailed.into());
        }
        let signature = Signature {
            actor: retire.actor,
            reason: Some(retire.retirement.reason.clone()),
            at: retire.at,
        };
        let retirement = Some(&retire.retirement);
        Ok(self.leave(&retire.device_id, &last, &signature, retirement))
    }

    pub(super) fn replace(&mut self, replace: Replace) -> Result<Written, Stop> {
        let Replace {
            old: old_id,
            fate,
            new,
            actor,
            reason,
            at,
            ..
        } = replace;
        if self.names.contains_key(&new.device_id) {
            return Err(Refused::Exists.into());
        }
        let slot = self.lookup(&old_id)?;
        let old = Arc::clone(self.record(slot)?);
        let (twin, applied) = new_twin(old.twin.tags.clone(), old.twin.desired.values.clone(), at)?;
        let sign = || Signature {
            actor: actor.clone(),
            reason: Some(reason.clone()),
            at,
        };
        let archived = match fate {
            Fate::Blocked(status_reason) => {
                let change = IdentityChange {
                    status: Some(Status::Disabled),
                    status_reason: Some(Some(status_reason)),
                    ..IdentityChange::default()
                };
                self.change_identity(slot, change, sign())?;
                None
            }
            Fate::Retired(retirement) => {
                self.leave(&old_id, &old, &sign(), Some(&retirement));
                Some(self.numbers.seq)
            }
        };
        let record = self.newcomer(new, twin);
        self.ledger.succeeded(&record, &old, at);
        let replaces = json!({ "device": old_id.as_str(), "archived": archived });
        self.enter(record, sign(), applied, vec![edit("replaces", replaces)])
    }

    pub(super) fn restore(&mut self, restore: &Restore) -> Result<Written, Stop> {
        let entry = self.archived.get(&restore.number);
        let entry = entry.filter(|entry| {
            let until = entry.retirement.restorable_until;
            entry.record.identity.device_id == restore.device_id
                && entry.restored.is_none()
                && until.is_some_and(|until| restore.at < until)
        });
        let Some(entry) = entry else {
            return Err(Refused::NotFound.into());
        };
        if self.names.contains_key(&restore.device_id) {
            return Err(Refused::Exists.into());
        }
        let mut record = entry.record.clone();
        record.identity.etag += 1;
        // The chain of its history goes on where it ended.
        record.seq = restore.number;
        self.archived.remove(&restore.number);
        self.ledger
            .restored(restore.number, &restore.actor, restore.at);
        let signature = Signature {
            actor: restore.actor.clone(),
            reason: Some(restore.reason.clone()),
            at: restore.at,
        };
        let restored = edit("restored", json!(restore.number));
        let applied = Applied {
            changed: true,
            ..Applied::default()
        };
        self.enter(record, signature, applied, vec![restored])
    }
}

fn edit(field: &str, new: twin::Value) -> IdentityEdit {
    IdentityEdit {
        field: field.to_owned(),
        old: None,
        new: Some(new),
    }
}
