//! `cargo xtask bench`: measures the product on a fleet of a million, prints a table and writes a file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::{Parser, ValueEnum as _};
use serde_json::json;
use tests::bench::place::Place;
use tests::bench::plan::{Phase, Plan};
use tests::bench::report::Report;
use tests::bench::throughput::Stretch;
use tests::bench::{import, mqtt, pages, queries, scan, startup, transfer, writer};

/// The product's own, because the store's writer is measured in this process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures the product on a large fleet, beside what the same costs by other means in the same run.
#[derive(Debug, Parser)]
struct Arguments {
    /// Devices of the fleet.
    #[arg(long, default_value_t = 1_000_000)]
    devices: usize,

    /// Of the fleet and of every choice.
    #[arg(long, default_value_t = 2)]
    seed: u64,

    /// Callers of the writer, and connections to the server.
    #[arg(long, default_value_t = 200)]
    connections: usize,

    /// Patches in flight for each connection, in the second measurement over MQTT.
    #[arg(long, default_value_t = 8)]
    window: usize,

    /// Patches that a connection sends before another random device takes its place.
    #[arg(long, default_value_t = 500)]
    dwell: u64,

    /// Seconds that each rate is measured; questions are repeated for a third of that.
    #[arg(long, default_value_t = 12.0)]
    seconds: f64,

    /// Only these phases.
    #[arg(long, value_delimiter = ',', value_name = "PHASE,…")]
    only: Vec<Phase>,

    /// Where the database is kept and found again; otherwise it is made in the target directory and removed.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Where the figures are written; target/bench.json unless given.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let target = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../target"));
    let kept = arguments.data_dir.is_some();
    let root = arguments
        .data_dir
        .clone()
        .unwrap_or_else(|| target.join("bench"));
    let lasting = Duration::try_from_secs_f64(arguments.seconds)?;
    let plan = Plan {
        devices: arguments.devices,
        seed: arguments.seed,
        connections: arguments.connections,
        window: arguments.window,
        dwell: arguments.dwell,
        repeat: lasting / 3,
        stretch: Stretch {
            warm_up: lasting / 6,
            lasting,
        },
        place: Place::new(&root)?,
    };
    let mut report = Report::default();
    let measured = measure(&plan, &arguments.only, &mut report).await;
    if !kept {
        std::fs::remove_dir_all(&root)?;
    }
    let json = arguments.json.unwrap_or_else(|| target.join("bench.json"));
    report.write(&json, &about(&plan))?;
    say(&report.table());
    measured
}

async fn measure(plan: &Plan, only: &[Phase], report: &mut Report) -> Result<()> {
    let mut writer_rate = None;
    for phase in Phase::value_variants() {
        if !only.is_empty() && !only.contains(phase) {
            continue;
        }
        ensure!(
            *phase == Phase::Import || plan.place.holds(plan.devices, plan.seed),
            "there is no such fleet here yet: add the phase import"
        );
        match phase {
            Phase::Import => import::import(plan, report).await,
            Phase::Queries => queries::queries(plan, report).await,
            Phase::Scan => scan::scan(plan, report).await,
            Phase::Writer => writer::writer(plan, report)
                .await
                .map(|found| writer_rate = Some(found)),
            Phase::Mqtt => mqtt::mqtt(plan, writer_rate, report).await,
            Phase::Startup => startup::startup(plan, report).await,
            Phase::Pages => pages::pages(plan, report).await,
            Phase::Transfer => transfer::transfer(plan, report).await,
        }
        .with_context(|| format!("phase {phase:?}"))?;
    }
    Ok(())
}

/// What the figures were taken on.
fn about(plan: &Plan) -> serde_json::Value {
    json!({
        "devices": plan.devices,
        "seed": plan.seed,
        "connections": plan.connections,
        "seconds": plan.stretch.lasting.as_secs_f64(),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
    })
}

#[expect(clippy::print_stdout, reason = "the table is what the tool is for")]
fn say(text: &str) {
    println!("{text}");
}
