//! What every service shares: the store, time and chance, and what is kept in memory.

use std::sync::{Arc, OnceLock};

use store::Store;
use tokio::sync::Semaphore;
use twin::id::DeviceId;
use twin::time::Timestamp;

use crate::access::SealingKey;
use crate::clock::{Clock, Rng};
use crate::configure::jobs::runs::Runs;
use crate::index::Index;
use crate::limits::Limits;
use crate::live::Bus;
use crate::monitor::meters::Meters;
use crate::outlet::Outlet;
use crate::presence::Presences;
use crate::provision::{CredentialsCache, KeptOut};
use crate::tasks::Tasks;

/// Tells when the certificate in use stops being valid.
pub(crate) type ExpiresAt = Box<dyn Fn() -> Timestamp + Send + Sync>;

/// The shared parts of one fleet.
pub(crate) struct Core {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) sealing: SealingKey,
    pub(crate) host_name: String,
    pub(crate) limits: Limits,
    pub(crate) index: Index,
    pub(crate) presences: Presences,
    pub(crate) bus: Arc<Bus>,
    pub(crate) meters: Meters,
    pub(crate) credentials: CredentialsCache,
    pub(crate) not_admitted: KeptOut,
    pub(crate) certificate: OnceLock<ExpiresAt>,
    pub(crate) outlet: OnceLock<Arc<dyn Outlet>>,
    /// Turns to read documents.
    pub(crate) scans: Semaphore,
    /// Lists that may be taken at once.
    pub(crate) exports: Arc<Semaphore>,
    pub(crate) tasks: Tasks,
    pub(crate) runs: Runs,
    pub(crate) opened_at: Timestamp,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("host_name", &self.host_name)
            .finish_non_exhaustive()
    }
}

impl Core {
    /// Ends a device's connection, when there is anybody who holds connections.
    pub(crate) fn disconnect(&self, device: &DeviceId, why: &str) {
        if let Some(outlet) = self.outlet.get() {
            outlet.disconnect(device, why);
        }
    }
}
