//! Retire: letting devices go with a reason, replacing one by another, and the archive of those that went.
//!
//! A retired device is unknown to the hub from the moment of the commit: its connection ends, and what it
//! presents lets it in no more. The archive keeps what it was. Until the [grace](crate::Limits::restore_grace)
//! is over it can be restored and come back with the keys that it had; then the keys are destroyed. Whoever
//! retires a device that is lost or stolen has them destroyed at once.

use std::sync::Arc;

use store::Check;
use twin::limits::STATUS_REASON_CHARS_MAX;

use crate::Error;
use crate::core::Core;

mod archive;
mod checks;
mod decommission;
mod replace;
mod restore;

pub use archive::{ArchivePage, ArchivedDevice};
pub use checks::Checks;
pub use decommission::Decommission;
pub use replace::{OldDevice, Replaced, Replacement};

/// Longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 500;

/// Lets devices go, and keeps their archive.
#[derive(Debug)]
pub struct Retire {
    core: Arc<Core>,
}

impl Retire {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// How long a retired device may be restored.
    pub fn grace(&self) -> std::time::Duration {
        self.core.limits.restore_grace
    }
}

/// The reason as it is kept.
fn reason_of(reason: &str) -> Result<String, Error> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return Err(Error::Invalid(format!(
            "A reason of 1 to {REASON_CHARS_MAX} characters is needed."
        )));
    }
    Ok(reason.to_owned())
}

/// A reason as a status has room for it.
fn status_reason(text: &str) -> String {
    text.chars().take(STATUS_REASON_CHARS_MAX).collect()
}

/// What was looked at, as the audit log keeps it: the names of what was not as one would wish.
fn open_checks(checks: &[Check]) -> Vec<&str> {
    let open = checks.iter().filter(|check| !check.is_clear);
    open.map(|check| check.name.as_str()).collect()
}
