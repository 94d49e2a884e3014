//! Through the server that runs, by the bulk call of the contract (section 4.2).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;
use twin::limits::BULK_DEVICES_MAX;

use super::{Line, Outcome, refusal};
use crate::service_client::ServiceClient;

/// Lines that are registered at once.
pub(super) const BATCH_LINES: usize = BULK_DEVICES_MAX;

#[derive(Deserialize)]
struct Answer {
    errors: Vec<Failure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    device_id: String,
    error_status: String,
}

/// Registers a batch.
pub(super) async fn register(client: &ServiceClient, batch: Vec<Line>) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let (mut named, mut bodies) = (Vec::new(), Vec::new());
    // The hub would refuse all of one name: the first counts, as it does across batches.
    let mut first_lines = HashMap::new();
    for Line { number, mut body } in batch {
        let Some(id) = body.get("id").and_then(Value::as_str).map(str::to_owned) else {
            outcome.refusals.push(refusal(number, "`id` is missing"));
            continue;
        };
        match first_lines.entry(id.clone()) {
            Entry::Occupied(first) => {
                let reason = format!("device {id} is on line {} already", first.get());
                outcome.refusals.push(refusal(number, &reason));
                continue;
            }
            Entry::Vacant(first) => first.insert(number),
        };
        let reported = body.pointer_mut("/properties/reported").map(Value::take);
        let has_words = reported
            .as_ref()
            .and_then(Value::as_object)
            .is_some_and(|words| !words.is_empty());
        body["importMode"] = Value::from("create");
        named.push((number, id, has_words));
        bodies.push(body);
    }
    if bodies.is_empty() {
        return Ok(outcome);
    }
    let answer = client.post("/devices", &Value::Array(bodies)).await?;
    let answer: Answer =
        serde_json::from_value(answer).context("the hub's answer cannot be understood")?;
    let failures: HashMap<_, _> = answer
        .errors
        .into_iter()
        .map(|failure| (failure.device_id, failure.error_status))
        .collect();
    for (number, id, has_words) in named {
        if let Some(reason) = failures.get(&id) {
            outcome.refusals.push(refusal(number, reason));
        } else {
            outcome.imported += 1;
            outcome.silenced += u64::from(has_words);
        }
    }
    Ok(outcome)
}
