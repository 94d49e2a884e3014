//! What is kept in memory of the jobs under way: their pace, and which of them have calls in flight. All of it may be lost.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use store::{Job, JobId};
use tokio::sync::Notify;

use super::pace::Pace;
use crate::core::Core;
use crate::sync::locked;

/// The jobs under way.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    hint: Notify,
    paces: Mutex<HashMap<JobId, Pace>>,
    calling: Arc<Mutex<HashSet<JobId>>>,
}

/// That the calls of a job are being made; ends when dropped.
#[derive(Debug)]
pub(crate) struct Calling {
    job: JobId,
    all: Arc<Mutex<HashSet<JobId>>>,
}

impl Runs {
    /// Has the jobs looked at soon.
    pub(crate) fn wake(&self) {
        self.hint.notify_one();
    }

    /// Is notified when the jobs shall be looked at.
    pub(crate) fn hint(&self) -> &Notify {
        &self.hint
    }

    /// The pace of a job, to look at or to change.
    pub(crate) fn pace<T>(&self, core: &Core, job: &Job, with: impl FnOnce(&mut Pace) -> T) -> T {
        let mut paces = locked(&self.paces);
        let pace = paces
            .entry(job.id)
            .or_insert_with(|| Pace::new(job.spec.per_second_max, core.clock.monotonic()));
        with(pace)
    }

    /// Forgets all jobs but these.
    pub(crate) fn keep(&self, open: &[Job]) {
        locked(&self.paces).retain(|id, _| open.iter().any(|job| job.id == *id));
    }

    /// Takes on the calls of a job; `None` when somebody makes them already.
    pub(crate) fn take_on(&self, job: JobId) -> Option<Calling> {
        let all = Arc::clone(&self.calling);
        let is_new = locked(&all).insert(job);
        is_new.then_some(Calling { job, all })
    }
}

impl Drop for Calling {
    fn drop(&mut self) {
        locked(&self.all).remove(&self.job);
    }
}
