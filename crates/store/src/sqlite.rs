//! The store on SQLite: one file, one writer that commits many writes at once, some readers beside it.
//!
//! The file is in WAL mode with `synchronous=FULL`: what was acknowledged survives `kill -9` and a power cut, and a crash leaves whole transactions only.
//! Documents are binary JSON without expression indexes. The file names below are those of the traits; `writer`, `batch` and `checkpoint` are the path of a
//! write, `record`, `entry`, `rows` and `jsonb` what the bytes mean.
//!
//! It serves one process. It does not count, sort or facet: that is for the columns.

use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool};

use crate::error::Error;

mod archive;
mod attention;
mod audit;
mod batch;
mod checkpoint;
mod connect;
mod entry;
mod error;
mod figure;
mod group;
mod history;
mod job;
mod jsonb;
mod maintenance;
mod message;
mod meta;
mod migrations;
mod person;
#[cfg(test)]
mod plans;
mod policy;
mod predicate;
mod property;
mod record;
mod rows;
mod scan;
mod select;
mod subscription;
mod twins;
mod writer;

use checkpoint::Checkpointer;
use writer::Writer;

/// A database file in use. Drop it or [`close`](crate::Maintenance::close) it to let go.
#[derive(Debug)]
pub struct SqliteStore {
    writer: Writer,
    readers: SqlitePool,
    options: SqliteConnectOptions,
}

/// Opens the database at `sqlite:<path>`, makes it when it is missing and brings its schema up to date.
///
/// Must be called on a runtime, which must outlive the store.
///
/// # Errors
/// [`Error::Driver`] when the file cannot be opened or was made by a newer release.
pub async fn open(url: &str) -> Result<Arc<SqliteStore>, Error> {
    let options = connect::parse(url)?;
    connect::make_private(&options)?;
    let mut connection = connect::writer(&options).await?;
    migrations::run(&mut connection).await?;
    start(options, connection).await
}

/// Opens the database at `sqlite:<path>` for work beside a server, and leaves its schema as it is.
///
/// Must be called on a runtime, which must outlive the store.
///
/// # Errors
/// [`Error::Outdated`] when the schema is older than this program's; [`Error::Driver`] when there is no such file, it cannot be opened or was made by a
/// newer release.
pub async fn open_as_is(url: &str) -> Result<Arc<SqliteStore>, Error> {
    let options = connect::parse(url)?.create_if_missing(false);
    let mut connection = connect::writer(&options).await?;
    migrations::require(&mut connection).await?;
    start(options, connection).await
}

async fn start(
    options: SqliteConnectOptions,
    mut connection: SqliteConnection,
) -> Result<Arc<SqliteStore>, Error> {
    let numbers = batch::numbers(&mut connection).await?;
    let checkpointer = Checkpointer::start(connect::single(&options).await?);
    let writer = Writer::start(connection, options.clone(), numbers.seq, checkpointer)?;
    Ok(Arc::new(SqliteStore {
        writer,
        readers: connect::readers(&options),
        options,
    }))
}
