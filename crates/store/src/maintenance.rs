//! Looking after the database itself.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::Error;
use crate::queue::Queue;

/// Backing up and examining.
#[async_trait]
pub trait Maintenance: Send + Sync {
    /// Writes a consistent copy of the database to a new file while work goes on.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the file exists.
    async fn backup(&self, path: &Path) -> Result<(), Error>;

    /// Examines the database and tells what is wrong, a sentence each; nothing when all is well.
    async fn check(&self) -> Result<Vec<String>, Error>;

    /// How large the database is, and what its writer has done since it was opened.
    async fn condition(&self) -> Result<Condition, Error>;

    /// The queues in which writes wait.
    fn queues(&self) -> Vec<Queue>;

    /// Finishes the writes that were accepted, refuses further ones with [`Error::Busy`] and lets go of the database.
    async fn close(&self);
}

/// The database and its writer at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// Bytes of the database on the disk.
    pub database_bytes: u64,
    /// Bytes of the log that is not yet copied into the database.
    pub log_bytes: u64,
    /// Bytes that are free on the volume of the database; `None` where the system does not tell.
    pub free_bytes: Option<u64>,
    /// Batches of writes that were carried out since the database was opened; each is one commit.
    pub batches: u64,
    /// Writes in those batches.
    pub writes: u64,
    /// How long the last batch took, from its beginning to its commit.
    pub last_batch: Duration,
}
