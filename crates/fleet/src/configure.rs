//! Configure: asking devices for something. Desired properties and tags, which last; direct methods,
//! which are answered now or not at all.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use crate::core::Core;

mod method;
mod twin_change;

pub use method::MethodCall;

/// Changes twins and invokes methods.
#[derive(Debug)]
pub struct Configure {
    core: Arc<Core>,
    methods_in_flight: Arc<AtomicUsize>,
}

impl Configure {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            methods_in_flight: Arc::default(),
        }
    }
}
