//! Sets of devices: pages, counts, facets, and the schema that completion reads.

#![expect(
    missing_docs,
    reason = "the arguments of server functions become fields"
)]
#![cfg_attr(
    feature = "ssr",
    expect(
        clippy::unused_async,
        reason = "a server function is asynchronous even when its answer is there at once"
    )
)]

use leptos::prelude::*;
use reader::Read;
use serde::{Deserialize, Serialize};
use twin::time::Timestamp;

use super::Problem;
use super::exchange::{Get, Post};
use crate::routes::Search;

#[cfg(feature = "ssr")]
mod columns;
#[cfg(feature = "ssr")]
mod file;
#[cfg(feature = "ssr")]
mod find;
#[cfg(feature = "ssr")]
mod narrow;
#[cfg(feature = "ssr")]
mod peek;
#[cfg(feature = "ssr")]
mod read;

#[cfg(feature = "ssr")]
pub(crate) use columns::{cells, split};
#[cfg(feature = "ssr")]
pub use file::{FileError, file};
#[cfg(feature = "ssr")]
pub(crate) use find::sort_of;

/// One row of the list of devices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
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
    /// What it holds at the paths of further columns, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<String>,
}

/// What there is to show of a list of devices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
pub enum Listing {
    /// A page of it.
    Page(Page),
    /// Nothing yet: it waits for the index.
    Building(Building),
    /// Nothing yet: documents are read for it.
    Reading(Reading),
}

/// How far reading documents is, for a question that needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Reading {
    /// Documents read.
    pub read: u64,
    /// Documents that there are to read, at most.
    pub of: u64,
    /// Devices among them that match.
    pub matched: u64,
    /// Whether it waits for other questions to end first.
    pub is_waiting: bool,
}

/// One page of a list of devices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
pub struct Page {
    /// The rows, at most [`PAGE_ROWS`].
    pub rows: Vec<Row>,
    /// Its columns after the first, which is the device.
    pub columns: Vec<Column>,
    /// The order that it is in.
    pub sort: String,
    /// The same in words: `Sorted by Signal, lowest first`.
    pub sorted: String,
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

/// A column of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Column {
    /// What an address calls it: a name, or a path.
    pub key: String,
    /// Its head.
    pub title: String,
    /// What is said beside its head.
    pub note: Option<String>,
    /// What the list can be ordered by for it.
    pub sort: Option<String>,
    /// Whether it holds numbers or times.
    pub is_number: bool,
    /// What it shows.
    pub shows: Shows,
}

/// What a column shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub enum Shows {
    /// How the device stands, by its worst.
    State,
    /// Region and site.
    Site,
    /// What it runs, and what it is to run.
    Firmware,
    /// In how many places it differs.
    Differs,
    /// For how long.
    Since,
    /// How well it hears the network.
    Signal,
    /// Its last sign of life.
    LastReport,
    /// One of [`Row::cells`].
    Cell(usize),
}

/// A column that can be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Offer {
    /// What an address calls it.
    pub key: String,
    /// Its head.
    pub title: String,
    /// Whether it is shown.
    pub is_on: bool,
}

/// What can be chosen beside a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Read)]
pub struct Facets {
    /// By what.
    pub facets: Vec<Facet>,
    /// Why something is not counted.
    pub note: Option<String>,
}

/// The choices of one property.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
pub struct Facet {
    /// What people call it.
    pub title: String,
    /// Its path, or how it is derived.
    pub path: String,
    /// The same as short as there is room.
    pub short: String,
    /// Why nothing can be chosen.
    pub note: Option<String>,
    /// The choices that are shown at once: the most frequent, and those that are chosen.
    pub shown: Vec<FacetOption>,
    /// Further ones.
    pub rest: Vec<FacetOption>,
    /// How many are left out.
    pub further: Option<String>,
}

