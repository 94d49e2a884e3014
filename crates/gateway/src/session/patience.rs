//! How long a connection may stay silent, and how long its token lets it stay at all.
//!
//! Times are durations since the connection began, given by the caller.

use std::time::Duration;

use super::Ending;

/// The two clocks of a connection.
#[derive(Debug)]
pub(crate) struct Patience {
    silence_max: Duration,
    heard_at: Duration,
    expires_at: Option<Duration>,
}

impl Patience {
    /// The server waits one and a half times the keep-alive that the client announced, at most `silence_max`, which is
    /// also what keep-alive 0 means (contract section 1.7).
    pub(crate) fn new(
        keep_alive_s: u16,
        silence_max: Duration,
        now: Duration,
        expires_in: Option<Duration>,
    ) -> Self {
        let announced = Duration::from_secs(u64::from(keep_alive_s)).mul_f32(1.5);
        let silence_max = if announced.is_zero() {
            silence_max
        } else {
            announced.min(silence_max)
        };
        Self {
            silence_max,
            heard_at: now,
            expires_at: expires_in.map(|left| now + left),
        }
    }

    /// Something arrived, or the hub itself did not listen.
    pub(crate) fn heard(&mut self, now: Duration) {
        self.heard_at = now;
    }

    /// When to look again, if nothing happens until then.
    pub(crate) fn deadline(&self) -> Duration {
        let silent_at = self.heard_at + self.silence_max;
        self.expires_at
            .map_or(silent_at, |expires_at| expires_at.min(silent_at))
    }

    /// Whether time is up.
    pub(crate) fn verdict(&self, now: Duration) -> Option<Ending> {
        if self.expires_at.is_some_and(|expires_at| now >= expires_at) {
            Some(Ending::TokenExpired)
        } else if now >= self.heard_at + self.silence_max {
            Some(Ending::Silent)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAP: Duration = Duration::from_secs(1767);

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn silence_is_borne_for_one_and_a_half_times_the_keep_alive() {
        for (keep_alive_s, expected) in [
            (60, s(90)),
            (1, Duration::from_millis(1500)),
            (1177, Duration::from_millis(1_765_500)),
        ] {
            let mut patience = Patience::new(keep_alive_s, CAP, s(0), None);
            assert_eq!(patience.deadline(), expected);
            assert_eq!(
                patience.verdict(expected.checked_sub(Duration::from_millis(1)).unwrap()),
                None
            );
            assert_eq!(patience.verdict(expected), Some(Ending::Silent));
            patience.heard(s(10));
            assert_eq!(patience.deadline(), expected + s(10));
        }
    }

    #[test]
    fn the_cap_holds_for_long_keep_alives_and_for_none() {
        for keep_alive_s in [0, 1740, u16::MAX] {
            assert_eq!(Patience::new(keep_alive_s, CAP, s(0), None).deadline(), CAP);
        }
    }

    #[test]
    fn an_expired_token_ends_the_connection_however_lively() {
        let mut patience = Patience::new(60, CAP, s(0), Some(s(30)));
        patience.heard(s(29));
        assert_eq!(patience.deadline(), s(30));
        assert_eq!(patience.verdict(s(29)), None);
        assert_eq!(patience.verdict(s(30)), Some(Ending::TokenExpired));
    }
}
