//! `GET /twins/{id}`: a twin.

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
    let live = hub
        .fleet
        .monitor()
        .record(&principal, &id)
        .await?
        .ok_or_else(|| fleet::Error::no_device(&id))?;
    Ok(Answer::json(live.service_twin()).etag(&live.record.twin.etag.to_string()))
}
