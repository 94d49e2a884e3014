//! Restoring a device that was retired by mistake, or came back.

use std::sync::Arc;

use store::{TwinChange, Write, Written};
use twin::id::Seq;

use super::{Retire, reason_of};
use crate::access::{Action, Principal, authorize};
use crate::{Error, audit};

impl Retire {
    /// Brings a retired device back as it was, able to connect with the keys that it had.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such entry; [`Error::Exists`] when a device of that name was
    /// enrolled since; [`Error::Invalid`] when it was restored before or can no longer be, and without a
    /// reason.
    pub async fn restore(
        &self,
        principal: &Principal,
        number: Seq,
        reason: &str,
    ) -> Result<Arc<TwinChange>, Error> {
        authorize(principal, Action::RetireDevice)?;
        let reason = reason_of(reason)?;
        let core = &self.core;
        let entry = core.store.archived(number).await?;
        let entry = entry.ok_or_else(|| no_entry(number))?;
        let id = entry.record.identity.device_id;
        let at = core.clock.now();
        if entry.restored.is_some() {
            return Err(Error::Invalid(format!("{id} was restored before.")));
        }
        if entry
            .retirement
            .restorable_until
            .is_none_or(|until| until <= at)
        {
            return Err(Error::Invalid(format!(
                "{id} can no longer be restored: its keys are destroyed. Enroll it anew."
            )));
        }
        let audit = audit::done(core, principal, "device.restore", id.as_str())
            .reason(Some(reason.clone()))
            .detail(serde_json::json!({ "archived": number }))
            .entry();
        let write = Write::Restore(Box::new(store::Restore {
            number,
            device_id: id.clone(),
            actor: principal.actor(),
            reason,
            at,
            audit: Some(audit),
        }));
        match core.store.write(vec![write]).await?.pop() {
            Some(Ok(Written::Twin(change))) => Ok(change),
            // Somebody else restored it, or its time ended, between the look and the write.
            Some(Err(store::Refused::NotFound)) => Err(Error::PreconditionFailed),
            Some(Err(refused)) => Err(Error::refused(&id, refused)),
            Some(Ok(Written::Deleted { .. } | Written::Stored)) | None => Err(Error::Busy),
        }
    }
}

fn no_entry(number: Seq) -> Error {
    Error::NotFound {
        what: "Retirement record",
        name: number.0.to_string(),
    }
}
