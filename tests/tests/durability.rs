//! Goal: what the hub has acknowledged is there after the process is killed. Method: the real binary under a load of
//! reported patches over MQTT and TLS, killed with SIGKILL at random moments again and again over one data directory;
//! after each start every twin is read back through MQTT and compared with what was promised.

use std::time::{Duration, Instant};

use anyhow::Result;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tests::load::{Counter, Load, look_at_all};
use tests::process::run;
use tests::roster::register;
use tests::{Binary, Options};

const SEED: u64 = 2;
const ROUNDS: u32 = 25;
const DEVICES: usize = 12;
const WINDOW: usize = 8;
/// The server is killed after 2 to some power acknowledgments: mostly early, sometimes so late that the database is
/// moving its log into its file.
const POWER_MAX: f64 = 14.6;
/// Far more than it takes: a server that hangs fails the test.
const PATIENCE: Duration = Duration::from_mins(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_patches_survive_sigkill() -> Result<()> {
    tokio::time::timeout(PATIENCE, rounds()).await?
}

/// After how many acknowledgments; none is a moment too.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most some ten thousand"
)]
fn moment(power: f64) -> u64 {
    power.exp2() as u64 - 1
}

async fn rounds() -> Result<()> {
    let began = Instant::now();
    let data = tempfile::tempdir()?;
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut counters: Vec<Counter> = register(data.path(), DEVICES, SEED)?
        .into_iter()
        .map(Counter::new)
        .collect();
    let mut promised: u64 = 0;
    for round in 1..=ROUNDS {
        let server = Binary::start(&Options::new(data.path()))?;
        let kill_at = moment(rng.random_range(0.0..=POWER_MAX));
        let mut load = Load::start(counters, &server.mqtts()?, WINDOW).await?;
        load.reaches(kill_at).await?;
        server.kill()?;
        counters = load.ended().await?;
        promised = counters.iter().map(Counter::acknowledged).sum();
        println!("round {round}: killed after {kill_at}, {promised} promised so far");
    }

    let server = Binary::start(&Options::new(data.path()))?;
    let counters = look_at_all(counters, &server.mqtts()?).await?;
    let kept: u64 = counters.iter().map(Counter::acknowledged).sum();
    assert!(
        kept >= promised,
        "{promised} were promised, {kept} are kept"
    );
    assert!(promised > u64::from(ROUNDS), "only {promised} patches");
    assert!(server.stop()?, "the server did not end well");
    println!("{}", run(data.path(), &["check"])?);
    println!("{promised} promised, {kept} kept, {:?}", began.elapsed());
    Ok(())
}
