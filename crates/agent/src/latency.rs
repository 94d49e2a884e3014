//! A histogram of durations that many tasks fill at once without a lock.
//!
//! Buckets grow with the value (32 to each doubling), so that every quantile is within 3 % of the truth from one
//! microsecond to an hour, in nine kilobytes. Nothing is ever discarded: longer durations count as the longest.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Bits of a value that tell neighbors within a doubling apart.
const DETAIL_BITS: u32 = 5;
/// Values of this many bits and more share the last bucket (2^32 µs are 71 minutes).
const VALUE_BITS_MAX: u32 = 32;
const BUCKETS: usize = ((VALUE_BITS_MAX - DETAIL_BITS + 1) << DETAIL_BITS) as usize;

/// Counts of durations by size.
#[derive(Debug)]
pub struct Histogram {
    buckets: Box<[AtomicU64]>,
    max_us: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            buckets: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
            max_us: AtomicU64::new(0),
        }
    }
}

impl Histogram {
    /// Counts one duration.
    pub fn record(&self, duration: Duration) {
        let value_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.buckets[bucket_of(value_us)].fetch_add(1, Relaxed);
        self.max_us.fetch_max(value_us, Relaxed);
    }

    /// How many durations were counted.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.load(Relaxed)).sum()
    }

    /// The duration that a share `q` (0 to 1) of all durations does not exceed; zero when nothing was counted.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank is not negative and small against 2^52"
    )]
    pub fn quantile(&self, q: f64) -> Duration {
        let rank = (self.count() as f64 * q.clamp(0.0, 1.0)).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (index, bucket) in self.buckets.iter().enumerate() {
            seen += bucket.load(Relaxed);
            if seen >= rank {
                return Duration::from_micros(upper_edge(index)).min(self.max());
            }
        }
        self.max()
    }

    /// The longest duration counted.
    pub fn max(&self) -> Duration {
        Duration::from_micros(self.max_us.load(Relaxed))
    }
}

/// The bucket that counts `value`: exact up to 63, then 32 buckets to each doubling.
fn bucket_of(value: u64) -> usize {
    let value = value.min((1 << VALUE_BITS_MAX) - 1);
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(DETAIL_BITS + 1);
    let index = (u64::from(shift) << DETAIL_BITS) + (value >> shift);
    usize::try_from(index)
        .unwrap_or(BUCKETS - 1)
        .min(BUCKETS - 1)
}

/// The largest value that the bucket counts.
fn upper_edge(index: usize) -> u64 {
    let index = index as u64;
    let shift = (index >> DETAIL_BITS).saturating_sub(1);
    let mantissa = index - (shift << DETAIL_BITS);
    ((mantissa + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_touch_each_other_and_hold_their_edges() {
        for index in 0..BUCKETS {
            let edge = upper_edge(index);
            assert_eq!(bucket_of(edge), index, "edge {edge}");
            if index + 1 < BUCKETS {
                assert_eq!(bucket_of(edge + 1), index + 1, "after edge {edge}");
            }
        }
    }

    #[test]
    fn quantiles_are_within_three_percent() {
        let histogram = Histogram::default();
        for value in 1..=100_000 {
            histogram.record(Duration::from_micros(value));
        }
        assert_eq!(histogram.count(), 100_000);
        for (q, expected) in [(0.5, 50_000.0), (0.99, 99_000.0), (0.001, 100.0)] {
            let found = histogram.quantile(q).as_secs_f64() * 1e6;
            assert!(
                (found / expected - 1.0).abs() < 0.035,
                "{q}: {found} instead of {expected}"
            );
        }
        assert_eq!(histogram.quantile(1.0), Duration::from_millis(100));
        assert_eq!(histogram.max(), Duration::from_millis(100));
    }

    #[test]
    fn an_empty_histogram_answers_zero_and_a_huge_value_is_kept() {
        let histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.99), Duration::ZERO);
        histogram.record(Duration::from_secs(1_000_000));
        assert_eq!(histogram.count(), 1);
        assert_eq!(histogram.max(), Duration::from_secs(1_000_000));
    }
}
