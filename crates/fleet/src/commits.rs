//! What follows from a commit, in commit order, before any writer hears of it: the columns change,
//! stale credentials are forgotten, devices hear what is asked of them or lose their connection, and
//! pages get their hint.
//!
//! All of it happens on the writer's own thread, one batch at a time. That is what makes it true that
//! a query sees every write acknowledged before it started, and that a device hears its desired
//! changes in the order of their versions even when many callers change it at once.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};

use store::{Actor, Committed, Observer, TwinChange};
use tokio::time::Instant;
use twin::Map;
use twin::document::SectionName;
use twin::identity::Status;

use crate::core::Core;
use crate::live::Hint;

/// The store's observer. It does not keep the fleet alive.
pub(crate) struct Commits(Weak<Core>);

impl Commits {
    /// Follows the commits of a fleet's store.
    pub(crate) fn new(core: &Arc<Core>) -> Self {
        Self(Arc::downgrade(core))
    }
}

impl Observer for Commits {
    fn committed(&self, changes: &[Committed]) {
        let Some(core) = self.0.upgrade() else {
            return;
        };
        let follow = AssertUnwindSafe(|| follow(&core, changes));
        if std::panic::catch_unwind(follow).is_err() {
            tracing::error!(
                "Commits could not be followed: the columns are rebuilt, and open pages read again."
            );
            core.index.discard(core.clock.monotonic());
            core.bus.lose();
        }
    }
}

/// Does everything that follows. A bug anywhere in it must not end the writer: what is derived can be
/// derived again.
fn follow(core: &Core, changes: &[Committed]) {
    core.index.apply(changes);
    for change in changes {
        match change {
            Committed::Twin(change) => changed(core, change),
            Committed::Deleted {
                slot, device_id, ..
            } => {
                core.presences.remove(*slot);
                core.meters.forget(*slot);
                core.credentials.forget(device_id);
                core.disconnect(device_id, "the device was removed");
            }
        }
    }
    let at = Instant::now();
    core.bus.post(changes.iter().map(|change| hint(change, at)));
}

fn changed(core: &Core, change: &TwinChange) {
    let identity = &change.record.identity;
    if change.created || touches_credentials(change) {
        // Also when created: a device of that name may have existed before.
        core.credentials.forget(&identity.device_id);
    }
    if !change.created && touches_credentials(change) {
        match identity.status {
            Status::Disabled => core.disconnect(&identity.device_id, "the device was disabled"),
            Status::Enabled => {
                core.disconnect(&identity.device_id, "the device's credentials were changed");
            }
        }
    }
    if !change.created
        && let Some(notification) = &change.applied.desired_notification
    {
        desired_changed(core, change, notification);
    }
    if matches!(change.actor, Actor::Device(_)) {
        let paths = paths_in(change, SectionName::Reported);
        core.meters
            .answered(change.record.slot, paths, core.clock.monotonic());
    }
}

fn desired_changed(core: &Core, change: &TwinChange, notification: &Map) {
    let Some(outlet) = core.outlet.get() else {
        return;
    };
    if core.presences.get(change.record.slot).connected {
        let paths = paths_in(change, SectionName::Desired);
        core.meters
            .asked(change.record.slot, paths, core.clock.monotonic());
    }
    outlet.desired_changed(
        &change.record.identity.device_id,
        Arc::new(notification.clone()),
        change.record.twin.desired.version,
    );
}

fn paths_in(change: &TwinChange, section: SectionName) -> impl Iterator<Item = &str> {
    change
        .applied
        .edits
        .iter()
        .filter(move |edit| edit.section == section)
        .map(|edit| edit.path.as_str())
}

/// Whether connections made before an identity changed are no longer justified, or what is remembered
/// of its credentials is stale. (A device that is enabled again has no connection to lose.)
fn touches_credentials(change: &TwinChange) -> bool {
    const FIELDS: [&str; 4] = ["status", "keys", "authentication", "thumbprints"];
    change
        .identity_edits
        .iter()
        .any(|edit| FIELDS.contains(&edit.field.as_str()))
}

fn hint(change: &Committed, at: Instant) -> Hint {
    Hint {
        seq: change.seq(),
        device: match change {
            Committed::Twin(change) => change.record.identity.device_id.clone(),
            Committed::Deleted { device_id, .. } => device_id.clone(),
        },
        at,
    }
}
