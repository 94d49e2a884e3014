//! What a batch of writes must have at hand.

use twin::id::{DeviceId, Seq, Slot};

use crate::job::JobId;
use crate::write::Write;

/// What must be loaded before a batch can be folded. Each list is sorted and says nothing twice.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// Devices to load by number, and whether one write only asks for it.
    pub(crate) slots: Vec<(Slot, bool)>,
    /// Devices to load by name; those to be created usually are not there.
    pub(crate) names: Vec<DeviceId>,
    /// Numbers of which only the existence matters.
    pub(crate) mentioned: Vec<Slot>,
    /// Entries of the archive to load.
    pub(crate) archived: Vec<Seq>,
    /// Steps of jobs, which must be open.
    pub(crate) steps: Vec<(JobId, Slot)>,
}

impl Keys {
    pub(crate) fn of<'a>(writes: impl IntoIterator<Item = &'a Write>) -> Self {
        let mut keys = Self::default();
        let mut slots = Vec::new();
        for write in writes {
            match write {
                Write::Create { identity, .. } => keys.names.push(identity.device_id.clone()),
                Write::Identity { device_id, .. }
                | Write::Delete { device_id, .. }
                | Write::Service { device_id, .. } => {
                    keys.names.push(device_id.clone());
                }
                Write::Retire(retire) => keys.names.push(retire.device_id.clone()),
                Write::Replace(replace) => {
                    keys.names.push(replace.old.clone());
                    keys.names.push(replace.new.device_id.clone());
                }
                Write::Restore(restore) => {
                    keys.names.push(restore.device_id.clone());
                    keys.archived.push(restore.number);
                }
                Write::Reported { slot, .. } => slots.push(*slot),
                Write::Message { slot, .. } | Write::Event { slot, .. } => {
                    keys.mentioned.push(*slot);
                }
                Write::Job(step) => {
                    slots.push(step.slot);
                    keys.steps.push((step.job, step.slot));
                }
                Write::Audit(_) => {}
            }
        }
        slots.sort_unstable();
        keys.slots.extend(
            slots
                .chunk_by(PartialEq::eq)
                .map(|same| (same[0], same.len() == 1)),
        );
        keys.names.sort_unstable();
        keys.names.dedup();
        keys.mentioned.sort_unstable();
        keys.mentioned.dedup();
        keys.archived.sort_unstable();
        keys.archived.dedup();
        keys
    }
}
