//! Counting what many tasks get done during a stretch of time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use agent::latency::Histogram;
use serde_json::{Value, json};

use super::report::per_second;
use super::samples::ms;

/// Counts and times answers, while it is told to.
#[derive(Debug, Default)]
pub struct Meter {
    is_open: AtomicBool,
    is_over: AtomicBool,
    latency: Histogram,
}

impl Meter {
    /// Counts an answer that took so long.
    pub fn record(&self, latency: Duration) {
        if self.is_open.load(Ordering::Relaxed) {
            self.latency.record(latency);
        }
    }

    /// Whether whoever is measured shall stop.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Lets things settle, counts, and says stop; `around` is asked before and after counting.
    ///
    /// # Errors
    /// Those of `around`.
    pub async fn watch<T>(
        &self,
        stretch: Stretch,
        around: impl Fn() -> anyhow::Result<T>,
    ) -> anyhow::Result<(Throughput, T, T)> {
        tokio::time::sleep(stretch.warm_up).await;
        let before = around()?;
        let start = Instant::now();
        self.is_open.store(true, Ordering::Relaxed);
        tokio::time::sleep(stretch.lasting).await;
        self.is_open.store(false, Ordering::Relaxed);
        let lasted = start.elapsed();
        let after = around()?;
        self.is_over.store(true, Ordering::Relaxed);
        let throughput = Throughput {
            count: self.latency.count(),
            lasted,
            p50: self.latency.quantile(0.5),
            p99: self.latency.quantile(0.99),
        };
        Ok((throughput, before, after))
    }
}

/// How long something is measured.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// Before counting.
    pub warm_up: Duration,
    /// Counting.
    pub lasting: Duration,
}

/// What was counted.
#[derive(Clone, Copy, Debug)]
pub struct Throughput {
    /// Answers.
    pub count: u64,
    /// Time in which they came.
    pub lasted: Duration,
    /// The middle latency.
    pub p50: Duration,
    /// What one answer in a hundred exceeds.
    pub p99: Duration,
}

impl Throughput {
    /// Answers a second.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub fn rate(&self) -> f64 {
        self.count as f64 / self.lasted.as_secs_f64()
    }

    /// For the table.
    pub fn text(&self) -> String {
        let rate = per_second(self.rate());
        format!("{rate}, p50 {}, p99 {}", ms(self.p50), ms(self.p99))
    }

    /// For the file.
    pub fn figures(&self) -> Value {
        json!({
            "count": self.count,
            "seconds": self.lasted.as_secs_f64(),
            "per_second": self.rate(),
            "p50_ms": self.p50.as_secs_f64() * 1e3,
            "p99_ms": self.p99.as_secs_f64() * 1e3,
        })
    }
}
