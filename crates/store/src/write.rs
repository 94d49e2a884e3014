//! What may be asked of the writer, and what comes of it.
//!
//! A [`Write`] is plain data, so that many callers' writes can be carried out together in one transaction. It is either
//! [`Written`] or [`Refused`]; a refused write has changed nothing.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use twin::document::{Applied, ServiceChange, TwinError};
use twin::id::{DeviceId, Match, Seq, Slot};
use twin::identity::{AuthenticationKind, Identity, Status};
use twin::time::Timestamp;
use twin::{Map, Value};

use crate::archive::{Replace, Restore, Retire};
use crate::audit::AuditEntry;
use crate::history::Event;
use crate::job::JobStep;
use crate::message::Message;
use crate::record::{Actor, Record};

/// One write. The audit entry that rides on it is committed with it, and only if it is not refused.
#[derive(Clone, Debug)]
pub enum Write {
    /// Registers a device. Refused with [`Refused::Exists`] when the name is taken.
    Create {
        /// Who the new device is; its name, generation and etag are the caller's choice.
        identity: Identity,
        /// Its first tags.
        tags: Map,
        /// Its first desired properties.
        desired: Map,
        /// Who creates it.
        actor: Actor,
        /// When.
        at: Timestamp,
        /// What the audit log shall say.
        audit: Option<AuditEntry>,
    },
    /// Changes the identity of a device: its etag grows by one.
    Identity {
        /// Which device.
        device_id: DeviceId,
        /// What changes.
        change: IdentityChange,
        /// What the identity's etag must be.
        if_match: Match,
        /// Who changes it.
        actor: Actor,
        /// Why, in the actor's words.
        reason: Option<String>,
        /// When.
        at: Timestamp,
        /// What the audit log shall say.
        audit: Option<AuditEntry>,
    },
    /// Removes a device: identity, twin, messages and events. Its history stays until retention takes it.
    Delete {
        /// Which device.
        device_id: DeviceId,
        /// What the identity's etag must be.
        if_match: Match,
        /// Who removes it.
        actor: Actor,
        /// Why, in the actor's words.
        reason: Option<String>,
        /// When.
        at: Timestamp,
        /// What the audit log shall say.
        audit: Option<AuditEntry>,
    },
    /// Removes a device as [`Delete`](Self::Delete) does and keeps it in the archive; the place of the removal is the number of its entry.
    Retire(Box<Retire>),
    /// Registers a device that takes over from another. Refused with [`Refused::Exists`] when the name is taken, [`Refused::NotFound`] when there is
    /// nobody to take over from. What is answered is the change that brought the new device into being; its identity edit `replaces` names the old one.
    Replace(Box<Replace>),
    /// Brings a retired device back.
    Restore(Box<Restore>),
    /// The device's own report, merged into its reported properties.
    Reported {
        /// Which device.
        slot: Slot,
        /// The merge patch (contract 5.3).
        patch: Map,
        /// The version that the device believes is current, when it says so.
        expected_version: Option<u64>,
        /// When.
        at: Timestamp,
    },
    /// A change of tags or desired properties by a person or a service.
    Service {
        /// Which device.
        device_id: DeviceId,
        /// What changes.
        change: ServiceChange,
        /// What the twin's etag must be.
        if_match: Match,
        /// Who changes it.
        actor: Actor,
        /// Why, in the actor's words.
        reason: Option<String>,
        /// When.
        at: Timestamp,
        /// What the audit log shall say.
        audit: Option<AuditEntry>,
    },
    /// Telemetry from a device.
    Message {
        /// Which device.
        slot: Slot,
        /// What it sent.
        message: Message,
    },
    /// Something that happened to a device and is no change of its twin.
    Event {
        /// Which device.
        slot: Slot,
        /// What happened.
        event: Event,
    },
    /// A step of a job: what it does to the device and the device's outcome are committed together.
    Job(Box<JobStep>),
    /// An audit entry of its own, for actions that change nothing here.
    Audit(AuditEntry),
}

