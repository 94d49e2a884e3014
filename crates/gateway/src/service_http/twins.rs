//! Twins (contract section 4.3).

pub(super) mod get;
pub(super) mod patch;
pub(super) mod put;

use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use fleet::Principal;
use twin::document::ServiceChange;
use twin::id::{DeviceId, Match};
use twin::view::service_twin;

use super::answer::Answer;
use super::caller::text;
use super::refusal::Refused;
use crate::hub::Hub;

/// Carries out a change and shows the twin as it was committed.
async fn change(
    hub: &Hub,
    principal: &Principal,
    id: &DeviceId,
    change: ServiceChange,
    headers: &HeaderMap,
) -> Result<Answer, Refused> {
    let if_match = Match::parse(text(headers, &IF_MATCH)?);
    let changed = hub
        .fleet
        .configure()
        .change_twin(principal, id, change, if_match, None)
        .await?;
    let presence = hub
        .fleet
        .monitor()
        .record(principal, id)
        .await?
        .map(|live| live.presence)
        .unwrap_or_default();
    let record = &changed.record;
    Ok(
        Answer::json(service_twin(&record.identity, &record.twin, &presence))
            .etag(&record.twin.etag.to_string()),
    )
}
