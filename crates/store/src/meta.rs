//! Small facts about this installation: a key and a value each.

use async_trait::async_trait;

use crate::error::Error;

/// Keeping small facts.
#[async_trait]
pub trait Meta: Send + Sync {
    /// The value under a key.
    async fn meta(&self, key: &str) -> Result<Option<String>, Error>;

    /// Writes the value under a key.
    async fn set_meta(&self, key: &str, value: &str) -> Result<(), Error>;
}
