//! Who asks: the `Authorization` header of a request, and the `api-version` that it must carry.
//!
//! An endpoint takes the [`Caller`] before everything else, so nothing is read for a client that is not known.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use fleet::Principal;
use wire::percent::decode;
use wire::status::ErrorCode;

use super::refusal::Refused;
use crate::authenticate::{self, Denial};
use crate::hub::Hub;

/// A service client that has proved who it is.
#[derive(Debug)]
pub(super) struct Caller(pub(super) Principal);

impl FromRequestParts<Arc<Hub>> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Refused> {
        let path = decode(parts.uri.path());
        let principal = authenticate::service(hub, text(&parts.headers, &AUTHORIZATION)?, &path)?;
        check_version(parts)?;
        Ok(Self(principal))
    }
}

/// Any version will do, none will not (contract section 0).
pub(super) fn check_version(parts: &Parts) -> Result<(), Refused> {
    if parameter(parts.uri.query().unwrap_or_default(), "api-version")
        .is_some_and(|version| !version.is_empty())
    {
        return Ok(());
    }
    Err(Refused::new(
        ErrorCode::InvalidProtocolVersion,
        "The request has no api-version.",
    ))
}

/// The value of a query parameter, decoded.
pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    let mut members = query
        .split('&')
        .map(|member| member.split_once('=').unwrap_or((member, "")));
    members
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| decode(value).into_owned())
}

/// The value of a header as text.
pub(super) fn text<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a str>, Refused> {
    let value = headers.get(name).map(|value| value.to_str()).transpose();
    value.map_err(|_| {
        Refused::from(Denial::Malformed(format!(
            "the header {name} cannot be read"
        )))
    })
}
