//! `DELETE /devices/{id}`: removes a device, its twin and its connection.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use twin::id::Match;

use crate::hub::Hub;
use crate::service_http::answer::Answer;
use crate::service_http::caller::{Caller, text};
use crate::service_http::path::Named;
use crate::service_http::refusal::Refused;

pub(in crate::service_http) async fn delete(
    State(hub): State<Arc<Hub>>,
    Caller(principal): Caller,
    Named(id): Named,
    headers: HeaderMap,
) -> Result<Answer, Refused> {
    let if_match = Match::parse(text(&headers, &IF_MATCH)?);
    hub.fleet
        .provision()
        .delete(&principal, &id, if_match, None)
        .await?;
    Ok(Answer::empty())
}
