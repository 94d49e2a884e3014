//! Groups: conditions that people have named, with how their devices are listed.

use async_trait::async_trait;
use twin::time::Timestamp;

use crate::audit::AuditEntry;
use crate::error::Error;

/// Keeping groups. An audit entry is committed together with the change it tells of.
#[async_trait]
pub trait Groups: Send + Sync {
    /// All groups, by name.
    async fn groups(&self) -> Result<Vec<Group>, Error>;

    /// One group; `None` when there is none with that number.
    async fn group(&self, id: GroupId) -> Result<Option<Group>, Error>;

    /// Adds a group and gives the number. Its revision is 1.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the name is taken; names are compared without regard to ASCII case.
    async fn insert_group(
        &self,
        group: &NewGroup,
        audit: Option<AuditEntry>,
    ) -> Result<GroupId, Error>;

    /// Overwrites what a group is, if it is at this revision, and raises that by one; false when it is not, or when
    /// there is none with that number.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the name is taken by another.
    async fn update_group(
        &self,
        id: GroupId,
        revision: u64,
        saved: &Saved,
        audit: Option<AuditEntry>,
    ) -> Result<bool, Error>;

    /// Removes a group; false when there is none with that number.
    async fn delete_group(&self, id: GroupId, audit: Option<AuditEntry>) -> Result<bool, Error>;
}

/// The number of a group, never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub i64);

/// What people decide about a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saved {
    /// What people call it.
    pub name: String,
    /// What it is for; empty when nobody has said.
    pub description: String,
    /// Which devices are in it, in the fleet query language; empty for all.
    pub condition: String,
    /// The order of its list, as the language writes it; empty for the list's own.
    pub sort: String,
    /// The columns of its list, by name or path; empty for the list's own.
    pub columns: Vec<String>,
}

/// A group that is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    /// What it is.
    pub saved: Saved,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
}

/// A named condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its number.
    pub id: GroupId,
    /// What it is.
    pub saved: Saved,
    /// How often it was written: 1 for a new one.
    pub revision: u64,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
}
