//! The audit log: who did what to what. Every change carries its entry into the same transaction.
//!
//! Entries are made here and written by the store together with the change; this module reads them
//! back for people.

use std::sync::Arc;

use store::{AuditEntry, LoggedAudit};
use twin::Value;

use crate::Error;
use crate::access::{Action, Principal, authorize};
use crate::core::Core;

/// Reads the audit log.
#[derive(Debug)]
pub struct Audit {
    core: Arc<Core>,
}

impl Audit {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// At most `limit` entries, newest first, that came before the entry numbered `before`.
    pub async fn entries(
        &self,
        principal: &Principal,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<LoggedAudit>, Error> {
        authorize(principal, Action::ReadAudit)?;
        let limit = limit.min(self.core.limits.console_page_rows_max);
        Ok(self.core.store.audit(before, limit).await?)
    }
}

/// An audit entry in the making.
pub(crate) struct Draft(AuditEntry);

/// Something that is done if the write it rides on is not refused.
pub(crate) fn done(core: &Core, principal: &Principal, action: &str, target: &str) -> Draft {
    draft(core, principal, action, target, "done")
}

/// Something that was not done.
pub(crate) fn refused(core: &Core, principal: &Principal, action: &str, target: &str) -> Draft {
    draft(core, principal, action, target, "refused")
}

fn draft(core: &Core, principal: &Principal, action: &str, target: &str, outcome: &str) -> Draft {
    Draft(AuditEntry {
        at: core.clock.now(),
        actor: principal.actor(),
        action: action.to_owned(),
        target: target.to_owned(),
        outcome: outcome.to_owned(),
        reason: None,
        detail: Value::Null,
    })
}

impl Draft {
    /// Why, in the actor's words.
    pub(crate) fn reason(mut self, reason: Option<String>) -> Self {
        self.0.reason = reason;
        self
    }

    /// Whatever else is worth knowing; never keys or passwords.
    pub(crate) fn detail(mut self, detail: Value) -> Self {
        self.0.detail = detail;
        self
    }

    /// What came of it, when that is neither `done` nor `refused`.
    pub(crate) fn outcome(mut self, outcome: &str) -> Self {
        outcome.clone_into(&mut self.0.outcome);
        self
    }

    /// The finished entry.
    pub(crate) fn entry(self) -> AuditEntry {
        self.0
    }
}
