//! Taking down the devices of a job: once, from the columns where they can tell, in batches.

use std::sync::Arc;

use store::{Actor, Job, Mark, Work};
use twin::id::Slot;

use crate::Error;
use crate::core::Core;
use crate::monitor::{QueryError, matching_slots};

/// Devices added in one transaction.
const BATCH: usize = 2_000;

/// Takes down the devices of a job and lets it run. Interrupted, it is done again from the beginning: a device is added once.
pub(crate) async fn gather(core: &Arc<Core>, job: &Job) -> Result<(), Error> {
    let store = &core.store;
    if let Work::Undo(of) = job.spec.work {
        let mut after = Slot(0);
        while let Some(last) = store.add_changed_devices(job.id, of, after, BATCH).await? {
            after = last;
            if core.tasks.token().is_cancelled() {
                return Ok(());
            }
        }
        return Ok(store.begin_job(job.id).await?);
    }
    let asked = matching_slots(core, &job.spec.condition, job.spec.start.at);
    let slots = match asked.await {
        Ok(slots) => slots,
        Err(error @ (QueryError::Problems { .. } | QueryError::TooLong { .. })) => {
            // It could be read when the job was started: another release reads it otherwise.
            let mark = Mark {
                at: core.clock.now(),
                actor: Actor::System("jobs".to_owned()),
                reason: error.to_string(),
            };
            store.cancel_job(job.id, &mark, None).await?;
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    for slots in slots.chunks(BATCH) {
        store.add_job_devices(job.id, slots).await?;
        if core.tasks.token().is_cancelled() {
            return Ok(());
        }
    }
    Ok(store.begin_job(job.id).await?)
}
