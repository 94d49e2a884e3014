//! `GET /properties/{path}`: one declared property.

use std::sync::Arc;

use axum::extract::State;
use fleet::plan::property_view;

use super::Property;
use crate::hub::Hub;
use crate::service_http::answer::Answer;
use crate::service_http::caller::Caller;
use crate::service_http::refusal::Refused;

pub(in crate::service_http) async fn get(
    State(hub): State<Arc<Hub>>,
    Caller(principal): Caller,
    Property(path): Property,
) -> Result<Answer, Refused> {
    let declared = hub.fleet.plan().property(&principal, &path).await?;
    Ok(Answer::json(property_view(&declared)))
}
