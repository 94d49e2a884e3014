//! Jobs: one thing asked of every device that a condition matches: a change of tags or desired properties, a direct method,
//! or taking back what another job changed.
//!
//! Here is what people do with them. [`preview`] tells beforehand what a job would do; [`gather`], [`steps`] and [`calls`] carry it out, a batch at a time, driven by
//! the reconciler in `tasks::jobs`; [`pace`] bounds the rate.
//!
//! # What holds
//!
//! - The devices of a job are those that match when it starts; they are taken down before anything is asked of the first.
//! - A device's outcome is committed in one transaction with the change of its twin: after a crash a job goes on with the devices that have none.
//! - A method is called at most once for each device. That it is about to be called is durable before the call; a device that was called when the process ended
//!   has the outcome `unknown` and is not called again.
//! - What a job changes carries [`Actor::Job`](store::Actor::Job) and the job's reason into the device's history.

use std::time::Duration;

use store::{
    AuditEntry, DeviceState, Job, JobDevice, JobId, JobSpec, JobState, Mark, MethodWork,
    OutcomeGroup, Which, Work,
};
use twin::document::Twin;
use twin::id::Slot;

use super::{Configure, MethodCall};
use crate::access::{Action, Principal, authorize};
use crate::core::Core;
use crate::monitor::{Asker, count};
use crate::outlet::MethodError;
use crate::{Error, audit};

pub(crate) mod calls;
pub(crate) mod gather;
pub(crate) mod pace;
mod preview;
pub(crate) mod runs;
pub(crate) mod steps;

pub use preview::{Preview, Sample};

/// Longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 500;
/// Jobs above this many devices are started only by whoever confirms the number.
pub const UNCONFIRMED_DEVICES_MAX: u64 = 1_000;
/// A confirmed number may be exceeded by one in so many: the fleet moves while people read.
const CONFIRMED_TOLERANCE: u64 = 100;
/// Jobs that have not ended at once.
const OPEN_JOBS_MAX: usize = 50;
/// Outcomes shown of one job.
const OUTCOMES_MAX: usize = 50;

/// A job to start.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// What is asked of each device.
    pub work: Work,
    /// Of which devices: the body of a `WHERE`; empty and `*` mean all.
    pub condition: String,
    /// Why; required.
    pub reason: String,
    /// Devices a second at most; `None` when only batches bound it.
    pub per_second_max: Option<u32>,
    /// The number of devices that the person has seen and confirmed; needed above [`UNCONFIRMED_DEVICES_MAX`].
    pub confirmed: Option<u64>,
}

/// A job with what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobReport {
    /// The job.
    pub job: Job,
    /// Its most frequent outcomes.
    pub outcomes: Vec<OutcomeGroup>,
    /// The newest job that takes it back.
    pub undo: Option<JobId>,
}

/// Jobs of one page of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct JobList {
    /// Those that have not ended, newest first; on the first page only.
    pub open: Vec<Job>,
    /// Those that have, newest first.
    pub ended: Vec<Job>,
    /// Before which job the next page begins; `None` when there is none.
    pub next: Option<JobId>,
}

impl Configure {
    /// Starts a job. It is carried out in the background, and goes on after a restart.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the reason is missing, the condition cannot be read or matches nothing, the change or method breaks a rule, the number of devices is large
    /// and not confirmed, or too many jobs are open.
    pub async fn start_job(&self, principal: &Principal, new: NewJob) -> Result<JobId, Error> {
        authorize(principal, Action::RunJobs)?;
        let core = &self.core;
        let reason = checked_reason(&new.reason)?;
        check_work(&new.work)?;
        if new.per_second_max == Some(0) {
            return Err(Error::invalid(
                "At most 0 devices a second is none at all: say at least 1, or nothing.",
            ));
        }
        is_room(core).await?;
        let devices = count(core, &new.condition, Asker::Person).await?;
        check_count(devices, new.confirmed)?;
        let spec = JobSpec {
            work: new.work,
            condition: new.condition,
            start: mark(core, principal, reason),
            per_second_max: new.per_second_max,
        };
        self.create(principal, &spec).await
    }

