//! Provision: which devices there are, and how each proves who it is (contract section 4.2).
//!
//! Creating, changing and removing devices; their keys, made here and stored sealed; the credentials
//! that the gateway verifies against. Twins belong to [`configure`](crate::configure).

use std::sync::Arc;

use crate::core::Core;

mod bulk;
mod credentials;
mod device;
mod document;
mod keys;
mod many;
mod not_admitted;
mod registry;
mod renew;
mod simulate;
mod writes;

pub use bulk::{BulkFailure, BulkItem, BulkOutcome, BulkProblem, ImportMode};
pub use credentials::Credentials;
pub use device::{DeviceUpdate, NewDevice, Registered, Statistics};
pub use document::registry_view;
pub use not_admitted::NotAdmitted;
pub use simulate::{SIMULATED, Simulator};

use simulate::Simulations;

pub(crate) use credentials::CredentialsCache;
pub(crate) use not_admitted::KeptOut;
pub(crate) use writes::new_identity;

/// The device registry.
#[derive(Debug, Clone)]
pub struct Provision {
    core: Arc<Core>,
    simulations: Arc<Simulations>,
}

impl Provision {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            simulations: Arc::default(),
        }
    }
}
