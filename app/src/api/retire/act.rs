//! What a person does: retire, replace, restore.

use fleet::retire::{Decommission, OldDevice, Replacement as FleetReplacement};
use twin::id::{DeviceId, Match, Seq};

use super::desk::known;
use super::{Replaced, Replacement, Retired, Retirement, Together};
use crate::api::{Caller, Code, Problem, refuse};

impl Caller {
    /// Retires a device.
    pub(crate) async fn retire(&self, retirement: Retirement) -> Result<Retired, Problem> {
        let id = known(&retirement.id)?;
        let how = Decommission {
            reason: retirement.reason,
            is_final: retirement.is_final,
            if_match: Match::Etag(retirement.etag),
        };
        let retire = self.fleet.retire();
        let number = retire.decommission(&self.principal, &id, how).await;
        Ok(Retired {
            number: number.map_err(changed)?.0,
            id: id.as_str().to_owned(),
        })
    }

    /// Lets a new device take over from another.
    pub(crate) async fn replace(&self, replacement: Replacement) -> Result<Replaced, Problem> {
        let old = known(&replacement.old)?;
        let new = DeviceId::parse(replacement.new.trim())
            .map_err(|error| refuse(Problem::new(Code::Invalid, error.to_string()).at("new-id")))?;
        let by = FleetReplacement {
            new_id: new.clone(),
            keys: Some(replacement.keys),
            old: if replacement.is_retired {
                OldDevice::Retired
            } else {
                OldDevice::Blocked
            },
            reason: replacement.reason,
        };
        let replaced = self.fleet.retire().replace(&self.principal, &old, by).await;
        let replaced = replaced.map_err(|error| {
            let is_taken = matches!(error, fleet::Error::Exists { .. });
            let problem = Problem::from(error);
            if is_taken {
                problem.at("new-id")
            } else {
                problem
            }
        })?;
        let key = replaced.device.keys.unwrap_or_default().0;
        Ok(Replaced {
            secret: self.secret(&new, &key),
            old: old.as_str().to_owned(),
            new: new.as_str().to_owned(),
            archived: replaced.archived.map(|number| number.0),
        })
    }

    /// Brings a retired device back; gives its name.
    pub(crate) async fn restore(&self, number: u64, reason: &str) -> Result<String, Problem> {
        let retire = self.fleet.retire();
        let restored = retire.restore(&self.principal, Seq(number), reason).await;
        let restored = restored.map_err(|error| match error {
            fleet::Error::Exists { name, .. } => refuse(Problem::new(
                Code::Conflict,
                format!(
                    "A device “{name}” was enrolled since. Retire or delete that one first, or enroll this one under another name."
                ),
            )),
            error => error.into(),
        })?;
        Ok(restored.record.identity.device_id.to_string())
    }

    /// Retires devices together.
    pub(crate) async fn retire_together(
        &self,
        ids: &[String],
        reason: &str,
    ) -> Result<Together, Problem> {
        let ids: Vec<DeviceId> = ids.iter().map(|id| known(id)).collect::<Result<_, _>>()?;
        let retire = self.fleet.retire();
        let results = retire
            .decommission_many(&self.principal, &ids, reason, false)
            .await?;
        let mut together = Together {
            retired: 0,
            refused: Vec::new(),
        };
        for (id, result) in ids.iter().zip(results) {
            match result {
                Ok(_) => together.retired += 1,
                Err(error) => together.refused.push((id.to_string(), error.to_string())),
            }
        }
        Ok(together)
    }
}

/// A device that was changed while a person looked at it.
fn changed(error: fleet::Error) -> Problem {
    match error {
        fleet::Error::PreconditionFailed => refuse(Problem::new(
            Code::Conflict,
            "Somebody changed this device since you looked. Look at the checks again, then retire it.",
        )),
        error => error.into(),
    }
}
