//! The methods that were run on a device, in words.

use std::time::Duration;

use fleet::configure::{Call as FleetCall, Kept};

use super::{Call, Calls};
use crate::api::{Caller, Problem};
use crate::format;

/// Calls of one page.
const CALLS_MAX: usize = 5;

impl Caller {
    /// The methods that were run on a device, newest first, before the one with that number.
    pub(crate) async fn calls(&self, id: &str, older: Option<u64>) -> Result<Calls, Problem> {
        let device = super::ask::known(id)?;
        let configure = self.fleet.configure();
        // One more than is shown tells whether there are older ones.
        let mut calls = configure
            .calls(&self.principal, &device, older, CALLS_MAX + 1)
            .await?;
        let is_more = calls.len() > CALLS_MAX;
        calls.truncate(CALLS_MAX);
        Ok(Calls {
            older: calls.last().filter(|_| is_more).map(|last| last.number),
            calls: calls.into_iter().map(call).collect(),
        })
    }
}

fn call(call: FleetCall) -> Call {
    let took = format::took(Duration::from_millis(call.took_ms));
    let (outcome, answer) = match &call.answer {
        Ok((status, answer)) => (format!("answered {status} in {took}"), shown(answer)),
        Err(why) => (why.clone(), None),
    };
    Call {
        number: call.number,
        at: call.at,
        who: super::happened::who(&call.actor),
        name: call.name,
        payload: match &call.payload {
            Kept::Value(value) if value.is_null() => Some(String::new()),
            Kept::Value(value) => Some(value.to_string()),
            Kept::TooLarge { .. } | Kept::Unknown => None,
        },
        is_answered: call.answer.is_ok(),
        outcome,
        answer,
    }
}

/// A value in indented JSON, or why there is none.
fn shown(value: &Kept) -> Option<String> {
    match value {
        Kept::Value(value) => serde_json::to_string_pretty(value).ok(),
        Kept::TooLarge { size_bytes } => Some(format!(
            "{}: too long to be kept.",
            format::bytes(*size_bytes)
        )),
        Kept::Unknown => None,
    }
}
