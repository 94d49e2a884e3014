//! `PUT /properties/{path}`: declares a property without `If-Match`, changes what is said of it with one.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use fleet::plan::property_from_wire;
use twin::id::Match;

use super::Property;
use crate::hub::Hub;
use crate::service_http::answer::Answer;
use crate::service_http::body::Json;
use crate::service_http::caller::{Caller, text};
use crate::service_http::refusal::Refused;

/// The answer does not wait for the column.
pub(in crate::service_http) async fn put(
    State(hub): State<Arc<Hub>>,
    Caller(principal): Caller,
    Property(path): Property,
    headers: HeaderMap,
    Json(body): Json,
) -> Result<Answer, Refused> {
    let property = property_from_wire(&path, &body)?;
    let plan = hub.fleet.plan();
    match text(&headers, &IF_MATCH)? {
        None => plan.declare(&principal, property).await?,
        Some(etag) if Match::parse(Some(etag)) == Match::Any => {
            plan.change_property(&principal, property).await?;
        }
        // Properties have no etags.
        Some(_) => return Err(fleet::Error::PreconditionFailed.into()),
    }
    Ok(Answer::empty())
}
