//! Slows down guessing: after a number of failures a key (a name, an address) must wait, twice as
//! long after each further failure.
//!
//! Memory is bounded: when full, what may be tried again soonest is forgotten first. An attempt
//! counts as failed from the moment it is admitted until it is [cleared](Throttle::clear), so that
//! many attempts at once gain nothing.

use std::collections::HashMap;
use std::time::Duration;

/// Failures by key. Times are monotonic.
#[derive(Debug)]
pub(crate) struct Throttle {
    tries: u32,
    wait: Duration,
    wait_max: Duration,
    remembered_max: usize,
    failures: HashMap<String, Failures>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    /// No attempt before this moment.
    not_before: Duration,
    /// Forgotten at this moment when nothing more happens.
    forget_at: Duration,
}

impl Throttle {
    pub(crate) fn new(
        tries: u32,
        wait: Duration,
        wait_max: Duration,
        remembered_max: usize,
    ) -> Self {
        Self {
            tries,
            wait,
            wait_max,
            remembered_max,
            failures: HashMap::new(),
        }
    }

    /// How long `key` must still wait; `None` when it may try now.
    pub(crate) fn wait(&self, key: &str, now: Duration) -> Option<Duration> {
        let failures = self.failures.get(key)?;
        failures
            .not_before
            .checked_sub(now)
            .filter(|left| !left.is_zero())
    }

    /// Counts an attempt as failed.
    pub(crate) fn count(&mut self, key: &str, now: Duration) {
        if !self.failures.contains_key(key) {
            self.make_room(now);
        }
        let failures = self.failures.entry(key.to_owned()).or_insert(Failures {
            count: 0,
            not_before: now,
            forget_at: now,
        });
        if failures.forget_at <= now {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        let over = failures.count.saturating_sub(self.tries);
        let wait = match over {
            0 => Duration::ZERO,
            over => self
                .wait
                .saturating_mul(2_u32.saturating_pow(over - 1))
                .min(self.wait_max),
        };
        failures.not_before = now + wait;
        failures.forget_at = failures.not_before + self.wait_max;
    }

    /// Forgets the failures of a key that has proved itself.
    pub(crate) fn clear(&mut self, key: &str) {
        self.failures.remove(key);
    }

    /// Takes one failure back, for a key that many people share and one of them has proved itself:
    /// clearing it would let that one guess for others without end.
    pub(crate) fn forgive(&mut self, key: &str, now: Duration) {
        if let Some(failures) = self.failures.get_mut(key) {
            failures.count = failures.count.saturating_sub(1);
            failures.not_before = now;
        }
    }

    /// Keys remembered at the moment.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.failures.len()
    }

    fn make_room(&mut self, now: Duration) {
        if self.failures.len() < self.remembered_max {
            return;
        }
        self.failures.retain(|_, failures| failures.forget_at > now);
        while self.failures.len() >= self.remembered_max.max(1) {
            let Some(soonest) = self
                .failures
                .iter()
                .min_by_key(|(_, failures)| failures.forget_at)
                .map(|(key, _)| key.clone())
            else {
                return;
            };
            self.failures.remove(&soonest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn throttle() -> Throttle {
        Throttle::new(3, 10 * SECOND, 60 * SECOND, 4)
    }

    #[test]
    fn waits_double_up_to_the_limit() {
        let mut throttle = throttle();
        let waits: Vec<_> = (0..8)
            .map(|_| {
                throttle.count("mina", SECOND);
                throttle
                    .wait("mina", SECOND)
                    .map_or(0, |wait| wait.as_secs())
            })
            .collect();
        assert_eq!(waits, [0, 0, 0, 10, 20, 40, 60, 60]);
        assert_eq!(throttle.wait("mina", 61 * SECOND), None);
        assert_eq!(throttle.wait("jonas", SECOND), None);
    }

    #[test]
    fn time_and_success_forget() {
        let mut throttle = throttle();
        for _ in 0..4 {
            throttle.count("mina", SECOND);
        }
        throttle.count("mina", 200 * SECOND);
        assert_eq!(throttle.wait("mina", 200 * SECOND), None);
        for _ in 0..4 {
            throttle.count("mina", 200 * SECOND);
        }
        assert!(throttle.wait("mina", 200 * SECOND).is_some());
        throttle.clear("mina");
        assert_eq!(throttle.wait("mina", 200 * SECOND), None);
    }

    #[test]
    fn memory_is_bounded_and_the_longest_waits_stay() {
        let mut throttle = throttle();
        for _ in 0..6 {
            throttle.count("attacked", SECOND);
        }
        for number in 0..1_000 {
            throttle.count(&format!("name {number}"), 2 * SECOND);
        }
        assert_eq!(throttle.len(), 4);
        assert!(throttle.wait("attacked", 2 * SECOND).is_some());
    }
}
