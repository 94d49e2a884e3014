//! The store: what must outlive the process, behind one trait per noun.
//!
//! # How it is used
//!
//! `sqlite::open(url)` gives an `Arc<SqliteStore>`, which is a [`Store`]; everything above holds it as `Arc<dyn Store>`. Changes of devices are
//! plain data ([`Write`]) handed to [`Twins::write`], which answers when they are durable. Many callers' writes are committed together. Whoever needs to
//! follow along registers an [`Observer`].
//!
//! # How a noun is added
//!
//! 1. Its types and its trait go into `src/<noun>.rs`, without a word of SQL: lookups give `Option`, pages are by key, time is an argument.
//! 2. Its table goes into a new migration under `migrations/<backend>/` (`migrations/README.md` has the rules).
//! 3. Its statements go into `src/<backend>/<noun>.rs`, each with the index that it relies on.
//! 4. The trait joins [`Store`], and `conformance/<noun>.rs` says what every backend must do.
//!
//! # What it does not do
//!
//! It authorizes nothing, seals nothing, reads no clock and keeps no documents in memory. Counting, sorting and faceting belong to the columns.

pub mod archive;
pub mod attention;
pub mod audit;
#[cfg(feature = "testing")]
pub mod conformance;
pub mod error;
pub mod figure;
mod fold;
pub mod group;
pub mod history;
pub mod job;
pub mod maintenance;
pub mod message;
pub mod meta;
pub mod person;
pub mod policy;
pub mod property;
pub mod queue;
pub mod record;
mod sql;
pub mod sqlite;
mod stamps;
pub mod subscription;
pub mod twins;
pub mod write;

pub use archive::{
    Archive, ArchiveSearch, Archived, ArchivedLine, Check, Fate, Replace, Restore, Retire,
    Retirement, Succession, Successor,
};
pub use attention::{Attention, Attentions, Taken};
pub use audit::{AuditEntry, AuditTally, Audits, LoggedAudit};
pub use error::Error;
pub use figure::{Bucket, Figures, Kept};
pub use group::{Group, GroupId, Groups, NewGroup, Saved};
pub use history::{
    Change, ChangeKind, Changes, Event, History, HistoryEntry, Keep, LoggedEvent, Pruned, Retention,
};
pub use job::{
    Counts, DeviceState, Job, JobAct, JobDevice, JobId, JobSpec, JobState, JobStep, Jobs, Mark,
    MethodWork, Outcome, OutcomeGroup, Which, Work,
};
pub use maintenance::{Condition, Maintenance};
pub use message::{LoggedMessage, Message, Messages};
pub use meta::Meta;
pub use person::{NewPerson, People, Person, PersonId, Session};
pub use policy::{Policies, Policy};
pub use property::Properties;
pub use queue::{Queue, Stalls};
pub use record::{Actor, Record};
pub use subscription::Subscriptions;
pub use twins::{ColumnRow, Twins};
pub use write::{
    Committed, IdentityChange, IdentityEdit, Observer, Refused, TwinChange, Write, Written,
};

/// A whole backend.
pub trait Store:
    Twins
    + History
    + Messages
    + Figures
    + People
    + Attentions
    + Audits
    + Policies
    + Properties
    + Groups
    + Subscriptions
    + Jobs
    + Meta
    + Archive
    + Maintenance
{
}

impl<T> Store for T where
    T: Twins
        + History
        + Messages
        + Figures
        + People
        + Attentions
        + Audits
        + Policies
        + Properties
        + Groups
        + Subscriptions
        + Jobs
        + Meta
        + Archive
        + Maintenance
{
}
