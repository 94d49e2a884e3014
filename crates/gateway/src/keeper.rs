//! Keeps the subscriptions of devices in the store: the changes of many connections in one statement.
//!
//! When every device comes back at once, each of them subscribes to three filters in a row. One commit for each of these
//! would take minutes; here the changes that come while one commit is under way share the next.

use std::collections::HashMap;
use std::sync::Arc;

use store::{Queue, Stalls, Store};
use tokio::sync::{mpsc, oneshot};
use twin::id::Slot;

/// Changes that may wait. Full: the connection waits, and its SUBACK with it.
const QUEUE_CHANGES_MAX: usize = 4_096;

type Outcome = Result<(), store::Error>;

/// The way to the one task that writes subscriptions.
#[derive(Debug)]
pub(crate) struct Keeper {
    queue: mpsc::Sender<Change>,
    stalls: Stalls,
}

struct Change {
    slot: Slot,
    subscriptions: Option<u32>,
    done: oneshot::Sender<Outcome>,
}

impl Keeper {
    /// Starts the task; it ends with the keeper.
    pub(crate) fn start(store: Arc<dyn Store>) -> Self {
        let (queue, changes) = mpsc::channel(QUEUE_CHANGES_MAX);
        tokio::spawn(write_all(store, changes));
        Self {
            queue,
            stalls: Stalls::default(),
        }
    }

    /// Changes that wait to be written; a connection that finds no room waits.
    pub(crate) fn queue(&self) -> Queue {
        Queue {
            name: "gateway.subscriptions",
            depth: self.queue.max_capacity() - self.queue.capacity(),
            bound: self.queue.max_capacity(),
            stalls: self.stalls.count(),
        }
    }

    /// Writes what a device has subscribed to, or that it keeps no session. Returns when it is durable.
    pub(crate) async fn keep(&self, slot: Slot, subscriptions: Option<u32>) -> Outcome {
        let (done, outcome) = oneshot::channel();
        let change = Change {
            slot,
            subscriptions,
            done,
        };
        if self.queue.capacity() == 0 {
            self.stalls.add();
        }
        self.queue
            .send(change)
            .await
            .map_err(|_| store::Error::Busy)?;
        outcome.await.map_err(|_| store::Error::Busy)?
    }
}

async fn write_all(store: Arc<dyn Store>, mut changes: mpsc::Receiver<Change>) {
    let mut batch = Vec::new();
    while changes.recv_many(&mut batch, QUEUE_CHANGES_MAX).await > 0 {
        // The last change of a device counts.
        let last: HashMap<Slot, Option<u32>> = batch
            .iter()
            .map(|change| (change.slot, change.subscriptions))
            .collect();
        let rows: Vec<_> = last.into_iter().collect();
        let outcome = store.put_subscriptions(&rows).await;
        for change in batch.drain(..) {
            // The connection may be gone by now.
            let _ = change.done.send(outcome.clone());
        }
    }
}
