//! `DELETE /properties/{path}`: takes a declaration back. What devices hold stays.

use std::sync::Arc;

use axum::extract::State;

use super::Property;
use crate::hub::Hub;
use crate::service_http::answer::Answer;
use crate::service_http::caller::Caller;
use crate::service_http::refusal::Refused;

pub(in crate::service_http) async fn delete(
    State(hub): State<Arc<Hub>>,
    Caller(principal): Caller,
    Property(path): Property,
) -> Result<Answer, Refused> {
    hub.fleet.plan().drop_property(&principal, &path).await?;
    Ok(Answer::empty())
}
