//! The store's own writer: durable reported patches a second, without network, protocol or columns.

use std::sync::Arc;
use std::time::Instant;

use agent::chance::seeded;
use agent::clock::Clock;
use anyhow::{Result, bail};
use rand::Rng as _;
use store::sqlite::SqliteStore;
use store::{Twins as _, Write, Written};
use tokio::task::JoinSet;
use twin::Map;
use twin::id::Slot;

use super::place::close;
use super::plan::Plan;
use super::population::reading;
use super::report::{Report, Row};
use super::throughput::{Meter, Throughput};

/// Different patches; each caller goes round them.
const READINGS: usize = 1_024;

/// Measures it twice, with callers that change to another random device after each patch and with callers that stay
/// as long as a connection does in the measurement through the server. Gives the second, which is what that one is
/// compared with.
///
/// # Errors
/// When a write fails or is refused.
pub async fn writer(plan: &Plan, report: &mut Report) -> Result<Throughput> {
    let callers = plan.connections;
    let store = plan.place.store().await?;
    let roaming = measure(plan, &store, 1).await?;
    let staying = measure(plan, &store, plan.dwell).await?;
    close(store).await;
    for (what, throughput) in [
        ("another random device each patch", roaming),
        ("random devices as the connections below", staying),
    ] {
        let what = format!("store's writer, {callers} callers, {what}");
        report.add(Row::new(what, throughput.text()).figure("throughput", throughput.figures()));
    }
    Ok(staying)
}

async fn measure(plan: &Plan, store: &Arc<SqliteStore>, stays: u64) -> Result<Throughput> {
    let meter = Arc::new(Meter::default());
    let mut chance = seeded(plan.seed, "readings");
    let readings: Arc<[Map]> = (0..READINGS).map(|_| reading(&mut chance)).collect();
    let slots = u32::try_from(plan.devices)?;
    let mut callers = JoinSet::new();
    for caller in 0..plan.connections {
        let (store, meter, readings) =
            (Arc::clone(store), Arc::clone(&meter), Arc::clone(&readings));
        let mut chance = seeded(plan.seed, &format!("caller {caller}"));
        callers.spawn(async move {
            let mut patches = readings.iter().cycle().skip(caller);
            while !meter.is_over() {
                let slot = Slot(chance.random_range(1..=slots));
                for patch in patches.by_ref().take(usize::try_from(stays)?) {
                    let write = Write::Reported {
                        slot,
                        patch: patch.clone(),
                        expected_version: None,
                        at: Clock::System.now(),
                    };
                    let start = Instant::now();
                    match store.write(vec![write]).await?.as_slice() {
                        [Ok(Written::Twin(_))] => meter.record(start.elapsed()),
                        other => bail!("a patch of {slot:?} gave {other:?}"),
                    }
                    if meter.is_over() {
                        break;
                    }
                }
            }
            Ok(())
        });
    }
    let (throughput, (), ()) = meter.watch(plan.stretch, || Ok(())).await?;
    for caller in callers.join_all().await {
        caller?;
    }
    Ok(throughput)
}
