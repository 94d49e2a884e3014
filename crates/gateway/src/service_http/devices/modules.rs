//! `GET /devices/{id}/modules`: devices have no modules here, so a device that exists has an empty list.

use std::sync::Arc;

use axum::extract::State;
use serde_json::json;

use crate::hub::Hub;
use crate::service_http::answer::Answer;
use crate::service_http::caller::Caller;
use crate::service_http::path::Named;
use crate::service_http::refusal::Refused;

pub(in crate::service_http) async fn get(
    State(hub): State<Arc<Hub>>,
    Caller(principal): Caller,
    Named(id): Named,
) -> Result<Answer, Refused> {
    match hub.fleet.provision().device(&principal, &id).await? {
        Some(_) => Ok(Answer::json(json!([]))),
        None => Err(fleet::Error::no_device(&id).into()),
    }
}
