//! Jobs: what one would do, starting one, how one stands, cancelling it and taking it back.
//!
//! Sentences, figures in words and titles are written on the server: the browser lays them out.

#![expect(
    missing_docs,
    reason = "the arguments of server functions become fields"
)]

use leptos::prelude::*;
use reader::Read;
use serde::{Deserialize, Serialize};
use twin::time::Timestamp;

use super::Problem;
use super::exchange::{Get, Post, PostJson};

#[cfg(feature = "ssr")]
mod act;
#[cfg(feature = "ssr")]
mod draft;
#[cfg(feature = "ssr")]
mod forecast;
#[cfg(feature = "ssr")]
mod read;
#[cfg(feature = "ssr")]
pub(super) mod words;

/// A job as a person describes it: all text as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Draft {
    /// What is asked.
    pub kind: Kind,
    /// Of which devices.
    pub condition: String,
    /// The values, when tags or desired properties change.
    pub values: Vec<Entry>,
    /// The method's name, when one is called.
    pub method: String,
    /// What the method carries, as JSON; empty for nothing.
    pub payload: String,
    /// How long a device may take to answer, in seconds.
    pub timeout_s: String,
    /// Devices a second at most; empty for no bound.
    pub per_second: String,
    /// Why.
    pub reason: String,
    /// The number of devices as it was typed to confirm it.
    pub confirmed: String,
}

/// What a job asks of each device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub enum Kind {
    /// Desired properties.
    #[default]
    Desired,
    /// Tags.
    Tags,
    /// A direct method.
    Method,
}

/// One value of a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Entry {
    /// Where, below the section: `telemetry.interval_s`.
    pub path: String,
    /// Of which type.
    pub kind: ValueKind,
    /// As it is written.
    pub text: String,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub enum ValueKind {
    /// A number.
    #[default]
    Number,
    /// Text, as it stands.
    Text,
    /// True.
    True,
    /// False.
    False,
    /// Any JSON.
    Json,
    /// The property is removed.
    Remove,
}

impl ValueKind {
    /// Every type, with its word.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Number, "number"),
        (Self::Text, "text"),
        (Self::True, "true"),
        (Self::False, "false"),
        (Self::Json, "JSON"),
        (Self::Remove, "remove"),
    ];

    /// Whether something is to be written beside it.
    pub const fn has_text(self) -> bool {
        matches!(self, Self::Number | Self::Text | Self::Json)
    }
}

/// What a draft would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Forecast {
    /// What would happen, in order.
    pub sentences: Vec<Said>,
    /// What is wrong, at which field; nothing can be started while there is something.
    pub wrong: Vec<Wrong>,
    /// Devices that match, when the condition could be read.
    pub total: Option<u64>,
    /// The number to type before it can be started, as it is shown; `None` when none is asked.
    pub confirm: Option<String>,
    /// Some of the devices, before and after.
    pub samples: Vec<Sample>,
}

/// A sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Said {
    /// Whether it wants attention.
    pub is_warning: bool,
    /// The sentence.
    pub text: String,
}

/// What is wrong at a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Wrong {
    /// The id of the field.
    pub field: String,
    /// What, and how to mend it.
    pub sentence: String,
}

/// A device before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Sample {
    /// Its name.
    pub device: String,
    /// What would change: path, before, after.
    pub edits: Vec<(String, String, String)>,
    /// What there is to say besides; empty when nothing.
    pub note: String,
}

/// How something stands, for a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub enum Standing {
    /// Not begun.
    Next,
    /// Under way.
    Busy,
    /// Done as asked.
    Done,
    /// Failed, or some of it.
    Failed,
    /// Nothing was done, or it was held.
    Held,
}

