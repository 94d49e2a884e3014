//! One device: its twin, its two sides, what happened to it, and what people may ask of it.

#![expect(
    missing_docs,
    reason = "the arguments of server functions become fields"
)]

use leptos::prelude::*;
use reader::Read;
use serde::{Deserialize, Serialize};
use twin::diff::Difference;
use twin::time::Timestamp;

use super::Problem;
use super::exchange::{Get, Post};
use crate::routes::Topic;

#[cfg(feature = "ssr")]
mod ask;
#[cfg(feature = "ssr")]
mod calls;
#[cfg(feature = "ssr")]
mod charts;
#[cfg(feature = "ssr")]
mod check;
#[cfg(feature = "ssr")]
mod happened;
#[cfg(feature = "ssr")]
mod neighbor;
#[cfg(feature = "ssr")]
mod origins;
#[cfg(feature = "ssr")]
mod places;
#[cfg(feature = "ssr")]
mod read;

/// The whole truth of one device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
pub struct Device {
    /// The device.
    pub id: String,
    /// The store's change sequence that this stands at.
    pub seq: u64,
    /// When it was read.
    pub as_of: Timestamp,
    /// Which registration under this id.
    pub generation_id: String,
    /// Whether it may connect.
    pub is_enabled: bool,
    /// Why it may or may not.
    pub status_reason: Option<String>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// How it proves itself, in the contract's word.
    pub authentication: String,
    /// Whether it is connected now.
    pub is_connected: bool,
    /// Since when it is connected, or not.
    pub connection_since: Timestamp,
    /// The last sign of life.
    pub last_activity: Timestamp,
    /// The twin's etag; a change made against an older one is refused.
    pub etag: String,
    /// The version of desired.
    pub desired_version: u64,
    /// The version of reported.
    pub reported_version: u64,
    /// The model it announced; empty when it did not.
    pub model_id: String,
    /// Tags.
    pub tags: twin::Map,
    /// What is asked.
    pub desired: twin::Map,
    /// What is answered.
    pub reported: twin::Map,
    /// Both sides, place by place.
    pub differences: Vec<Difference>,
}

/// What happened to a device, or was done to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
pub struct Happening {
    /// Stable and unique in the timeline of its device.
    pub key: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
    /// What it is about: paths with their values, a method, a status.
    pub subject: String,
    /// Where that is, when it has a page.
    pub href: Option<String>,
    /// Who, why, and the versions.
    pub cause: String,
}

/// The kinds of things that happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Read)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The device reported.
    Reported,
    /// Somebody asked for something.
    Asked,
    /// Somebody changed tags.
    Tagged,
    /// It was registered.
    Registered,
    /// It was registered and took over from another device.
    Replaced,
    /// It was brought back from the archive.
    Restored,
    /// It was retired.
    Retired,
    /// Its registration changed.
    Identity,
    /// It connected.
    Connected,
    /// Its connection ended.
    Disconnected,
    /// A method was run.
    Method,
    /// It sent a message.
    Sent,
    /// Anything else.
    Other,
}

/// A stretch of a timeline, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Read)]
pub struct Timeline {
    /// The moments.
    pub happenings: Vec<Happening>,
    /// Where older ones begin; `None` at the end.
    pub older: Option<String>,
    /// When it was read.
    pub as_of: Timestamp,
}

/// Where the desired properties of a device come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Read)]
pub struct Origins {
    /// The sources, the latest last: it wins.
    pub sources: Vec<Source>,
}

/// Who asked for some of the desired properties that stand now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
pub struct Source {
    /// What kind of source: a person, a service policy, a registration and so on.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Why, in its own words; empty when none were given.
    pub why: String,
    /// The paths that have the value it gave them.
    pub paths: Vec<String>,
    /// The first of them in a line of words.
    pub sets: String,
    /// When the newest of them was given.
    pub since: Option<Timestamp>,
    /// Whether this is what the kept history does not tell: all that was asked before `since`.
    pub is_older: bool,
}

/// The numbers of a device over the last seven days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
pub struct Charts {
    /// At most three.
    pub charts: Vec<Chart>,
    /// What else could be shown.
    pub others: Vec<Choice>,
    /// How many points there are, and what is not seen.
    pub note: String,
    /// When the first bucket begins.
    pub from: Timestamp,
    /// When it was read.
    pub to: Timestamp,
    /// How wide a bucket is, in milliseconds.
    pub width_ms: u64,
}

/// A number that could be charted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Choice {
    /// Its word in the address.
    pub key: String,
    /// Its name and how often it was sent.
    pub words: String,
}

/// The course of a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
pub struct Chart {
    /// Its word in the address.
    pub key: String,
    /// What it is called.
    pub title: String,
    /// The unit that was declared; empty without one.
    pub unit: String,
    /// The last number, with its unit.
    pub figure: String,
    /// When it was sent.
    pub last: Timestamp,
    /// What the chart says.
    pub conclusion: String,
    /// The decimals that its numbers are written with.
    pub decimals: usize,
    /// The longest distance between neighbors that is no gap, in milliseconds.
    pub gap_ms: u64,
    /// The buckets that hold numbers, oldest first.
    pub points: Vec<Dot>,
}

/// The numbers of one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Read)]
pub struct Dot {
    /// When it begins.
    pub at: Timestamp,
    /// How many numbers it holds.
    pub samples: u32,
    /// Their mean.
    pub mean: f64,
    /// The least.
    pub least: f64,
    /// The largest.
    pub most: f64,
}

/// The methods that were run on a device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Calls {
    /// The calls, newest first.
    pub calls: Vec<Call>,
    /// Where older ones begin; `None` at the end.
    pub older: Option<u64>,
}

