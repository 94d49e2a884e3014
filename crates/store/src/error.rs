//! How persistence fails: five ways, because a caller can do five different things about it.
//!
//! "Not found" is an `Option` and a refused write is a [`Refused`](crate::write::Refused): neither is an error of the store.

use std::sync::Arc;

/// Why the store could not answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Something with the same unique name is there already. The caller chooses another name or reads what is there.
    #[error("a record with the same unique name exists")]
    Conflict,
    /// The store cannot take the work now: it is shutting down or the database is locked. The caller may try again.
    #[error("the store is busy")]
    Busy,
    /// The database holds something that no version of the store has written. A person must look at it.
    #[error("table {table}, column {column}, row {key} holds a value that cannot be read")]
    Corrupt {
        /// The table that holds it.
        table: &'static str,
        /// Its column.
        column: &'static str,
        /// The primary key of the row, as text.
        key: String,
    },
    /// The database was made by an earlier release. Starting this release's server on it brings it up to date.
    #[error("the database was made by an earlier release")]
    Outdated,
    /// The driver or the database failed; the transaction in progress has left nothing behind.
    #[error("the database failed")]
    Driver(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// A value in the database that nothing of ours has written.
    pub(crate) fn corrupt(
        table: &'static str,
        column: &'static str,
        key: impl std::fmt::Display,
    ) -> Self {
        Self::Corrupt {
            table,
            column,
            key: key.to_string(),
        }
    }
}
