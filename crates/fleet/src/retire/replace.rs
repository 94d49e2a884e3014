//! Replacing a device: another takes over its tags and what is asked of it, and the old one is blocked.

use store::{Fate, Record, Write, Written};
use twin::id::{DeviceId, Seq};
use twin::presence::Presence;

use super::{Retire, open_checks, reason_of, status_reason};
use crate::access::{Action, Principal, authorize};
use crate::provision::{NewDevice, Registered, new_identity};
use crate::{Error, audit};

/// What takes over, and what becomes of what was there.
#[derive(Clone)]
pub struct Replacement {
    /// The name of the new device.
    pub new_id: DeviceId,
    /// Its primary and secondary key in base64; a missing or empty one is made.
    pub keys: Option<(String, String)>,
    /// What becomes of the old device.
    pub old: OldDevice,
    /// Why, in the actor's words.
    pub reason: String,
}

impl std::fmt::Debug for Replacement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replacement")
            .field("new_id", &self.new_id)
            .field("old", &self.old)
            .finish_non_exhaustive()
    }
}

/// What becomes of a device that is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OldDevice {
    /// It is disabled and stays in the fleet: nothing it presents lets it in.
    Blocked,
    /// It is retired, and can be restored until the grace is over.
    Retired,
}

/// A device that has taken over.
#[derive(Debug, Clone)]
pub struct Replaced {
    /// The new device, with its keys.
    pub device: Registered,
    /// The entry of the old one in the archive, when it was retired.
    pub archived: Option<Seq>,
}

impl Retire {
    /// Registers a device that takes over from another, with tags and desired properties as they are at the
    /// moment of the commit; the old one is blocked or retired in the same transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the old device, [`Error::Exists`] for the new one; [`Error::Invalid`] without a
    /// reason, or for keys that cannot be used.
    pub async fn replace(
        &self,
        principal: &Principal,
        old: &DeviceId,
        by: Replacement,
    ) -> Result<Replaced, Error> {
        authorize(principal, Action::RetireDevice)?;
        let reason = reason_of(&by.reason)?;
        let looked = self.look(old).await?;
        let core = &self.core;
        let at = core.clock.now();
        let new = NewDevice {
            keys: by.keys,
            ..NewDevice::new(by.new_id.clone())
        };
        let (identity, keys) = new_identity(core, new, at)?;
        let open = serde_json::json!(open_checks(&looked.checks));
        let fate = match by.old {
            OldDevice::Blocked => {
                Fate::Blocked(status_reason(&format!("replaced by {}", by.new_id)))
            }
            OldDevice::Retired => Fate::Retired(self.retirement(looked, (reason.clone(), false))),
        };
        let entry = audit::done(core, principal, "device.replace", old.as_str())
            .reason(Some(reason.clone()))
            .detail(serde_json::json!({
                "by": by.new_id.as_str(),
                "isRetired": by.old == OldDevice::Retired,
                "open": open,
            }))
            .entry();
        let write = Write::Replace(Box::new(store::Replace {
            old: old.clone(),
            fate,
            new: identity,
            actor: principal.actor(),
            reason,
            at,
            audit: Some(entry),
        }));
        match core.store.write(vec![write]).await?.pop() {
            Some(Ok(Written::Twin(change))) => Ok(Replaced {
                archived: archived(&change.identity_edits),
                device: Registered {
                    record: Record::clone(&change.record),
                    presence: Presence::default(),
                    keys,
                },
            }),
            Some(Err(store::Refused::Exists)) => {
                Err(Error::refused(&by.new_id, store::Refused::Exists))
            }
            Some(Err(refused)) => Err(Error::refused(old, refused)),
            Some(Ok(Written::Deleted { .. } | Written::Stored)) | None => Err(Error::Busy),
        }
    }
}

/// The entry in the archive that the change of the new device names.
fn archived(edits: &[store::IdentityEdit]) -> Option<Seq> {
    let edit = edits.iter().find(|edit| edit.field == "replaces")?;
    let number = edit.new.as_ref()?.get("archived")?.as_u64()?;
    Some(Seq(number))
}
