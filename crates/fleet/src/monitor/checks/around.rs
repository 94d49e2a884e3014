//! What is around the devices: limits, refused connections, the certificate, the database, queues and tasks.

use std::collections::BTreeMap;
use std::time::Duration;

use store::{Condition, Queue};
use twin::id::DeviceId;
use twin::time::Timestamp;

use crate::core::Core;
use crate::provision::NotAdmitted;

/// A queue is full when it found no room between so many looks in a row.
const FULL_LOOKS: u32 = 3;

/// What checks see beside the devices, at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Around {
    pub(super) silent_after: Duration,
    pub(super) drifting_after: Duration,
    pub(super) certificate_left_min: Duration,
    pub(super) free_bytes_min: u64,
    /// Known devices that were not let in lately, and why, by name.
    pub(super) not_admitted: Vec<(DeviceId, NotAdmitted)>,
    /// Whether there were more than are remembered.
    pub(super) is_more_not_admitted: bool,
    pub(super) certificate_expires_at: Option<Timestamp>,
    /// `None` when the database does not tell.
    pub(super) database: Option<Condition>,
    pub(super) full_queues: Vec<&'static str>,
    /// Tasks whose last run failed, and what they said.
    pub(super) failing: Vec<(&'static str, String)>,
}

/// What is remembered from one look to the next.
#[derive(Debug, Default)]
pub(super) struct Looks {
    /// For each queue how often it was full in all, and in how many looks in a row that grew.
    queues: BTreeMap<&'static str, (u64, u32)>,
}

impl Around {
    /// Looks around.
    pub(super) async fn look(core: &Core, looks: &mut Looks) -> Self {
        let limits = &core.limits;
        let (not_admitted, is_more_not_admitted) = core.not_admitted.recent(core.clock.monotonic());
        let failed = |status: crate::tasks::ReconcilerStatus| {
            let error = status.outcome.err()?;
            Some((status.name, error))
        };
        Self {
            silent_after: limits.check_silent_after,
            drifting_after: limits.check_drifting_after,
            certificate_left_min: limits.check_certificate_left_min,
            free_bytes_min: limits.check_free_bytes_min,
            not_admitted,
            is_more_not_admitted,
            certificate_expires_at: core.certificate.get().map(|expires_at| expires_at()),
            database: core.store.condition().await.ok(),
            full_queues: looks.full(&core.store.queues()),
            failing: core
                .tasks
                .reconcilers()
                .into_iter()
                .filter_map(failed)
                .collect(),
        }
    }
}

impl Looks {
    /// The queues that found no room between each two of the last looks.
    fn full(&mut self, queues: &[Queue]) -> Vec<&'static str> {
        let mut full = Vec::new();
        for queue in queues {
            let (stalls, looks) = self.queues.entry(queue.name).or_insert((queue.stalls, 0));
            *looks = if queue.stalls > *stalls {
                *looks + 1
            } else {
                0
            };
            *stalls = queue.stalls;
            if *looks >= FULL_LOOKS {
                full.push(queue.name);
            }
        }
        full
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A moment.
    pub(in super::super) const NOW: Timestamp = Timestamp::from_ms(1_795_341_600_000);

    /// Everything is wrong that can be.
    pub(in super::super) fn troubled() -> Around {
        Around {
            silent_after: Duration::from_hours(24),
            drifting_after: Duration::from_hours(4),
            certificate_left_min: Duration::from_hours(14 * 24),
            free_bytes_min: 1_000_000_000,
            not_admitted: vec![
                (DeviceId::parse("it's").unwrap(), NotAdmitted::WrongKey),
                (DeviceId::parse("b").unwrap(), NotAdmitted::Expired),
            ],
            is_more_not_admitted: false,
            certificate_expires_at: Some(NOW.plus(Duration::from_hours(3 * 24 + 1))),
            database: Some(Condition {
                free_bytes: Some(512_000_000),
                ..Condition::default()
            }),
            full_queues: vec!["store.writes"],
            failing: vec![("store.retention", "The service is unavailable.".to_owned())],
        }
    }

    #[test]
    fn a_queue_is_full_when_it_stays_so() {
        let mut looks = Looks::default();
        let queue = |stalls| Queue {
            name: "q",
            depth: 0,
            bound: 1,
            stalls,
        };
        let mut look = |stalls| looks.full(&[queue(stalls)]).len();
        assert_eq!([9, 10, 11].map(&mut look), [0, 0, 0]);
        assert_eq!(look(12), 1);
        assert_eq!(look(12), 0, "one look without a stall");
        assert_eq!(look(13), 0);
    }
}
