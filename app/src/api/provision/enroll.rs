//! What people ask of the registry, passed on to the fleet.

use fleet::monitor::Live;
use fleet::provision::{DeviceUpdate, NewDevice};
use leptos::prelude::use_context;
use twin::id::{DeviceId, Match};
use twin::identity::Status;
use twin::limits::STATUS_REASON_CHARS_MAX;
use twin::time::Timestamp;

use super::{Checked, Draft, Enrolled, Hub, Qr, Secret};
use crate::api::device::Device;
use crate::api::{Caller, Code, Problem, WhichKey, refuse};
use crate::shell::Installation;

impl Caller {
    /// Registers the device that is described.
    pub(crate) async fn enroll(&self, draft: Draft, hub: Hub) -> Result<Enrolled, Problem> {
        let Checked { id, tags, desired } = draft.check().map_err(|wrong| {
            let first = wrong.into_iter().next();
            let (sentence, field) = first.map_or_else(
                || ("The description cannot be read.".to_owned(), ""),
                |wrong| (wrong.sentence, wrong.field.name()),
            );
            refuse(Problem::new(Code::Invalid, sentence).at(field))
        })?;
        let new = NewDevice {
            keys: Some((draft.primary_key, draft.secondary_key)),
            tags,
            desired,
            ..NewDevice::new(id.clone())
        };
        let created = self.fleet.provision().create(&self.principal, new).await;
        let created = created.map_err(|error| {
            let problem = Problem::from(error);
            if problem.code == Code::Conflict {
                problem.at(super::Field::Id.name())
            } else {
                problem
            }
        })?;
        let Some((key, _)) = created.keys else {
            let sentence =
                "The device is enrolled, but its keys cannot be shown. Roll them on its page.";
            return Err(refuse(Problem::new(Code::NoAnswer, sentence)));
        };
        let live = Live {
            record: created.record,
            presence: created.presence,
        };
        Ok(Enrolled {
            device: self.device_of(&live),
            secret: self.secret(&id, &key),
            hub,
        })
    }

    /// Whether a device has this name.
    pub(crate) async fn is_taken(&self, id: &str) -> Result<bool, Problem> {
        match DeviceId::parse(id) {
            Ok(id) => Ok(self.live(&id).await?.is_some()),
            Err(_) => Ok(false),
        }
    }

    /// Makes one key of a device anew.
    pub(crate) async fn renew_device_key(
        &self,
        id: &str,
        which: WhichKey,
        reason: &str,
    ) -> Result<Secret, Problem> {
        let (id, reason) = (known(id)?, reason_of(reason)?);
        let provision = self.fleet.provision();
        let key = provision
            .renew_key(&self.principal, &id, which.into(), Some(reason))
            .await?;
        Ok(self.secret(&id, &key))
    }

    /// Lets a device connect, or keeps it out.
    pub(crate) async fn set_status(
        &self,
        id: &str,
        is_enabled: bool,
        reason: &str,
    ) -> Result<Device, Problem> {
        let (id, reason) = (known(id)?, reason_of(reason)?);
        let status = if is_enabled {
            Status::Enabled
        } else {
            Status::Disabled
        };
        let update = DeviceUpdate {
            status: Some(status),
            status_reason: Some(Some(reason.clone())),
            reason: Some(reason),
            ..DeviceUpdate::default()
        };
        let provision = self.fleet.provision();
        let updated = provision
            .update(&self.principal, &id, update, Match::Any)
            .await?;
        // What was committed is the answer: reading again could fail after the fact.
        Ok(self.device_of(&Live {
            record: updated.record,
            presence: updated.presence,
        }))
    }

    /// Has a device played by the server.
    pub(crate) async fn simulate(&self, id: &str) -> Result<Timestamp, Problem> {
        let provision = self.fleet.provision();
        Ok(provision.simulate(&self.principal, &known(id)?).await?)
    }

    /// Stops playing a device.
    pub(crate) async fn stop_simulation(&self, id: &str) -> Result<bool, Problem> {
        let (id, provision) = (known(id)?, self.fleet.provision());
        Ok(provision.stop_simulation(&self.principal, &id).await?)
    }

    pub(crate) fn secret(&self, id: &DeviceId, key: &str) -> Secret {
        let connection_string = self.fleet.provision().connection_string(id, key);
        Secret {
            qr: Qr::of(&connection_string),
            connection_string,
        }
    }
}

/// Where devices connect to; nothing is known outside a server.
pub(super) fn hub() -> Hub {
    use_context::<Installation>().map_or_else(Hub::default, |here| Hub::of(&here))
}

impl Hub {
    /// The hub of an installation.
    pub(super) fn of(here: &Installation) -> Self {
        Self {
            host_name: here.host_name.clone(),
            mqtts_port: here.mqtts_port,
            ca_pem: here.ca_pem.clone(),
        }
    }
}

fn known(id: &str) -> Result<DeviceId, Problem> {
    DeviceId::parse(id).map_err(|_| {
        refuse(Problem::new(
            Code::NotFound,
            format!("There is no device “{id}”."),
        ))
    })
}

/// The reason as it is kept: some words, and no more than a status reason may have.
fn reason_of(reason: &str) -> Result<String, Problem> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > STATUS_REASON_CHARS_MAX {
        let sentence = format!("A reason of 1 to {STATUS_REASON_CHARS_MAX} characters is needed.");
        return Err(refuse(Problem::new(Code::Invalid, sentence).at("reason")));
    }
    Ok(reason.to_owned())
}

#[cfg(test)]
pub(super) mod testing {
    use std::sync::Arc;

