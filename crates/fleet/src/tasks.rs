//! Work that outlives a call: named, tracked, and drained at shutdown.
//!
//! Three kinds. [`Tasks::spawn`] runs something long that watches the [cancellation
//! token](Tasks::token). [`Tasks::finish`] carries a change through to its end even when whoever asked
//! for it goes away, so that no change is left without its audit entry. [`Tasks::reconcile`] repeats a
//! [`Reconciler`]: woken by a timer or a hint, it looks, compares and acts; it takes no input, so that a crash
//! needs no second code path.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;
use twin::time::Timestamp;

use crate::clock::Clock;
use crate::sync::locked;

pub(crate) mod activity;
pub(crate) mod checks;
pub(crate) mod figures;
pub(crate) mod jobs;
pub(crate) mod retention;
pub(crate) mod sessions;

/// Something that is made right again and again.
#[async_trait]
pub trait Reconciler: Send + Sync {
    /// A name for people and metrics, such as `history.retention`.
    fn name(&self) -> &'static str;

    /// Time from the end of one run to the start of the next.
    fn every(&self) -> Duration;

    /// What wakes it before its time.
    fn hint(&self) -> Option<&Notify> {
        None
    }

    /// Looks, compares, acts; says in a few words what it did. Must be safe to run again after any
    /// interruption.
    async fn reconcile(&self) -> Result<String, crate::Error>;
}

/// What a reconciler did last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconcilerStatus {
    /// Its name.
    pub name: &'static str,
    /// Time between runs.
    pub every: Duration,
    /// Runs since the start of the process.
    pub runs: u64,
    /// When the last run ended.
    pub last_run: Option<Timestamp>,
    /// How long it took.
    pub took: Duration,
    /// What it did, or why it failed.
    pub outcome: Result<String, String>,
}

/// The tracked work of one fleet.
#[derive(Debug)]
pub struct Tasks {
    tracker: TaskTracker,
    token: CancellationToken,
    clock: Arc<dyn Clock>,
    reconcilers: Arc<Mutex<BTreeMap<&'static str, ReconcilerStatus>>>,
    running: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl Tasks {
    /// No work yet.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            tracker: TaskTracker::new(),
            token: CancellationToken::new(),
            clock,
            reconcilers: Arc::default(),
            running: Arc::default(),
        }
    }

    /// Is cancelled when the fleet shuts down; long work watches it.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Runs work that shutdown waits for. It is not aborted: it watches the [token](Self::token).
    pub fn spawn<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let present = Present::enter(name, Arc::clone(&self.running));
        self.tracker.spawn(
            async move {
                let _present = present;
                work.await
            }
            .instrument(tracing::info_span!("task", task = name)),
        )
    }

    /// Runs work to its end, even when the caller stops waiting.
    ///
    /// # Errors
    /// [`Error::Busy`](crate::Error::Busy) when the work panicked or the runtime is going away.
    pub async fn finish<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, crate::Error> {
        self.spawn(name, work).await.map_err(|error| {
            tracing::error!(task = name, error = %error, "Task {name} did not finish.");
            crate::Error::Busy
        })
    }

    /// Runs a reconciler now and then until shutdown.
    pub fn reconcile(&self, reconciler: Arc<dyn Reconciler>) {
        let name = reconciler.name();
        let status = ReconcilerStatus {
            name,
            every: reconciler.every(),
            runs: 0,
            last_run: None,
            took: Duration::ZERO,
            outcome: Ok("has not run yet".to_owned()),
        };
        locked(&self.reconcilers).insert(name, status);
        let (token, clock) = (self.token.clone(), Arc::clone(&self.clock));
        let board = Arc::clone(&self.reconcilers);
        self.spawn(name, async move {
            while token.run_until_cancelled(due(&*reconciler)).await.is_some() {
                run_once(&*reconciler, &*clock, &board).await;
            }
        });
    }

    /// What each reconciler did last, by name.
    pub fn reconcilers(&self) -> Vec<ReconcilerStatus> {
        locked(&self.reconcilers).values().cloned().collect()
    }

    /// How many tasks of each name are running.
    pub fn running(&self) -> Vec<(&'static str, usize)> {
        locked(&self.running)
            .iter()
            .map(|(name, count)| (*name, *count))
            .collect()
    }

    /// Tells all work to end; does not wait.
    pub(crate) fn cancel(&self) {
        self.token.cancel();
        self.tracker.close();
    }

    /// Tells all work to end and waits, at most for `grace`; `false` when some was still running.
    pub(crate) async fn drain(&self, grace: Duration) -> bool {
        self.cancel();
        tokio::time::timeout(grace, self.tracker.wait())
            .await
            .is_ok()
    }
}

