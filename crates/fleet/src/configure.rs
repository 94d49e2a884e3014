//! Configure: asking devices for something. Desired properties and tags, which last; direct methods,
//! which are answered now or not at all.

use std::sync::Arc;

use store::Queue;

use crate::core::Core;

mod method;
mod twin_change;

pub use method::MethodCall;

/// Changes twins and invokes methods.
#[derive(Debug)]
pub struct Configure {
    core: Arc<Core>,
    calls: Arc<method::Calls>,
}

impl Configure {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self {
            calls: Arc::new(method::Calls::new(core.limits.methods_in_flight_max)),
            core,
        }
    }

    /// Methods that are being called.
    pub(crate) fn queue(&self) -> Queue {
        self.calls.queue()
    }
}
