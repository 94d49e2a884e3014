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
    Tier { step: Duration::from_secs(10), keep: Duration::from_secs(2 * HOUR) },
    Tier { step: Duration::from_secs(5 * MINUTE), keep: Duration::from_secs(8 * DAY) },
    Tier { step: Duration::from_secs(HOUR), keep: Duration::from_secs(366 * DAY) },
];

/// Keeping figures and drawing them.
#[async_trait]
pub trait Figures: Send + Sync {
    /// Adds one sample of each named figure to every tier.
    async fn append_figures(&self, at: Timestamp, figures: &[(String, f64)]) -> Result<(), Error>;

    /// The figure from `from` until `to` in at most `buckets` equal stretches, oldest first, from the finest tier that reaches back to `from` at the time `to`.
    /// Stretches without a sample are left out.
    async fn figure_range(&self, name: &str, from: Timestamp, to: Timestamp, buckets: usize) -> Result<Vec<Bucket>, Error>;
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
