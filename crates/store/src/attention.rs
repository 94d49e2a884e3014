//! What needs a person: which checks hold, since when, and who looks after them.
//!
//! What a check looks at is not the store's business; it keeps its name.

use async_trait::async_trait;
use twin::time::Timestamp;

use crate::audit::AuditEntry;
use crate::error::Error;

/// Keeping what needs a person. An audit entry is committed together with the change.
#[async_trait]
pub trait Attentions: Send + Sync {
    /// Every check that holds, by name; there are few.
    async fn attentions(&self) -> Result<Vec<Attention>, Error>;

    /// Notes that a check holds since then; one that is kept already stays as it is.
    async fn open_attention(&self, id: &str, since: Timestamp) -> Result<(), Error>;

    /// Forgets a check that holds no longer.
    async fn close_attention(&self, id: &str) -> Result<(), Error>;

    /// Keeps a check with who looks after it, whether or not it was kept before.
    async fn put_attention(
        &self,
        attention: &Attention,
        audit: Option<AuditEntry>,
    ) -> Result<(), Error>;
}

/// A check that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attention {
    /// The name of the check.
    pub id: String,
    /// Since when it holds.
    pub since: Timestamp,
    /// Who looks after it; `None` for nobody yet.
    pub taken: Option<Taken>,
}

/// Who looks after something, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The name of the person.
    pub by: String,
    /// When they took it.
    pub at: Timestamp,
}
