//! Configure: asking devices for something. Desired properties and tags, which last; direct methods,
//! which are answered now or not at all; jobs, which ask many.

use std::sync::Arc;

use store::Queue;

use crate::core::Core;

mod calls;
mod job;
mod method;
mod twin_change;

pub use calls::Call;
pub use job::{
    JobList, JobReport, NewJob, Preview, REASON_CHARS_MAX, Sample, UNCONFIRMED_DEVICES_MAX,
    cannot_undo, is_settled,
};
pub use method::{Kept, MethodCall};

/// How jobs are carried out.
pub(crate) mod jobs {
    pub(crate) use super::job::{calls, gather, runs, steps};
}

/// Changes twins, invokes methods and runs jobs.
#[derive(Debug)]
pub struct Configure {
    core: Arc<Core>,
    calls: Arc<method::Calls>,
}

impl Configure {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self {
            calls: Arc::new(method::Calls::new(core.limits.methods_in_flight_max)),
            core,
        }
    }

    /// Methods that are being called.
    pub(crate) fn queue(&self) -> Queue {
        self.calls.queue()
    }
}
