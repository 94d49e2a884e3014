//! `POST /devices/{id}/messages/events`: telemetry over HTTPS, one message or a batch (contract section 3.1).
//!
//! The device proves itself with each request. The answer means that the messages are stored.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use twin::id::DeviceId;
use twin::{Map, Value};
use wire::property_bag::PropertyBag;
use wire::status::ErrorCode;

use super::answer::Answer;
use super::body;
use super::caller::{check_version, text};
use super::refusal::Refused;
use crate::authenticate::{self, Denial};
use crate::hub::Hub;
use crate::inlet::Inlet;
use crate::listener::Peer;
use crate::session::{Outcome, Stamp, Step};

/// Largest request: 256 KiB of messages, which a batch writes in base64 between JSON.
const BODY_BYTES_MAX: usize = 512 * 1024;
const BATCH: &str = "application/vnd.microsoft.iothub.json";
const APPLICATION: &str = "iothub-app-";

/// Headers and the properties that they are in a message (contract sections 2.2 and 3.1).
const PROPERTIES: [(&str, &str); 10] = [
    ("iothub-messageid", "$.mid"),
    ("iothub-correlationid", "$.cid"),
    ("iothub-userid", "$.uid"),
    ("iothub-to", "$.to"),
    ("iothub-expiry", "$.exp"),
    ("iothub-contenttype", "$.ct"),
    ("iothub-contentencoding", "$.ce"),
    ("iothub-interface-id", "$.ifid"),
    ("dt-subject", "$.sub"),
    ("iothub-ack", "iothub-ack"),
];

pub(super) async fn post(
    State(hub): State<Arc<Hub>>,
    // The contract wants a name that cannot be one refused like one that is not known (section 1.3).
    Path(name): Path<String>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Answer, Refused> {
    let (parts, content) = request.into_parts();
    let id = DeviceId::parse(&name).map_err(|_| Denial::UnknownDevice)?;
    let token = text(&parts.headers, &AUTHORIZATION)?;
    let proven = authenticate::device(&hub, id, token, peer.certificate.as_ref()).await?;
    check_version(&parts)?;
    let stamp = Stamp {
        generation_id: proven.credentials.generation_id.clone(),
        authentication: proven.method,
        model_id: None,
    };
    let content = body::read(
        Request::from_parts(parts.clone(), content),
        &hub,
        BODY_BYTES_MAX,
    )
    .await?;
    let messages =
        if text(&parts.headers, &CONTENT_TYPE)?.is_some_and(|kind| kind.starts_with(BATCH)) {
            batch(&content)?
        } else {
            vec![(properties(&parts.headers), content)]
        };
    let steps: Result<Vec<Step>, _> = messages
        .into_iter()
        .map(|(bag, body)| stamp.message(bag, body, false))
        .collect();
    let steps = steps.map_err(|_| {
        Refused::new(
            ErrorCode::MessageTooLarge,
            "A message is larger than 256 KiB.",
        )
    })?;

    let inlet = Inlet {
        hub: Arc::clone(&hub),
        device: proven.device,
        slot: proven.credentials.slot,
    };
    let outcomes = inlet.perform(steps).await;
    if outcomes.iter().all(|outcome| *outcome == Outcome::Kept) {
        Ok(Answer::empty())
    } else {
        Err(Refused::new(
            ErrorCode::ServiceUnavailable,
            "The messages could not be stored.",
        ))
    }
}

fn properties(headers: &HeaderMap) -> PropertyBag {
    let known = headers
        .iter()
        .filter_map(|(name, value)| property(name.as_str(), value.to_str().ok()?));
    known.map(|(name, value)| (name, Some(value))).collect()
}

/// The property that a header carries, if it carries one.
fn property(header: &str, value: &str) -> Option<(String, String)> {
    let name = match header.strip_prefix(APPLICATION) {
        Some(name) => name,
        None => PROPERTIES.iter().find(|(known, _)| *known == header)?.1,
    };
    Some((name.to_owned(), value.to_owned()))
}

/// One message of a batch.
#[derive(Deserialize)]
struct Element {
    body: String,
    #[serde(default)]
    properties: Map,
}

fn batch(content: &[u8]) -> Result<Vec<(PropertyBag, Bytes)>, Refused> {
    let elements: Vec<Element> = serde_json::from_slice(content).map_err(|error| {
        Refused::new(
            ErrorCode::IotHubFormatError,
            format!("The batch cannot be read: {error}."),
        )
    })?;
    let read = |element: Element| {
        let body = STANDARD
            .decode(&element.body)
            .map_err(|_| Refused::argument("The body of a message in the batch is not base64."))?;
        let properties = element
            .properties
            .iter()
            .filter_map(|(name, value)| match value {
                Value::String(value) => property(&name.to_ascii_lowercase(), value),
                _ => None,
            });
        Ok((
            properties
                .map(|(name, value)| (name, Some(value)))
                .collect(),
            Bytes::from(body),
        ))
    };
    elements.into_iter().map(read).collect()
}
