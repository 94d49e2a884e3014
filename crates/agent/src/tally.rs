//! What a group of devices did, counted: shared by all clients of a swarm, read while they run.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use crate::latency::Histogram;

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds one.
    pub fn tick(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    /// The number so far.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Numbers by name.
#[derive(Debug, Default)]
pub struct Counters(Mutex<BTreeMap<String, u64>>);

impl Counters {
    /// Adds one to `name`.
    pub fn tick(&self, name: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(name) {
            Some(count) => *count += 1,
            None => drop(counts.insert(name.to_owned(), 1)),
        }
    }

    /// All numbers so far.
    pub fn all(&self) -> BTreeMap<String, u64> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Counts and latencies of a group of devices.
#[derive(Debug, Default)]
pub struct Tally {
    /// First connections that were accepted.
    pub connects: Counter,
    /// Connections that were accepted after an earlier one.
    pub reconnects: Counter,
    /// Reconnections that the hub answered with "session present".
    pub resumed: Counter,
    /// Tries and connections that ended, by reason.
    pub losses: Counters,
    /// Telemetry messages acknowledged by the hub.
    pub telemetry: Counter,
    /// Telemetry messages given up because the queue was full.
    pub telemetry_dropped: Counter,
    /// Reported patches that the hub accepted.
    pub reports: Counter,
    /// Reported patches that the hub refused.
    pub reports_refused: Counter,
    /// Desired notifications received.
    pub desired: Counter,
    /// Desired notifications that found the queue full, so that the twin was fetched instead.
    pub desired_collapsed: Counter,
    /// Method calls answered, by name.
    pub methods: Counters,
    /// Faults played, by name.
    pub faults: Counters,
    /// From dialing to the hub's acceptance.
    pub connect_latency: Histogram,
    /// From publishing telemetry to its acknowledgment.
    pub telemetry_latency: Histogram,
    /// From publishing a reported patch to its answer.
    pub report_latency: Histogram,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_count_by_name() {
        let tally = Tally::default();
        for name in ["reboot", "identify", "reboot"] {
            tally.methods.tick(name);
        }
        tally.connects.tick();
        assert_eq!(
            tally.methods.all(),
            BTreeMap::from([("identify".to_owned(), 1), ("reboot".to_owned(), 2)])
        );
        assert_eq!(tally.connects.get(), 1);
    }
}
