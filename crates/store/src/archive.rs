//! The archive: devices that were retired, as they stood, and who took over from whom.
//!
//! A device is retired, replaced and restored by a [`Write`](crate::Write), in one transaction with everything that goes with it. Here it is read back.
//! An entry is numbered by the change that retired its device, so that entries are in the order of time and the device's history hangs on them. An
//! entry stays for ever; the keys in it only as long as the device may be restored.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use twin::id::{DeviceId, Match, Seq, Slot};
use twin::identity::Identity;
use twin::time::Timestamp;

use crate::audit::AuditEntry;
use crate::error::Error;
use crate::history::{HistoryEntry, LoggedEvent};
use crate::record::{Actor, Record};

mod words;

pub(crate) use words::{ID_CHARS_MIN, asked, words};

/// Reading the archive, and forgetting its keys in time.
#[async_trait]
pub trait Archive: Send + Sync {
    /// The entry of that number.
    async fn archived(&self, number: Seq) -> Result<Option<Archived>, Error>;

    /// The number of the newest entry of a device of that name.
    async fn newest_archived(&self, device_id: &DeviceId) -> Result<Option<Seq>, Error>;

    /// A page of entries, newest first.
    async fn search_archive(&self, search: &ArchiveSearch) -> Result<Vec<ArchivedLine>, Error>;

    /// How many devices were retired from `from` until before `until`. Each counts, those that were restored too; read from an index.
    async fn retired_between(&self, from: Timestamp, until: Timestamp) -> Result<u64, Error>;

    /// The changes of a retired device up to its retirement, newest first, that came before `before`.
    async fn archived_history(
        &self,
        number: Seq,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>, Error>;

    /// The events of a retired device up to its retirement, newest first, that came before the event numbered `before`.
    async fn archived_events(
        &self,
        number: Seq,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, Error>;

    /// From whom the device of that number took over, and who took over from it.
    async fn succession(&self, slot: Slot) -> Result<Succession, Error>;

    /// Forgets the keys of at most `rows_max` devices whose time to be restored is over; how many there were.
    async fn forget_keys(&self, now: Timestamp, rows_max: usize) -> Result<u64, Error>;
}

/// Why and how a device is retired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// Why, in the actor's words.
    pub reason: String,
    /// What was looked at, as it stood.
    pub checks: Vec<Check>,
    /// Until when the device may be restored, with the keys that it had; `None` destroys them at once.
    pub restorable_until: Option<Timestamp>,
}

/// Something that was looked at before a device was retired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was looked at, in a word or two.
    pub name: String,
    /// Whether it was as one would wish.
    pub is_clear: bool,
    /// What was found.
    pub sentence: String,
}

/// A write that retires a device: it is gone as if deleted, and in the archive.
#[derive(Clone, Debug)]
pub struct Retire {
    /// Which device.
    pub device_id: DeviceId,
    /// What the identity's etag must be.
    pub if_match: Match,
    /// Why and how.
    pub retirement: Retirement,
    /// Who retires it.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// What the audit log shall say.
    pub audit: Option<AuditEntry>,
}

/// A write that lets a new device take over from one that there is, with its tags and desired properties as they are at that moment.
#[derive(Clone, Debug)]
pub struct Replace {
    /// The device that goes.
    pub old: DeviceId,
    /// What becomes of it.
    pub fate: Fate,
    /// Who the new device is; its name, generation and etag are the caller's choice.
    pub new: Identity,
    /// Who replaces it.
    pub actor: Actor,
    /// Why, in the actor's words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// What the audit log shall say.
    pub audit: Option<AuditEntry>,
}

/// What becomes of a device that is replaced.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It stays and may not connect; this is why.
    Blocked(String),
    /// It is retired.
    Retired(Retirement),
}

/// A write that brings a retired device back as it was, under its number and with its keys.
///
/// Refused with [`NotFound`](crate::Refused::NotFound) when there is no such entry, its device was restored before or its time is over, and with
/// [`Exists`](crate::Refused::Exists) when a device of that name is there.
#[derive(Clone, Debug)]
pub struct Restore {
    /// The entry.
    pub number: Seq,
    /// The name of its device.
    pub device_id: DeviceId,
    /// Who restores it.
    pub actor: Actor,
    /// Why, in the actor's words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// What the audit log shall say.
    pub audit: Option<AuditEntry>,
}

/// An entry of the archive.
#[derive(Clone, Debug, PartialEq)]
pub struct Archived {
    /// Its number: the change that retired the device.
    pub number: Seq,
    /// The device as it stood. The sealed keys are left out.
    pub record: Record,
    /// When it was retired.
    pub retired_at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// Why and how; the time to restore it is gone when that was done.
    pub retirement: Retirement,
    /// When and by whom it was restored.
    pub restored: Option<(Timestamp, Actor)>,
}

/// An entry of the archive as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedLine {
    /// Its number.
    pub number: Seq,
    /// The device.
    pub device_id: DeviceId,
    /// The model that it announced.
    pub model_id: String,
    /// When it was retired.
    pub retired_at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// Why, in the actor's words.
    pub reason: String,
    /// Until when it may be restored.
    pub restorable_until: Option<Timestamp>,
    /// When it was restored.
    pub restored_at: Option<Timestamp>,
    /// The device that took over from it.
    pub replaced_by: Option<DeviceId>,
}

/// What is wanted of the archive; what is `None` or empty does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchiveSearch {
    /// A part of the id, of at least three characters, whatever their case.
    pub id: Option<String>,
    /// Beginnings of words that are all in the archived twin or in the reason.
    pub text: Option<String>,
    /// Who retired it, whatever the case.
    pub by: Option<String>,
    /// Retired at this time or later.
    pub from: Option<Timestamp>,
    /// Retired before this time.
    pub until: Option<Timestamp>,
    /// Only those that may still be restored at this time.
    pub restorable_at: Option<Timestamp>,
    /// Entries before the one of this number.
    pub before: Option<Seq>,
    /// How many at most.
    pub limit: usize,
}

impl ArchiveSearch {
    /// How many characters of an id are needed at least.
    pub const ID_CHARS_MIN: usize = ID_CHARS_MIN;
}

/// From whom a device took over, and who took over from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Succession {
    /// The device that it replaces.
    pub replaces: Option<Successor>,
    /// The device that it was replaced by last.
    pub replaced_by: Option<Successor>,
}

/// The other side of a replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    /// The device.
    pub device_id: DeviceId,
    /// Its newest entry in the archive, when it was retired.
    pub archived: Option<Seq>,
    /// When the one took over from the other.
    pub at: Timestamp,
}
