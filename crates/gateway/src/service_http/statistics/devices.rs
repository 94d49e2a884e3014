//! `GET /statistics/devices`: how many devices are registered.

use std::sync::Arc;

use axum::extract::State;
use serde_json::json;

use crate::hub::Hub;
use crate::service_http::answer::Answer;
use crate::service_http::caller::Caller;
use crate::service_http::refusal::Refused;

pub(in crate::service_http) async fn get(
    State(hub): State<Arc<Hub>>,
    Caller(principal): Caller,
) -> Result<Answer, Refused> {
    let statistics = hub.fleet.provision().statistics(&principal).await?;
    Ok(Answer::json(json!({
        "totalDeviceCount": statistics.total,
        "enabledDeviceCount": statistics.enabled,
        "disabledDeviceCount": statistics.disabled,
    })))
}
