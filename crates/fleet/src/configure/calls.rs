//! The methods that were run on one device, with what they carried and what came back.

use store::{Actor, LoggedEvent};
use twin::Value;
use twin::id::DeviceId;
use twin::time::Timestamp;

use super::Configure;
use super::method::Kept;
use crate::Error;
use crate::access::{Action, Principal, authorize};

/// A method that was run.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Its number in the event log, growing with time.
    pub number: u64,
    /// When it ended.
    pub at: Timestamp,
    /// Who ran it.
    pub actor: Actor,
    /// The method.
    pub name: String,
    /// What it carried.
    pub payload: Kept,
    /// What the device gave back, or why it gave nothing.
    pub answer: Result<(i64, Kept), String>,
    /// From asking to the end, in milliseconds.
    pub took_ms: u64,
}

impl Configure {
    /// The latest methods that were run on a device, newest first, before the one with that number.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Busy`] or [`Error::Unavailable`]; a device that nobody knows has no calls.
    pub async fn calls(
        &self,
        principal: &Principal,
        id: &DeviceId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Call>, Error> {
        authorize(principal, Action::ReadDevice)?;
        let limit = limit.clamp(1, self.core.limits.console_page_rows_max);
        let events = self.core.store.calls(id, before, limit).await?;
        Ok(events.into_iter().map(call).collect())
    }
}

fn call(logged: LoggedEvent) -> Call {
    let LoggedEvent { number, event } = logged;
    let text = |name: &str| event.detail.get(name).and_then(Value::as_str);
    let answer = match event.detail.get("status").and_then(Value::as_i64) {
        Some(status) => Ok((status, Kept::read(&event.detail, "answer"))),
        None => Err(text("error").unwrap_or_default().to_owned()),
    };
    Call {
        number,
        at: event.at,
        name: text("name").unwrap_or_default().to_owned(),
        payload: Kept::read(&event.detail, "payload"),
        answer,
        took_ms: event
            .detail
            .get("tookMs")
            .and_then(Value::as_u64)
            .unwrap_or_default(),
        actor: event.actor,
    }
}
