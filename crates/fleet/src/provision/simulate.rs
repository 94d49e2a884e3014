//! Trying a device before it is built: the server plays it for some minutes, over the same connection as any other.
//!
//! Whoever can play a device implements [`Simulator`]; when, for how long and how many at once is decided here. A device
//! that has connected by itself is never played: two of one name would push each other out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use serde_json::json;
use store::{Record, Write};
use tokio_util::sync::CancellationToken;
use twin::Value;
use twin::id::DeviceId;
use twin::identity::Status;
use twin::presence::Presence;
use twin::time::Timestamp;

use super::Provision;
use super::writes::opened;
use crate::access::{Action, Principal, authorize};
use crate::sync::locked;
use crate::{Error, audit};

/// The member of its reported properties by which a simulated device says that it is one.
pub const SIMULATED: &str = "simulated";

/// Whoever can play a device.
#[async_trait]
pub trait Simulator: Send + Sync {
    /// Plays a device, which reports [`SIMULATED`] as true, until the token is cancelled.
    async fn play(&self, device: &DeviceId, connection_string: &str, stop: CancellationToken);
}

/// The devices that are being played.
#[derive(Default)]
pub(super) struct Simulations {
    simulator: OnceLock<Arc<dyn Simulator>>,
    running: Mutex<BTreeMap<DeviceId, Simulation>>,
}

#[derive(Clone)]
struct Simulation {
    until: Timestamp,
    stop: CancellationToken,
}

impl std::fmt::Debug for Simulations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulations")
            .field("running", &locked(&self.running).len())
            .finish_non_exhaustive()
    }
}

impl Provision {
    /// Says who plays devices. The first call counts; `false` for later ones.
    pub fn set_simulator(&self, simulator: Arc<dyn Simulator>) -> bool {
        self.simulations.simulator.set(simulator).is_ok()
    }

    /// Starts to play a device, and says until when. One that is played already goes on as it was.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] when it is disabled, has no keys, has connected by itself, when too many
    /// are being played or nobody can play any.
    pub async fn simulate(&self, principal: &Principal, id: &DeviceId) -> Result<Timestamp, Error> {
        authorize(principal, Action::SimulateDevice)?;
        let core = &self.core;
        let record = core.store.device(id).await?;
        let record = record.ok_or_else(|| Error::no_device(id))?;
        if let Some(until) = self.simulated_until(id) {
            return Ok(until);
        }
        let presence = core.presences.get(record.slot);
        may_be_played(&record, presence)?;
        let (key, _) = opened(core, &record).ok_or_else(|| {
            Error::invalid("Only a device that proves itself by keys can be simulated.")
        })?;
        let simulator = self.simulations.simulator.get().map(Arc::clone);
        let simulator =
            simulator.ok_or_else(|| Error::invalid("This server simulates no devices."))?;
        let simulation = Simulation {
            until: core.clock.now().plus(core.limits.simulation_for),
            stop: core.tasks.token().child_token(),
        };
        self.admit(id, &simulation)?;
        let entry = audit::done(core, principal, "device.simulate", id.as_str())
            .detail(json!({ "until": simulation.until.to_string() }))
            .entry();
        if let Err(error) = core.store.write(vec![Write::Audit(entry)]).await {
            self.forget(id);
            return Err(error.into());
        }
        let until = simulation.until;
        let (these, id) = (self.clone(), id.clone());
        let connection_string = self.connection_string(&id, &key);
        core.tasks.spawn("device.simulation", async move {
            let stop = simulation.stop;
            let length = these.core.limits.simulation_for;
            let playing = simulator.play(&id, &connection_string, stop.clone());
            let ending = async {
                let _ = tokio::time::timeout(length, stop.cancelled()).await;
                stop.cancel();
            };
            tokio::join!(playing, ending);
            these.forget(&id);
        });
        Ok(until)
    }

    /// Stops playing a device; `false` when it is not being played.
    ///
    /// # Errors
    /// When the caller may not, or the store does not answer: then it goes on.
    pub async fn stop_simulation(
        &self,
        principal: &Principal,
        id: &DeviceId,
    ) -> Result<bool, Error> {
        authorize(principal, Action::SimulateDevice)?;
        let stop = locked(&self.simulations.running)
            .get(id)
            .map(|simulation| simulation.stop.clone());
        let Some(stop) = stop else {
            return Ok(false);
        };
        let entry = audit::done(&self.core, principal, "device.simulate.stop", id.as_str()).entry();
        self.core.store.write(vec![Write::Audit(entry)]).await?;
        stop.cancel();
        Ok(true)
    }

    /// Until when a device is being played; `None` when it is not.
    pub fn simulated_until(&self, id: &DeviceId) -> Option<Timestamp> {
        let running = locked(&self.simulations.running);
        running.get(id).map(|simulation| simulation.until)
    }

    fn admit(&self, id: &DeviceId, simulation: &Simulation) -> Result<(), Error> {
        let max = self.core.limits.simulations_max;
        let mut running = locked(&self.simulations.running);
        if running.contains_key(id) {
            return Err(Error::invalid("The device is being simulated already."));
        }
        if running.len() >= max {
            return Err(Error::Invalid(format!(
                "{max} devices are being simulated, the most at once. Stop one of them, or wait."
            )));
        }
        running.insert(id.clone(), simulation.clone());
        Ok(())
    }

    fn forget(&self, id: &DeviceId) {
        locked(&self.simulations.running).remove(id);
    }
}

/// Whether a device may be played: not when it is kept out, and not when it speaks for itself.
fn may_be_played(record: &Record, presence: Presence) -> Result<(), Error> {
    if record.identity.status == Status::Disabled {
        return Err(Error::invalid("The device is disabled: enable it first."));
    }
    let was_played = record.twin.reported.values.get(SIMULATED) == Some(&Value::Bool(true));
    let has_come = presence.connected || !presence.last_activity.is_never();
    if has_come && (presence.connected || !was_played) {
        return Err(Error::invalid(
            "The device has connected by itself: a simulated one would speak in its place.",
        ));
    }
    Ok(())
}
