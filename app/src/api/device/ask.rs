//! What people ask of a device, passed on to the fleet.

use fleet::MethodError;
use fleet::configure::MethodCall;
use serde_json::{Value, json};
use store::Record;
use twin::document::ServiceChange;
use twin::id::{DeviceId, Match};

use super::{Answer, Device, Half};
use crate::api::{Caller, Code, Problem, refuse};

/// The longest reason, in characters.
const REASON_CHARS_MAX: usize = 500;

impl Caller {
    /// The device of this id.
    pub(crate) async fn device(&self, id: &str) -> Result<Device, Problem> {
        let live = match parse(id) {
            Some(id) => self.live(&id).await?,
            None => None,
        };
        live.map(|live| self.device_of(&live))
            .ok_or_else(|| absent(id))
    }

    /// Changes desired state or tags by a merge patch.
    pub(crate) async fn change_half(
        &self,
        half: Half,
        id: &str,
        patch: &str,
        reason: &str,
        etag: &str,
    ) -> Result<Device, Problem> {
        let device = known(id)?;
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
            let sentence = format!("A reason of 1 to {REASON_CHARS_MAX} characters is needed.");
            return Err(refuse(Problem::new(Code::Invalid, sentence).at("reason")));
        }
        let patch: Value = serde_json::from_str(patch).map_err(|_| {
            refuse(Problem::new(Code::Invalid, "The change is not JSON.").at("desired"))
        })?;
        let body = match half {
            Half::Desired => json!({ "properties": { "desired": patch } }),
            Half::Tags => json!({ "tags": patch }),
        };
        let change = ServiceChange::from_patch_body(&body).map_err(|error| {
            refuse(Problem::new(Code::Invalid, error.to_string()).at("desired"))
        })?;
        let if_match = Match::parse(Some(etag));
        let changed = self
            .fleet
            .configure()
            .change_twin(
                &self.principal,
                &device,
                change,
                if_match,
                Some(reason.to_owned()),
            )
            .await?;
        // What was committed is the answer: reading again could fail after the fact.
        let live = self
            .fleet
            .monitor()
            .with_presence(Record::clone(&changed.record));
        Ok(self.device_of(&live))
    }

    /// Runs a method.
    pub(crate) async fn invoke(
        &self,
        id: &str,
        method: &str,
        payload: &str,
    ) -> Result<Answer, Problem> {
        let device = known(id)?;
        let payload = match payload.trim() {
            "" => Value::Null,
            text => serde_json::from_str(text).map_err(|_| {
                refuse(Problem::new(Code::Invalid, "The payload is not JSON.").at("payload"))
            })?,
        };
        let clock = self.fleet.clock();
        let begun = clock.monotonic();
        let call = MethodCall {
            payload: Some(payload),
            ..MethodCall::new(method)
        };
        let answer = self
            .fleet
            .configure()
            .invoke(&self.principal, &device, call)
            .await;
        let answer = answer.map_err(|error| refuse(unanswered(id, &error)))?;
        let took = clock.monotonic().saturating_sub(begun);
        Ok(Answer {
            status: answer.status,
            payload: serde_json::to_string_pretty(&answer.payload).unwrap_or_default(),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            at: clock.now(),
        })
    }
}

pub(super) fn parse(id: &str) -> Option<DeviceId> {
    DeviceId::parse(id).ok()
}

/// The id of a device that is asked about.
///
/// # Errors
/// `NotFound` for what no device can be called.
pub(super) fn known(id: &str) -> Result<DeviceId, Problem> {
    parse(id).ok_or_else(|| absent(id))
}

fn absent(id: &str) -> Problem {
    refuse(Problem::new(
        Code::NotFound,
        format!("There is no device “{id}”."),
    ))
}

/// Why a method has no answer, for the person who ran it.
fn unanswered(id: &str, error: &MethodError) -> Problem {
    match error {
        MethodError::NotFound => {
            Problem::new(Code::NotFound, format!("There is no device “{id}”."))
        }
        MethodError::Invalid(sentence) => Problem::new(Code::Invalid, sentence.clone()),
        MethodError::TooLarge { .. } => {
            Problem::new(Code::Invalid, error.to_string()).at("payload")
        }
        MethodError::Denied(denied) => Problem::new(Code::Forbidden, denied.to_string()),
        MethodError::NotOnline { .. } => Problem::new(
            Code::Offline,
            "The device is not connected, or does not answer methods. Nothing was run.",
        ),
        MethodError::Disconnected => Problem::new(
            Code::Offline,
            "The device disconnected while the method ran. It may have run.",
        ),
        MethodError::NoAnswer => Problem::new(
            Code::NoAnswer,
            "The device did not answer in time. The method may have run.",
        ),
        MethodError::BadResponse(_) => Problem::new(
            Code::NoAnswer,
            "The device answered something that cannot be read.",
        ),
        MethodError::Busy => Problem::new(
            Code::Unavailable,
            "Too many methods run at this moment. Try again in a few seconds.",
        ),
        MethodError::Unavailable => Problem::new(
            Code::Unavailable,
            "The server could not run the method. Nothing was run.",
        ),
    }
}
