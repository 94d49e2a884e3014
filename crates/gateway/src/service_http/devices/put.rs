//! `PUT /devices/{id}`: registers a device without `If-Match`, changes it with one.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use fleet::provision::{DeviceUpdate, NewDevice};
use twin::id::Match;

use crate::hub::Hub;
use crate::service_http::answer::Answer;
use crate::service_http::body::Json;
use crate::service_http::caller::{Caller, text};
use crate::service_http::path::Named;
use crate::service_http::refusal::Refused;

pub(in crate::service_http) async fn put(
    State(hub): State<Arc<Hub>>,
    Caller(principal): Caller,
    Named(id): Named,
    headers: HeaderMap,
    Json(body): Json,
) -> Result<Answer, Refused> {
    let provision = hub.fleet.provision();
    let device = match text(&headers, &IF_MATCH)? {
        None => {
            provision
                .create(&principal, NewDevice::from_wire(id, &body)?)
                .await?
        }
        Some(etag) => {
            let update = DeviceUpdate::from_wire(&id, &body)?;
            provision
                .update(&principal, &id, update, Match::parse(Some(etag)))
                .await?
        }
    };
    Ok(super::answer(&device))
}
