//! `PATCH /twins/{id}` merges tags and desired properties; `PUT /twins/{id}` replaces them, each when the body has it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::IF_MATCH;
use axum::http::{HeaderMap, Method};
use twin::document::ServiceChange;
use twin::id::Match;
use twin::view::service_twin;

use crate::hub::Hub;
use crate::service_http::answer::Answer;
use crate::service_http::body::Json;
use crate::service_http::caller::{Caller, text};
use crate::service_http::path::Named;
use crate::service_http::refusal::Refused;

/// Shows the twin as it was committed.
pub(in crate::service_http) async fn change(
    State(hub): State<Arc<Hub>>,
    Caller(principal): Caller,
    Named(id): Named,
    method: Method,
    headers: HeaderMap,
    Json(body): Json,
) -> Result<Answer, Refused> {
    let change = if method == Method::PATCH {
        ServiceChange::from_patch_body(&body)?
    } else {
        ServiceChange::from_replace_body(&body)?
    };
    let if_match = Match::parse(text(&headers, &IF_MATCH)?);
    let changed = hub
        .fleet
        .configure()
        .change_twin(&principal, &id, change, if_match, None)
        .await?;
    let presence = hub
        .fleet
        .monitor()
        .record(&principal, &id)
        .await?
        .map(|live| live.presence)
        .unwrap_or_default();
    let record = &changed.record;
    Ok(
        Answer::json(service_twin(&record.identity, &record.twin, &presence))
            .etag(&record.twin.etag.to_string()),
    )
}
