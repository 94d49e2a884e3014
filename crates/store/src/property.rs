//! The properties that the plan declares: each gets a column in memory.

use async_trait::async_trait;
use twin::scheme::Property;

use crate::audit::AuditEntry;
use crate::error::Error;

/// Keeping declared properties.
#[async_trait]
pub trait Properties: Send + Sync {
    /// All declared properties, by path.
    async fn declared(&self) -> Result<Vec<Property>, Error>;

    /// Declares a property, or overwrites the declaration of its path.
    async fn declare(&self, property: &Property, audit: Option<AuditEntry>) -> Result<(), Error>;

    /// Takes a declaration back; false when the path was not declared.
    async fn drop_property(&self, path: &str, audit: Option<AuditEntry>) -> Result<bool, Error>;
}
