//! Letting devices go: what to know before, retiring, replacing and restoring, and the archive.
//!
//! Sentences are made on the server; what crosses is ready to be read.

#![expect(
    missing_docs,
    reason = "the arguments of server functions become fields"
)]

use super::Problem;
use super::device::Timeline;
use super::exchange::{Get, Post};
use super::provision::Secret;
use crate::routes::Archive;
use leptos::prelude::*;
use reader::Read;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
mod act;
#[cfg(feature = "ssr")]
mod desk;
#[cfg(feature = "ssr")]
mod find;
#[cfg(feature = "ssr")]
mod record;

/// How many devices are retired together at most.
pub const TOGETHER_MAX: usize = 200;

/// What there is to do, and what was done lately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Desk {
    /// Sets of devices that may be ready to go.
    pub waiting: Vec<Waiting>,
    /// Devices retired in the last thirty days.
    pub retired: u64,
    /// The first of these days, `2026-11-22`.
    pub since: String,
    /// How long a retired device can be restored: `30 days`.
    pub grace: String,
    /// The longest reason, in characters.
    pub reason_chars_max: usize,
}

/// A set of devices that may be ready to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Waiting {
    /// What they have in common.
    pub title: String,
    /// The condition that finds them.
    pub query: String,
    /// How many; `None` while the index is built.
    pub count: Option<u64>,
}

/// A device that may be retired or replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Subject {
    /// The device.
    pub id: String,
    /// The etag of its identity: what is done later is refused when somebody changed it meanwhile.
    pub etag: String,
    /// Whether it is connected now.
    pub is_connected: bool,
    /// What it proves itself by: `two symmetric keys`.
    pub proof: String,
    /// How many tags it has.
    pub tags: u64,
    /// How many settings are asked of it.
    pub settings: u64,
    /// What was looked at.
    pub checks: Vec<Check>,
}

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Check {
    /// What.
    pub name: String,
    /// Whether it is as one would wish.
    pub is_clear: bool,
    /// What was found.
    pub sentence: String,
}

/// Why and how a device is retired.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Retirement {
    /// The device.
    pub id: String,
    /// The etag of its identity when it was looked at.
    pub etag: String,
    /// Why.
    pub reason: String,
    /// Whether its keys are destroyed at once, so that it can never be restored.
    pub is_final: bool,
}

/// A device that has gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Retired {
    /// The device.
    pub id: String,
    /// The number of its record.
    pub number: u64,
}

/// What takes over from what.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Replacement {
    /// The device that goes.
    pub old: String,
    /// The name of the new one.
    pub new: String,
    /// Its keys, base64; an empty one is made.
    pub keys: (String, String),
    /// Whether the old one is retired; otherwise it is blocked.
    pub is_retired: bool,
    /// Why.
    pub reason: String,
}

impl std::fmt::Debug for Replacement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replacement")
            .field("old", &self.old)
            .field("new", &self.new)
            .finish_non_exhaustive()
    }
}

/// A device that has taken over. It holds a secret that is not shown a second time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Replaced {
    /// The device that went.
    pub old: String,
    /// The one that came.
    pub new: String,
    /// The record of the old one, when it was retired.
    pub archived: Option<u64>,
    /// What the new one connects with.
    pub secret: Secret,
}

/// Devices that may go together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Preview {
    /// How many match.
    pub total: u64,
    /// The first of them, at most [`TOGETHER_MAX`].
    pub rows: Vec<Candidate>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Candidate {
    /// The device.
    pub id: String,
    /// Whether everything that was looked at is as one would wish.
    pub is_clear: bool,
    /// What is to be known of it.
    pub words: String,
}

/// What became of devices that were to go together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Together {
    /// How many are retired.
    pub retired: u64,
    /// Those that are not, and why.
    pub refused: Vec<(String, String)>,
}

/// A page of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct ArchivePage {
    /// The entries, newest first.
    pub lines: Vec<Line>,
    /// The entry that the next page comes after; `None` at the end.
    pub next: Option<u64>,
}

/// One entry of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Line {
    /// The number of its record.
    pub number: u64,
    /// The device.
    pub id: String,
    /// The model that it announced.
    pub model: String,
    /// When it was retired.
    pub at: String,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Whether it can still be restored.
    pub is_restorable: bool,
    /// Whether it was.
    pub is_restored: bool,
    /// How it stands, in words.
    pub standing: String,
}

/// The record of a retired device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Record {
    /// Its number.
    pub number: u64,
    /// The device.
    pub id: String,
    /// The hub that it was of.
    pub host_name: String,
    /// When this was read, in words.
    pub as_of: String,
    /// What it was, when it went, who let it go, and why: name, value, whether the value is read letter by letter.
    pub facts: Vec<(String, String, bool)>,
    /// In one sentence.
    pub summary: String,
    /// What was looked at, as it stood.
    pub checks: Vec<Check>,
    /// What became of its credentials, in sentences.
    pub credentials: Vec<String>,
    /// Whom it replaced.
    pub replaces: Option<Other>,
    /// Who replaced it.
    pub replaced_by: Option<Other>,
    /// Its tags: path and value.
    pub tags: Vec<(String, String)>,
    /// The two sides of its twin.
    pub twin: Vec<Leaf>,
    /// Whether a device of this name is registered now.
    pub is_name_taken: bool,
    /// Why it cannot be restored; `None` when it can.
    pub cannot_restore: Option<String>,
}

