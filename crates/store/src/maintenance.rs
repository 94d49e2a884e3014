//! Looking after the database itself.

use std::path::Path;

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

    /// The queues in which writes wait.
    fn queues(&self) -> Vec<Queue>;

    /// Finishes the writes that were accepted, refuses further ones with [`Error::Busy`] and lets go of the database.
    async fn close(&self);
}
