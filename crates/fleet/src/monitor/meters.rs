//! What is measured as it passes: messages a second, and how long devices take to answer.
//!
//! A command is a direct method, or a change of desired properties while the device is connected; its
//! answer is the method's response, or the first report that touches one of the changed properties.
//! Everything is bounded: what does not fit is not measured, and a counter says so.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use store::{Queue, Stalls};
use twin::id::Slot;

use crate::sync::locked;

/// Seconds over which a rate is taken.
const RATE_SECONDS: u64 = 10;
/// One more, for the second that is not over.
const RATE_PLACES: usize = 11;
/// Time over which latencies are taken.
const LATENCY_WINDOW: Duration = Duration::from_mins(10);
const LATENCIES_MAX: usize = 4_096;
const ASKED_MAX: usize = 65_536;
const ASKED_PATHS_MAX: usize = 8;
/// An answer later than this is not the answer to that command.
const ASKED_AGE_MAX: Duration = Duration::from_hours(1);

/// The meters of one fleet. Times are monotonic.
#[derive(Debug, Default)]
pub(crate) struct Meters {
    messages: Mutex<Rate>,
    latencies: Mutex<VecDeque<(Duration, Duration)>>,
    asked: Mutex<HashMap<Slot, Asked>>,
    unmeasured: Stalls,
}

/// What a connected device was asked and has not answered.
#[derive(Debug)]
struct Asked {
    at: Duration,
    paths: Vec<String>,
}

/// Counts by second, for the last seconds.
#[derive(Debug, Default)]
struct Rate {
    /// `(second, count)`, at the second's place modulo the length.
    seconds: [(u64, u64); RATE_PLACES],
}

impl Rate {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the remainder is below eleven"
    )]
    fn add(&mut self, count: u64, now: Duration) {
        let second = now.as_secs();
        let length = self.seconds.len() as u64;
        let place = &mut self.seconds[(second % length) as usize];
        if place.0 != second {
            *place = (second, 0);
        }
        place.1 += count;
    }

    /// Counts of the last full seconds.
    fn sum(&self, now: Duration) -> u64 {
        let now = now.as_secs();
        self.seconds
            .iter()
            .filter(|(second, _)| *second < now && now - second <= RATE_SECONDS)
            .map(|(_, count)| count)
            .sum()
    }
}

impl Meters {
    /// Notes messages from devices.
    pub(crate) fn received(&self, count: usize, now: Duration) {
        locked(&self.messages).add(count as u64, now);
        metrics::counter!("device.events.received_total").increment(count as u64);
    }

    /// Messages from devices a second, over the last seconds.
    pub(crate) fn messages_per_second(&self, now: Duration) -> f64 {
        let sum = locked(&self.messages).sum(now);
        let seconds = now.as_secs().clamp(1, RATE_SECONDS);
        to_f64(sum) / to_f64(seconds)
    }

