//! `GET /properties`: all declared properties, in the order of their paths.

use std::sync::Arc;

use axum::extract::State;
use fleet::plan::property_view;
use twin::Value;

use crate::hub::Hub;
use crate::service_http::answer::Answer;
use crate::service_http::caller::Caller;
use crate::service_http::refusal::Refused;

pub(in crate::service_http) async fn get(
    State(hub): State<Arc<Hub>>,
    Caller(principal): Caller,
) -> Result<Answer, Refused> {
    let declared = hub.fleet.plan().declared(&principal).await?;
    Ok(Answer::json(Value::Array(
        declared.iter().map(property_view).collect(),
    )))
}
