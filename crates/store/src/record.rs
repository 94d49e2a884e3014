//! A device as the store keeps it: identity, twin, its number and the place of its last change.

use serde::{Deserialize, Serialize};
use twin::document::Twin;
use twin::id::{DeviceId, Seq, Slot};
use twin::identity::Identity;
use twin::time::Timestamp;

use crate::job::JobId;

/// Everything that is known of one device.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its dense number, for as long as it exists.
    pub slot: Slot,
    /// The place of its last change in the store's sequence.
    pub seq: Seq,
    /// Who it is and how it proves it.
    pub identity: Identity,
    /// Its tags, desired and reported properties.
    pub twin: Twin,
    /// When it was last heard of, as last written behind: [`Timestamp::NEVER`] when it never was. The live value is in memory.
    /// In a change this may be the value of an earlier change.
    pub last_activity: Timestamp,
}

/// Who makes a change.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Actor {
    /// A person, by name.
    Person(String),
    /// A service client, by the name of its policy.
    Service(String),
    /// The device itself.
    Device(DeviceId),
    /// A part of the system, by name.
    System(String),
    /// A job, by its number, for whoever started it.
    Job {
        /// The job.
        job: JobId,
        /// Who started it, by name.
        by: String,
    },
}
