//! How current the columns are: stated, never guessed.

use serde::Serialize;
use twin::id::Seq;

use super::{Building, Monitor};
use crate::core::Core;

/// How current the columns are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Freshness {
    /// The last change that the columns have. While they are complete it is the last acknowledged one:
    /// changes reach them before whoever made them hears of it.
    pub seq: Seq,
    /// How far they are, while the rebuild at start goes on; `None` when every device is there.
    pub building: Option<Building>,
}

impl Freshness {
    /// Whether every device is in the columns.
    pub fn is_complete(&self) -> bool {
        self.building.is_none()
    }

    pub(crate) fn of(core: &Core) -> Self {
        Self {
            seq: core.bus.seq(),
            building: core.building(),
        }
    }
}

impl Monitor {
    /// How current the columns are.
    pub fn freshness(&self) -> Freshness {
        Freshness::of(&self.core)
    }

    /// Waits until the columns hold the whole fleet.
    pub async fn columns_complete(&self) {
        self.core.index.complete().await;
    }
}
