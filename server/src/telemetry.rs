//! What the process says about itself: structured logs on standard error, metrics in Prometheus form.

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use metrics::{counter, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use store::Queue;
use tracing_subscriber::EnvFilter;

/// How the log is written.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Log")]
pub(crate) struct Log {
    /// What is logged: a level, or levels per area (`info,gateway=debug`).
    #[arg(
        long,
        env = "TANDEM_LOG",
        default_value = "info",
        value_name = "FILTER"
    )]
    log: String,

    /// Form of each line.
    #[arg(
        long,
        env = "TANDEM_LOG_FORMAT",
        default_value = "text",
        value_name = "FORMAT"
    )]
    log_format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For a person at a terminal.
    Text,
    /// One JSON object a line, for a log store.
    Json,
}

impl Log {
    /// Starts the log.
    ///
    /// # Errors
    /// When the filter cannot be understood.
    pub(crate) fn start(&self) -> Result<()> {
        let filter = EnvFilter::try_new(&self.log)
            .with_context(|| format!("the log filter {:?} cannot be understood", self.log))?;
        let log = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr);
        match self.log_format {
            Format::Text => log.with_target(false).init(),
            Format::Json => log.json().flatten_event(true).init(),
        }
        Ok(())
    }
}

/// Collects metrics from now on; `/metrics` renders them.
///
/// # Errors
/// When another recorder is installed already.
pub(crate) fn metrics() -> Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .install_recorder()
        .context("metrics cannot be collected")
}

/// Shows every bounded queue: how much is in it, how much fits, and how often it was full.
#[expect(
    clippy::cast_precision_loss,
    reason = "bounds of queues are far below 2^53"
)]
pub(crate) fn show(queues: &[Queue]) {
    for queue in queues {
        gauge!("queue.depth", "queue" => queue.name).set(queue.depth as f64);
        gauge!("queue.bound", "queue" => queue.name).set(queue.bound as f64);
        counter!("queue.stalls_total", "queue" => queue.name).absolute(queue.stalls);
    }
}