/// Waits for a reconciler's next run.
async fn due(reconciler: &dyn Reconciler) {
    let time = tokio::time::sleep(reconciler.every());
    match reconciler.hint() {
        None => time.await,
        Some(hint) => {
            tokio::select! {
                () = time => {}
                () = hint.notified() => {}
            }
        }
    }
}

/// Runs a reconciler once and writes down what came of it; a panic is an outcome too.
pub(crate) async fn run_once(
    reconciler: &dyn Reconciler,
    clock: &dyn Clock,
    board: &Mutex<BTreeMap<&'static str, ReconcilerStatus>>,
) {
    let name = reconciler.name();
    let started = clock.monotonic();
    let outcome = match AssertUnwindSafe(reconciler.reconcile())
        .catch_unwind()
        .await
    {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            tracing::warn!(
                task = name,
                error = &error as &dyn std::error::Error,
                "Reconciler {name} failed; it will try again."
            );
            Err(error.to_string())
        }
        Err(_) => {
            tracing::error!(
                task = name,
                "Reconciler {name} panicked; it will try again."
            );
            Err("it panicked".to_owned())
        }
    };
    let took = clock.monotonic().saturating_sub(started);
    let label = if outcome.is_ok() { "done" } else { "failed" };
    metrics::counter!("task.reconcile.runs_total", "task" => name, "outcome" => label).increment(1);
    metrics::histogram!("task.reconcile.duration_seconds", "task" => name).record(took);
    if let Some(status) = locked(board).get_mut(name) {
        status.runs += 1;
        status.last_run = Some(clock.now());
        status.took = took;
        status.outcome = outcome;
    }
}

/// One running task in the count of its name.
struct Present {
    name: &'static str,
    running: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl Present {
    fn enter(name: &'static str, running: Arc<Mutex<BTreeMap<&'static str, usize>>>) -> Self {
        *locked(&running).entry(name).or_default() += 1;
        Self { name, running }
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        let mut running = locked(&self.running);
        if let Some(count) = running.get_mut(self.name) {
            *count -= 1;
            if *count == 0 {
                running.remove(self.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::clock::ManualClock;

    fn tasks() -> Tasks {
        Tasks::new(Arc::new(ManualClock::new(Timestamp::from_ms(0))))
    }

    struct Moody(AtomicU64);

    #[async_trait]
    impl Reconciler for Moody {
        fn name(&self) -> &'static str {
            "test.moody"
        }

        fn every(&self) -> Duration {
            Duration::from_secs(5)
        }

        async fn reconcile(&self) -> Result<String, crate::Error> {
            match self.0.fetch_add(1, Ordering::SeqCst) {
                0 => Err(crate::Error::Busy),
                1 => panic!("as a reconciler with a bug would"),
                run => Ok(format!("run {run}")),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_reconciler_survives_errors_and_panics_and_says_so() {
        let tasks = tasks();
        tasks.reconcile(Arc::new(Moody(AtomicU64::new(0))));
        let mut outcomes = Vec::new();
        for run in 1..=3 {
            while tasks.reconcilers()[0].runs < run {
                tokio::time::advance(Duration::from_secs(1)).await;
                tokio::task::yield_now().await;
            }
            outcomes.push(tasks.reconcilers()[0].outcome.clone());
        }
        assert_eq!(
            outcomes,
            [
                Err("The service is busy.".to_owned()),
                Err("it panicked".to_owned()),
                Ok("run 2".to_owned())
            ]
        );
        assert!(tasks.drain(Duration::from_secs(1)).await);
        assert!(tasks.running().is_empty());
    }

    #[tokio::test]
    async fn what_was_begun_is_finished_though_nobody_waits() {
        let tasks = Arc::new(tasks());
        let (started, begun) = tokio::sync::oneshot::channel();
        let (finish, may_finish) = tokio::sync::oneshot::channel::<()>();
        let (done, finished) = tokio::sync::oneshot::channel();
        let caller = tokio::spawn({
            let tasks = Arc::clone(&tasks);
            async move {
                tasks
                    .finish("test.change", async move {
                        started.send(()).unwrap();
                        may_finish.await.unwrap();
                        done.send(()).unwrap();
                    })
                    .await
            }
        });
        begun.await.unwrap();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        finish.send(()).unwrap();
        finished.await.unwrap();
        assert!(tasks.drain(Duration::from_secs(1)).await);
    }

    #[tokio::test(start_paused = true)]
    async fn shutdown_says_when_something_does_not_end() {
        let tasks = tasks();
        tasks.spawn("test.stubborn", std::future::pending::<()>());
        assert!(!tasks.drain(Duration::from_secs(1)).await);
        assert_eq!(tasks.running(), [("test.stubborn", 1)]);
    }
}