    /// Starts a job that takes back what another one changed, wherever that still stands.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] when the other has not ended, changed nothing, or is being taken back.
    pub async fn undo_job(
        &self,
        principal: &Principal,
        id: JobId,
        reason: &str,
    ) -> Result<JobId, Error> {
        authorize(principal, Action::RunJobs)?;
        let core = &self.core;
        let reason = checked_reason(reason)?;
        let job = get(core, id).await?;
        if let Some(why) = cannot_undo(&job) {
            return Err(Error::Invalid(why));
        }
        if let Some(undo) = core.store.undo_of(id).await?
            && get(core, undo).await?.state != JobState::Ended
        {
            return Err(Error::Invalid(format!(
                "Job {undo} is taking this one back already."
            )));
        }
        is_room(core).await?;
        let spec = JobSpec {
            work: Work::Undo(id),
            condition: job.spec.condition,
            start: mark(core, principal, reason),
            per_second_max: job.spec.per_second_max,
        };
        self.create(principal, &spec).await
    }

    /// Cancels a job: what has not begun does not begin. What was called is still waited for.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] when it has ended or is canceled already.
    pub async fn cancel_job(
        &self,
        principal: &Principal,
        id: JobId,
        reason: &str,
    ) -> Result<(), Error> {
        authorize(principal, Action::RunJobs)?;
        let core = &self.core;
        let reason = checked_reason(reason)?;
        get(core, id).await?;
        let entry = audit::done(core, principal, "job.cancel", &format!("job {id}"))
            .reason(Some(reason.clone()))
            .entry();
        let mark = mark(core, principal, reason);
        if !core.store.cancel_job(id, &mark, Some(entry)).await? {
            return Err(Error::Invalid(format!(
                "Job {id} has ended or is canceled already: there is nothing to cancel."
            )));
        }
        core.runs.wake();
        Ok(())
    }

    /// One job with its outcomes; `None` when there is none of that number.
    pub async fn job(&self, principal: &Principal, id: JobId) -> Result<Option<JobReport>, Error> {
        authorize(principal, Action::ReadFleet)?;
        let store = &self.core.store;
        let Some(job) = store.job(id).await? else {
            return Ok(None);
        };
        Ok(Some(JobReport {
            job,
            outcomes: store.job_outcomes(id, OUTCOMES_MAX).await?,
            undo: store.undo_of(id).await?,
        }))
    }

    /// A page of jobs: those that have not ended come first.
    pub async fn jobs(
        &self,
        principal: &Principal,
        before: Option<JobId>,
        limit: usize,
    ) -> Result<JobList, Error> {
        authorize(principal, Action::ReadFleet)?;
        let limit = limit.clamp(1, self.core.limits.console_page_rows_max);
        let store = &self.core.store;
        let open = match before {
            None => store.open_jobs().await?,
            Some(_) => Vec::new(),
        };
        let mut ended = store.ended_jobs(before, limit + 1).await?;
        let is_more = ended.len() > limit;
        ended.truncate(limit);
        Ok(JobList {
            open,
            next: ended.last().filter(|_| is_more).map(|job| job.id),
            ended,
        })
    }

    /// A page of a job's devices in the order of their numbers, after `after`.
    pub async fn job_devices(
        &self,
        principal: &Principal,
        id: JobId,
        which: Which,
        after: Slot,
        limit: usize,
    ) -> Result<Vec<JobDevice>, Error> {
        authorize(principal, Action::ReadFleet)?;
        let limit = limit.clamp(1, self.core.limits.console_page_rows_max);
        let devices = self.core.store.job_devices(id, which, after, limit).await?;
        Ok(devices)
    }

    async fn create(&self, principal: &Principal, spec: &JobSpec) -> Result<JobId, Error> {
        let core = &self.core;
        let id = core
            .store
            .create_job(spec, Some(entry(core, principal, spec)))
            .await?;
        core.runs.wake();
        Ok(id)
    }
}

