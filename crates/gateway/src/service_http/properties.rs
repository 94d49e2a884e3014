//! Declared properties: an extension of the contract, because a column is this hub's own.
//!
//! A path is written as in a query (`tags.region`) and percent-encoded.

pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod put;

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::refusal::Refused;
use crate::hub::Hub;

/// The path of the property that an address names, decoded once.
#[derive(Debug)]
pub(super) struct Property(String);

impl FromRequestParts<Arc<Hub>> for Property {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Refused> {
        let path: Result<Path<String>, PathRejection> = Path::from_request_parts(parts, hub).await;
        let Path(path) =
            path.map_err(|_| Refused::argument("The property's path cannot be read."))?;
        Ok(Self(path))
    }
}
