//! The inside as fleet and server tell it, in the console's words.

use std::time::Duration;

use fleet::tasks::ReconcilerStatus;
use leptos::prelude::use_context;

use super::{Column, Database, Internals, Queue, Reconciler};
use crate::api::settings::Machine;
use crate::api::{Caller, Problem};
use crate::shell::Installation;

impl Caller {
    /// Everything that goes on inside.
    pub(crate) async fn internals(&self) -> Result<Internals, Problem> {
        // Contexts belong to the request: taken before anything is waited for.
        let own_queues =
            use_context::<Machine>().map_or_else(Vec::new, |machine| (machine.queues)());
        let version = use_context::<Installation>().map(|installation| installation.version);
        let inside = self.fleet.internals(&self.principal).await?;
        let database = self.fleet.database(&self.principal).await?;
        let mut queues: Vec<_> = inside.queues.iter().chain(&own_queues).map(queue).collect();
        queues.sort_by(|one, other| one.name.cmp(&other.name));
        let columns = inside.columns.into_iter().map(|column| Column {
            path: column.path,
            is_building: column.is_building,
            loaded: column.loaded,
            present: wide(column.present),
            distinct: column.distinct.map(wide),
            memory_bytes: wide(column.memory_bytes),
        });
        let tasks = inside.tasks.iter();
        Ok(Internals {
            as_of: self.fleet.clock().now(),
            version: version.unwrap_or_default(),
            opened_at: inside.opened_at,
            connected: inside.connected,
            database: Database {
                bytes: database.condition.database_bytes,
                log_bytes: database.condition.log_bytes,
                batches: database.condition.batches,
                writes: database.condition.writes,
                last_batch_us: micros(database.condition.last_batch),
                seq: database.seq.0,
            },
            building: inside
                .freshness
                .building
                .map(|building| (building.done, building.total)),
            columns_bytes: wide(inside.columns_bytes),
            columns: columns.collect(),
            queues,
            reconcilers: inside.reconcilers.into_iter().map(reconciler).collect(),
            tasks: tasks
                .map(|(name, count)| ((*name).to_owned(), wide(*count)))
                .collect(),
        })
    }
}

fn queue(queue: &store::Queue) -> Queue {
    Queue {
        name: queue.name.to_owned(),
        depth: wide(queue.depth),
        bound: wide(queue.bound),
        stalls: queue.stalls,
    }
}

fn reconciler(status: ReconcilerStatus) -> Reconciler {
    let has_failed = status.outcome.is_err();
    let (Ok(outcome) | Err(outcome)) = status.outcome;
    Reconciler {
        name: status.name.to_owned(),
        every_ms: u64::try_from(status.every.as_millis()).unwrap_or(u64::MAX),
        runs: status.runs,
        last_run: status.last_run,
        took_us: micros(status.took),
        outcome,
        has_failed,
    }
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn micros(length: Duration) -> u64 {
    u64::try_from(length.as_micros()).unwrap_or(u64::MAX)
}
