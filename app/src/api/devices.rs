//! Sets of devices: pages, counts, facets, and the schema that completion reads.

#![expect(
    missing_docs,
    reason = "the arguments of server functions become fields"
)]

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};
use twin::time::Timestamp;

use super::Problem;
use crate::routes::At;

#[cfg(feature = "ssr")]
mod columns;
#[cfg(feature = "ssr")]
mod file;
#[cfg(feature = "ssr")]
mod find;
#[cfg(feature = "ssr")]
pub(crate) use find::sort_of;
#[cfg(feature = "ssr")]
mod read;

#[cfg(feature = "ssr")]
pub(crate) use columns::split;
#[cfg(feature = "ssr")]
pub use file::{FileError, file};

/// One row of the list of devices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The device.
    pub id: String,
    /// The store's change sequence that this row stands at.
    pub seq: u64,
    /// Whether it may connect.
    pub is_enabled: bool,
    /// Whether it is connected now.
    pub is_connected: bool,
    /// The last sign of life.
    pub last_activity: Timestamp,
    /// Places where it differs from what is asked.
    pub differs: u32,
    /// Those among them that it refused.
    pub refused: u32,
    /// Since when it differs.
    pub since: Option<Timestamp>,
    /// `tags.region`.
    pub region: Option<String>,
    /// `tags.site`.
    pub site: Option<String>,
    /// `tags.class`.
    pub class: Option<String>,
    /// `properties.desired.firmware.version`.
    pub firmware_desired: Option<String>,
    /// `properties.reported.firmware.version`.
    pub firmware_reported: Option<String>,
    /// `properties.reported.network.rssi_dbm`.
    pub rssi_dbm: Option<f64>,
}

/// What there is to show of a list of devices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Listing {
    /// A page of it.
    Page(Page),
    /// Nothing yet: it waits for the index.
    Building(Building),
}

/// One page of a list of devices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The rows, at most [`PAGE_ROWS`].
    pub rows: Vec<Row>,
    /// How many match in all.
    pub total: u64,
    /// How many of them come before the first row.
    pub before: u64,
    /// How the question was answered.
    pub answered: Answered,
    /// Where the page before ends; `None` at the beginning.
    pub earlier: Option<String>,
    /// Where the next page begins; `None` at the end.
    pub later: Option<String>,
    /// How far the index is, while other lists wait for it.
    pub building: Option<Building>,
    /// When it was read.
    pub as_of: Timestamp,
}

/// The rows of a page.
pub const PAGE_ROWS: usize = 200;

/// How far the index is that answers questions about the fleet; it is built when the server starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Building {
    /// Devices read.
    pub done: u64,
    /// Devices that there are; zero until they are counted.
    pub total: u64,
}

/// How a question about the fleet was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Whether by reading documents, one by one.
    pub is_by_scan: bool,
    /// How long it took, in microseconds.
    pub took_us: u64,
}

/// One page of the devices that fulfil a condition, in an order (`path`, `path DESC`).
///
/// # Errors
/// `Invalid` when condition, order or place cannot be read.
#[server(name = AskPage, prefix = "/api", endpoint = "devices", input = GetUrl, output = crate::api::Json)]
pub async fn page(condition: String, sort: Option<String>, at: At) -> Result<Listing, Problem> {
    super::caller()?
        .page(&condition, sort.as_deref(), &at)
        .await
}

/// How far the index is; `None` when it is whole. The answer comes when it is, or after half a second.
///
/// # Errors
/// `Forbidden` for whom the fleet is not to be read.
#[server(name = AskIndex, prefix = "/api", endpoint = "index", input = GetUrl, output = crate::api::Json)]
pub async fn index() -> Result<Option<Building>, Problem> {
    super::caller()?.index().await
}

/// What is known of the fleet's properties, for completion.
///
/// # Errors
/// `Unavailable` when the store does not answer.
#[server(name = AskSchema, prefix = "/api", endpoint = "schema", input = GetUrl, output = crate::api::Json)]
pub async fn schema() -> Result<query::Schema, Problem> {
    super::caller()?.schema().await
}