/// Why a job cannot be taken back; `None` when it can.
pub fn cannot_undo(job: &Job) -> Option<String> {
    if matches!(job.spec.work, Work::Method(_)) {
        return Some("A method cannot be taken back: what the device did, it did.".to_owned());
    }
    if job.state != JobState::Ended {
        return Some("It has not ended: cancel it first, or wait.".to_owned());
    }
    (job.counts.done == 0).then(|| "It holds no change that is still to be taken back.".to_owned())
}

fn entry(core: &Core, principal: &Principal, spec: &JobSpec) -> AuditEntry {
    let action = match spec.work {
        Work::Undo(_) => "job.undo",
        Work::Change(_) | Work::Method(_) => "job.start",
    };
    // The store names the job: its number is not known before.
    audit::done(core, principal, action, "job")
        .reason(Some(spec.start.reason.clone()))
        .detail(serde_json::json!({ "work": spec.work, "condition": spec.condition }))
        .entry()
}

fn mark(core: &Core, principal: &Principal, reason: String) -> Mark {
    Mark {
        at: core.clock.now(),
        actor: principal.actor(),
        reason,
    }
}

async fn get(core: &Core, id: JobId) -> Result<Job, Error> {
    core.store.job(id).await?.ok_or_else(|| Error::NotFound {
        what: "Job",
        name: id.to_string(),
    })
}

async fn is_room(core: &Core) -> Result<(), Error> {
    if core.store.open_jobs().await?.len() >= OPEN_JOBS_MAX {
        return Err(Error::Invalid(format!(
            "{OPEN_JOBS_MAX} jobs have not ended: wait for one, or cancel one."
        )));
    }
    Ok(())
}

fn checked_reason(reason: &str) -> Result<String, Error> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid(
            "Say why: the reason stays in the log and in the history of each device.",
        ));
    }
    if reason.chars().count() > REASON_CHARS_MAX {
        return Err(Error::Invalid(format!(
            "The reason is longer than {REASON_CHARS_MAX} characters."
        )));
    }
    Ok(reason.to_owned())
}

/// Refuses what no device could be asked.
pub(super) fn check_work(work: &Work) -> Result<(), Error> {
    match work {
        Work::Change(change) => {
            let mut empty = Twin::new(twin::time::Timestamp::NEVER);
            let applied = empty.apply_service(change, twin::time::Timestamp::NEVER)?;
            if !applied.changed {
                return Err(Error::invalid(
                    "The change says nothing: name at least one tag or desired property.",
                ));
            }
            Ok(())
        }
        Work::Method(method) => super::method::check(&call(method)).map_err(|error| match error {
            MethodError::Invalid(why) => Error::Invalid(why),
            other => Error::Invalid(other.to_string()),
        }),
        Work::Undo(_) => Err(Error::invalid("A job is taken back from its own page.")),
    }
}

/// The call of a job's method, for a device that is connected.
pub(super) fn call(method: &MethodWork) -> MethodCall {
    MethodCall {
        payload: method.payload.clone(),
        response_timeout: Duration::from_millis(method.response_timeout_ms),
        connect_timeout: Duration::ZERO,
        ..MethodCall::new(&method.name)
    }
}

fn check_count(devices: u64, confirmed: Option<u64>) -> Result<(), Error> {
    if devices == 0 {
        return Err(Error::invalid(
            "The condition matches no device at this moment: nothing was started.",
        ));
    }
    if devices <= UNCONFIRMED_DEVICES_MAX {
        return Ok(());
    }
    match confirmed {
        None => Err(Error::Invalid(format!(
            "This is asked of {devices} devices: confirm the number."
        ))),
        Some(confirmed) if devices > confirmed + confirmed / CONFIRMED_TOLERANCE => {
            Err(Error::Invalid(format!(
                "The condition matches {devices} devices now, {confirmed} were confirmed: look again, and confirm the new number."
            )))
        }
        Some(_) => Ok(()),
    }
}

/// Whether a device is at its end in a job.
pub const fn is_settled(state: DeviceState) -> bool {
    !matches!(state, DeviceState::Pending | DeviceState::Called)
}
