//! The thread's end of the writer: gathers, commits, tells.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use futures::executor::block_on;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use twin::id::Slot;

use super::kept::{Entry, Kept};
use super::{Call, Job, Shared};
use crate::error::Error;
use crate::fold::{Fold, Keys, Numbers};
use crate::record::Record;
use crate::sqlite::batch::{self, Statements};
use crate::sqlite::checkpoint::Checkpointer;
use crate::sqlite::connect;
use crate::write::{Committed, Refused, Write, Written};

/// Writes after which a batch is closed.
const BATCH_WRITES_MAX: usize = 1_024;
/// Bytes of message bodies after which a batch is closed.
const BATCH_BYTES_MAX: usize = 8 << 20;
/// How long a batch that is much smaller than the one before waits for callers to come back.
const LINGER: Duration = Duration::from_micros(200);

/// The thread's end.
pub(super) struct Thread<'c> {
    pub(super) connection: &'c mut SqliteConnection,
    pub(super) options: SqliteConnectOptions,
    pub(super) jobs: mpsc::Receiver<Job>,
    pub(super) shared: Arc<Shared>,
    pub(super) checkpointer: Checkpointer,
    pub(super) kept: Kept,
}

impl Thread<'_> {
    /// Works until the store is closed or forgotten. Gives whom to tell that it is closed.
    pub(super) fn run(mut self) -> Option<oneshot::Sender<()>> {
        let mut batch = Gathered::default();
        let mut calls_before = 0;
        while let Some(job) = self.jobs.blocking_recv() {
            let mut next = batch.take(job);
            while next.is_none() && batch.has_room() {
                next = match self.jobs.try_recv() {
                    Ok(job) => batch.take(job),
                    Err(_) if batch.calls.len() * 2 < calls_before => {
                        // Whoever was just answered is about to come back: one wait, and no more for this batch.
                        calls_before = 0;
                        sleep(LINGER);
                        None
                    }
                    Err(_) => break,
                };
            }
            calls_before = batch.calls.len();
            if !batch.calls.is_empty() {
                self.commit(std::mem::take(&mut batch));
            }
            match next {
                Some(Job::Chore(chore)) => {
                    block_on(chore(self.connection));
                    self.checkpointer.wrote(1);
                }
                Some(Job::Close(reply)) => {
                    self.jobs.close();
                    return Some(reply);
                }
                Some(Job::Writes(_)) | None => {}
            }
            block_on(self.heal());
            block_on(self.checkpointer.finish(self.connection));
        }
        None
    }

    /// Replaces the connection when its transaction cannot be ended: SQLite itself has rolled it back (the disk is full, a page cannot be read), and the
    /// driver, which still counts it, would refuse every other one.
    async fn heal(&mut self) {
        if !self.connection.is_in_transaction() {
            return;
        }
        // A rollback may be on its way in the driver's thread: the answer comes after it.
        let answer = self.connection.ping().await;
        if answer.is_ok() && !self.connection.is_in_transaction() {
            return;
        }
        match connect::writer(&self.options).await {
            Ok(connection) => *self.connection = connection,
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "The database could not be opened anew after it failed; writes are refused until it can."
            ),
        }
    }

    fn commit(&mut self, batch: Gathered) {
        let Gathered { calls, writes, .. } = batch;
        let mut replies = Vec::with_capacity(calls.len());
        let mut all = Vec::with_capacity(writes);
        for call in calls {
            replies.push((call.reply, call.writes.len()));
            all.extend(call.writes);
            drop(call.room);
        }
        let begun = Instant::now();
        match block_on(self.carry_out(all)) {
            Ok((results, committed)) => {
                self.measure(writes, begun.elapsed());
                self.checkpointer.wrote(writes);
                self.tell(&committed);
                // Before the answers, so that the callers and not this thread let go of the documents.
                drop(committed);
                let mut results = results.into_iter();
                for (reply, count) in replies {
                    let _ = reply.send(Ok(results.by_ref().take(count).collect()));
                }
            }
            Err(error) => {
                for (reply, _) in replies {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
    }

    async fn carry_out(
        &mut self,
        writes: Vec<Write>,
    ) -> Result<(Vec<Result<Written, Refused>>, Vec<Committed>), Error> {
        let keys = Keys::of(&writes);
        let mut transaction =
            SqliteConnection::begin_with(&mut *self.connection, "BEGIN IMMEDIATE").await?;
        // Read each time: a command beside the server may have written, too.
        let before = batch::numbers(&mut transaction).await?;
        self.kept.match_with(before);
        let mut fold = batch::load(&mut transaction, &keys, before, &mut self.kept).await?;
        let results = writes
            .into_iter()
            .map(|write| fold.apply(write))
            .collect::<Result<_, _>>()?;
        fold.finish();
        let Fold {
            ledger,
            numbers,
            committed,
            devices,
            ..
        } = fold;
        batch::store(&mut transaction, ledger, before, numbers).await?;
        transaction.commit().await?;
        self.shared.last_seq.store(numbers.seq.0, Ordering::Release);
        self.keep(numbers, Fold::<Statements>::outcome(devices));
        Ok((results, committed))
    }

    /// Keeps the devices of a committed batch for the next ones.
    fn keep(
        &mut self,
        numbers: Numbers,
        devices: impl Iterator<Item = (Slot, Option<(Arc<Record>, usize)>)>,
    ) {
        self.kept.committed(numbers);
        for (slot, device) in devices {
            match device {
                Some((record, bytes)) => self.kept.put(slot, Entry { record, bytes }),
                None => drop(self.kept.take(slot)),
            }
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a batch has some thousands of writes"
    )]
    fn measure(&self, writes: usize, took: Duration) {
        metrics::histogram!("store.batch.writes").record(writes as f64);
        metrics::histogram!("store.batch.duration_ms").record(took.as_secs_f64() * 1e3);
        let shared = &self.shared;
        shared.batches.fetch_add(1, Ordering::Relaxed);
        shared.writes.fetch_add(writes as u64, Ordering::Relaxed);
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        shared.last_batch_us.store(took_us, Ordering::Relaxed);
    }

    fn tell(&self, committed: &[Committed]) {
        if committed.is_empty() {
            return;
        }
        for observer in self
            .shared
            .observers
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
        {
            observer.committed(committed);
        }
    }
}

/// A batch that is still open.
#[derive(Default)]
struct Gathered {
    calls: Vec<Call>,
    writes: usize,
    bytes: usize,
}

impl Gathered {
    /// Takes a call in; gives back any other job, which closes the batch.
    fn take(&mut self, job: Job) -> Option<Job> {
        match job {
            Job::Writes(call) => {
                self.writes += call.writes.len();
                self.bytes += call.writes.iter().map(body_bytes).sum::<usize>();
                self.calls.push(call);
                None
            }
            other => Some(other),
        }
    }

    fn has_room(&self) -> bool {
        self.writes < BATCH_WRITES_MAX && self.bytes < BATCH_BYTES_MAX
    }
}

fn body_bytes(write: &Write) -> usize {
    match write {
        Write::Message { message, .. } => message.body.len(),
        _ => 0,
    }
}
