//! What is going on inside, for people who run the system: reconcilers, tasks, queues, memory, database.

use std::sync::Arc;

use store::Queue;
use twin::id::Seq;
use twin::time::Timestamp;

use crate::Error;
use crate::access::{Action, Denied, Principal, authorize};
use crate::core::Core;
use crate::index::Index;
use crate::monitor::Freshness;
use crate::tasks::ReconcilerStatus;

/// The inside of a fleet at one moment.
#[derive(Debug, Clone)]
pub struct Internals {
    /// When the fleet was opened.
    pub opened_at: Timestamp,
    /// How many devices are connected.
    pub connected: u64,
    /// What each reconciler did last.
    pub reconcilers: Vec<ReconcilerStatus>,
    /// How many tasks of each name are running.
    pub tasks: Vec<(&'static str, usize)>,
    /// Every bounded queue of the fleet and its store.
    pub queues: Vec<Queue>,
    /// How current the columns are.
    pub freshness: Freshness,
    /// Memory of the columns, in bytes.
    pub columns_bytes: usize,
    /// Each declared property's column.
    pub columns: Vec<Column>,
}

/// A column of a declared property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The property.
    pub path: String,
    /// Whether it is still being filled, and conditions on it are answered by scan.
    pub is_building: bool,
    /// Devices that were looked at for it: all of them when it is built.
    pub loaded: u64,
    /// Its memory, in bytes.
    pub memory_bytes: usize,
    /// Different values in it, when that is known.
    pub distinct: Option<usize>,
    /// Devices that have a value.
    pub present: usize,
}

/// The database and its writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Database {
    /// Sizes, and what the writer has done.
    pub condition: store::Condition,
    /// The number of the last change.
    pub seq: Seq,
}

impl Database {
    pub(crate) async fn of(core: &Core, principal: &Principal) -> Result<Self, Error> {
        authorize(principal, Action::ReadInternals)?;
        Ok(Self {
            condition: core.store.condition().await?,
            seq: core.store.last_seq().await?,
        })
    }
}

impl Internals {
    pub(crate) async fn of(
        core: &Arc<Core>,
        principal: &Principal,
        queues: Vec<Queue>,
    ) -> Result<Self, Denied> {
        authorize(principal, Action::ReadInternals)?;
        let stand = Index::stand(core).await;
        Ok(Self {
            opened_at: core.opened_at,
            connected: core.presences.connected_count(),
            reconcilers: core.tasks.reconcilers(),
            tasks: core.tasks.running(),
            queues,
            freshness: Freshness::of(core),
            columns_bytes: stand.memory_bytes,
            columns: stand.columns,
        })
    }
}
