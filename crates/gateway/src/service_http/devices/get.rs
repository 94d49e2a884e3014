//! `GET /devices/{id}`: one device.

use std::sync::Arc;

use axum::extract::State;

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
    let device = hub.fleet.provision().device(&principal, &id).await?;
    device
        .map(|device| super::answer(&device))
        .ok_or_else(|| fleet::Error::no_device(&id).into())
}
