//! What is going on inside, for people who run the system: reconcilers, tasks, queues, memory.

use crate::access::{Action, Denied, Principal, authorize};
use crate::core::Core;
use crate::monitor::Freshness;
use crate::tasks::ReconcilerStatus;

/// The inside of a fleet at one moment.
#[derive(Debug, Clone)]
pub struct Internals {
    /// What each reconciler did last.
    pub reconcilers: Vec<ReconcilerStatus>,
    /// How many tasks of each name are running.
    pub tasks: Vec<(&'static str, usize)>,
    /// Every bounded queue.
    pub queues: Vec<Queue>,
    /// How current the columns are.
    pub freshness: Freshness,
    /// Memory of the columns, in bytes.
    pub columns_bytes: usize,
    /// Each declared property's column.
    pub columns: Vec<Column>,
}

/// A bounded queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub depth: usize,
    /// What fits.
    pub bound: usize,
}

/// A column of a declared property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The property.
    pub path: String,
    /// Whether it is still being filled, and conditions on it are answered by scan.
    pub is_building: bool,
    /// Its memory, in bytes.
    pub memory_bytes: usize,
    /// Different values in it, when that is known.
    pub distinct: Option<usize>,
    /// Devices that have a value.
    pub present: usize,
}

impl Internals {
    pub(crate) fn of(core: &Core, principal: &Principal) -> Result<Self, Denied> {
        authorize(principal, Action::ReadInternals)?;
        Ok(Self {
            reconcilers: core.tasks.reconcilers(),
            tasks: core.tasks.running(),
            queues: Queue::all(core),
            freshness: Freshness::of(core),
            columns_bytes: core.index.memory_bytes(),
            columns: core.index.columns(),
        })
    }
}

impl Queue {
    /// Every bounded queue of the fleet.
    pub(crate) fn all(core: &Core) -> Vec<Self> {
        let (hints, asked) = (core.bus.depth(), core.meters.asked_depth());
        let unwritten = core.presences.unwritten_depth();
        let queue = |name, (depth, bound)| Self { name, depth, bound };
        vec![
            queue("live.hints", hints),
            queue("device.answers", asked),
            queue("activity.unwritten", unwritten),
        ]
    }
}
