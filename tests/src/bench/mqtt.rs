//! Durable reported patches a second through the real server, over MQTT and TLS.
//!
//! The devices share the machine with the server, so that each takes from the other; the CPU time of both is stated.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use agent::chance::seeded;
use agent::client::{Endpoint, Login, Pipeline};
use agent::clock::Clock;
use anyhow::{Context, Result, ensure};
use rand::Rng as _;
use tokio::task::JoinSet;
use twin::id::DeviceId;
use wire::connection_string::ConnectionString;

use super::place::Place;
use super::plan::Plan;
use super::population::reading;
use super::report::{Report, Row, per_second};
use super::startup::columns_rebuilt;
use super::throughput::{Meter, Throughput};
use super::usage::cpu;
use crate::hub::policy;
use crate::{Binary, Options};

/// Different patches; each connection goes round them.
const READINGS: usize = 1_024;
/// Devices that are drawn; more than come to their turn in any run.
const DRAWN: usize = 50_000;
/// Between two looks at how many are connected.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Patches a second to reach.
const GOAL_PER_SECOND: f64 = 15_000.0;
/// Share of the writer's rate to reach.
const GOAL_OF_WRITER: f64 = 0.6;

/// Measures it, beside the writer's rate in the same run when there is one: once with a single patch in flight for
/// each connection, as the writer's callers have, and once with several.
///
/// # Errors
/// When the server cannot be started or a patch is refused.
pub async fn mqtt(plan: &Plan, writer: Option<Throughput>, report: &mut Report) -> Result<()> {
    let hub = policy(&plan.place.data_dir(), "device")?;
    let devices: Arc<[DeviceId]> = draw(plan).await?.into();
    for window in [1, plan.window] {
        let server = Binary::start(&Options::new(&plan.place.data_dir()))?;
        columns_rebuilt(&server).await?;
        let load = Load::new(plan, &hub, Arc::clone(&devices), &server, window)?;
        let (throughput, spent) = load.run(plan, server.id()).await?;
        ensure!(server.stop()?, "the server did not end well");
        report.add(row(plan, window, throughput, spent, writer));
    }
    Ok(())
}

fn row(
    plan: &Plan,
    window: usize,
    throughput: Throughput,
    spent: Spent,
    writer: Option<Throughput>,
) -> Row {
    let what = format!(
        "MQTT/TLS, {} connections, {window} in flight each",
        plan.connections
    );
    let ratio = writer.map(|writer| throughput.rate() / writer.rate());
    let is_met = throughput.rate() >= GOAL_PER_SECOND && ratio.is_none_or(|r| r >= GOAL_OF_WRITER);
    let row = Row::new(what, throughput.text())
        .goal(">= 15,000/s and >= 0.6", is_met)
        .figure("throughput", throughput.figures())
        .figure("devices_seen", spent.connects)
        .figure("server_cpu_us_per_patch", each(spent.server, throughput))
        .figure("devices_cpu_us_per_patch", each(spent.devices, throughput));
    match (writer, ratio) {
        (Some(writer), Some(ratio)) => row.against(per_second(writer.rate()), ratio),
        _ => row,
    }
}

/// Random devices among all, each once.
async fn draw(plan: &Plan) -> Result<Vec<DeviceId>> {
    let mut chance = seeded(plan.seed, "connections");
    let last = u32::try_from(plan.devices)?;
    let mut slots: Vec<u32> = (0..DRAWN).map(|_| chance.random_range(1..=last)).collect();
    let mut seen = std::collections::HashSet::new();
    slots.retain(|slot| seen.insert(*slot));
    let mut connection = Place::connect(&plan.place.database()).await?;
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT d.device_id FROM json_each(?1) AS drawn JOIN device AS d ON d.slot = drawn.value",
    )
    .bind(serde_json::to_string(&slots)?)
    .fetch_all(&mut connection)
    .await?;
    sqlx::Connection::close(connection).await?;
    ensure!(
        ids.len() > plan.connections,
        "{} devices are too few for {} connections",
        ids.len(),
        plan.connections
    );
    ids.iter().map(|id| Ok(DeviceId::parse(id)?)).collect()
}

