//! What has happened: the change history of every twin, the event log of every device, and the sequence of changes for resuming.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use twin::Value;
use twin::document::Edit;
use twin::id::{DeviceId, Seq, Slot};
use twin::time::Timestamp;

use std::time::Duration;

use crate::error::Error;
use crate::record::Actor;
use crate::write::IdentityEdit;

/// Reading the past, and forgetting it in time.
#[async_trait]
pub trait History: Send + Sync {
    /// The changes of a device, newest first, that came before `before`.
    async fn history(
        &self,
        device_id: &DeviceId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>, Error>;

    /// What changed after `after`, oldest first: how a reader that was away catches up.
    async fn changes_since(&self, after: Seq, limit: usize) -> Result<Changes, Error>;

    /// The events of a device, newest first, that came before the event numbered `before`.
    async fn events(
        &self,
        device_id: &DeviceId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, Error>;

    /// The methods that were run on a device, newest first, of those that came before the event numbered `before`.
    async fn calls(
        &self,
        device_id: &DeviceId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, Error>;

    /// Forgets what retention no longer covers, at most `retention.batch_rows_max` rows of each kind; call again while [`Pruned::is_more`].
    async fn prune(&self, now: Timestamp, retention: &Retention) -> Result<Pruned, Error>;
}

/// One change of one device.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEntry {
    /// Its place in the store's sequence.
    pub seq: Seq,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it.
    pub actor: Actor,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// What kind of change it was.
    pub kind: ChangeKind,
    /// What changed in the twin, old to new.
    pub edits: Vec<Edit>,
    /// What changed in the identity.
    pub identity_edits: Vec<IdentityEdit>,
    /// The version of the desired properties after the change.
    pub desired_version: u64,
    /// The version of the reported properties after the change.
    pub reported_version: u64,
}

/// What a change did to the device as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChangeKind {
    /// Brought it into being.
    Created,
    /// Changed its identity or its twin.
    Changed,
    /// Removed it.
    Deleted,
}

/// A stretch of the sequence of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// Whether nothing is missing between the place asked for and the first change here. When false, retention has taken some: refetch.
    pub is_complete: bool,
    /// The changes, oldest first.
    pub changes: Vec<Change>,
}

/// That a device changed, without saying how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its place in the sequence.
    pub seq: Seq,
    /// The number that the device has, or had.
    pub slot: Slot,
    /// Its name; `None` when it has been removed since.
    pub device_id: Option<DeviceId>,
    /// What the change did to the device.
    pub kind: ChangeKind,
}

/// Something that happened to a device and is no change of its twin.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What: `connected`, `disconnected`, `method` and so on.
    pub kind: String,
    /// Who caused it.
    pub actor: Actor,
    /// Whatever else is worth knowing.
    pub detail: Value,
}

/// An event with its number, which later pages refer to.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedEvent {
    /// Its number in the log, growing with time.
    pub number: u64,
    /// What happened.
    pub event: Event,
}

/// How long the past is kept. Whatever is over either bound goes, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Changes of twins, across the fleet.
    pub history: Keep,
    /// Events of devices, across the fleet.
    pub events: Keep,
    /// Telemetry messages, across the fleet.
    pub messages: Keep,
    /// Audit entries.
    pub audit: Keep,
    /// How many rows of each kind one call may remove.
    pub batch_rows_max: u32,
}

/// A bound by count and by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// How many at most.
    pub rows_max: u64,
    /// How old at most.
    pub age_max: Duration,
}

/// How many rows a call to [`History::prune`] removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Changes of twins.
    pub history: u64,
    /// Events of devices.
    pub events: u64,
    /// Telemetry messages.
    pub messages: u64,
    /// Audit entries.
    pub audit: u64,
    /// Buckets of sampled figures that outlived their tier.
    pub figures: u64,
    /// Whether a bound on the batch left something for another call.
    pub is_more: bool,
}
