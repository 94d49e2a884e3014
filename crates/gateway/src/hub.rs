//! What all surfaces share: the fleet, who is connected, and the bounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fleet::Fleet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use twin::time::Timestamp;

use crate::inlet::Gate;
use crate::keeper::Keeper;
use crate::limits::Limits;
use crate::parking::Parking;
use crate::registry::{Goodbye, Registry};
use crate::throttle::Admission;

/// The gateway's shared state.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) fleet: Fleet,
    pub(crate) registry: Arc<Registry>,
    pub(crate) parking: Parking,
    pub(crate) gate: Gate,
    pub(crate) keeper: Keeper,
    /// Room for devices, by whatever door they come.
    pub(crate) device_admission: Arc<Admission>,
    /// Cancelled when the hub closes.
    pub(crate) stop: CancellationToken,
    /// Every connection, so that closing can wait for them.
    pub(crate) tasks: TaskTracker,
    /// What devices and service clients call this hub.
    pub(crate) host_name: String,
    pub(crate) limits: Arc<Limits>,
    started_at: Timestamp,
    next_tracking: AtomicU64,
}

impl Hub {
    /// Must be called on a runtime.
    pub(crate) fn new(fleet: Fleet, host_name: String, limits: Limits) -> Self {
        let started_at = fleet.clock().now();
        let limits = Arc::new(limits);
        Self {
            registry: Arc::new(Registry::new(Arc::clone(&limits), started_at)),
            parking: Parking::new(limits.parked_bytes_max),
            gate: Gate::new(limits.inlet_events_max),
            device_admission: Arc::new(Admission::new(
                limits.device_connections_max,
                limits.handshakes_max,
            )),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            keeper: Keeper::start(Arc::clone(fleet.store())),
            fleet,
            host_name,
            limits,
            started_at,
            next_tracking: AtomicU64::new(1),
        }
    }

    /// Closes the doors: nobody new is let in, and everybody who is in is told to go.
    pub(crate) fn close(&self) {
        self.stop.cancel();
        self.registry.close_all(&Goodbye::Shutdown);
        self.tasks.close();
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.fleet.clock().now()
    }

    /// Finds a refusal in the logs: unique across restarts.
    pub(crate) fn tracking_id(&self) -> String {
        let number = self.next_tracking.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{number:x}", self.started_at.as_ms())
    }
}
