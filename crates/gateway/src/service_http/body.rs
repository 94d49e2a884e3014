//! The JSON body of a request, bounded in size and in time.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use twin::Value;
use wire::status::ErrorCode;

use super::refusal::Refused;
use crate::hub::Hub;

/// A body as JSON, of at most `Limits::body_bytes_max`.
#[derive(Debug)]
pub(super) struct Json(pub(super) Value);

impl FromRequest<Arc<Hub>> for Json {
    type Rejection = Refused;

    async fn from_request(request: Request, hub: &Arc<Hub>) -> Result<Self, Refused> {
        let body = read(request, hub, hub.limits.body_bytes_max).await?;
        parse(&body).map(Self)
    }
}

/// The JSON body of a bulk call, of at most `Limits::bulk_body_bytes_max`.
#[derive(Debug)]
pub(super) struct BulkJson(pub(super) Value);

impl FromRequest<Arc<Hub>> for BulkJson {
    type Rejection = Refused;

    async fn from_request(request: Request, hub: &Arc<Hub>) -> Result<Self, Refused> {
        let body = read(request, hub, hub.limits.bulk_body_bytes_max).await?;
        parse(&body).map(Self)
    }
}

/// A body as it came.
pub(super) async fn read(request: Request, hub: &Hub, bytes_max: usize) -> Result<Bytes, Refused> {
    let too_large = || {
        Refused::new(
            ErrorCode::MessageTooLarge,
            format!("The body is larger than {bytes_max} bytes."),
        )
    };
    tokio::time::timeout(
        hub.limits.request_timeout,
        to_bytes(request.into_body(), bytes_max),
    )
    .await
    .map_err(|_| {
        Refused::new(
            ErrorCode::IotHubFormatError,
            "The body did not arrive in time.",
        )
    })?
    .map_err(|_| too_large())
}

fn parse(body: &[u8]) -> Result<Value, Refused> {
    if body.is_empty() {
        return Err(Refused::new(
            ErrorCode::ArgumentNull,
            "The request has no body.",
        ));
    }
    serde_json::from_slice(body).map_err(|error| {
        Refused::new(
            ErrorCode::IotHubFormatError,
            format!("The body is not JSON: {error}."),
        )
    })
}
