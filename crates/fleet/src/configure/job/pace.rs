//! How fast a job goes: at most so many devices a second, in batches.

use std::time::Duration;

/// Between two batches of a job whose rate is bounded.
const TICK: Duration = Duration::from_millis(200);

/// The rate of one job. Kept in memory: after a restart it begins anew, slowly.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    per_second_max: Option<u32>,
    /// Devices that may be asked; below one is a part of a device.
    room: f64,
    /// When the room was last reckoned, by the monotonic clock.
    at: Duration,
}

impl Pace {
    pub(crate) fn new(per_second_max: Option<u32>, now: Duration) -> Self {
        Self {
            per_second_max,
            room: 1.0,
            at: now,
        }
    }

    /// How many devices may be asked now, at most `max`.
    pub(crate) fn room(&mut self, now: Duration, max: usize) -> usize {
        let Some(rate) = self.per_second_max else {
            return max;
        };
        let rate = f64::from(rate);
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = now;
        // What was not used is not saved up: a pause is not followed by a burst.
        self.room = (self.room + passed * rate).min((rate * 2.0 * TICK.as_secs_f64()).max(1.0));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is not negative, and at most twice a rate of 32 bits"
        )]
        let whole = self.room as usize;
        whole.min(max)
    }

    /// Notes that so many were asked.
    pub(crate) fn took(&mut self, devices: usize) {
        let devices = u32::try_from(devices).unwrap_or(u32::MAX);
        self.room = (self.room - f64::from(devices)).max(0.0);
    }

    /// How long until there is room again.
    pub(crate) fn wait(&self) -> Duration {
        match self.per_second_max {
            None => Duration::ZERO,
            Some(rate) => {
                let missing = (1.0 - self.room).max(0.0) / f64::from(rate.max(1));
                Duration::from_secs_f64(missing).max(TICK)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_held_over_seconds() {
        let mut pace = Pace::new(Some(10), Duration::ZERO);
        let (mut now, mut asked) = (Duration::ZERO, 0);
        while now < Duration::from_secs(10) {
            let devices = pace.room(now, 256);
            pace.took(devices);
            asked += devices;
            now += pace.wait();
        }
        assert!((95..=101).contains(&asked), "{asked}");
    }

    #[test]
    fn a_pause_is_not_followed_by_a_burst() {
        let mut pace = Pace::new(Some(10), Duration::ZERO);
        assert_eq!(pace.room(Duration::from_hours(1), 256), 4);
        let mut slow = Pace::new(Some(1), Duration::ZERO);
        slow.took(1);
        assert_eq!(slow.room(Duration::from_millis(900), 256), 0);
        assert_eq!(slow.room(Duration::from_millis(1_001), 256), 1);
    }

    #[test]
    fn without_a_rate_the_batch_is_the_bound() {
        let mut pace = Pace::new(None, Duration::ZERO);
        pace.took(256);
        assert_eq!(
            (pace.room(Duration::ZERO, 256), pace.wait()),
            (256, Duration::ZERO)
        );
    }
}
