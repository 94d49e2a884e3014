//! What the server knows of itself and the fleet does not: how it was configured, and its own queues.

use std::sync::Arc;

use fleet::access::{Action, Principal};
use store::Queue;

use super::limits::Group;
use crate::api::Caller;
use crate::api::session::Role;

/// The server around the fleet: a context for server functions.
#[derive(Clone)]
pub struct Machine {
    /// What it was told by flags and environment variables.
    pub configured: Arc<[Group]>,
    /// Its bounded queues beside those of the fleet.
    pub queues: Arc<dyn Fn() -> Vec<Queue> + Send + Sync>,
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine")
            .field("configured", &self.configured)
            .finish_non_exhaustive()
    }
}

impl Caller {
    /// Why the person may not do this; `None` when they may. The fleet decides again at the action itself.
    pub(super) fn cannot(&self, action: Action) -> Option<String> {
        let Principal::Person { role, .. } = &self.principal else {
            return None;
        };
        (!action.allows(*role)).then(|| {
            format!(
                "Only an administrator may {}; your role is {}. An administrator can grant it.",
                action.in_words(),
                Role::from(*role).name()
            )
        })
    }
}