    /// Notes that a connected device was told of changed desired properties.
    pub(crate) fn asked<'a>(
        &self,
        slot: Slot,
        paths: impl Iterator<Item = &'a str>,
        now: Duration,
    ) {
        let paths: Vec<_> = paths.take(ASKED_PATHS_MAX).map(str::to_owned).collect();
        if paths.is_empty() {
            return;
        }
        let mut asked = locked(&self.asked);
        if asked.len() >= ASKED_MAX && !asked.contains_key(&slot) {
            asked.retain(|_, asked| now.saturating_sub(asked.at) < ASKED_AGE_MAX);
            if asked.len() >= ASKED_MAX {
                self.unmeasured.add();
                return;
            }
        }
        asked.insert(slot, Asked { at: now, paths });
    }

    /// Notes that a device reported properties.
    pub(crate) fn answered<'a>(
        &self,
        slot: Slot,
        mut paths: impl Iterator<Item = &'a str>,
        now: Duration,
    ) {
        let mut all_asked = locked(&self.asked);
        let Some(asked) = all_asked.get(&slot) else {
            return;
        };
        let is_answer = paths.any(|path| asked.paths.iter().any(|asked| is_below(path, asked)));
        if is_answer && let Some(asked) = all_asked.remove(&slot) {
            drop(all_asked);
            let took = now.saturating_sub(asked.at);
            if took < ASKED_AGE_MAX {
                self.took(took, now);
            }
        }
    }

    /// Notes how long an answer took.
    pub(crate) fn took(&self, took: Duration, now: Duration) {
        metrics::histogram!("device.answer.latency_seconds").record(took);
        let mut latencies = locked(&self.latencies);
        if latencies.len() == LATENCIES_MAX {
            latencies.pop_front();
        }
        latencies.push_back((now, took));
    }

    /// The latency that 95 of 100 answers of the last minutes kept; `None` when there were no answers.
    pub(crate) fn latency_p95(&self, now: Duration) -> Option<Duration> {
        let mut recent: Vec<_> = locked(&self.latencies)
            .iter()
            .filter(|(at, _)| now.saturating_sub(*at) <= LATENCY_WINDOW)
            .map(|(_, took)| *took)
            .collect();
        let last = recent.len().checked_sub(1)?;
        let place = (recent.len() * 95)
            .div_ceil(100)
            .saturating_sub(1)
            .min(last);
        Some(*recent.select_nth_unstable(place).1)
    }

    /// Forgets what a removed device was asked.
    pub(crate) fn forget(&self, slot: Slot) {
        locked(&self.asked).remove(&slot);
    }

    /// Commands without an answer yet; those that find no room are not measured.
    pub(crate) fn queue(&self) -> Queue {
        Queue {
            name: "device.answers",
            depth: locked(&self.asked).len(),
            bound: ASKED_MAX,
            stalls: self.unmeasured.count(),
        }
    }
}

/// Whether `path` is `above` or lies below it: an acknowledged property reports `x.value` for `x`.
fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Counts as the floating point numbers that figures are; exact below 2^53.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of devices and messages are far below 2^53"
)]
pub(crate) fn to_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_rate_is_that_of_the_last_ten_full_seconds() {
        let meters = Meters::default();
        for second in 0..100 {
            meters.received(30, second * SECOND);
        }
        assert!((meters.messages_per_second(100 * SECOND) - 30.0).abs() < f64::EPSILON);
        meters.received(1_000, 100 * SECOND);
        assert!((meters.messages_per_second(100 * SECOND) - 30.0).abs() < f64::EPSILON);
        assert!(meters.messages_per_second(115 * SECOND) < f64::EPSILON);
    }

    #[test]
    fn only_a_report_of_what_was_asked_is_an_answer() {
        let meters = Meters::default();
        meters.asked(Slot(1), ["firmware.version"].into_iter(), SECOND);
        meters.answered(
            Slot(1),
            ["network.rssi_dbm", "firmware.versions"].into_iter(),
            2 * SECOND,
        );
        meters.answered(Slot(2), ["firmware.version"].into_iter(), 2 * SECOND);
        assert_eq!(meters.latency_p95(2 * SECOND), None);
        meters.answered(Slot(1), ["firmware.version.value"].into_iter(), 5 * SECOND);
        assert_eq!(meters.latency_p95(5 * SECOND), Some(4 * SECOND));
        meters.answered(Slot(1), ["firmware.version"].into_iter(), 9 * SECOND);
        assert_eq!(
            meters.latency_p95(9 * SECOND),
            Some(4 * SECOND),
            "answered once"
        );
    }

    #[test]
    fn the_95th_of_100_and_old_ones_are_forgotten() {
        let meters = Meters::default();
        for ms in (1..=100).rev() {
            meters.took(Duration::from_millis(ms), SECOND);
        }
        assert_eq!(meters.latency_p95(SECOND), Some(Duration::from_millis(95)));
        assert_eq!(meters.latency_p95(SECOND + LATENCY_WINDOW + SECOND), None);
    }

    #[test]
    fn what_is_followed_is_bounded() {
        let meters = Meters::default();
        for slot in 0..=u32::try_from(ASKED_MAX).unwrap() {
            meters.asked(Slot(slot), ["a"].into_iter(), SECOND);
        }
        let queue = meters.queue();
        assert_eq!((queue.depth, queue.bound), (ASKED_MAX, ASKED_MAX));
        meters.asked(Slot(u32::MAX), ["a"].into_iter(), 2 * ASKED_AGE_MAX);
        assert_eq!(meters.queue().depth, 1, "the old ones made room");
    }
}
