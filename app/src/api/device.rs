//! One device: its twin, its two sides, what happened to it, and what people may ask of it.

#![expect(
    missing_docs,
    reason = "the arguments of server functions become fields"
)]

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};
use twin::diff::Difference;
use twin::time::Timestamp;

use super::Problem;

#[cfg(feature = "ssr")]
mod ask;
#[cfg(feature = "ssr")]
mod happened;
#[cfg(feature = "ssr")]
mod origins;
#[cfg(feature = "ssr")]
mod read;

/// The whole truth of one device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// Anything else.
    Other,
}

/// A stretch of a timeline, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// The moments.
    pub happenings: Vec<Happening>,
    /// Where older ones begin; `None` at the end.
    pub older: Option<String>,
    /// When it was read.
    pub as_of: Timestamp,
}

/// Where the desired properties of a device come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Origins {
    /// The sources, the latest last: it wins.
    pub sources: Vec<Source>,
}

/// Who asked for some of the desired properties that stand now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// What a device answered to a method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
#[server(name = AskDevice, prefix = "/api", endpoint = "device", input = GetUrl, output = crate::api::Json)]
pub async fn device(id: String) -> Result<Device, Problem> {
    super::caller()?.device(&id).await
}

/// Where the desired properties of a device come from, as far as the kept history tells.
///
/// # Errors
/// `NotFound` when there is no such device.
#[server(name = AskOrigins, prefix = "/api", endpoint = "device/origins", input = GetUrl, output = crate::api::Json)]
pub async fn origins(id: String) -> Result<Origins, Problem> {
    super::caller()?.origins(&id).await
}

/// What happened to a device, newest first; `older` is the place where the stretch before ended.
///
/// # Errors
/// `Invalid` when the place cannot be read.
#[server(name = AskTimeline, prefix = "/api", endpoint = "device/timeline", input = GetUrl, output = crate::api::Json)]
pub async fn timeline(id: String, older: Option<String>) -> Result<Timeline, Problem> {
    super::caller()?.timeline(&id, older.as_deref()).await
}

/// Asks a device for something else: a merge patch of its desired state as JSON text, with the reason, against the
/// twin of this etag. Gives the device as it stands then.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Conflict` when the twin was changed meanwhile, `Invalid` for a patch that breaks a rule.
#[server(name = ChangeDesired, prefix = "/api", endpoint = "device/desired", output = crate::api::Json)]
pub async fn change_desired(
    id: String,
    patch: String,
    reason: String,
    etag: String,
) -> Result<Device, Problem> {
    super::caller()?
        .change_desired(&id, &patch, &reason, &etag)
        .await
}

/// Runs a method on a connected device and waits for its answer. An empty payload sends null.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Offline`, `NoAnswer`, `Invalid` for a name or payload that cannot be sent.
#[server(name = InvokeMethod, prefix = "/api", endpoint = "device/method", output = crate::api::Json)]
pub async fn invoke(id: String, method: String, payload: String) -> Result<Answer, Problem> {
    super::caller()?.invoke(&id, &method, &payload).await
}
