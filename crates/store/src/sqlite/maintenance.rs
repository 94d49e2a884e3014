//! Backing up, examining, closing.

use std::path::Path;

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;
use twin::diff::drift;

use super::error::driver;
use super::record::{self, columns};
use super::{SqliteStore, connect, migrations};
use crate::error::Error;
use crate::maintenance::{Condition, Maintenance};
use crate::queue::Queue;

/// Scan of all pages of a consistent snapshot.
const COPY: &str = "VACUUM INTO ?1";

/// Rows that are decoded by an examination, spread over the whole table.
const SAMPLES: i64 = 1_000;

/// Primary keys of device and activity, a row at each of so many steps.
pub(super) const SAMPLE: &str = concat!(
    "WITH RECURSIVE step (at) AS (SELECT 0 UNION ALL SELECT at + max(1, (SELECT slot FROM counter) / ?1) FROM step WHERE at <= (SELECT slot FROM counter)) \
     SELECT ",
    columns!(),
    ", d.drift_count, d.drift_refused, d.drift_since FROM step CROSS JOIN device AS d \
     ON d.slot = (SELECT min(n.slot) FROM device AS n WHERE n.slot > step.at) LEFT JOIN activity AS a ON a.slot = d.slot"
);

/// Primary keys of history and device.
const NUMBERS_ARE_AHEAD: &str = "SELECT seq >= coalesce((SELECT max(seq) FROM history), 0) AND slot >= coalesce((SELECT max(slot) FROM device), 0) FROM counter";

#[async_trait]
impl Maintenance for SqliteStore {
    async fn backup(&self, path: &Path) -> Result<(), Error> {
        if path.try_exists().map_err(driver)? {
            return Err(Error::Conflict);
        }
        // Under another name until it is complete and on the disk: a file of that name is always a whole backup.
        let partial = path.with_added_extension("partial");
        let copied = self.copy_to(&partial).await;
        let renamed = match copied {
            Ok(()) => rename(&partial, path).await.map_err(driver),
            Err(error) => Err(error),
        };
        if renamed.is_err() {
            let _ = tokio::fs::remove_file(&partial).await;
        }
        renamed
    }

    async fn check(&self) -> Result<Vec<String>, Error> {
        let mut connection = connect::single(&self.options).await?;
        let mut wrong = migrations::check(&mut connection).await?;
        wrong.extend(check_integrity(&mut connection).await?);
        wrong.extend(check_samples(&mut connection).await?);
        let is_ahead: bool = sqlx::query_scalar(NUMBERS_ARE_AHEAD)
            .fetch_one(&mut connection)
            .await?;
        if !is_ahead {
            wrong.push("The numbers given out are behind those in use.".to_owned());
        }
        sqlx::Connection::close(connection).await?;
        Ok(wrong)
    }

    async fn condition(&self) -> Result<Condition, Error> {
        let file = self.options.get_filename();
        // Without a log there is nothing in it.
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        Ok(Condition {
            database_bytes: tokio::fs::metadata(file).await.map_err(driver)?.len(),
            log_bytes: tokio::fs::metadata(log).await.map_or(0, |log| log.len()),
            free_bytes: free_bytes(file),
            ..self.writer.condition()
        })
    }

    fn queues(&self) -> Vec<Queue> {
        self.writer.queues()
    }

    async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
        // SQLite takes the log in when the last connection closes; of those that close at once, each leaves it to another.
        if let Err(error) = self.take_log_in().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "The log was not taken into the database; the next start does it."
            );
        }
    }
}

impl SqliteStore {
    /// Copies all of the write-ahead log into the database and empties it.
    async fn take_log_in(&self) -> Result<(), Error> {
        let mut connection = connect::single(&self.options).await?;
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut connection)
            .await?;
        Ok(sqlx::Connection::close(connection).await?)
    }

    async fn copy_to(&self, path: &Path) -> Result<(), Error> {
        match tokio::fs::remove_file(path).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(driver(error));
            }
            _ => {}
        }
        let name = path
            .to_str()
            .ok_or_else(|| driver(std::io::Error::from(std::io::ErrorKind::InvalidFilename)))?
            .to_owned();
        // The copy is written into an empty file that nobody else can read.
        connect::private(path).map_err(driver)?;
        let mut connection = connect::single(&self.options).await?;
        sqlx::query(COPY)
            .bind(name)
            .execute(&mut connection)
            .await?;
        sqlx::Connection::close(connection).await?;
        let file = tokio::fs::File::options()
            .read(true)
            .write(true)
            .open(path)
            .await
            .map_err(driver)?;
        file.sync_all().await.map_err(driver)
    }
}

/// What is free on the volume of a file for whoever has no privileges there.
#[cfg(unix)]
fn free_bytes(file: &Path) -> Option<u64> {
    let volume = rustix::fs::statvfs(file).ok()?;
    volume.f_bavail.checked_mul(volume.f_frsize)
}

/// The other systems do not tell.
#[cfg(not(unix))]
fn free_bytes(_file: &Path) -> Option<u64> {
    None
}

/// Renames a file for good: the directory is on the disk, too, when this returns.
async fn rename(from: &Path, to: &Path) -> std::io::Result<()> {
    tokio::fs::rename(from, to).await?;
    let directory = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = tokio::fs::File::open(directory.unwrap_or(Path::new("."))).await?;
    directory.sync_all().await
}

async fn check_integrity(connection: &mut SqliteConnection) -> Result<Vec<String>, Error> {
    let mut wrong: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_all(&mut *connection)
        .await?;
    wrong.retain(|line| line != "ok");
    for row in sqlx::query("PRAGMA foreign_key_check")
        .fetch_all(connection)
        .await?
    {
        let (table, parent): (String, String) = (row.try_get(0)?, row.try_get(2)?);
        wrong.push(format!(
            "A row of {table} refers to a row of {parent} that is not there."
        ));
    }
    Ok(wrong)
}

async fn check_samples(connection: &mut SqliteConnection) -> Result<Vec<String>, Error> {
    let mut wrong = Vec::new();
    for row in sqlx::query(SAMPLE)
        .bind(SAMPLES)
        .fetch_all(connection)
        .await?
    {
        match record::read(&row) {
            Ok(record) => {
                let expected = drift(&record.twin);
                let kept = record::read_drift(&row, record::COLUMNS)?;
                if kept != expected {
                    wrong.push(format!(
                        "The drift kept for {} is not that of its twin.",
                        record.identity.device_id
                    ));
                }
            }
            Err(error @ Error::Corrupt { .. }) => wrong.push(format!("{error}.")),
            Err(error) => return Err(error),
        }
    }
    Ok(wrong)
}
