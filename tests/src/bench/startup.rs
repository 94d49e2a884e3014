//! How long the server takes to start, and how much memory it keeps.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::plan::Plan;
use super::report::{Report, Row, bytes};
use super::samples::ms;
use super::usage::memory;
use crate::{Binary, Options, http};

/// Between two looks at the metrics.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The columns are rebuilt long before.
const PATIENCE: Duration = Duration::from_mins(2);

/// Starts the server over the fleet and looks at it until its columns are rebuilt.
///
/// # Errors
/// When the server cannot be started or does not say when its columns are whole.
pub async fn startup(plan: &Plan, report: &mut Report) -> Result<()> {
    let start = Instant::now();
    let server = Binary::start(&Options::new(&plan.place.data_dir()))?;
    let ready = start.elapsed();
    let devices = columns_rebuilt(&server).await?;
    let whole = start.elapsed();
    let memory = memory(server.id())?;
    ensure!(server.stop()?, "the server did not end well");

    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let expected = plan.devices as f64;
    ensure!(
        (devices - expected).abs() < 0.5,
        "the columns hold {devices} devices instead of {expected}"
    );
    report.add(
        Row::new("start-up until devices are served", ms(ready))
            .figure("ms", ready.as_secs_f64() * 1e3),
    );
    report.add(
        Row::new("start-up until the columns are rebuilt", ms(whole))
            .figure("ms", whole.as_secs_f64() * 1e3),
    );
    let result = format!(
        "{} of its own, {} with mapped pages of the database",
        bytes(memory.own),
        bytes(memory.resident)
    );
    report.add(
        Row::new("resident memory", result)
            .figure("own_bytes", memory.own)
            .figure("resident_bytes", memory.resident)
            .figure("file_bytes", memory.files),
    );
    Ok(())
}

/// Waits until the columns are whole; gives how many devices they hold.
///
/// # Errors
/// When the server does not say so in time.
pub async fn columns_rebuilt(server: &Binary) -> Result<f64> {
    let start = Instant::now();
    loop {
        let metrics = http::get(server.console, "/metrics")?.text();
        if gauge(&metrics, "columns_rebuild_complete") == Some(1.0) {
            return gauge(&metrics, "columns_rebuild_loaded").context("no number of devices");
        }
        ensure!(
            start.elapsed() < PATIENCE,
            "the columns are not rebuilt after {PATIENCE:?}:\n{metrics}"
        );
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The value of a gauge without labels.
fn gauge(metrics: &str, name: &str) -> Option<f64> {
    let mut lines = metrics.lines();
    lines.find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gauges_are_found_by_their_whole_name() {
        let metrics = "# TYPE a_b gauge\na_b_c 3\na_b 1\n";
        assert_eq!(gauge(metrics, "a_b"), Some(1.0));
        assert_eq!(gauge(metrics, "a_b_c"), Some(3.0));
        assert_eq!(gauge(metrics, "a"), None);
    }
}
