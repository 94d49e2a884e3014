//! `GET /devices`: the first devices in the order of their names.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use fleet::provision::registry_view;
use twin::Value;

use crate::hub::Hub;
use crate::service_http::answer::Answer;
use crate::service_http::caller::{Caller, parameter};
use crate::service_http::refusal::Refused;

pub(in crate::service_http) async fn get(
    State(hub): State<Arc<Hub>>,
    Caller(principal): Caller,
    RawQuery(query): RawQuery,
) -> Result<Answer, Refused> {
    let top = match parameter(&query.unwrap_or_default(), "top") {
        None => None,
        Some(top) => Some(
            top.parse()
                .map_err(|_| Refused::argument("'top' is not a number of devices."))?,
        ),
    };
    let devices = hub.fleet.provision().list(&principal, top).await?;
    Ok(Answer::json(Value::Array(
        devices.iter().map(registry_view).collect(),
    )))
}
