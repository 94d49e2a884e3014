//! `PATCH /twins/{id}`: merges tags and desired properties.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use twin::document::ServiceChange;

use crate::hub::Hub;
use crate::service_http::answer::Answer;
use crate::service_http::body::Json;
use crate::service_http::caller::Caller;
use crate::service_http::path::Named;
use crate::service_http::refusal::Refused;

pub(in crate::service_http) async fn patch(
    State(hub): State<Arc<Hub>>,
    Caller(principal): Caller,
    Named(id): Named,
    headers: HeaderMap,
    Json(body): Json,
) -> Result<Answer, Refused> {
    super::change(
        &hub,
        &principal,
        &id,
        ServiceChange::from_patch_body(&body)?,
        &headers,
    )
    .await
}
