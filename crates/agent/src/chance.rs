//! Seeded chance: every random choice of a simulated device comes from here.
//!
//! One seed and a label (a device id, a purpose) give one stream of numbers, so that the same seed plays the
//! same fleet again and a failure can be repeated. Nothing here reads the operating system's randomness;
//! nothing here is fit for secrets.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// A stream of seeded random numbers.
pub type Chance = SmallRng;

/// Opens the stream that belongs to `seed` and `label`.
///
/// Streams of different labels are independent, so that adding a device never changes its neighbors.
pub fn seeded(seed: u64, label: &str) -> Chance {
    let mixed = label.bytes().fold(splitmix(seed), |state, byte| {
        splitmix(state ^ u64::from(byte))
    });
    Chance::seed_from_u64(mixed)
}

/// A duration chosen evenly between two bounds, in whole milliseconds.
pub fn between(chance: &mut Chance, low: Duration, high: Duration) -> Duration {
    low + high.saturating_sub(low).mul_f64(chance.random::<f64>())
}

/// A number of the standard normal distribution (Box and Muller's transform).
pub fn normal(chance: &mut Chance) -> f64 {
    let radius = (-2.0 * (1.0 - chance.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * chance.random::<f64>()).cos()
}

/// One of `choices`, each as likely as its weight; `None` only for an empty list or weights of zero.
pub fn weighted<'a, T>(chance: &mut Chance, choices: &'a [(T, f64)]) -> Option<&'a T> {
    let total: f64 = choices.iter().map(|(_, weight)| weight).sum();
    let mut left = chance.random::<f64>() * total;
    for (choice, weight) in choices {
        if left < *weight {
            return Some(choice);
        }
        left -= weight;
    }
    None
}

/// A value that wanders slowly around its mean and never leaves its range.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    value: f64,
    mean: f64,
    spread: f64,
    low: f64,
    high: f64,
}

impl Walk {
    /// How long the walk takes to forget where it was; the value returns towards its mean at this pace.
    const MEMORY: Duration = Duration::from_mins(15);

    /// A walk that starts somewhere near `mean`, stays mostly within `spread` of it, and always within `low..=high`.
    pub fn new(chance: &mut Chance, mean: f64, spread: f64, (low, high): (f64, f64)) -> Self {
        let value = (mean + spread * normal(chance)).clamp(low, high);
        Self {
            value,
            mean,
            spread,
            low,
            high,
        }
    }

    /// The present value.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Moves on by `elapsed` (an Ornstein–Uhlenbeck step, exact for any length of time).
    pub fn advance(&mut self, elapsed: Duration, chance: &mut Chance) {
        let kept = (-elapsed.as_secs_f64() / Self::MEMORY.as_secs_f64()).exp();
        let noise = self.spread * (1.0 - kept * kept).sqrt() * normal(chance);
        self.value =
            (self.mean + (self.value - self.mean) * kept + noise).clamp(self.low, self.high);
    }
}

/// One step of the splitmix64 generator: spreads every bit of the input over the whole output.
fn splitmix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(seed: u64, label: &str) -> Vec<u64> {
        let mut chance = seeded(seed, label);
        (0..8).map(|_| chance.random()).collect()
    }

    #[test]
    fn streams_repeat_by_seed_and_differ_by_label_and_seed() {
        assert_eq!(numbers(7, "am4-1"), numbers(7, "am4-1"));
        assert_ne!(numbers(7, "am4-1"), numbers(7, "am4-2"));
        assert_ne!(numbers(7, "am4-1"), numbers(8, "am4-1"));
    }

    #[test]
    fn a_walk_keeps_its_range_and_its_mean() {
        let mut chance = seeded(1, "walk");
        let mut walk = Walk::new(&mut chance, -90.0, 8.0, (-115.0, -60.0));
        let mut sum = 0.0;
        for _ in 0..20_000 {
            walk.advance(Duration::from_secs(30), &mut chance);
            assert!((-115.0..=-60.0).contains(&walk.value()));
            sum += walk.value();
        }
        let mean = sum / 20_000.0;
        assert!((mean + 90.0).abs() < 3.0, "mean was {mean}");
    }

    #[test]
    fn a_walk_moves_little_in_little_time() {
        let mut chance = seeded(2, "walk");
        let mut walk = Walk::new(&mut chance, 50.0, 10.0, (0.0, 100.0));
        for _ in 0..1_000 {
            let before = walk.value();
            walk.advance(Duration::from_millis(100), &mut chance);
            assert!((walk.value() - before).abs() < 2.0);
        }
    }

    #[test]
    fn weights_decide_how_often_a_choice_comes() {
        let mut chance = seeded(3, "weights");
        let choices = [("often", 9.0), ("seldom", 1.0), ("never", 0.0)];
        let mut often = 0;
        for _ in 0..10_000 {
            match weighted(&mut chance, &choices) {
                Some(&"often") => often += 1,
                Some(&"seldom") => {}
                other => panic!("chose {other:?}"),
            }
        }
        assert!((8_800..9_200).contains(&often), "often came {often} times");
        assert_eq!(weighted::<u8>(&mut chance, &[]), None);
    }

    #[test]
    fn between_keeps_its_bounds_even_when_they_are_reversed() {
        let mut chance = seeded(4, "between");
        let (low, high) = (Duration::from_secs(2), Duration::from_secs(5));
        for _ in 0..1_000 {
            assert!((low..=high).contains(&between(&mut chance, low, high)));
        }
        assert_eq!(between(&mut chance, high, low), high);
    }
}
