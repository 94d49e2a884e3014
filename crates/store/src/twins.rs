//! The twins: written by the batch, read by name, by number, by page, by column and by predicate.

use std::sync::Arc;

use async_trait::async_trait;
use query::Path;
use query::lower::Predicate;
use twin::Value;
use twin::diff::Drift;
use twin::id::{DeviceId, Etag, Seq, Slot};
use twin::identity::Identity;
use twin::time::Timestamp;

use crate::error::Error;
use crate::record::Record;
use crate::write::{Observer, Refused, Write, Written};

/// Reading and writing devices.
#[async_trait]
pub trait Twins: Send + Sync {
    /// Carries out writes in their order and answers each; returns when they are durable. All of them are in one transaction,
    /// usually together with the writes of other callers.
    ///
    /// Waits while the writer's queue is full: that is the back-pressure.
    ///
    /// # Errors
    /// Any error means that none of these writes has happened.
    async fn write(&self, writes: Vec<Write>) -> Result<Vec<Result<Written, Refused>>, Error>;

    /// Adds an observer; it hears of changes that are committed from now on.
    fn observe(&self, observer: Arc<dyn Observer>);

    /// The device of that name.
    async fn device(&self, device_id: &DeviceId) -> Result<Option<Record>, Error>;

    /// Which of these names devices have, in any order.
    async fn taken(&self, names: &[DeviceId]) -> Result<Vec<DeviceId>, Error>;

    /// The devices with these numbers, in the order asked for; numbers that no device has are left out.
    async fn records(&self, slots: &[Slot]) -> Result<Vec<Record>, Error>;

    /// At most `limit` devices in the order of their names, after the one named.
    async fn page(&self, after: Option<&DeviceId>, limit: usize) -> Result<Vec<Record>, Error>;

    /// At most `limit` devices in the order of their names: those next before the one named, without a name the last of all.
    async fn page_before(
        &self,
        before: Option<&DeviceId>,
        limit: usize,
    ) -> Result<Vec<Record>, Error>;

    /// How many devices there are; read from an index of names, not from the devices.
    async fn device_count(&self) -> Result<u64, Error>;

    /// At most `limit` devices that may satisfy the predicate, in the order of their numbers, after the one numbered `after`; [`Slot`] zero begins.
    /// Fewer than `limit` are the last. Stretch by stretch the table is read once: this is the way to everything that matches.
    ///
    /// Where the predicate or the database cannot be exact, more rows come than match, never fewer: the caller evaluates the condition on each.
    async fn scan(
        &self,
        predicate: &Predicate,
        after: Slot,
        limit: usize,
    ) -> Result<Vec<Record>, Error>;

    /// As [`Twins::scan`], in the order of the names: the way to a first page. Each further page may cost another pass over the table.
    async fn select(
        &self,
        predicate: &Predicate,
        after: Option<&DeviceId>,
        limit: usize,
    ) -> Result<Vec<Record>, Error>;

    /// How many devices satisfy the predicate; `None` when the predicate is not exact or the database cannot tell without reading the documents.
    async fn count(&self, predicate: &Predicate) -> Result<Option<u64>, Error>;

    /// How the columns are rebuilt: at most `limit` rows in the order of their numbers, after `after`, with the values at the declared paths and
    /// without decoding documents. [`Slot`] zero, which no device has, begins. Paths that do not lead below tags, desired or reported have no values.
    async fn scan_columns(
        &self,
        declared: &[Path],
        after: Slot,
        limit: usize,
    ) -> Result<Vec<ColumnRow>, Error>;

    /// The sequence number of the last committed change; zero before the first. It never goes back, not by a restart either.
    async fn last_seq(&self) -> Result<Seq, Error>;

    /// Writes behind when devices were last heard of. Nobody is told and no sequence number is used.
    async fn touch_activity(&self, heard: &[(Slot, Timestamp)]) -> Result<(), Error>;
}

/// One device as the columns want it: everything but the documents.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnRow {
    /// The number of the device.
    pub slot: Slot,
    /// The place of its last change.
    pub seq: Seq,
    /// Who it is; the sealed keys are left out.
    pub identity: Identity,
    /// The etag of its twin.
    pub etag: Etag,
    /// The version of its twin.
    pub version: u64,
    /// The version of its desired properties.
    pub desired_version: u64,
    /// The version of its reported properties.
    pub reported_version: u64,
    /// The model that it announced.
    pub model_id: String,
    /// How far reported stands from desired, as computed when it was last written.
    pub drift: Drift,
    /// When it was last heard of, as last written behind.
    pub last_activity: Timestamp,
    /// The values at the declared paths, in their order.
    pub values: Vec<Option<Value>>,
}