/// One choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
pub struct FacetOption {
    /// The value in words.
    pub name: String,
    /// The name of its mark.
    pub mark: Option<String>,
    /// How many devices have it, in words.
    pub count: String,
    /// The same as a share of the devices that match the rest of the condition, from 0 to 1.
    pub share: f64,
    /// Whether the condition chooses it.
    pub is_chosen: bool,
    /// The list with this turned round; `None` when it cannot be.
    pub href: Option<String>,
}

/// A look at a device beside the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
pub struct Peek {
    /// The device as a row.
    pub row: Row,
    /// Facts by name.
    pub facts: Vec<(String, String)>,
    /// Where it differs, as far as there is room.
    pub sides: Vec<Sides>,
    /// How many more places there are.
    pub more: Option<String>,
    /// When it was read.
    pub as_of: Timestamp,
}

/// Both sides of a place where a device differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Sides {
    /// The place.
    pub path: String,
    /// What is asked.
    pub desired: String,
    /// What is answered.
    pub reported: String,
    /// How they stand to each other.
    pub word: String,
}

/// The rows of a page.
pub const PAGE_ROWS: usize = 200;

/// How far the index is that answers questions about the fleet; it is built when the server starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Building {
    /// Devices read.
    pub done: u64,
    /// Devices that there are; zero until they are counted.
    pub total: u64,
}

/// How a question about the fleet was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Answered {
    /// Whether by reading documents, one by one.
    pub is_by_scan: bool,
    /// How long it took, in microseconds.
    pub took_us: u64,
}

/// The page of devices that a search shows. While documents are read for it, asking again says how far that is.
///
/// # Errors
/// `Invalid` when condition, order or place cannot be read.
#[server(name = AskPage, prefix = "/api", endpoint = "devices", protocol = Get)]
pub async fn page(search: Search) -> Result<Listing, Problem> {
    super::caller()?.page(&search).await
}

/// Ends the reading of documents for a page; `false` when none is read.
///
/// # Errors
/// `Forbidden` for whom the fleet is not to be read.
#[server(name = CancelPage, prefix = "/api", endpoint = "devices/cancel", protocol = Post)]
pub async fn cancel(search: Search) -> Result<bool, Problem> {
    super::caller()?.cancel(&search)
}

/// What can be chosen beside the list that a search shows, with how many devices each choice would give.
///
/// # Errors
/// `Unavailable` when the store does not answer.
#[server(name = AskFacets, prefix = "/api", endpoint = "devices/facets", protocol = Get)]
pub async fn facets(search: Search) -> Result<Facets, Problem> {
    super::caller()?.facets(&search).await
}

/// Every column that there is to choose from, those of an address first.
///
/// # Errors
/// `Unavailable` when the store does not answer.
#[server(name = AskColumns, prefix = "/api", endpoint = "devices/columns", protocol = Get)]
pub async fn columns(chosen: Option<String>) -> Result<Vec<Offer>, Problem> {
    super::caller()?.columns(chosen.as_deref()).await
}

/// A look at a device.
///
/// # Errors
/// `NotFound` when there is none.
#[server(name = AskPeek, prefix = "/api", endpoint = "devices/peek", protocol = Get)]
pub async fn peek(id: String) -> Result<Peek, Problem> {
    super::caller()?.peek(&id).await
}

/// How far the index is; `None` when it is whole. The answer comes when it is, or after half a second.
///
/// # Errors
/// `Forbidden` for whom the fleet is not to be read.
#[server(name = AskIndex, prefix = "/api", endpoint = "index", protocol = Get)]
pub async fn index() -> Result<Option<Building>, Problem> {
    super::caller()?.index().await
}

/// What is known of the fleet's properties, for completion.
///
/// # Errors
/// `Unavailable` when the store does not answer.
#[server(name = AskSchema, prefix = "/api", endpoint = "schema", protocol = Get)]
pub async fn schema() -> Result<query::Schema, Problem> {
    super::caller()?.schema().await
}
