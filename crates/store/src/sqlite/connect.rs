//! How connections to the database file are opened: one that writes, some that read, one that checkpoints.

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::pool::PoolOptions;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqliteSynchronous,
};

use super::error::driver;
use crate::error::Error;

/// Pages are read through the map instead of by copying; SQLite itself stops at two gibibytes.
const MMAP_BYTES: &str = "2147418112";
/// Negative: KiB. The writer keeps the upper levels of the trees and the tails of the logs; the rest is mapped.
const WRITER_CACHE: &str = "-32768";
const READER_CACHE: &str = "-8192";
const READERS_MAX: u32 = 4;
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a reader waits for a free connection before it is told [`Error::Busy`].
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// Rows that the driver's thread may be ahead of us.
const ROWS_AHEAD: usize = 512;

/// Reads `sqlite:<path>`; the file is made when it is missing.
pub(super) fn parse(url: &str) -> Result<SqliteConnectOptions, Error> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .row_buffer_size(ROWS_AHEAD)
        .pragma("mmap_size", MMAP_BYTES)
        .pragma("temp_store", "MEMORY");
    Ok(options.disable_statement_logging())
}

/// Makes the file for its owner alone, when it is missing; what SQLite puts beside it is as private as the file.
pub(super) fn make_private(options: &SqliteConnectOptions) -> Result<(), Error> {
    match private(options.get_filename()) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(driver(error)),
        _ => Ok(()),
    }
}

/// Makes an empty file that its owner alone can read; it must not exist.
pub(super) fn private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path).map(drop)
}

/// The connection that writes. It leaves checkpoints to others (see `checkpoint`).
pub(super) async fn writer(options: &SqliteConnectOptions) -> Result<SqliteConnection, Error> {
    let options = options
        .clone()
        .pragma("cache_size", WRITER_CACHE)
        .pragma("wal_autocheckpoint", "0");
    Ok(options
        .thread_name(|_| "store-sql".to_owned())
        .connect()
        .await?)
}

/// A connection for one purpose, outside the pool.
pub(super) async fn single(options: &SqliteConnectOptions) -> Result<SqliteConnection, Error> {
    Ok(options
        .clone()
        .pragma("cache_size", READER_CACHE)
        .pragma("wal_autocheckpoint", "0")
        .connect()
        .await?)
}

/// The connections that read and cannot do otherwise.
pub(super) fn readers(options: &SqliteConnectOptions) -> SqlitePool {
    let options = options
        .clone()
        .pragma("cache_size", READER_CACHE)
        .pragma("query_only", "ON");
    PoolOptions::new()
        .max_connections(READERS_MAX)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .connect_lazy_with(options.create_if_missing(false))
}
