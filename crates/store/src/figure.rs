//! Sampled figures of the fleet, for sparklines: fine for the last hours, coarse for the last year.

use std::time::Duration;

use async_trait::async_trait;
use twin::time::Timestamp;

use crate::error::Error;

/// A resolution at which figures are kept, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// The width of a bucket.
    pub step: Duration,
    /// How long its buckets are kept.
    pub keep: Duration,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The resolutions, finest first: 10 seconds for 2 hours, 5 minutes for 8 days, 1 hour for a year.
pub const TIERS: [Tier; 3] = [
    Tier {
        step: Duration::from_secs(10),
        keep: Duration::from_secs(2 * HOUR),
    },
    Tier {
        step: Duration::from_secs(5 * MINUTE),
        keep: Duration::from_secs(8 * DAY),
    },
    Tier {
        step: Duration::from_secs(HOUR),
        keep: Duration::from_secs(366 * DAY),
    },
];

impl Tier {
    /// When the bucket that holds `at` begins.
    pub(crate) fn floor(self, at: Timestamp) -> Timestamp {
        let step_ms = ms(self.step);
        Timestamp::from_ms(at.as_ms().div_euclid(step_ms) * step_ms)
    }
}

/// Gathers kept buckets, oldest first, into at most `buckets` equal stretches from `from` until `to`.
pub(crate) fn gather(
    samples: impl IntoIterator<Item = Sample>,
    from: Timestamp,
    to: Timestamp,
    buckets: usize,
) -> Vec<Bucket> {
    let span_ms = to.as_ms().saturating_sub(from.as_ms()).max(1);
    let buckets = i64::try_from(buckets.max(1)).unwrap_or(i64::MAX);
    let width_ms = (span_ms.saturating_add(buckets - 1) / buckets).max(1);
    let mut gathered: Vec<(i64, Sample)> = Vec::new();
    for sample in samples {
        // The first kept bucket may begin a little before `from`.
        let index =
            (sample.at.as_ms().saturating_sub(from.as_ms()) / width_ms).clamp(0, buckets - 1);
        match gathered.last_mut() {
            Some((last, sum)) if *last == index => sum.add(&sample),
            _ => gathered.push((index, sample)),
        }
    }
    let at =
        |index| Timestamp::from_ms(from.as_ms().saturating_add(width_ms.saturating_mul(index)));
    gathered
        .into_iter()
        .map(|(index, sum)| sum.bucket(at(index)))
        .collect()
}

/// The finest tier that reaches back to `from` at the time `to`, with its index; the coarsest when none does.
pub(crate) fn tier_for(from: Timestamp, to: Timestamp) -> (i64, Tier) {
    let [fine, middle, coarse] = TIERS;
    let span = to.since(from);
    if span <= fine.keep {
        (0, fine)
    } else if span <= middle.keep {
        (1, middle)
    } else {
        (2, coarse)
    }
}

/// The finest tier for reports that reaches back to `from` at the time `now`, with its index: never the one of
/// seconds, which is gone after hours.
pub(crate) fn kept_tier_for(from: Timestamp, now: Timestamp) -> (i64, Tier) {
    let [_, middle, coarse] = TIERS;
    if now.since(from) <= middle.keep {
        (1, middle)
    } else {
        (2, coarse)
    }
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A bucket as it is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) at: Timestamp,
    pub(crate) samples: u64,
    pub(crate) total: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Sample {
    fn add(&mut self, other: &Self) {
        self.samples += other.samples;
        self.total += other.total;
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a mean of more than 2^53 samples may be rounded"
    )]
    pub(crate) fn bucket(&self, at: Timestamp) -> Bucket {
        Bucket {
            at,
            mean: self.total / self.samples.max(1) as f64,
            min: self.least,
            max: self.most,
            samples: self.samples,
        }
    }
}

/// Keeping figures and drawing them.
#[async_trait]
pub trait Figures: Send + Sync {
    /// Adds one sample of each named figure to every tier.
    async fn append_figures(&self, at: Timestamp, figures: &[(String, f64)]) -> Result<(), Error>;

    /// The figure from `from` until `to` in at most `buckets` equal stretches, oldest first, from the finest tier that reaches back to `from` at the time `to`.
    /// Stretches without a sample are left out.
    async fn figure_range(
        &self,
        name: &str,
        from: Timestamp,
        to: Timestamp,
        buckets: usize,
    ) -> Result<Vec<Bucket>, Error>;

    /// The figure from `from` until `to` as it is still kept at the time `now`: stretches of 5 minutes for the last
    /// 8 days, of an hour before. Stretches without a sample are left out. At most 2,305 stretches for a span of up to
    /// 8 days, at most 24 for each day of a longer one.
    async fn figure_kept(
        &self,
        name: &str,
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
    ) -> Result<Kept, Error>;
}

/// What is kept of a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// How long each stretch is.
    pub step: Duration,
    /// The stretches that have samples, oldest first.
    pub buckets: Vec<Bucket>,
}

/// What a figure did during one stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// When the stretch begins.
    pub at: Timestamp,
    /// The mean of its samples.
    pub mean: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// How many there were; at least one.
    pub samples: u64,
}
