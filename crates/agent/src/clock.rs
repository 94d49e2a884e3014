//! The time of day, for SAS tokens and the dates that a device reports; everything else runs on tokio's time.

use std::time::{Duration, UNIX_EPOCH};

use tokio::time::Instant;
use twin::time::Timestamp;

/// Tells the time of day.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A given time at a given instant of tokio's time, moving with it: for simulated time.
    Anchored {
        /// The instant.
        origin: Instant,
        /// The time of day it stands for.
        at: Timestamp,
    },
}

impl Clock {
    /// A clock that shows `at` now and follows tokio's time from here on.
    pub fn starting_at(at: Timestamp) -> Self {
        Self::Anchored {
            origin: Instant::now(),
            at,
        }
    }

    /// The time of day.
    pub fn now(&self) -> Timestamp {
        match self {
            #[expect(
                clippy::disallowed_methods,
                reason = "this is the clock that others take as an argument"
            )]
            Self::System => {
                let since_epoch = std::time::SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or(Duration::ZERO);
                Timestamp::from_ms(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Anchored { origin, at } => at.plus(origin.elapsed()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_anchored_clock_follows_tokio() {
        let clock = Clock::starting_at(Timestamp::from_ms(1_000));
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(clock.now(), Timestamp::from_ms(6_000));
    }

    #[test]
    fn the_system_clock_is_past_the_day_this_was_written() {
        assert!(Clock::System.now() > Timestamp::from_ms(1_700_000_000_000));
    }
}