/// The other side of a replacement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Other {
    /// The device.
    pub id: String,
    /// Its record, when it was retired.
    pub archived: Option<u64>,
    /// When the one took over from the other.
    pub at: String,
}

/// A place of an archived twin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Leaf {
    /// Where.
    pub path: String,
    /// What was asked.
    pub desired: String,
    /// What was answered.
    pub reported: String,
}

/// What there is to do, and what was done lately.
///
/// # Errors
/// `Unavailable` when the store does not answer.
#[server(name = AskDesk, prefix = "/api", endpoint = "retire/desk", protocol = Get)]
pub async fn desk() -> Result<Desk, Problem> {
    super::caller()?.desk().await
}

/// A device with what there is to know before it goes; `None` without a name.
///
/// # Errors
/// `NotFound` when there is none of this name.
#[server(name = AskSubject, prefix = "/api", endpoint = "retire/checks", protocol = Get)]
pub async fn subject(id: String) -> Result<Option<Subject>, Problem> {
    super::caller()?.subject(&id).await
}

/// The first devices whose ids begin so.
///
/// # Errors
/// `Unavailable` while the index is built.
#[server(name = AskBeginning, prefix = "/api", endpoint = "retire/beginning", protocol = Get)]
pub async fn beginning(id: String) -> Result<Vec<String>, Problem> {
    super::caller()?.beginning(&id).await
}

/// Retires a device.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Invalid` without a reason, `Conflict` when it was changed since it was looked at.
#[server(name = RetireDevice, prefix = "/api", endpoint = "retire/device", protocol = Post)]
pub async fn retire(retirement: Retirement) -> Result<Retired, Problem> {
    super::caller()?.retire(retirement).await
}

/// Lets a new device take over from another.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Invalid` at the field that breaks a rule, `Conflict` at `new-id` when the name is taken.
#[server(name = ReplaceDevice, prefix = "/api", endpoint = "retire/replace", protocol = Post)]
pub async fn replace(replacement: Replacement) -> Result<Replaced, Problem> {
    super::caller()?.replace(replacement).await
}

/// Brings a retired device back.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Invalid` without a reason or when its time is over, `Conflict` when the name is taken.
#[server(name = RestoreDevice, prefix = "/api", endpoint = "retire/restore", protocol = Post)]
pub async fn restore(number: u64, reason: String) -> Result<String, Problem> {
    super::caller()?.restore(number, &reason).await
}

/// The devices of a condition that may go together; `None` without a condition.
///
/// # Errors
/// `Invalid` for a condition that cannot be read.
#[server(name = AskPreview, prefix = "/api", endpoint = "retire/preview", protocol = Get)]
pub async fn preview(query: String) -> Result<Option<Preview>, Problem> {
    super::caller()?.preview(&query).await
}

/// Retires devices that were shown, together.
///
/// # Errors
/// `Forbidden`, `Invalid` without a reason or for more than [`TOGETHER_MAX`]: then none is retired.
#[server(name = RetireTogether, prefix = "/api", endpoint = "retire/together", protocol = Post)]
pub async fn retire_together(ids: Vec<String>, reason: String) -> Result<Together, Problem> {
    super::caller()?.retire_together(&ids, &reason).await
}

/// A page of the archive.
///
/// # Errors
/// `Invalid` for a search that cannot be carried out.
#[server(name = AskArchive, prefix = "/api", endpoint = "retire/archive", protocol = Get)]
pub async fn archive(search: Archive) -> Result<ArchivePage, Problem> {
    super::caller()?.archive(&search).await
}

/// The record of a retired device.
///
/// # Errors
/// `NotFound` when there is none of this number.
#[server(name = AskRecord, prefix = "/api", endpoint = "retire/record", protocol = Get)]
pub async fn record(number: String) -> Result<Record, Problem> {
    super::caller()?.record(&number).await
}

/// What happened to a retired device, newest first; `older` is the place where the stretch before ended.
///
/// # Errors
/// `Invalid` when the place cannot be read.
#[server(name = AskPast, prefix = "/api", endpoint = "retire/past", protocol = Get)]
pub async fn past(number: u64, older: Option<String>) -> Result<Timeline, Problem> {
    super::caller()?.past(number, older.as_deref()).await
}

/// The newest record of a device of this name.
///
/// # Errors
/// `Unavailable` when the store does not answer.
#[server(name = AskNewestRecord, prefix = "/api", endpoint = "retire/newest", protocol = Get)]
pub async fn newest(id: String) -> Result<Option<u64>, Problem> {
    super::caller()?.newest_record(&id).await
}

/// The beginning of a day that is written `2026-11-22`, UTC.
#[cfg(feature = "ssr")]
fn midnight(day: &str) -> Option<twin::time::Timestamp> {
    twin::time::Timestamp::parse(&format!("{day}T00:00:00Z")).ok()
}
