//! How long something took, many times.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};

/// How often something is repeated.
#[derive(Clone, Copy, Debug)]
pub struct Repeat {
    /// Runs that are not counted.
    pub warm_up: usize,
    /// At least so many runs are counted, however long they take.
    pub runs_min: usize,
    /// At most so many.
    pub runs_max: usize,
    /// After this time no further run is begun.
    pub lasting: Duration,
}

impl Repeat {
    /// For what takes milliseconds.
    pub const fn many(lasting: Duration) -> Self {
        Self {
            warm_up: 10,
            runs_min: 50,
            runs_max: 500,
            lasting,
        }
    }

    /// For what may take a second.
    pub const fn some(lasting: Duration) -> Self {
        Self {
            warm_up: 1,
            runs_min: 5,
            runs_max: 500,
            lasting,
        }
    }

    /// Runs `work`, which hears the number of the run so that it can vary the question.
    ///
    /// # Errors
    /// The first error of `work`.
    pub async fn run(self, mut work: impl AsyncFnMut(usize) -> Result<()>) -> Result<Samples> {
        for run in 0..self.warm_up {
            work(run).await?;
        }
        let mut samples = Vec::new();
        let began = Instant::now();
        while samples.len() < self.runs_min
            || (samples.len() < self.runs_max && began.elapsed() < self.lasting)
        {
            let start = Instant::now();
            work(self.warm_up + samples.len()).await?;
            samples.push(start.elapsed());
        }
        Ok(Samples::new(samples))
    }
}

/// Sorted durations.
#[derive(Clone, Debug)]
pub struct Samples(Vec<Duration>);

impl Samples {
    /// Takes them in any order.
    pub fn new(mut samples: Vec<Duration>) -> Self {
        samples.sort_unstable();
        Self(samples)
    }

    /// The duration that a share `q` (0 to 1) of the samples does not exceed; zero when there are none.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank is not negative and small against 2^52"
    )]
    pub fn quantile(&self, q: f64) -> Duration {
        let rank = (self.0.len() as f64 * q).ceil() as usize;
        self.0
            .get(rank.saturating_sub(1))
            .copied()
            .unwrap_or_default()
    }

    /// The middle one.
    pub fn p50(&self) -> Duration {
        self.quantile(0.5)
    }

    /// What one in a hundred exceeds; of fewer than a hundred samples, the longest.
    pub fn p99(&self) -> Duration {
        self.quantile(0.99)
    }

    /// For the table.
    pub fn text(&self) -> String {
        format!("p50 {}, p99 {}", ms(self.p50()), ms(self.p99()))
    }

    /// For the file.
    pub fn figures(&self) -> Value {
        json!({
            "runs": self.0.len(),
            "p50_ms": self.p50().as_secs_f64() * 1e3,
            "p99_ms": self.p99().as_secs_f64() * 1e3,
            "max_ms": self.quantile(1.0).as_secs_f64() * 1e3,
        })
    }
}

/// Milliseconds with as many digits as say something.
pub fn ms(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1e3;
    match ms {
        ..10.0 => format!("{ms:.2} ms"),
        ..100.0 => format!("{ms:.1} ms"),
        _ => format!("{ms:.0} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_samples() {
        let samples = Samples::new((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!(samples.p50(), Duration::from_millis(100));
        assert_eq!(samples.p99(), Duration::from_millis(198));
        assert_eq!(samples.quantile(1.0), Duration::from_millis(200));
        assert_eq!(Samples::new(Vec::new()).p99(), Duration::ZERO);
    }

    #[tokio::test]
    async fn runs_are_counted_within_their_bounds() {
        let repeat = Repeat {
            warm_up: 2,
            runs_min: 3,
            runs_max: 5,
            lasting: Duration::from_mins(1),
        };
        let mut seen = Vec::new();
        let samples = repeat
            .run(async |run| {
                seen.push(run);
                Ok(())
            })
            .await
            .unwrap();
        assert_eq!((samples.0.len(), seen), (5, (0..7).collect()));
    }
}
