//! The policies that service clients and gateways sign with.

use async_trait::async_trait;
use twin::time::Timestamp;

use crate::audit::AuditEntry;
use crate::error::Error;

/// Keeping policies.
#[async_trait]
pub trait Policies: Send + Sync {
    /// All policies, by name.
    async fn policies(&self) -> Result<Vec<Policy>, Error>;

    /// Adds a policy, or overwrites the one of that name.
    async fn put_policy(&self, policy: &Policy, audit: Option<AuditEntry>) -> Result<(), Error>;
}

/// A named set of permissions with its keys.
#[derive(Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its name, as tokens state it.
    pub name: String,
    /// What it permits, as text; its meaning is not the store's business.
    pub permissions: String,
    /// Primary and secondary key, sealed.
    pub sealed_keys: Vec<u8>,
    /// When it was last written.
    pub changed_at: Timestamp,
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy")
            .field("name", &self.name)
            .field("permissions", &self.permissions)
            .finish_non_exhaustive()
    }
}
