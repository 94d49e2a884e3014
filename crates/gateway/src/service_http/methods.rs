//! `POST /twins/{id}/methods`: calls a direct method and waits for the device's answer (contract section 4.5).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use fleet::configure::MethodCall;
use serde_json::json;
use twin::Map;
use twin::Value;
use wire::status::ErrorCode;

use super::answer::Answer;
use super::body::Json;
use super::caller::Caller;
use super::path::Named;
use super::refusal::Refused;
use crate::hub::Hub;

pub(super) async fn post(
    State(hub): State<Arc<Hub>>,
    Caller(principal): Caller,
    Named(id): Named,
    Json(body): Json,
) -> Result<Answer, Refused> {
    let answer = hub
        .fleet
        .configure()
        .invoke(&principal, &id, call(&body)?)
        .await?;
    Ok(Answer::json(
        json!({ "status": answer.status, "payload": answer.payload }),
    ))
}

fn call(body: &Value) -> Result<MethodCall, Refused> {
    let Value::Object(members) = body else {
        return Err(Refused::argument("The body is not an object."));
    };
    let name = match members.get("methodName") {
        None | Some(Value::Null) => {
            return Err(Refused::new(
                ErrorCode::ArgumentNull,
                "'methodName' is missing.",
            ));
        }
        Some(Value::String(name)) => name,
        Some(_) => return Err(Refused::argument("'methodName' is not a string.")),
    };
    let mut call = MethodCall::new(name);
    call.payload = members.get("payload").cloned();
    // Older clients call it `timeoutInSeconds`.
    for member in ["timeoutInSeconds", "responseTimeoutInSeconds"] {
        if let Some(timeout) = seconds(members, member)? {
            call.response_timeout = timeout;
        }
    }
    if let Some(timeout) = seconds(members, "connectTimeoutInSeconds")? {
        call.connect_timeout = timeout;
    }
    Ok(call)
}

fn seconds(members: &Map, member: &str) -> Result<Option<Duration>, Refused> {
    match members.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64() {
            Some(seconds) => Ok(Some(Duration::from_secs(seconds))),
            None => Err(Refused::argument(format!(
                "'{member}' is not a number of seconds."
            ))),
        },
    }
}
