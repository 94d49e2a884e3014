//! Many devices in one process: started at a steady rate, run until told to stop, summed up at the end.
//!
//! The demonstration fleet is a swarm inside the server's process, `tandem-swarm` is one by itself; both speak real MQTT
//! over TLS. A test can give it streams in memory and simulated time instead.

pub mod report;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use twin::Map;

use crate::chance::seeded;
use crate::client::{Dial, Login, Settings, connect};
use crate::clock::Clock;
use crate::device::{Device, Memory, Setup};
use crate::faults::{Faults, Silence};
use crate::model::Origin;
use crate::profile::Profile;
use crate::tally::Tally;
use report::Report;

/// One device of a swarm.
#[derive(Clone, Debug)]
pub struct Member {
    /// As whom it connects.
    pub login: Login,
    /// What it is.
    pub origin: Origin,
}

/// A swarm to be run.
pub struct SwarmConfig {
    /// Where the devices connect to; one endpoint with one TLS configuration serves them all.
    pub dial: Arc<dyn Dial>,
    /// The devices.
    pub members: Vec<Member>,
    /// The seed of all chance: faults, timing, readings.
    pub seed: u64,
    /// How lively and how faulty they are.
    pub profile: Profile,
    /// What each of them reports beside everything else.
    pub marks: Map,
    /// How many devices start in a second.
    pub ramp_up_per_s: f64,
    /// The time of day.
    pub clock: Clock,
    /// Where to count; shared with whoever watches while the swarm runs.
    pub tally: Arc<Tally>,
}

impl SwarmConfig {
    /// A swarm with the usual settings: the default profile, fifty starts a second, the machine's clock.
    pub fn new(dial: Arc<dyn Dial>, members: Vec<Member>, seed: u64) -> Self {
        let (profile, tally) = (Profile::default(), Arc::default());
        Self {
            dial,
            members,
            seed,
            profile,
            marks: Map::new(),
            ramp_up_per_s: 50.0,
            clock: Clock::System,
            tally,
        }
    }
}

/// Runs a swarm until `shutdown` is cancelled; returns when every device has disconnected.
pub async fn run(config: SwarmConfig, shutdown: CancellationToken) -> Report {
    let began = Instant::now();
    let devices = config.members.len();
    let profile = Arc::new(config.profile);
    let tracker = TaskTracker::new();
    let pause = Duration::try_from_secs_f64(1.0 / config.ramp_up_per_s).unwrap_or(Duration::ZERO);
    let mut silent = 0;
    for member in config.members {
        let device_id = member.login.device_id().to_owned();
        let mut chance = seeded(config.seed, &format!("faults of {device_id}"));
        let faults = Faults::draw(&profile.faults, member.origin.kind, &mut chance);
        if faults.silence == Some(Silence::Always) {
            config.tally.faults.tick("never connects");
            silent += 1;
            continue;
        }
        let settings = Settings {
            token_validity: Duration::from_secs(profile.token_s),
            keep_alive: Duration::from_secs(profile.keep_alive_s.into()),
            clock: config.clock,
            tally: Arc::clone(&config.tally),
            ..Settings::new(
                Arc::clone(&config.dial),
                member.login,
                seeded(config.seed, &format!("backoff of {device_id}")),
            )
        };
        let setup = Setup {
            device_id,
            origin: member.origin,
            profile: Arc::clone(&profile),
            faults,
            seed: config.seed,
            clock: config.clock,
            memory: Memory::Twin,
            marks: config.marks.clone(),
            tally: Arc::clone(&config.tally),
        };
        tracker.spawn(live(settings, setup, shutdown.clone()));
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = sleep(pause) => {}
        }
    }
    shutdown.cancelled().await;
    tracker.close();
    tracker.wait().await;
    Report::of(&config.tally, devices, silent, began.elapsed())
}

/// One device with its client, in one task.
async fn live(settings: Settings, setup: Setup, shutdown: CancellationToken) {
    let device_id = setup.device_id.clone();
    let (client, events, driver) = connect(settings);
    match Device::new(setup, client, events) {
        Ok(device) => {
            let (outcome, ()) = tokio::join!(device.run(shutdown.clone()), driver.run(shutdown));
            if let Err(error) = outcome {
                tracing::error!(device.id = %device_id, %error, "Device {device_id} stopped.");
            }
        }
        Err(error) => {
            tracing::error!(device.id = %device_id, %error, "Device {device_id} did not start.");
        }
    }
}

impl std::fmt::Debug for SwarmConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SwarmConfig")
            .field("members", &self.members.len())
            .field("seed", &self.seed)
            .field("ramp_up_per_s", &self.ramp_up_per_s)
            .finish_non_exhaustive()
    }
}