/// A job in one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
pub struct Line {
    /// Its number.
    pub id: u64,
    /// What it does.
    pub title: String,
    /// Of which devices, as it was written; empty for all.
    pub condition: String,
    /// How it stands.
    pub standing: Standing,
    /// The same in words.
    pub state: String,
    /// How far it is, in words.
    pub progress: String,
    /// Devices done, skipped, canceled or undone, as a share of one.
    pub done: f64,
    /// Devices called, as a share of one.
    pub flight: f64,
    /// Devices failed, as a share of one.
    pub failed: f64,
    /// Who started it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A page of jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
pub struct Listing {
    /// Those under way, newest first.
    pub open: Vec<Line>,
    /// Those that have ended, newest first.
    pub ended: Vec<Line>,
    /// Before which job the next page begins.
    pub next: Option<u64>,
}

/// A job with everything that its page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
pub struct Job {
    /// The job.
    pub line: Line,
    /// Whether it has ended: it does not move any more.
    pub has_ended: bool,
    /// Figures: name, count, and the filter that shows these devices.
    pub figures: Vec<Figure>,
    /// What it asks, value by value.
    pub asked: Vec<(String, String)>,
    /// Outcomes that devices have in common.
    pub outcomes: Vec<Outcome>,
    /// Which devices are shown, in words.
    pub shown: String,
    /// A page of its devices.
    pub devices: Vec<Device>,
    /// After which device the next page begins.
    pub next: Option<u64>,
    /// Who did what with it and why, newest first.
    pub log: Vec<Logged>,
    /// Why it cannot be canceled; `None` when it can.
    pub cannot_cancel: Option<String>,
    /// Why it cannot be taken back; `None` when it can.
    pub cannot_undo: Option<String>,
    /// The job that it takes back.
    pub undoes: Option<u64>,
    /// The job that takes it back.
    pub undone_by: Option<u64>,
}

/// A figure of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Figure {
    /// What is counted.
    pub name: String,
    /// The filter that shows these devices; empty for all.
    pub show: String,
    /// How many, written.
    pub count: String,
    /// What that means, in a few words.
    pub note: String,
}

/// An outcome that devices have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Outcome {
    /// The filter that shows its devices.
    pub show: String,
    /// How it stands.
    pub standing: Standing,
    /// In a few words.
    pub words: String,
    /// What a device answered, or what there is to say.
    pub answer: String,
    /// How many devices, written.
    pub count: String,
    /// Its share of all devices, as a share of one in millionths.
    pub share_ppm: u32,
    /// Some of them.
    pub examples: Vec<String>,
}

/// A device of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Device {
    /// Its place among the job's devices.
    pub key: u64,
    /// Its name.
    pub name: String,
    /// How it stands.
    pub standing: Standing,
    /// In words.
    pub state: String,
    /// What came of it.
    pub answer: String,
}

/// Something that a person did with a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Logged {
    /// When.
    pub at: Timestamp,
    /// What: `Started`, `Canceled`, `Ended`.
    pub what: String,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Tells what a draft would do.
///
/// # Errors
/// `Unavailable` when the store does not answer or the index is being built. What is wrong with the draft is in the forecast.
#[server(name = AskForecast, prefix = "/api", endpoint = "jobs/forecast", protocol = PostJson)]
pub async fn forecast(draft: Draft) -> Result<Forecast, Problem> {
    super::caller()?.forecast(draft).await
}

/// Starts a job; gives its number.
///
/// # Errors
/// `Forbidden`, `Invalid` at the field that is wrong.
#[server(name = StartJob, prefix = "/api", endpoint = "jobs/start", protocol = PostJson)]
pub async fn start(draft: Draft) -> Result<u64, Problem> {
    super::caller()?.start_job(draft).await
}

/// A page of jobs; those under way are on the first.
///
/// # Errors
/// `Unavailable` when the store does not answer.
#[server(name = AskJobs, prefix = "/api", endpoint = "jobs/list", protocol = Get)]
pub async fn jobs(before: Option<u64>) -> Result<Listing, Problem> {
    super::caller()?.jobs(before).await
}

/// A job with a page of its devices.
///
/// # Errors
/// `NotFound`, `Invalid` for a filter that there is not.
#[server(name = AskJob, prefix = "/api", endpoint = "jobs/one", protocol = Get)]
pub async fn job(id: u64, show: String, after: Option<u64>) -> Result<Job, Problem> {
    super::caller()?.job(id, &show, after).await
}

/// Cancels a job: what has not begun does not begin.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Invalid` without a reason or when it has ended.
#[server(name = CancelJob, prefix = "/api", endpoint = "jobs/cancel", protocol = Post)]
pub async fn cancel(id: u64, reason: String) -> Result<(), Problem> {
    super::caller()?.cancel_job(id, &reason).await
}

/// Takes a job back; gives the number of the job that does.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Invalid` without a reason or when there is nothing to take back.
#[server(name = UndoJob, prefix = "/api", endpoint = "jobs/undo", protocol = Post)]
pub async fn undo(id: u64, reason: String) -> Result<u64, Problem> {
    super::caller()?.undo_job(id, &reason).await
}