/// What the measurement took besides the patches.
#[derive(Clone, Copy, Debug)]
struct Spent {
    server: Duration,
    devices: Duration,
    connects: usize,
}

/// CPU time for each patch, microseconds.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn each(cpu: Duration, throughput: Throughput) -> f64 {
    cpu.as_secs_f64() * 1e6 / throughput.count.max(1) as f64
}

/// Connections that report, and the devices whose turn is still to come.
struct Load {
    connections: JoinSet<Result<()>>,
    meter: Arc<Meter>,
    connected: Arc<AtomicUsize>,
}

impl Load {
    fn new(
        plan: &Plan,
        hub: &ConnectionString,
        devices: Arc<[DeviceId]>,
        server: &Binary,
        window: usize,
    ) -> Result<Self> {
        let mut chance = seeded(plan.seed, "readings");
        let readings: Arc<[Vec<u8>]> = (0..READINGS)
            .map(|_| serde_json::to_vec(&reading(&mut chance)))
            .collect::<Result<_, _>>()?;
        let mut load = Self {
            connections: JoinSet::new(),
            meter: Arc::default(),
            connected: Arc::default(),
        };
        let reporter = Arc::new(Reporter {
            hub: hub.clone(),
            endpoint: server.mqtts()?,
            devices,
            readings,
            window,
            dwell: plan.dwell,
            turn: AtomicUsize::new(0),
            connected: Arc::clone(&load.connected),
            meter: Arc::clone(&load.meter),
        });
        for _ in 0..plan.connections {
            let reporter = Arc::clone(&reporter);
            load.connections.spawn(async move { reporter.run().await });
        }
        Ok(load)
    }

    async fn run(mut self, plan: &Plan, server: u32) -> Result<(Throughput, Spent)> {
        while self.connected.load(Ordering::Relaxed) < plan.connections {
            if let Some(ended) = self.connections.try_join_next() {
                ended??;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let around = || Ok((cpu(server)?, cpu(std::process::id())?));
        let (throughput, before, after) = self.meter.watch(plan.stretch, around).await?;
        for connection in self.connections.join_all().await {
            connection?;
        }
        let spent = Spent {
            server: after.0.saturating_sub(before.0),
            devices: after.1.saturating_sub(before.1),
            connects: self.connected.load(Ordering::Relaxed),
        };
        Ok((throughput, spent))
    }
}

/// What each connection does.
struct Reporter {
    hub: ConnectionString,
    endpoint: Endpoint,
    devices: Arc<[DeviceId]>,
    readings: Arc<[Vec<u8>]>,
    window: usize,
    dwell: u64,
    turn: AtomicUsize,
    connected: Arc<AtomicUsize>,
    meter: Arc<Meter>,
}

impl Reporter {
    /// Is one device after the other, until it is over.
    async fn run(&self) -> Result<()> {
        while !self.meter.is_over() {
            let turn = self.turn.fetch_add(1, Ordering::Relaxed);
            let device = &self.devices[turn % self.devices.len()];
            let login = Login::with_policy(&self.hub, device)?;
            self.report(&login, turn)
                .await
                .with_context(|| format!("device {device}"))?;
        }
        Ok(())
    }

    async fn report(&self, login: &Login, turn: usize) -> Result<()> {
        let mut pipeline = Pipeline::connect(&self.endpoint, login, Clock::System.now()).await?;
        self.connected.fetch_add(1, Ordering::Relaxed);
        let mut readings = self.readings.iter().cycle().skip(turn % READINGS);
        let mut refused = None;
        pipeline
            .run(
                self.window,
                |number, body| {
                    let goes_on = number < self.dwell && !self.meter.is_over();
                    if let (true, Some(reading)) = (goes_on, readings.next()) {
                        body.extend_from_slice(reading);
                    }
                    goes_on
                },
                |answered| {
                    if answered.status == 204 {
                        self.meter.record(answered.latency);
                    } else {
                        refused = Some(answered.status);
                    }
                },
            )
            .await?;
        ensure!(refused.is_none(), "a patch was answered {refused:?}");
        Ok(pipeline.close().await?)
    }
}
