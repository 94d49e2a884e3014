//! Moving the write-ahead log into the database without making writers wait.
//!
//! A task with a connection of its own copies the log's pages while the writer goes on. What the writer has added meanwhile is a small rest; it copies that
//! itself between two batches ([`Checkpointer::finish`]), after which SQLite begins the log anew. Without that last step a log under constant load would grow for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sqlx::sqlite::SqliteConnection;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::error::Error;

/// Pages of four kibibytes in the log after which it is copied, about: a changed row dirties somewhat more than one.
const PAGES_BEFORE: usize = 16_000;
/// Pages that each commit writes beside those of its rows: the counter and the ends of the logs and their indexes.
const PAGES_PER_COMMIT: usize = 4;
/// Pages that the writer may copy itself.
const REST_PAGES_MAX: usize = 1_500;
/// Rounds of the task before the writer takes the rest, however large: each round leaves less.
const ROUNDS_MAX: usize = 4;

/// The writer's end.
#[derive(Debug)]
pub(super) struct Checkpointer {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    pages: AtomicUsize,
    due: Notify,
    /// The task has copied most of the log: the rest is the writer's.
    is_rest_left: AtomicBool,
}

impl Checkpointer {
    /// Starts the task.
    pub(super) fn start(connection: SqliteConnection) -> Self {
        let shared = Arc::<Shared>::default();
        let task = tokio::spawn(run(connection, Arc::clone(&shared)));
        Self { shared, task }
    }

    /// Counts what a commit has written.
    pub(super) fn wrote(&self, rows: usize) {
        let pages = rows + PAGES_PER_COMMIT;
        let before = self.shared.pages.fetch_add(pages, Ordering::Relaxed);
        if before + pages >= PAGES_BEFORE {
            self.shared.due.notify_one();
        }
    }

    /// Copies the rest of the log, if the task has left one.
    pub(super) async fn finish(&self, connection: &mut SqliteConnection) {
        if self.shared.is_rest_left.swap(false, Ordering::AcqRel) {
            self.shared.pages.store(0, Ordering::Relaxed);
            if let Err(error) = copy(connection).await {
                warn(&error);
            }
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(mut connection: SqliteConnection, shared: Arc<Shared>) {
    loop {
        shared.due.notified().await;
        if shared.is_rest_left.load(Ordering::Acquire)
            || shared.pages.load(Ordering::Relaxed) < PAGES_BEFORE
        {
            continue;
        }
        for _ in 0..ROUNDS_MAX {
            shared.pages.store(0, Ordering::Relaxed);
            if let Err(error) = copy(&mut connection).await {
                warn(&error);
                break;
            }
            if shared.pages.load(Ordering::Relaxed) <= REST_PAGES_MAX {
                break;
            }
        }
        shared.is_rest_left.store(true, Ordering::Release);
    }
}

/// Copies what no reader still needs from the log.
async fn copy(connection: &mut SqliteConnection) -> Result<(), Error> {
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
        .execute(connection)
        .await?;
    Ok(())
}

fn warn(error: &Error) {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "The log could not be copied into the database; it grows until it can."
    );
}

#[cfg(test)]
mod tests {
    use super::super::{connect, migrations};
    use super::*;

    /// Pages in the log, and how many of them are in the database.
    async fn log(connection: &mut SqliteConnection) -> (i64, i64) {
        let (_, pages, copied): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(NOOP)")
            .fetch_one(connection)
            .await
            .unwrap();
        (pages, copied)
    }

    #[tokio::test]
    async fn the_log_begins_anew_while_writing_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tandem.db");
        let options = connect::parse(&format!("sqlite:{}", path.display())).unwrap();
        let mut writer = connect::writer(&options).await.unwrap();
        migrations::run(&mut writer).await.unwrap();
        let checkpointer = Checkpointer::start(connect::single(&options).await.unwrap());
        checkpointer.finish(&mut writer).await;
        let (before, copied) = log(&mut writer).await;
        assert!(before > 5 && copied < before, "{before} {copied}");

        checkpointer.wrote(PAGES_BEFORE);
        while !checkpointer.shared.is_rest_left.load(Ordering::Acquire) {
            tokio::task::yield_now().await;
        }
        checkpointer.finish(&mut writer).await;
        let (pages, copied) = log(&mut writer).await;
        assert_eq!(pages, copied);
        sqlx::query("UPDATE counter SET seq = 1")
            .execute(&mut writer)
            .await
            .unwrap();
        let (pages, _) = log(&mut writer).await;
        assert!(pages < before, "{pages} of {before}");
    }
}
