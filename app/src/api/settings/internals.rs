//! What goes on inside: queues, columns, the writer, the database, reconcilers.

use leptos::prelude::*;
use reader::Read;
use serde::{Deserialize, Serialize};
use twin::time::Timestamp;

use crate::api::Problem;
use crate::api::exchange::Get;

#[cfg(feature = "ssr")]
mod read;

/// The inside at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Internals {
    /// When it was looked at.
    pub as_of: Timestamp,
    /// The version that runs.
    pub version: String,
    /// Since when.
    pub opened_at: Timestamp,
    /// Devices that are connected.
    pub connected: u64,
    /// The database and its writer.
    pub database: Database,
    /// Devices read so far, and of how many, while the index is being built.
    pub building: Option<(u64, u64)>,
    /// Memory of all columns, in bytes.
    pub columns_bytes: u64,
    /// The columns of declared properties, by path.
    pub columns: Vec<Column>,
    /// Every bounded queue, by name.
    pub queues: Vec<Queue>,
    /// What each reconciler did last, by name.
    pub reconcilers: Vec<Reconciler>,
    /// How many tasks of each name run.
    pub tasks: Vec<(String, u64)>,
}

/// The database and its writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Database {
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes of the log beside it.
    pub log_bytes: u64,
    /// Commits of writes since the start.
    pub batches: u64,
    /// Writes in them.
    pub writes: u64,
    /// How long the last one took, in microseconds.
    pub last_batch_us: u64,
    /// The number of the last change.
    pub seq: u64,
}

/// The column of a declared property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Column {
    /// The property.
    pub path: String,
    /// Whether it is still being filled.
    pub is_building: bool,
    /// Devices that were looked at for it.
    pub loaded: u64,
    /// Devices that have a value.
    pub present: u64,
    /// Different values, when that is known.
    pub distinct: Option<u64>,
    /// Its memory, in bytes.
    pub memory_bytes: u64,
}

/// A bounded queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Queue {
    /// The part of the system, a dot, and what waits in it.
    pub name: String,
    /// How much is in it.
    pub depth: u64,
    /// How much fits.
    pub bound: u64,
    /// How often since the start something found no room.
    pub stalls: u64,
}

/// What a reconciler did last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Reconciler {
    /// Its name.
    pub name: String,
    /// Time between two runs, in milliseconds.
    pub every_ms: u64,
    /// Runs since the start.
    pub runs: u64,
    /// When the last one ended.
    pub last_run: Option<Timestamp>,
    /// How long it took, in microseconds.
    pub took_us: u64,
    /// What it did, or why it failed.
    pub outcome: String,
    /// Whether it failed.
    pub has_failed: bool,
}

/// The inside, now.
///
/// # Errors
/// `Forbidden`, `Unavailable` when the store does not answer.
#[server(name = AskInternals, prefix = "/api", endpoint = "settings/internals", protocol = Get)]
pub async fn internals() -> Result<Internals, Problem> {
    crate::api::caller()?.internals().await
}