/// The parts of an identity that may change; `None` leaves a part as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityChange {
    /// Enabled or disabled; the time of the change is kept.
    pub status: Option<Status>,
    /// Why the status is what it is; `Some(None)` takes the reason away.
    pub status_reason: Option<Option<String>>,
    /// The sealed symmetric keys.
    pub sealed_keys: Option<Vec<u8>>,
    /// How the device proves who it is.
    pub authentication: Option<AuthenticationKind>,
    /// The thumbprints of its certificates, primary and secondary.
    pub thumbprints: Option<(Option<String>, Option<String>)>,
    /// The model that the device announced.
    pub model_id: Option<String>,
}

/// What a write that was not refused has done.
#[derive(Clone, Debug)]
pub enum Written {
    /// A device was created or changed.
    Twin(Arc<TwinChange>),
    /// A device was removed.
    Deleted {
        /// The number it had.
        slot: Slot,
        /// The place of the removal in the sequence.
        seq: Seq,
    },
    /// A message, an event, an audit entry or the outcome of a step that changed no twin was kept.
    Stored,
}

/// Why a write has done nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refused {
    /// No such device.
    #[error("there is no such device")]
    NotFound,
    /// A device of that name is registered already.
    #[error("a device of that name exists")]
    Exists,
    /// The etag is not the current one.
    #[error("the etag does not match, somebody else has changed it")]
    PreconditionFailed,
    /// The device's row cannot be read, as [`Error::Corrupt`](crate::Error::Corrupt) says. A person must look at it; other devices are not concerned.
    #[error("table {table}, column {column}, row {key} holds a value that cannot be read")]
    Corrupt {
        /// The table that holds it.
        table: &'static str,
        /// Its column.
        column: &'static str,
        /// The primary key of the row, as text.
        key: String,
    },
    /// The device has had its outcome in this job, or the job was canceled before it was begun.
    #[error("the step of the job was taken already")]
    Settled,
    /// The change breaks a rule of twins.
    #[error("the change breaks a rule of twins")]
    Twin(#[source] TwinError),
}

/// A committed change of one device, as observers and the caller see it.
#[derive(Clone, Debug)]
pub struct TwinChange {
    /// Its place in the store's sequence.
    pub seq: Seq,
    /// The place of the device's change before this one; zero for the first.
    pub before: Seq,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it.
    pub actor: Actor,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// The device after the change.
    pub record: Arc<Record>,
    /// What changed in the twin; empty when only the identity did.
    pub applied: Applied,
    /// What changed in the identity.
    pub identity_edits: Vec<IdentityEdit>,
    /// Whether the change brought the device into being.
    pub created: bool,
}

/// One changed part of an identity, for the history. Keys are named, never shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityEdit {
    /// The part, by the name it has on the wire: `status`, `statusReason`, `authentication`, `keys`, `thumbprints`, `modelId`.
    /// Of a device that came into being: `replaces`, with the other's name as `device` and its entry in the archive as `archived`, or `restored`, with
    /// the entry in the archive.
    pub field: String,
    /// What it was, when that may be shown.
    pub old: Option<Value>,
    /// What it is, when that may be shown.
    pub new: Option<Value>,
}

/// A durable change, in the order of commitment.
#[derive(Clone, Debug)]
pub enum Committed {
    /// A device was created or changed.
    Twin(Arc<TwinChange>),
    /// A device was removed.
    Deleted {
        /// The number it had.
        slot: Slot,
        /// The place of the removal in the sequence.
        seq: Seq,
        /// The name it had.
        device_id: DeviceId,
    },
}

impl Committed {
    /// The place of the change in the store's sequence.
    pub fn seq(&self) -> Seq {
        match self {
            Self::Twin(change) => change.seq,
            Self::Deleted { seq, .. } => *seq,
        }
    }
}

/// Hears of every change after it is durable and before any writer does, in the order of commitment.
///
/// It is called on the writer's own thread: whatever it does delays every writer, so it must be short and may not block on the store.
pub trait Observer: Send + Sync {
    /// Takes a batch of changes that one transaction has committed.
    fn committed(&self, changes: &[Committed]);
}
