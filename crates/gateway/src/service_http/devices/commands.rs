//! `DELETE /devices/{id}/commands`: purges the messages that wait for a device. None ever wait here, so the number is zero.

use std::sync::Arc;

use axum::extract::State;
use serde_json::json;

use crate::hub::Hub;
use crate::service_http::answer::Answer;
use crate::service_http::caller::Caller;
use crate::service_http::path::Named;
use crate::service_http::refusal::Refused;

pub(in crate::service_http) async fn delete(
    State(hub): State<Arc<Hub>>,
    Caller(principal): Caller,
    Named(id): Named,
) -> Result<Answer, Refused> {
    match hub.fleet.monitor().record(&principal, &id).await? {
        Some(_) => Ok(Answer::json(
            json!({ "totalMessagesPurged": 0, "deviceId": id.as_str(), "moduleId": null }),
        )),
        None => Err(fleet::Error::no_device(&id).into()),
    }
}
