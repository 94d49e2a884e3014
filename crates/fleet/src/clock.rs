//! Time and chance, as arguments: everything that asks what time it is, or needs a random byte,
//! holds a [`Clock`] or an [`Rng`], so that a test decides both.
//!
//! Timers (how long to wait) are not here: they run on the runtime's own time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ring::rand::SecureRandom;
use twin::time::Timestamp;

use crate::sync::locked;

/// Tells the time.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The time of day, UTC. It may jump when the machine's clock is set.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment; it never goes back. For measuring how long a thing took.
    fn monotonic(&self) -> Duration;
}

/// The machine's clocks.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// A clock whose monotonic time starts now.
    pub fn new() -> Self {
        Self {
            origin: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the machine is asked for the time"
    )]
    fn now(&self) -> Timestamp {
        let ms = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |elapsed| elapsed.as_millis());
        Timestamp::from_ms(i64::try_from(ms).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.origin.elapsed()
    }
}

/// A clock that stands still until it is told to move: for tests and simulation.
#[derive(Debug)]
pub struct ManualClock {
    now_ms: AtomicI64,
    elapsed_ms: AtomicU64,
}

impl ManualClock {
    /// A clock that shows `start`.
    pub fn new(start: Timestamp) -> Self {
        Self {
            now_ms: AtomicI64::new(start.as_ms()),
            elapsed_ms: AtomicU64::new(0),
        }
    }

    /// Moves both clocks forward, by whole milliseconds.
    pub fn advance(&self, by: Duration) {
        let ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.elapsed_ms.fetch_add(ms, Ordering::SeqCst);
        self.now_ms
            .fetch_add(i64::try_from(ms).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.now_ms.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.elapsed_ms.load(Ordering::SeqCst))
    }
}

/// Gives random bytes.
pub trait Rng: Send + Sync + std::fmt::Debug {
    /// Fills `bytes` with randomness that is fit for keys.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's randomness.
#[derive(Debug)]
pub struct SystemRng(ring::rand::SystemRandom);

impl SystemRng {
    /// The operating system's generator.
    pub fn new() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Default for SystemRng {
    fn default() -> Self {
        Self::new()
    }
}

impl Rng for SystemRng {
    #[expect(
        clippy::expect_used,
        reason = "a machine without randomness must not make keys: stopping is the only safe answer"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        self.0
            .fill(bytes)
            .expect("the operating system gives randomness");
    }
}

/// Numbers that follow from a seed (`SplitMix64`): for tests and simulation, never for real keys.
#[derive(Debug)]
pub struct SeededRng(Mutex<u64>);

impl SeededRng {
    /// A generator that always gives the same bytes for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Rng for SeededRng {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = locked(&self.0);
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut word = *state;
            word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            word ^= word >> 31;
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = ManualClock::new(Timestamp::from_ms(1_000));
        assert_eq!(clock.now().as_ms(), 1_000);
        clock.advance(Duration::from_secs(2));
        assert_eq!(clock.now().as_ms(), 3_000);
        assert_eq!(clock.monotonic(), Duration::from_secs(2));
    }

    #[test]
    fn a_seed_gives_the_same_bytes_again_and_other_seeds_do_not() {
        let draw = |seed| {
            let mut bytes = [0; 20];
            SeededRng::new(seed).fill(&mut bytes);
            bytes
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn the_system_gives_different_bytes_each_time() {
        let rng = SystemRng::new();
        let (mut first, mut second) = ([0; 32], [0; 32]);
        rng.fill(&mut first);
        rng.fill(&mut second);
        assert_ne!(first, second);
    }
}
