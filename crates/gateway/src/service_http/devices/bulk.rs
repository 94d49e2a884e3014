//! `POST /devices`: up to a hundred devices, each with a mode of its own.

use std::sync::Arc;

use axum::extract::State;
use fleet::provision::{BulkItem, BulkProblem};
use serde_json::json;
use twin::Value;
use wire::status::ErrorCode;

use crate::hub::Hub;
use crate::service_http::answer::Answer;
use crate::service_http::body::BulkJson;
use crate::service_http::caller::Caller;
use crate::service_http::refusal::Refused;
use crate::status;

/// 200 even when devices were refused: one of the clients shows the result only then (contract section 4.2).
pub(in crate::service_http) async fn post(
    State(hub): State<Arc<Hub>>,
    Caller(principal): Caller,
    BulkJson(body): BulkJson,
) -> Result<Answer, Refused> {
    let Value::Array(elements) = body else {
        return Err(Refused::argument("The body is not an array of devices."));
    };
    let (mut items, mut errors) = (Vec::new(), Vec::new());
    for element in &elements {
        match BulkItem::from_wire(element) {
            Ok(item) => items.push(item),
            Err((name, error)) => errors.push(failure(
                &name,
                "",
                status::of_request(&error),
                &error.to_string(),
            )),
        }
    }
    let outcome = hub.fleet.provision().bulk(&principal, items).await?;
    errors.extend(outcome.failures.iter().map(|refused| {
        let code = match &refused.problem {
            BulkProblem::DefinedMultipleTimes => ErrorCode::DeviceDefinedMultipleTimes,
            BulkProblem::Refused(error) => status::of_request(error),
        };
        failure(
            &refused.device_id,
            refused.operation,
            code,
            &refused.problem.to_string(),
        )
    }));
    Ok(Answer::json(
        json!({ "isSuccessful": errors.is_empty(), "errors": errors, "warnings": [] }),
    ))
}

fn failure(device_id: &str, operation: &str, code: ErrorCode, message: &str) -> Value {
    json!({
        "deviceId": device_id,
        "moduleId": null,
        "errorCode": code.number(),
        "errorStatus": message,
        "operation": operation,
    })
}
