//! What is looked at before a device is retired, in sentences: only what is known of it.

use store::{Check, Succession};
use twin::diff::drift;
use twin::id::DeviceId;
use twin::identity::{AuthenticationKind, Status};
use twin::time::Timestamp;

use super::Retire;
use crate::Error;
use crate::access::{Action, Principal, authorize};
use crate::monitor::{Live, completed};

/// A device with what was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Checks {
    /// The device as it is now.
    pub device: Live,
    /// What was looked at, in the order of its weight.
    pub checks: Vec<Check>,
}

impl Retire {
    /// What there is to know before a device is retired or replaced.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn checks(&self, principal: &Principal, id: &DeviceId) -> Result<Checks, Error> {
        authorize(principal, Action::ReadDevice)?;
        self.look(id).await
    }

    /// The same for devices that were found already.
    pub fn checks_of(&self, device: &Live) -> Vec<Check> {
        checks(device, &Succession::default())
    }

    pub(super) async fn look(&self, id: &DeviceId) -> Result<Checks, Error> {
        let store = &self.core.store;
        let record = store
            .device(id)
            .await?
            .ok_or_else(|| Error::no_device(id))?;
        let succession = store.succession(record.slot).await?;
        let device = completed(&self.core, vec![record]).pop();
        let device = device.ok_or_else(|| Error::no_device(id))?;
        Ok(Checks {
            checks: checks(&device, &succession),
            device,
        })
    }
}

fn checks(device: &Live, succession: &Succession) -> Vec<Check> {
    let mut checks = vec![connection(device), desired(device), access(device)];
    checks.push(credentials(device));
    if let Some(by) = &succession.replaced_by {
        let sentence = format!("Replaced by {} on {}.", by.device_id, moment(by.at));
        checks.push(check("Replacement", true, sentence));
    }
    if let Some(old) = &succession.replaces {
        let sentence = format!("It took over from {} on {}.", old.device_id, moment(old.at));
        checks.push(check("Predecessor", true, sentence));
    }
    checks
}

fn connection(device: &Live) -> Check {
    let presence = &device.presence;
    let since = (!presence.since.is_never()).then(|| moment(presence.since));
    let heard = (!presence.last_activity.is_never()).then(|| moment(presence.last_activity));
    let sentence = match (presence.connected, since, heard) {
        (true, Some(since), _) => format!("Connected since {since}."),
        (true, None, _) => "Connected.".to_owned(),
        (false, _, Some(heard)) => format!("Not connected; last heard of on {heard}."),
        (false, _, None) => "It never connected.".to_owned(),
    };
    check("Connection", !presence.connected, sentence)
}

fn desired(device: &Live) -> Check {
    let drift = drift(&device.record.twin);
    if drift.count == 0 {
        let sentence = "Everything that is asked of it is confirmed.".to_owned();
        return check("Desired state", true, sentence);
    }
    let differ = match drift.count {
        1 => "1 property is not as asked".to_owned(),
        count => format!("{count} properties are not as asked"),
    };
    let refused = match drift.refused {
        0 => String::new(),
        refused => format!(", {refused} of them refused"),
    };
    let since = drift
        .since
        .map(|since| format!(", since {}", moment(since)));
    let sentence = format!("{differ}{refused}{}.", since.unwrap_or_default());
    check("Desired state", false, sentence)
}

fn access(device: &Live) -> Check {
    let identity = &device.record.identity;
    let sentence = match (identity.status, &identity.status_reason) {
        (Status::Enabled, _) => "It may connect until it is retired.".to_owned(),
        (Status::Disabled, reason) => {
            let reason = reason.as_ref().map(|reason| format!(": “{reason}”"));
            let since = if identity.status_updated_at.is_never() {
                String::new()
            } else {
                format!(" since {}", moment(identity.status_updated_at))
            };
            format!("Kept out{since}{}.", reason.unwrap_or_default())
        }
    };
    check("Access", true, sentence)
}

fn credentials(device: &Live) -> Check {
    let identity = &device.record.identity;
    let sentence = match identity.authentication {
        AuthenticationKind::Sas => "It proves itself by two symmetric keys.".to_owned(),
        AuthenticationKind::SelfSigned => {
            let thumbprints = [&identity.thumbprints.0, &identity.thumbprints.1];
            let named: Vec<&str> = thumbprints
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect();
            format!(
                "It proves itself by a certificate of its own, {}.",
                named.join(" or ")
            )
        }
        AuthenticationKind::CertificateAuthority => {
            "It proves itself by a certificate of an authority.".to_owned()
        }
        AuthenticationKind::None => "It has no way to prove itself.".to_owned(),
    };
    check("Credentials", true, sentence)
}

fn check(name: &str, is_clear: bool, sentence: String) -> Check {
    Check {
        name: name.to_owned(),
        is_clear,
        sentence,
    }
}

/// A moment to the minute, as it stands in a record: `2026-11-22 10:03 UTC`.
fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => text,
    }
}
