//! The one writer: a thread that commits many callers' writes at once.
//!
//! Callers queue; the queue is bounded by the number of writes in it and waiting for a place in it is the back-pressure. The thread takes all that is
//! queued, up to a bound, folds it in one transaction, commits, tells the observers and then the callers. While a commit waits for the disk the next
//! batch gathers by itself, so nothing is delayed on purpose but for a moment when callers that were just answered are about to come back.
//!
//! Whatever else must write (people, figures, pruning) is a [`Chore`]: a transaction of its own between two batches.
//!
//! Here is the callers' end; `thread` has the other.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::Builder;
use std::time::Duration;

use futures::FutureExt as _;
use futures::executor::block_on;
use futures::future::BoxFuture;
use sqlx::query::Query;
use sqlx::sqlite::{
    Sqlite, SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteQueryResult,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use twin::id::Seq;

use super::checkpoint::Checkpointer;
use super::error::driver;
use super::{SqliteStore, audit};
use crate::audit::AuditEntry;
use crate::error::Error;
use crate::maintenance::Condition;
use crate::queue::{Queue, Stalls};
use crate::write::{Observer, Refused, Write, Written};

pub(super) mod kept;
mod thread;

use kept::Kept;
use thread::Thread;

/// Writes that may wait in the queue, all callers together.
const QUEUE_WRITES_MAX: u32 = 8_192;
/// Calls that may wait in the queue.
const QUEUE_CALLS_MAX: usize = 4_096;

type Results = Result<Vec<Result<Written, Refused>>, Error>;

/// A statement with its arguments.
pub(super) type Statement = Query<'static, Sqlite, SqliteArguments>;

/// The callers' end.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Job>,
    shared: Arc<Shared>,
}

/// What callers and thread both see.
struct Shared {
    /// Places in the queue.
    room: Arc<Semaphore>,
    write_stalls: Stalls,
    call_stalls: Stalls,
    observers: RwLock<Vec<Arc<dyn Observer>>>,
    last_seq: AtomicU64,
    batches: AtomicU64,
    writes: AtomicU64,
    last_batch_us: AtomicU64,
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
        options: SqliteConnectOptions,
        last_seq: Seq,
        checkpointer: Checkpointer,
    ) -> Result<Self, Error> {
        let (queue, jobs) = mpsc::channel(QUEUE_CALLS_MAX);
        let shared = Arc::new(Shared {
            room: Arc::new(Semaphore::new(QUEUE_WRITES_MAX as usize)),
            write_stalls: Stalls::default(),
            call_stalls: Stalls::default(),
            observers: RwLock::default(),
            last_seq: AtomicU64::new(last_seq.0),
            batches: AtomicU64::default(),
            writes: AtomicU64::default(),
            last_batch_us: AtomicU64::default(),
        });
        let for_thread = Arc::clone(&shared);
        let run = move || {
            let closed = Thread {
                connection: &mut connection,
                options,
                jobs,
                shared: for_thread,
                checkpointer,
                kept: Kept::default(),
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
        Builder::new()
            .name("store-writer".to_owned())
            .spawn(run)
            .map_err(driver)?;
        Ok(Self { queue, shared })
    }

    pub(super) fn observe(&self, observer: Arc<dyn Observer>) {
        self.shared
            .observers
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(observer);
    }

    /// Both bounds of the queue.
    pub(super) fn queues(&self) -> Vec<Queue> {
        let writes_max = QUEUE_WRITES_MAX as usize;
        vec![
            Queue {
                name: "store.writes",
                depth: writes_max - self.shared.room.available_permits(),
                bound: writes_max,
                stalls: self.shared.write_stalls.count(),
            },
            Queue {
                name: "store.calls",
                depth: self.queue.max_capacity() - self.queue.capacity(),
                bound: self.queue.max_capacity(),
                stalls: self.shared.call_stalls.count(),
            },
        ]
    }

    /// What the thread has done so far; it does not know how large the files are.
    pub(super) fn condition(&self) -> Condition {
        let Shared {
            batches,
            writes,
            last_batch_us,
            ..
        } = &*self.shared;
        Condition {
            batches: batches.load(Ordering::Relaxed),
            writes: writes.load(Ordering::Relaxed),
            last_batch: Duration::from_micros(last_batch_us.load(Ordering::Relaxed)),
            ..Condition::default()
        }
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
        if self.shared.room.available_permits() < places as usize {
            self.shared.write_stalls.add();
        }
        let room = Arc::clone(&self.shared.room)
            .acquire_many_owned(places)
            .await
            .map_err(|_| Error::Busy)?;
        let (reply, answer) = oneshot::channel();
        self.send(Job::Writes(Call {
            writes,
            reply,
            room,
        }))
        .await?;
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
        self.send(Job::Chore(chore)).await?;
        answer.await.map_err(|_| Error::Busy)?
    }

    /// Lets the thread finish what is queued, and waits until it has closed the database. Later calls are told [`Error::Busy`].
    pub(super) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.send(Job::Close(reply)).await.is_ok() {
            let _ = closed.await;
        }
    }

    async fn send(&self, job: Job) -> Result<(), Error> {
        if self.queue.capacity() == 0 {
            self.shared.call_stalls.add();
        }
        self.queue.send(job).await.map_err(|_| Error::Busy)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::conformance::given::create;
    use crate::{Maintenance as _, Twins as _};

    use super::*;

    fn devices(from: usize) -> Vec<Write> {
        let text = "x".repeat(2_000);
        (from..from + 200)
            .map(|n| create(&format!("d-{n}"), &json!({ "text": text }), &json!({})))
            .collect()
    }

    /// Lets the file grow by so many pages and no more.
    async fn limit(connection: &mut SqliteConnection, pages: i64) -> Result<(), Error> {
        let count: i64 = sqlx::query_scalar("PRAGMA page_count")
            .fetch_one(&mut *connection)
            .await?;
        let limit = format!("PRAGMA max_page_count = {}", count + pages);
        sqlx::query(sqlx::AssertSqlSafe(limit))
            .execute(connection)
            .await?;
        Ok(())
    }

    /// What SQLite does by itself when a page cannot be written.
    async fn roll_back(connection: &mut SqliteConnection) -> Result<(), Error> {
        sqlx::query("ROLLBACK").execute(connection).await?;
        Err(Error::Busy)
    }

    #[tokio::test]
    async fn writing_goes_on_after_the_disk_was_full() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("tandem.db").display());
        let store = crate::sqlite::open(&url).await.unwrap();
        let writer = &store.writer;
        writer.run(|c| limit(c, 20).boxed()).await.unwrap();
        let failed = store.write(devices(0)).await.err();
        assert!(matches!(failed, Some(Error::Driver(_))), "{failed:?}");
        writer.run(|c| limit(c, 100_000).boxed()).await.unwrap();
        let written = store.write(devices(0)).await.unwrap();
        assert!(written.iter().all(Result::is_ok));

        let failed = writer.run(|c| roll_back(c).boxed()).await.err();
        assert!(matches!(failed, Some(Error::Busy)), "{failed:?}");
        let written = store.write(devices(200)).await.unwrap();
        assert!(written.iter().all(Result::is_ok));
        assert_eq!(store.page(None, 1_000).await.unwrap().len(), 400);
        assert_eq!(store.check().await.unwrap(), [""; 0]);
    }
}