/// A method that was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Call {
    /// Its number in the event log.
    pub number: u64,
    /// When it ended.
    pub at: Timestamp,
    /// Who ran it.
    pub who: String,
    /// The method.
    pub name: String,
    /// What it carried, as JSON on one line; empty for nothing, `None` when it was not kept.
    pub payload: Option<String>,
    /// Whether the device answered.
    pub is_answered: bool,
    /// What came of it: the status and how long it took, or why there is none.
    pub outcome: String,
    /// What the device answered, as indented JSON.
    pub answer: Option<String>,
}

/// The half of a twin that people write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Read)]
#[serde(rename_all = "lowercase")]
pub enum Half {
    /// What is asked of the device.
    #[default]
    Desired,
    /// What people note about it; the device never sees it.
    Tags,
}

/// Something that is wrong with a document, or odd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Finding {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What it is, and what to do.
    pub sentence: String,
    /// Whether the document is refused for it.
    pub is_error: bool,
}

/// What a device answered to a method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
pub struct Answer {
    /// The status that the device gave.
    pub status: i64,
    /// Its payload as indented JSON.
    pub payload: String,
    /// From asking to answering, in milliseconds.
    pub took_ms: u64,
    /// When it answered.
    pub at: Timestamp,
}

/// A device by its id.
///
/// # Errors
/// `NotFound` when there is none.
#[server(name = AskDevice, prefix = "/api", endpoint = "device", protocol = Get)]
pub async fn device(id: String) -> Result<Device, Problem> {
    super::caller()?.device(&id).await
}

/// Where the desired properties of a device come from, as far as the kept history tells.
///
/// # Errors
/// `NotFound` when there is no such device.
#[server(name = AskOrigins, prefix = "/api", endpoint = "device/origins", protocol = Get)]
pub async fn origins(id: String) -> Result<Origins, Problem> {
    super::caller()?.origins(&id).await
}

/// The device before another one in a list, or after it; `None` at the end of the list.
///
/// # Errors
/// `Invalid` when the list cannot be read or cannot be gone through, `Unavailable` while the index is built.
#[server(name = AskNeighbor, prefix = "/api", endpoint = "device/neighbor", protocol = Get)]
pub async fn neighbor(
    id: String,
    condition: String,
    sort: Option<String>,
    is_next: bool,
) -> Result<Option<String>, Problem> {
    super::caller()?
        .neighbor(&id, &condition, sort.as_deref(), is_next)
        .await
}

/// What happened to a device, about one topic or all but messages, newest first; `older` is the place where the stretch before ended.
///
/// # Errors
/// `Invalid` when the place cannot be read.
#[server(name = AskTimeline, prefix = "/api", endpoint = "device/timeline", protocol = Get)]
pub async fn timeline(
    id: String,
    topic: Option<Topic>,
    older: Option<String>,
) -> Result<Timeline, Problem> {
    super::caller()?
        .timeline(&id, topic, older.as_deref())
        .await
}

/// The numbers of a device over the last seven days, `first` before those that it sent most.
///
/// # Errors
/// `NotFound` for what no device can be called.
#[server(name = AskCharts, prefix = "/api", endpoint = "device/charts", protocol = Get)]
pub async fn charts(id: String, first: Option<String>) -> Result<Charts, Problem> {
    super::caller()?.charts(&id, first.as_deref()).await
}

/// The methods that were run on a device, newest first; `older` is the number of the last one known.
///
/// # Errors
/// `NotFound` for what no device can be called.
#[server(name = AskCalls, prefix = "/api", endpoint = "device/calls", protocol = Get)]
pub async fn calls(id: String, older: Option<u64>) -> Result<Calls, Problem> {
    super::caller()?.calls(&id, older).await
}

/// Asks a device for something else: a merge patch of its desired state as JSON text, with the reason, against the
/// twin of this etag. Gives the device as it stands then.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Conflict` when the twin was changed meanwhile, `Invalid` for a patch that breaks a rule.
#[server(name = ChangeDesired, prefix = "/api", endpoint = "device/desired", protocol = Post)]
pub async fn change_desired(
    id: String,
    patch: String,
    reason: String,
    etag: String,
) -> Result<Device, Problem> {
    super::caller()?
        .change_half(Half::Desired, &id, &patch, &reason, &etag)
        .await
}

/// Changes the tags of a device, as [`change_desired`] changes what is asked.
///
/// # Errors
/// As [`change_desired`].
#[server(name = ChangeTags, prefix = "/api", endpoint = "device/tags", protocol = Post)]
pub async fn change_tags(
    id: String,
    patch: String,
    reason: String,
    etag: String,
) -> Result<Device, Problem> {
    super::caller()?
        .change_half(Half::Tags, &id, &patch, &reason, &etag)
        .await
}

/// What is wrong with a document before it is sent: syntax, limits, and types that the plan declares otherwise.
///
/// # Errors
/// `Forbidden`, `Unavailable`.
#[server(name = CheckDocument, prefix = "/api", endpoint = "device/check", protocol = Post)]
pub async fn check(half: Half, text: String) -> Result<Vec<Finding>, Problem> {
    super::caller()?.check(half, &text).await
}

/// Runs a method on a connected device and waits for its answer. An empty payload sends null.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Offline`, `NoAnswer`, `Invalid` for a name or payload that cannot be sent.
#[server(name = InvokeMethod, prefix = "/api", endpoint = "device/method", protocol = Post)]
pub async fn invoke(id: String, method: String, payload: String) -> Result<Answer, Problem> {
    super::caller()?.invoke(&id, &method, &payload).await
}
