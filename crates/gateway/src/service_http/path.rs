//! One spelling of an address.
//!
//! Clients write the fixed parts of a path in different cases and some end it in a slash (contract section 0). Names of
//! devices and paths of properties are case-sensitive and stay as they are, and still percent-encoded: a `%2F` in a name
//! is no separator.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::Uri;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use twin::id::DeviceId;

use super::refusal::Refused;
use crate::hub::Hub;

/// Rewrites the path of a request to lower case where it is fixed, without a slash at its end.
pub(super) fn normalize(uri: &mut Uri) {
    let normal = normal(uri.path());
    if normal == uri.path() {
        return;
    }
    let text = match uri.query() {
        Some(query) => format!("{normal}?{query}"),
        None => normal,
    };
    if let Ok(path_and_query) = PathAndQuery::try_from(text) {
        let mut parts = std::mem::take(uri).into_parts();
        parts.path_and_query = Some(path_and_query);
        // An authority without a scheme cannot be rebuilt, and then there is nothing at this address.
        *uri = Uri::from_parts(parts).unwrap_or_default();
    }
}

fn normal(path: &str) -> String {
    let segments: Vec<_> = path.trim_end_matches('/').split('/').skip(1).collect();
    let is_named = segments.first().is_some_and(|root| {
        ["devices", "twins", "properties"]
            .iter()
            .any(|name| root.eq_ignore_ascii_case(name))
    });
    let mut normal = String::with_capacity(path.len());
    for (place, segment) in segments.iter().enumerate() {
        normal.push('/');
        if is_named && place == 1 {
            normal.push_str(segment);
        } else {
            normal.push_str(&segment.to_ascii_lowercase());
        }
    }
    if normal.is_empty() {
        normal.push('/');
    }
    normal
}

/// The device that a path names, decoded once.
#[derive(Debug)]
pub(super) struct Named(pub(super) DeviceId);

impl FromRequestParts<Arc<Hub>> for Named {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Refused> {
        let path: Result<Path<String>, PathRejection> = Path::from_request_parts(parts, hub).await;
        let Path(name) =
            path.map_err(|_| Refused::argument("The device's name cannot be read."))?;
        DeviceId::parse(&name)
            .map(Self)
            .map_err(|error| Refused::argument(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_parts_are_lowered_and_names_are_not() {
        for (given, expected) in [
            ("/devices/", "/devices"),
            ("/devices", "/devices"),
            (
                "/Devices/Dev%2F1/Messages/Events/",
                "/devices/Dev%2F1/messages/events",
            ),
            ("/TWINS/D1/Methods", "/twins/D1/methods"),
            ("/Properties/tags.Region/", "/properties/tags.Region"),
            ("/Statistics/Devices", "/statistics/devices"),
            ("/$IoTHub/WebSocket", "/$iothub/websocket"),
            ("/", "/"),
        ] {
            let mut uri = Uri::try_from(format!("{given}?api-version=2021-04-12&Q=1")).unwrap();
            normalize(&mut uri);
            assert_eq!(
                uri.to_string(),
                format!("{expected}?api-version=2021-04-12&Q=1")
            );
            let mut uri = Uri::try_from(format!("https://hub.example{given}")).unwrap();
            normalize(&mut uri);
            assert_eq!(uri.to_string(), format!("https://hub.example{expected}"));
        }
    }
}
