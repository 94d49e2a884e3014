//! Admission: how many connections there may be, and how many of them may be on their way in at a time.
//!
//! A permit is taken *before* a connection is accepted, so that whoever finds no room waits in the listen queue of the
//! operating system and costs nothing here. After a restart, when every device comes back at once, the bound on
//! handshakes keeps the machine answering those it has begun with. Fairness between connected devices is elsewhere:
//! each takes at most one batch from its socket before its turn is over (`Limits::batch_events_max`).

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The doors of one listener.
#[derive(Debug)]
pub(crate) struct Admission {
    connections: Arc<Semaphore>,
    handshakes: Arc<Semaphore>,
}

/// Room for one connection, given back when dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    _connection: OwnedSemaphorePermit,
    handshake: Option<OwnedSemaphorePermit>,
}

impl Admission {
    pub(crate) fn new(connections_max: usize, handshakes_max: usize) -> Self {
        Self {
            connections: Arc::new(Semaphore::new(connections_max)),
            handshakes: Arc::new(Semaphore::new(handshakes_max)),
        }
    }

    /// Waits for room.
    pub(crate) async fn admit(&self) -> Admitted {
        Admitted {
            _connection: permit(&self.connections).await,
            handshake: Some(permit(&self.handshakes).await),
        }
    }
}

impl Admitted {
    /// Makes room for the next handshake: this connection is in.
    pub(crate) fn is_in(&mut self) {
        self.handshake = None;
    }
}

#[expect(clippy::expect_used, reason = "these semaphores are never closed")]
async fn permit(semaphore: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    Arc::clone(semaphore)
        .acquire_owned()
        .await
        .expect("the semaphore is open")
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn handshakes_and_connections_are_bounded_apart() {
        let admission = Admission::new(2, 1);
        let mut first = admission.admit().await;
        assert!(
            admission.admit().now_or_never().is_none(),
            "one handshake at a time"
        );
        first.is_in();
        let mut second = admission.admit().await;
        second.is_in();
        assert!(
            admission.admit().now_or_never().is_none(),
            "two connections at a time"
        );
        drop(first);
        assert!(admission.admit().now_or_never().is_some());
    }
}
