//! Retiring devices: one, or some at once.

use store::{Retirement, Write, Written};
use twin::id::{DeviceId, Match, Seq};

use super::{Checks, Retire, open_checks, reason_of};
use crate::access::{Action, Principal, authorize};
use crate::{Error, audit};

/// Why and how a device is retired.
#[derive(Debug, Clone)]
pub struct Decommission {
    /// Why, in the actor's words.
    pub reason: String,
    /// Its keys are destroyed at once: it can never be restored.
    pub is_final: bool,
    /// What the identity's etag must be.
    pub if_match: Match,
}

impl Retire {
    /// Retires a device and gives the number of its entry in the archive. What was looked at is kept there as
    /// it stood in this moment.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] without a reason; [`Error::PreconditionFailed`] when the
    /// identity was changed since it was read.
    pub async fn decommission(
        &self,
        principal: &Principal,
        id: &DeviceId,
        how: Decommission,
    ) -> Result<Seq, Error> {
        authorize(principal, Action::RetireDevice)?;
        let reason = reason_of(&how.reason)?;
        let looked = self.look(id).await?;
        if !how
            .if_match
            .admits(&looked.device.record.identity.wire_etag())
        {
            return Err(Error::PreconditionFailed);
        }
        let write = self.retire_write(principal, id, looked, (reason, how.is_final));
        let mut results = self.core.store.write(vec![write]).await?;
        number_of(id, results.pop())
    }

    /// Retires some devices in one transaction; one that is refused does not hold the others.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a reason, or when there are more than [a call may have](crate::Limits::retire_rows_max):
    /// then nothing was done, as when the store fails.
    pub async fn decommission_many(
        &self,
        principal: &Principal,
        ids: &[DeviceId],
        reason: &str,
        is_final: bool,
    ) -> Result<Vec<Result<Seq, Error>>, Error> {
        authorize(principal, Action::RetireDevice)?;
        let reason = reason_of(reason)?;
        let max = self.core.limits.retire_rows_max;
        if ids.len() > max {
            return Err(Error::Invalid(format!(
                "At most {max} devices are retired at once."
            )));
        }
        let mut writes = Vec::with_capacity(ids.len());
        let mut missing = Vec::with_capacity(ids.len());
        for id in ids {
            match self.look(id).await {
                Ok(looked) => {
                    let how = (reason.clone(), is_final);
                    writes.push(self.retire_write(principal, id, looked, how));
                    missing.push(None);
                }
                Err(error @ Error::NotFound { .. }) => missing.push(Some(error)),
                Err(error) => return Err(error),
            }
        }
        let mut written = self.core.store.write(writes).await?.into_iter();
        let each = ids.iter().zip(missing);
        Ok(each
            .map(|(id, missing)| match missing {
                Some(error) => Err(error),
                None => number_of(id, written.next()),
            })
            .collect())
    }

    /// A retirement as it stands now, restorable until the grace is over unless it is final.
    pub(super) fn retirement(
        &self,
        looked: Checks,
        (reason, is_final): (String, bool),
    ) -> Retirement {
        let until = self.core.clock.now().plus(self.core.limits.restore_grace);
        Retirement {
            reason,
            checks: looked.checks,
            restorable_until: (!is_final).then_some(until),
        }
    }

    fn retire_write(
        &self,
        principal: &Principal,
        id: &DeviceId,
        looked: Checks,
        how: (String, bool),
    ) -> Write {
        let if_match = Match::Etag(looked.device.record.identity.wire_etag());
        let is_final = how.1;
        let retirement = self.retirement(looked, how);
        let entry = audit::done(&self.core, principal, "device.retire", id.as_str())
            .reason(Some(retirement.reason.clone()))
            .detail(serde_json::json!({
                "isFinal": is_final,
                "open": open_checks(&retirement.checks),
            }))
            .entry();
        Write::Retire(Box::new(store::Retire {
            device_id: id.clone(),
            if_match,
            retirement,
            actor: principal.actor(),
            at: self.core.clock.now(),
            audit: Some(entry),
        }))
    }
}

fn number_of(
    id: &DeviceId,
    written: Option<Result<Written, store::Refused>>,
) -> Result<Seq, Error> {
    match written {
        Some(Ok(Written::Deleted { seq, .. })) => Ok(seq),
        Some(Err(refused)) => Err(Error::refused(id, refused)),
        Some(Ok(Written::Twin(_) | Written::Stored)) | None => Err(Error::Busy),
    }
}