    use fleet::clock::{SeededRng, SystemClock};
    use fleet::{Fleet, Limits, Parts, SealingKey};
    use store::Store;

    /// A fleet over a database in a directory.
    pub(in crate::api::provision) async fn fleet(folder: &tempfile::TempDir) -> Fleet {
        let url = format!("sqlite:{}", folder.path().join("tandem.db").display());
        let store: Arc<dyn Store> = store::sqlite::open(&url).await.unwrap();
        let parts = Parts {
            store,
            clock: Arc::new(SystemClock::new()),
            rng: Arc::new(SeededRng::new(42)),
            sealing_key: SealingKey::new([9; 32]),
            host_name: "hub.example".to_owned(),
            limits: Limits::default(),
        };
        Fleet::open(parts).await.unwrap()
    }
}

#[cfg(test)]
mod tests {
    use fleet::Fleet;
    use fleet::access::{Principal, Role};
    use serde_json::json;

    use super::testing::fleet;
    use super::*;

    fn caller(fleet: &Fleet, role: Role) -> Caller {
        let name = "olga".to_owned();
        let principal = Principal::Person { id: 1, name, role };
        Caller {
            fleet: fleet.clone(),
            principal,
        }
    }

    fn draft() -> Draft {
        Draft {
            id: "am4-1".to_owned(),
            tags: "region = Nord".to_owned(),
            desired: r#"{ "metering": { "interval_s": 900 } }"#.to_owned(),
            ..Draft::default()
        }
    }

    /// The key at the end of a connection string, as bytes are compared by the gateway.
    fn key(secret: &Secret) -> String {
        let (_, key) = secret
            .connection_string
            .split_once("SharedAccessKey=")
            .unwrap();
        key.to_owned()
    }

    #[tokio::test]
    async fn what_is_enrolled_is_what_was_written_and_its_string_lets_it_in() {
        let folder = tempfile::tempdir().unwrap();
        let fleet = fleet(&folder).await;
        let olga = caller(&fleet, Role::Operator);
        let enrolled = olga.enroll(draft(), Hub::default()).await.unwrap();
        assert_eq!(enrolled.device.tags["region"], "Nord");
        assert_eq!(
            enrolled.device.desired["metering"],
            json!({ "interval_s": 900 })
        );
        assert!(enrolled.device.is_enabled && !enrolled.device.is_connected);
        let string = &enrolled.secret.connection_string;
        assert!(
            string.starts_with("HostName=hub.example;DeviceId=am4-1;"),
            "{string}"
        );
        let id = DeviceId::parse("am4-1").unwrap();
        let keys = fleet.provision().keys(&olga.principal, &id).await.unwrap();
        assert_eq!(keys.unwrap().0, key(&enrolled.secret));

        assert!(olga.is_taken("am4-1").await.unwrap());
        let again = olga.enroll(draft(), Hub::default()).await.unwrap_err();
        let at = (again.code, again.field.as_deref());
        assert_eq!(at, (Code::Conflict, Some("device-id")));
    }

    #[tokio::test]
    async fn what_a_browser_would_have_refused_is_refused_here_too() {
        let folder = tempfile::tempdir().unwrap();
        let fleet = fleet(&folder).await;
        let olga = caller(&fleet, Role::Operator);
        for (field, text) in [
            (
                "device-id",
                Draft {
                    id: "a b".into(),
                    ..draft()
                },
            ),
            (
                "primary-key",
                Draft {
                    primary_key: "?".into(),
                    ..draft()
                },
            ),
            (
                "tags",
                Draft {
                    tags: "nonsense".into(),
                    ..draft()
                },
            ),
            (
                "desired",
                Draft {
                    desired: "{".into(),
                    ..draft()
                },
            ),
        ] {
            let problem = olga.enroll(text, Hub::default()).await.unwrap_err();
            let at = (problem.code, problem.field.as_deref());
            assert_eq!(at, (Code::Invalid, Some(field)));
        }
        let sam = caller(&fleet, Role::Supervisor);
        let problem = sam.enroll(draft(), Hub::default()).await.unwrap_err();
        assert_eq!(problem.code, Code::Forbidden);
        assert!(!olga.is_taken("am4-1").await.unwrap());
    }

    #[tokio::test]
    async fn a_device_is_kept_out_and_let_in_with_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let fleet = fleet(&folder).await;
        let olga = caller(&fleet, Role::Operator);
        olga.enroll(draft(), Hub::default()).await.unwrap();
        let silent = olga.set_status("am4-1", false, "  ").await.unwrap_err();
        assert_eq!(silent.field.as_deref(), Some("reason"));
        let out = olga.set_status("am4-1", false, "stolen").await.unwrap();
        assert!(!out.is_enabled);
        assert_eq!(out.status_reason.as_deref(), Some("stolen"));
        let back = olga.set_status("am4-1", true, "found").await.unwrap();
        assert!(back.is_enabled);
    }

    #[tokio::test]
    async fn the_renewed_key_is_the_one_that_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let fleet = fleet(&folder).await;
        let olga = caller(&fleet, Role::Operator);
        let first = olga.enroll(draft(), Hub::default()).await.unwrap();
        let secret = olga
            .renew_device_key("am4-1", WhichKey::Secondary, "yearly")
            .await
            .unwrap();
        let id = DeviceId::parse("am4-1").unwrap();
        let keys = fleet.provision().keys(&olga.principal, &id).await.unwrap();
        assert_eq!(keys, Some((key(&first.secret), key(&secret))));
    }
}
