//! How long to wait before the next try to connect: exponential growth with full jitter.
//!
//! The wait is drawn evenly from zero to a ceiling that doubles with every failure up to a cap. Full jitter
//! spreads a fleet that lost its hub at one instant over the whole window, so that it does not return as one wave.

use std::time::Duration;

use rand::Rng;

use crate::chance::Chance;

/// The bounds of the waits.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Ceiling of the wait after the first failure.
    pub base: Duration,
    /// Ceiling of all waits.
    pub cap: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(500),
            cap: Duration::from_mins(1),
        }
    }
}

/// The waits of one connection, from failure to failure.
#[derive(Debug)]
pub struct Backoff {
    policy: Policy,
    failures: u32,
    chance: Chance,
}

impl Backoff {
    /// A backoff that has seen no failure yet.
    pub fn new(policy: Policy, chance: Chance) -> Self {
        Self {
            policy,
            failures: 0,
            chance,
        }
    }

    /// Counts a failure and says how long to wait before the next try.
    pub fn after_failure(&mut self) -> Duration {
        let ceiling = self.ceiling();
        self.failures = self.failures.saturating_add(1);
        ceiling.mul_f64(self.chance.random::<f64>())
    }

    /// Forgets all failures: called once a connection has proved stable.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// The longest wait that the next failure can bring.
    pub fn ceiling(&self) -> Duration {
        let factor = 2_u32.checked_pow(self.failures).unwrap_or(u32::MAX);
        self.policy.base.saturating_mul(factor).min(self.policy.cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::seeded;

    fn backoff(seed: u64) -> Backoff {
        let policy = Policy {
            base: Duration::from_millis(500),
            cap: Duration::from_mins(1),
        };
        Backoff::new(policy, seeded(seed, "backoff"))
    }

    #[test]
    fn ceilings_double_up_to_the_cap_and_start_again_after_reset() {
        let mut backoff = backoff(1);
        let mut ceilings = Vec::new();
        for _ in 0..9 {
            ceilings.push(backoff.ceiling().as_millis());
            backoff.after_failure();
        }
        assert_eq!(
            ceilings,
            [
                500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000
            ]
        );
        backoff.reset();
        assert_eq!(backoff.ceiling(), Duration::from_millis(500));
    }

    #[test]
    fn waits_never_pass_their_ceiling_and_fill_the_window_evenly() {
        let mut low_half = 0_u32;
        for seed in 0..2_000 {
            let mut backoff = backoff(seed);
            for _ in 0..40 {
                let ceiling = backoff.ceiling();
                let wait = backoff.after_failure();
                assert!(wait <= ceiling);
                low_half += u32::from(wait * 2 < ceiling);
            }
        }
        let share = f64::from(low_half) / 80_000.0;
        assert!(
            (0.49..0.51).contains(&share),
            "{share} of the waits fell into the lower half"
        );
    }

    #[test]
    fn countless_failures_do_not_overflow() {
        let mut backoff = backoff(5);
        backoff.failures = u32::MAX;
        assert!(backoff.after_failure() <= Duration::from_mins(1));
    }
}
