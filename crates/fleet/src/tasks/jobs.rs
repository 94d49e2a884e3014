//! Carries jobs out: looks which have not ended, and brings each a batch further, in turn. Woken when one is started or canceled, and after a start of the
//! process, when it goes on where it was.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use store::{Job, JobState, Work};
use tokio::sync::Notify;

use super::Reconciler;
use crate::Error;
use crate::configure::jobs::{calls, gather, steps};
use crate::core::Core;

/// Without a hint.
const EVERY: Duration = Duration::from_secs(10);
/// Turns of one run; the rest waits for the next, so that a run ends.
const TURNS_MAX: usize = 200;
/// Devices of a canceled job marked in one transaction.
const CANCEL_BATCH: usize = 2_000;
/// Rows of old jobs forgotten in one run.
const PRUNE_ROWS: usize = 5_000;

pub(crate) struct JobRunning(pub(crate) Arc<Core>);

/// What a job waits for after its turn.
enum Next {
    /// Its next turn.
    Turn,
    /// Its pace.
    Pause(Duration),
    /// Its calls, which wake the jobs when they are made; or nothing, because it has ended.
    Nothing,
}

#[async_trait]
impl Reconciler for JobRunning {
    fn name(&self) -> &'static str {
        "jobs.running"
    }

    fn every(&self) -> Duration {
        EVERY
    }

    fn hint(&self) -> Option<&Notify> {
        Some(self.0.runs.hint())
    }

    async fn reconcile(&self) -> Result<String, Error> {
        let core = &self.0;
        let token = core.tasks.token();
        let mut devices = 0;
        for _ in 0..TURNS_MAX {
            let open = core.store.open_jobs().await?;
            core.runs.keep(&open);
            let (mut is_turn, mut pause, mut failed) = (false, None, None);
            // The oldest first; each gets its turn, whatever becomes of the others.
            for job in open.iter().rev() {
                match turn(core, job, &mut devices).await {
                    Ok(Next::Turn) => is_turn = true,
                    Ok(Next::Pause(least)) => {
                        pause = Some(pause.map_or(least, |pause: Duration| pause.min(least)));
                    }
                    Ok(Next::Nothing) => {}
                    Err(error) => failed = Some(error),
                }
                if token.is_cancelled() {
                    return Ok(told(devices));
                }
            }
            match (failed, is_turn, pause) {
                (Some(error), ..) => return Err(error),
                (None, true, _) => {}
                (None, false, Some(pause)) => {
                    let paused = async {
                        tokio::select! {
                            () = tokio::time::sleep(pause) => {}
                            () = core.runs.hint().notified() => {}
                        }
                    };
                    if token.run_until_cancelled(paused).await.is_none() {
                        return Ok(told(devices));
                    }
                }
                (None, false, None) => {
                    let before = core.clock.now().minus(core.limits.jobs_age_max);
                    core.store.prune_jobs(before, PRUNE_ROWS).await?;
                    return Ok(told(devices));
                }
            }
        }
        core.runs.wake();
        Ok(told(devices))
    }
}

fn told(devices: usize) -> String {
    format!("settled {devices} devices of jobs")
}

/// One turn of one job.
async fn turn(core: &Arc<Core>, job: &Job, devices: &mut usize) -> Result<Next, Error> {
    if job.cancellation.is_some() {
        if core.store.cancel_pending(job.id, CANCEL_BATCH).await? > 0 {
            return Ok(Next::Turn);
        }
    } else if job.state == JobState::Gathering {
        gather::gather(core, job).await?;
        return Ok(Next::Turn);
    }
    if let Work::Method(_) = job.spec.work {
        // When no call is in flight or to be made any more, the job has ended.
        if core.store.end_job(job.id, core.clock.now()).await? {
            return Ok(Next::Nothing);
        }
        if let Some(calling) = core.runs.take_on(job.id) {
            let run = calls::run(Arc::clone(core), job.clone(), calling);
            core.tasks.spawn("jobs.calls", run);
        }
        return Ok(Next::Nothing);
    }
    if job.cancellation.is_none() {
        let now = core.clock.monotonic();
        let room = core
            .runs
            .pace(core, job, |pace| pace.room(now, steps::BATCH));
        if room == 0 {
            return Ok(Next::Pause(core.runs.pace(core, job, |pace| pace.wait())));
        }
        let done = steps::batch(core, job, room).await?;
        core.runs.pace(core, job, |pace| pace.took(done));
        *devices += done;
        if done == room {
            return Ok(Next::Turn);
        }
    }
    let has_ended = core.store.end_job(job.id, core.clock.now()).await?;
    Ok(if has_ended { Next::Nothing } else { Next::Turn })
}
