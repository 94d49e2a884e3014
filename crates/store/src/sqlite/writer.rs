//! The one writer: a thread that commits many callers' writes at once.
//!
//! Callers queue; the queue is bounded by the number of writes in it and waiting for a place in it is the back-pressure. The thread takes all that is
//! queued, up to a bound, folds it in one transaction, commits, tells the observers and then the callers. While a commit waits for the disk the next
//! batch gathers by itself, so nothing is delayed on purpose but for a moment when callers that were just answered are about to come back.
//!
//! Whatever else must write (people, figures, pruning) is a [`Chore`]: a transaction of its own between two batches.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use futures::FutureExt as _;
use futures::executor::block_on;
use futures::future::BoxFuture;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection, SqliteQueryResult};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use twin::id::Seq;

use super::checkpoint::Checkpointer;
use super::error::driver;
use super::{SqliteStore, audit, batch};
use crate::audit::AuditEntry;
use crate::error::Error;
use crate::fold::{Fold, Keys, Numbers};
use crate::write::{Committed, Observer, Refused, Write, Written};

/// Writes that may wait in the queue, all callers together.
const QUEUE_WRITES_MAX: u32 = 8_192;
/// Calls that may wait in the queue.
const QUEUE_CALLS_MAX: usize = 4_096;
/// Writes after which a batch is closed.
const BATCH_WRITES_MAX: usize = 1_024;
/// Bytes of message bodies after which a batch is closed.
const BATCH_BYTES_MAX: usize = 8 << 20;
/// How long a batch that is much smaller than the one before waits for callers to come back.
const LINGER: Duration = Duration::from_micros(200);

type Results = Result<Vec<Result<Written, Refused>>, Error>;

/// A statement with its arguments.
pub(super) type Statement = Query<'static, Sqlite, SqliteArguments>;

/// The callers' end.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Job>,
    room: Arc<Semaphore>,
    shared: Arc<Shared>,
}

/// What callers and thread both see.
#[derive(Default)]
struct Shared {
    observers: RwLock<Vec<Arc<dyn Observer>>>,
    last_seq: AtomicU64,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("last_seq", &self.last_seq)
            .finish_non_exhaustive()
    }
}

enum Job {
    Writes(Call),
    Chore(Chore),
    Close(oneshot::Sender<()>),
}

struct Call {
    writes: Vec<Write>,
    reply: oneshot::Sender<Results>,
    /// Its places in the queue, given back when the batch begins.
    room: OwnedSemaphorePermit,
}

/// A transaction of its own; it answers its caller itself.
type Chore = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, ()> + Send>;

impl Writer {
    /// Starts the thread over a connection that nobody else writes through.
    pub(super) fn start(
        mut connection: SqliteConnection,
        numbers: Numbers,
        checkpointer: Checkpointer,
    ) -> Result<Self, Error> {
        let (queue, jobs) = mpsc::channel(QUEUE_CALLS_MAX);
        let shared = Arc::new(Shared {
            last_seq: AtomicU64::new(numbers.seq.0),
            ..Shared::default()
        });
        let for_thread = Arc::clone(&shared);
        let run = move || {
            let closed = Thread {
                connection: &mut connection,
                jobs,
                numbers,
                shared: for_thread,
                checkpointer,
            }
            .run();
            // The last connection to close empties the log into the database.
            if let Err(error) = block_on(sqlx::Connection::close(connection)) {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "The database was not closed cleanly; its log holds what was written."
                );
            }
            if let Some(closed) = closed {
                let _ = closed.send(());
            }
        };
        thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(run)
            .map_err(driver)?;
        Ok(Self {
            queue,
            room: Arc::new(Semaphore::new(QUEUE_WRITES_MAX as usize)),
            shared,
        })
    }

    pub(super) fn observe(&self, observer: Arc<dyn Observer>) {
        self.shared
            .observers
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(observer);
    }

    pub(super) fn last_seq(&self) -> Seq {
        Seq(self.shared.last_seq.load(Ordering::Acquire))
    }

    /// Queues writes and waits until they are durable.
    pub(super) async fn write(&self, writes: Vec<Write>) -> Results {
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        let places = u32::try_from(writes.len())
            .unwrap_or(u32::MAX)
            .min(QUEUE_WRITES_MAX);
        let room = Arc::clone(&self.room)
            .acquire_many_owned(places)
            .await
            .map_err(|_| Error::Busy)?;
        let (reply, answer) = oneshot::channel();
        self.queue
            .send(Job::Writes(Call {
                writes,
                reply,
                room,
            }))
            .await
            .map_err(|_| Error::Busy)?;
        answer.await.map_err(|_| Error::Busy)?
    }

    /// Queues a transaction and waits for what it gives. It is rolled back when it gives an error.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, Error>>
            + Send
            + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let chore: Chore = Box::new(move |connection| {
            Box::pin(async move {
                let _ = reply.send(transaction(connection, work).await);
            })
        });
        self.queue
            .send(Job::Chore(chore))
            .await
            .map_err(|_| Error::Busy)?;
        answer.await.map_err(|_| Error::Busy)?
    }

    /// Lets the thread finish what is queued, and waits until it has closed the database. Later calls are told [`Error::Busy`].
    pub(super) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.queue.send(Job::Close(reply)).await.is_ok() {
            let _ = closed.await;
        }
    }
}

