//! Known devices that came and could not prove who they are: a bounded memory of the last ones.
//!
//! It is no log (that is the gateway's); it answers which devices are kept out now. A device that is let in is
//! forgotten, and so is one that no longer tries.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use twin::id::DeviceId;

use super::Provision;
use crate::sync::locked;

/// Devices that are remembered: as many as a query can name.
const REMEMBERED_MAX: usize = 64;

/// Why a known device was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAdmitted {
    /// It signed with a key that is not its own.
    WrongKey,
    /// Its token has expired.
    Expired,
    /// Its certificate is not the registered one, or is not valid now.
    WrongCertificate,
    /// It proved itself in another way than it is registered for.
    WrongKind,
    /// Its stored keys cannot be opened by this installation.
    Unreadable,
}

impl NotAdmitted {
    /// Every reason.
    pub const ALL: [Self; 5] = [
        Self::WrongKey,
        Self::Expired,
        Self::WrongCertificate,
        Self::WrongKind,
        Self::Unreadable,
    ];
}

impl Provision {
    /// Notes that a known device was not let in. For the gateway: not audited, because a device's own doings are not.
    pub fn not_admitted(&self, device: &DeviceId, why: NotAdmitted) {
        let now = self.core.clock.monotonic();
        self.core.not_admitted.note(device, why, now);
    }

    /// Notes that a device was let in.
    pub fn admitted(&self, device: &DeviceId) {
        self.core.not_admitted.forget(device);
    }
}

/// The devices that were not let in lately.
#[derive(Debug)]
pub(crate) struct KeptOut {
    known: Mutex<Known>,
    /// How long one is remembered after its last try.
    remembered: Duration,
}

#[derive(Debug, Default)]
struct Known {
    by_device: HashMap<DeviceId, (NotAdmitted, Duration)>,
    /// When one last found no room.
    overflowed_at: Option<Duration>,
}

impl KeptOut {
    pub(crate) fn new(remembered: Duration) -> Self {
        Self {
            known: Mutex::default(),
            remembered,
        }
    }

    pub(crate) fn note(&self, device: &DeviceId, why: NotAdmitted, now: Duration) {
        metrics::counter!("device.admission.refused_total").increment(1);
        let mut known = locked(&self.known);
        if !known.by_device.contains_key(device) && known.by_device.len() >= REMEMBERED_MAX {
            known
                .by_device
                .retain(|_, (_, at)| now.saturating_sub(*at) < self.remembered);
            if known.by_device.len() >= REMEMBERED_MAX {
                known.overflowed_at = Some(now);
                return;
            }
        }
        // What cannot be opened cannot fit either: the first cause stays.
        let entry = known.by_device.entry(device.clone()).or_insert((why, now));
        if entry.0 != NotAdmitted::Unreadable {
            entry.0 = why;
        }
        entry.1 = now;
    }

    pub(crate) fn forget(&self, device: &DeviceId) {
        let mut known = locked(&self.known);
        if !known.by_device.is_empty() {
            known.by_device.remove(device);
        }
    }

    /// The devices that were not let in lately, by name, and whether there were more.
    pub(crate) fn recent(&self, now: Duration) -> (Vec<(DeviceId, NotAdmitted)>, bool) {
        let mut known = locked(&self.known);
        known
            .by_device
            .retain(|_, (_, at)| now.saturating_sub(*at) < self.remembered);
        let is_more = known
            .overflowed_at
            .is_some_and(|at| now.saturating_sub(at) < self.remembered);
        let devices = known.by_device.iter();
        let mut recent: Vec<_> = devices
            .map(|(device, (why, _))| (device.clone(), *why))
            .collect();
        recent.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        (recent, is_more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn id(number: usize) -> DeviceId {
        DeviceId::parse(&format!("d{number:03}")).unwrap()
    }

    #[test]
    fn a_device_is_remembered_until_it_is_let_in_or_gives_up() {
        let kept_out = KeptOut::new(10 * MINUTE);
        kept_out.note(&id(1), NotAdmitted::WrongKey, MINUTE);
        kept_out.note(&id(2), NotAdmitted::Unreadable, 2 * MINUTE);
        kept_out.note(&id(2), NotAdmitted::WrongKey, 3 * MINUTE);
        let (recent, is_more) = kept_out.recent(4 * MINUTE);
        assert_eq!(
            recent,
            [
                (id(1), NotAdmitted::WrongKey),
                (id(2), NotAdmitted::Unreadable)
            ]
        );
        assert!(!is_more);
        kept_out.forget(&id(1));
        assert_eq!(kept_out.recent(4 * MINUTE).0.len(), 1);
        assert!(kept_out.recent(13 * MINUTE).0.is_empty());
    }

    #[test]
    fn the_number_remembered_is_bounded_and_more_are_told() {
        let kept_out = KeptOut::new(10 * MINUTE);
        for number in 0..1_000 {
            kept_out.note(&id(number), NotAdmitted::WrongKey, MINUTE);
        }
        let (recent, is_more) = kept_out.recent(2 * MINUTE);
        assert_eq!((recent.len(), is_more), (REMEMBERED_MAX, true));
        kept_out.note(&id(1_000), NotAdmitted::WrongKey, 20 * MINUTE);
        assert_eq!(
            kept_out.recent(20 * MINUTE),
            (vec![(id(1_000), NotAdmitted::WrongKey)], false)
        );
    }
}
