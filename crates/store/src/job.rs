//! Jobs: one thing asked of many devices, durably, and what came of it for each.
//!
//! A job is started with its condition; its devices are then taken down once ([`Jobs::add_job_devices`]), and each is brought from
//! [`DeviceState::Pending`] to its end by a [`JobStep`]: a [`Write`](crate::Write), so that a device's outcome is committed together with the change of its twin, and
//! a step that was taken before is refused. Whatever happens to the process in between, nothing is done twice.
//!
//! It does not decide when a step is taken: that is for whoever runs jobs.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use twin::Value;
use twin::document::ServiceChange;
use twin::id::{DeviceId, Seq, Slot};
use twin::revert::Replaced;
use twin::time::Timestamp;

use crate::audit::AuditEntry;
use crate::error::Error;
use crate::history::Event;
use crate::record::Actor;

/// Keeping jobs and reading them.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Begins a job, without devices yet.
    async fn create_job(&self, spec: &JobSpec, audit: Option<AuditEntry>) -> Result<JobId, Error>;

    /// Adds devices to a job whose devices are being gathered; those it has, and numbers that no device has, are passed over.
    async fn add_job_devices(&self, job: JobId, slots: &[Slot]) -> Result<u64, Error>;

    /// Adds devices that another job has changed and that were not taken back since: at most `limit` in the order of their numbers, after `after`. Gives the
    /// last one added; `None` when there are no more.
    async fn add_changed_devices(
        &self,
        job: JobId,
        of: JobId,
        after: Slot,
        limit: usize,
    ) -> Result<Option<Slot>, Error>;

    /// Lets a job whose devices are gathered run.
    async fn begin_job(&self, job: JobId) -> Result<(), Error>;

    /// Ends a job unless a device of it is pending or called; `false` when one is.
    async fn end_job(&self, job: JobId, at: Timestamp) -> Result<bool, Error>;

    /// Notes that a job that has not ended is canceled: no step is taken for a pending device from now on. `false` when it has ended or is canceled already.
    async fn cancel_job(
        &self,
        job: JobId,
        cancellation: &Mark,
        audit: Option<AuditEntry>,
    ) -> Result<bool, Error>;

    /// Marks at most `limit` pending devices of a canceled job canceled; gives how many.
    async fn cancel_pending(&self, job: JobId, limit: usize) -> Result<u64, Error>;

    /// One job.
    async fn job(&self, job: JobId) -> Result<Option<Job>, Error>;

    /// The jobs that have not ended, newest first.
    async fn open_jobs(&self) -> Result<Vec<Job>, Error>;

    /// At most `limit` jobs that have ended, newest first, before the one given.
    async fn ended_jobs(&self, before: Option<JobId>, limit: usize) -> Result<Vec<Job>, Error>;

    /// The newest job that takes this one back.
    async fn undo_of(&self, job: JobId) -> Result<Option<JobId>, Error>;

    /// At most `limit` devices of a job in the order of their numbers, after `after`.
    async fn job_devices(
        &self,
        job: JobId,
        which: Which,
        after: Slot,
        limit: usize,
    ) -> Result<Vec<JobDevice>, Error>;

    /// What a job has put in the place of what on these devices; devices without are left out.
    async fn replaced(
        &self,
        job: JobId,
        slots: &[Slot],
    ) -> Result<Vec<(Slot, Vec<Replaced>)>, Error>;

    /// The most frequent outcomes of a job, at most `limit`.
    async fn job_outcomes(&self, job: JobId, limit: usize) -> Result<Vec<OutcomeGroup>, Error>;

    /// Forgets jobs that ended before `before`, at most `limit` rows of devices and outcomes; gives how many rows went.
    async fn prune_jobs(&self, before: Timestamp, limit: usize) -> Result<u64, Error>;
}

/// The number of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub u64);

impl std::fmt::Display for JobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0, f)
    }
}

/// Who did something to a job, when and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// Why, in the actor's words.
    pub reason: String,
}

/// What a job is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobSpec {
    /// What is asked of each device.
    pub work: Work,
    /// Of which devices: the body of a `WHERE`; empty means all.
    pub condition: String,
    /// Who asks, when and why.
    pub start: Mark,
    /// Devices a second at most; `None` when only batches bound it.
    pub per_second_max: Option<u32>,
}

/// What a job asks of each device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Work {
    /// Change tags, desired properties or both.
    Change(Arc<ServiceChange>),
    /// Call a direct method, at most once.
    Method(MethodWork),
    /// Take back what another job changed.
    Undo(JobId),
}

/// A direct method that a job calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MethodWork {
    /// Its name.
    pub name: String,
    /// What it carries.
    pub payload: Option<Value>,
    /// How long each device may take to answer, in milliseconds.
    pub response_timeout_ms: u64,
}