impl SqliteStore {
    /// One statement that changes something, with the audit entry that tells of it unless nothing was changed. Tells what it did.
    pub(super) async fn change(
        &self,
        statement: Statement,
        audit: Option<AuditEntry>,
    ) -> Result<SqliteQueryResult, Error> {
        self.writer
            .run(|connection| change(connection, statement, audit).boxed())
            .await
    }
}

async fn change(
    connection: &mut SqliteConnection,
    statement: Statement,
    audit: Option<AuditEntry>,
) -> Result<SqliteQueryResult, Error> {
    let done = statement.execute(&mut *connection).await?;
    if done.rows_affected() > 0 {
        audit::insert(connection, &audit).await?;
    }
    Ok(done)
}

async fn transaction<T, F>(connection: &mut SqliteConnection, work: F) -> Result<T, Error>
where
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, Error>>,
{
    let mut transaction = sqlx::Connection::begin_with(connection, "BEGIN IMMEDIATE").await?;
    let value = work(&mut transaction).await?;
    transaction.commit().await?;
    Ok(value)
}

/// The thread's end.
struct Thread<'c> {
    connection: &'c mut SqliteConnection,
    jobs: mpsc::Receiver<Job>,
    numbers: Numbers,
    shared: Arc<Shared>,
    checkpointer: Checkpointer,
}

impl Thread<'_> {
    /// Works until the store is closed or forgotten. Gives whom to tell that it is closed.
    fn run(mut self) -> Option<oneshot::Sender<()>> {
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
                        thread::sleep(LINGER);
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
            block_on(self.checkpointer.finish(self.connection));
        }
        None
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
        #[expect(
            clippy::cast_precision_loss,
            reason = "a batch has some thousands of writes"
        )]
        metrics::histogram!("store.batch.writes").record(writes as f64);
        match block_on(self.carry_out(all)) {
            Ok((results, committed)) => {
                self.checkpointer.wrote(committed.len());
                self.tell(&committed);
                // Before the answers, so that the callers and not this thread let go of the documents.
                drop(committed);
                let mut results = results.into_iter();
                for (reply, count) in replies {
                    let _ = reply.send(Ok(results.by_ref().take(count).collect()));
                }
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "A batch of {} writes was rolled back.",
                    writes
                );
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
            sqlx::Connection::begin_with(&mut *self.connection, "BEGIN IMMEDIATE").await?;
        let mut fold = batch::load(&mut transaction, &keys, self.numbers).await?;
        let results = writes
            .into_iter()
            .map(|write| fold.apply(write))
            .collect::<Result<_, _>>()?;
        fold.finish();
        let Fold {
            ledger,
            numbers,
            committed,
            ..
        } = fold;
        batch::store(&mut transaction, ledger, self.numbers, numbers).await?;
        transaction.commit().await?;
        self.numbers = numbers;
        self.shared.last_seq.store(numbers.seq.0, Ordering::Release);
        Ok((results, committed))
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