/// A job as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// What it is.
    pub spec: JobSpec,
    /// How far it is.
    pub state: JobState,
    /// By whom and why it was canceled.
    pub cancellation: Option<Mark>,
    /// When its last device was settled.
    pub ended_at: Option<Timestamp>,
    /// Its devices.
    pub counts: Counts,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Its devices are being taken down; nothing was asked of any.
    Gathering,
    /// Its devices are asked.
    Running,
    /// Every device has its outcome.
    Ended,
}

/// Devices of a job, by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub total: u64,
    /// Called, without an answer yet.
    pub called: u64,
    /// Changed, restored, or answered well.
    pub done: u64,
    /// What was asked could not be done.
    pub failed: u64,
    /// Nothing had to be done, or nothing could be asked.
    pub skipped: u64,
    /// Canceled before it was begun.
    pub canceled: u64,
    /// Taken back by another job.
    pub undone: u64,
}

impl Counts {
    /// Those of which nothing was asked yet.
    pub const fn pending(&self) -> u64 {
        self.total.saturating_sub(
            self.called + self.done + self.failed + self.skipped + self.canceled + self.undone,
        )
    }
}

/// How a device of a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceState {
    /// Nothing was asked of it yet.
    Pending,
    /// Its method is called; when the process ends now, nobody knows whether the device did it.
    Called,
    /// Changed, restored, or answered well.
    Done,
    /// What was asked could not be done.
    Failed,
    /// Nothing had to be done, or nothing could be asked.
    Skipped,
    /// Canceled before it was begun.
    Canceled,
    /// Taken back by another job.
    Undone,
}

impl DeviceState {
    /// Every state, in the order of its numbers.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Called,
        Self::Done,
        Self::Failed,
        Self::Skipped,
        Self::Canceled,
        Self::Undone,
    ];
}

/// Which devices of a job to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All.
    All,
    /// Those in a state.
    In(DeviceState),
    /// Those of an outcome, by its number.
    Of(u64),
}

/// A device of a job.
#[derive(Clone, Debug, PartialEq)]
pub struct JobDevice {
    /// Its number.
    pub slot: Slot,
    /// Its name when the job was started.
    pub device_id: DeviceId,
    /// How it stands.
    pub state: DeviceState,
    /// What came of it; `None` while nothing did, and when it was canceled.
    pub outcome: Option<Outcome>,
    /// The place of its change in the history.
    pub seq: Option<Seq>,
}

/// What came of a device; devices with an equal outcome are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Outcome {
    /// The state that it leaves the device in.
    pub state: DeviceState,
    /// In a word or a number: `changed`, `gone`, `404`.
    pub code: String,
    /// More of it, at most [`ANSWER_CHARS_MAX`] characters: what a device answered as JSON, or a sentence. Empty when the code says all.
    pub answer: String,
}

/// Characters of an answer that are kept.
pub const ANSWER_CHARS_MAX: usize = 1_000;

impl Outcome {
    /// An outcome; a long answer is cut.
    pub fn new(state: DeviceState, code: impl Into<String>, answer: &str) -> Self {
        let mut kept: String = answer.chars().take(ANSWER_CHARS_MAX).collect();
        if kept.len() < answer.len() {
            kept.push('…');
        }
        Self {
            state,
            code: code.into(),
            answer: kept,
        }
    }
}

/// How many devices of a job have an outcome, with some of them.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeGroup {
    /// The number of the outcome.
    pub id: u64,
    /// The outcome.
    pub outcome: Outcome,
    /// How many devices have it.
    pub devices: u64,
    /// The first few of them, by name.
    pub examples: Vec<String>,
}

/// One step of one device. It is refused with [`Refused::Settled`](crate::Refused::Settled) when the device has had its outcome, and when it was not begun before the job
/// was canceled.
#[derive(Clone, Debug)]
pub struct JobStep {
    /// Of which job.
    pub job: JobId,
    /// Of which device.
    pub slot: Slot,
    /// As whom its twin is changed.
    pub actor: Actor,
    /// Why, for its history.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub act: JobAct,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum JobAct {
    /// Changes the twin, unless it would be the same after it, and settles the device with it.
    Change(Arc<ServiceChange>),
    /// Puts back what another job changed, where that still stands, and settles the device with it.
    Revert {
        /// The other job.
        of: JobId,
        /// What it put in the place of what.
        replaced: Vec<Replaced>,
        /// Who has changed it since, as far as known.
        since: String,
    },
    /// Notes that the device is about to be called.
    Call,
    /// Settles the device with an outcome, and tells its event log.
    Settle {
        /// The outcome.
        outcome: Outcome,
        /// What its log shall say.
        event: Option<Event>,
    },
}
