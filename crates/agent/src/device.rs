//! A device: it keeps its reported properties true, does what it is asked, answers methods, updates its firmware.
//!
//! Both halves of the twin are handled as state, not as messages. What the device would say is one document, what the
//! hub is known to have is another, and a report is the difference of the two; what was missed while away, by either
//! side, is found the same way after the twin is fetched (`desired` does it for the other half). One report is on its
//! way at a time, so later changes fold into the next.
//!
//! All timed work stands on an `agenda`; a restart clears it, as switching off does. The device survives a restart of
//! its process with a [`state::StateFile`]; without one ([`Memory::Twin`]) it remembers by what it last reported.

mod absence;
mod agenda;
pub mod desired;
pub mod firmware;
mod journal;
mod methods;
mod reported;
mod settle;
pub mod state;
mod update;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use twin::{Map, Value};

use crate::chance::{Chance, between, seeded};
use crate::client::{Client, ClientError, Document, Event, Loss, Message};
use crate::clock::Clock;
use crate::faults::{Faults, Silence};
use crate::model::{self, Model, Origin, number, object};
use crate::profile::Profile;
use crate::tally::Tally;
use agenda::{Agenda, Task};
use journal::Journal;
use state::{State, StateError, StateFile};

/// Where a device remembers what must outlive its process.
#[derive(Clone, Debug)]
pub enum Memory {
    /// In a file.
    File(StateFile),
    /// In its twin: it takes over the firmware version that it finds reported there.
    Twin,
}

/// What makes one device.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Its id.
    pub device_id: String,
    /// What it is from the factory.
    pub origin: Origin,
    /// How lively it is.
    pub profile: Arc<Profile>,
    /// What is wrong with it.
    pub faults: Faults,
    /// The seed of its chance.
    pub seed: u64,
    /// The time of day.
    pub clock: Clock,
    /// Where it remembers.
    pub memory: Memory,
    /// What it reports beside everything else from its start on.
    pub marks: Map,
    /// Where to count.
    pub tally: Arc<Tally>,
}

/// A running device.
pub struct Device {
    client: Client,
    events: mpsc::Receiver<Event>,
    profile: Arc<Profile>,
    faults: Faults,
    kind: model::Kind,
    model: Box<dyn Model>,
    chance: Chance,
    clock: Clock,
    memory: Memory,
    marks: Map,
    tally: Arc<Tally>,
    state: State,
    /// What the device would say.
    reported: Map,
    /// What the hub is known to have; `None` until the twin was fetched.
    said: Option<Map>,
    is_online: bool,
    fetching: Option<BoxFuture<'static, Result<Document, ClientError>>>,
    reporting: Option<BoxFuture<'static, Result<u64, ClientError>>>,
    agenda: Agenda,
    /// The version of the desired properties when the twin was last asked for.
    desired_at_fetch: u64,
    /// Set while the device says its last word before a restart of this length.
    leaving: Option<Duration>,
    journal: Journal,
    report_every: Duration,
    telemetry_every: Duration,
    booted: Instant,
    advanced: Instant,
}

impl Device {
    /// Prepares a device that talks through `client`.
    ///
    /// # Errors
    /// [`StateError`]: its state file cannot be used.
    pub fn new(
        setup: Setup,
        client: Client,
        events: mpsc::Receiver<Event>,
    ) -> Result<Self, StateError> {
        let kept = match &setup.memory {
            Memory::File(file) => file.load(&setup.device_id)?,
            Memory::Twin => None,
        };
        let state = kept.unwrap_or_else(|| State::new(&setup.device_id, &setup.origin.firmware));
        let mut chance = seeded(setup.seed, &setup.device_id);
        let now = Instant::now();
        Ok(Self {
            client,
            events,
            kind: setup.origin.kind,
            model: model::build(&setup.origin, &mut chance),
            report_every: setup.profile.report_every_s.draw(&mut chance),
            telemetry_every: setup.profile.telemetry_every_s.draw(&mut chance),
            profile: setup.profile,
            faults: setup.faults,
            chance,
            clock: setup.clock,
            memory: setup.memory,
            marks: setup.marks,
            tally: setup.tally,
            state,
            reported: Map::new(),
            said: None,
            is_online: false,
            fetching: None,
            reporting: None,
            desired_at_fetch: 0,
            agenda: Agenda::default(),
            leaving: None,
            journal: Journal::default(),
            booted: now,
            advanced: now,
        })
    }

    /// Lives until `shutdown` is cancelled or the client's driver ends.
    ///
    /// # Errors
    /// [`StateError`]: the state could not be saved; going on would risk reporting what is not so.
    pub async fn run(mut self, shutdown: CancellationToken) -> Result<(), StateError> {
        self.boot().await?;
        loop {
            self.report_what_changed();
            self.leave_when_all_is_said().await;
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return Ok(()),
                event = self.events.recv() => match event {
                    Some(event) => self.hear(event).await?,
                    None => return Ok(()),
                },
                document = answer(&mut self.fetching) => self.fetched(document).await?,
                outcome = answer(&mut self.reporting) => self.was_reported(outcome),
                () = sleep_until(self.agenda.next_at()) => self.do_what_is_due().await?,
            }
        }
    }

    /// Starts: counts it, goes on with an interrupted update, and says everything about itself.
    async fn boot(&mut self) -> Result<(), StateError> {
        self.booted = Instant::now();
        self.advanced = self.booted;
        self.state.boot_count += 1;
        let now = self.clock.now();
        if self.state.boot_count > 1 {
            self.say(&object!({ "iothubDM": { "reboot": { "lastReboot": now.to_string() } } }));
        }
        self.say(&object!({ "boot_count": self.state.boot_count, "started": now.to_string(), "identifying": false }));
        let (constants, marks) = (self.model.constants(), self.marks.clone());
        self.say(&constants);
        self.say(&marks);
        self.say_readings();
        self.note("started");

        let outcome = self
            .faults
            .firmware_failure(None)
            .cloned()
            .map_or(Ok(()), Err);
        let next = self.state.firmware.started(outcome, now);
        self.go_on(next).await?;
        self.settle_what_is_open();

        let (report, telemetry) = (self.report_every, self.telemetry_every);
        self.plan_within(report, Task::Report);
        self.plan_within(telemetry, Task::Telemetry);
        if let Some(mean) = self.faults.loses_power_every {
            self.plan_within(mean * 2, Task::LosePower);
        }
        if let Some(Silence::Spells { present, .. }) = self.faults.silence {
            self.plan_within(present * 2, Task::FallSilent);
        }
        Ok(())
    }

    async fn hear(&mut self, event: Event) -> Result<(), StateError> {
        match event {
            Event::Online { .. } => {
                self.is_online = true;
                self.note("connected");
                self.fetch();
            }
            Event::Offline { why } => {
                self.is_online = false;
                if !matches!(why, Loss::Renewal) {
                    self.note(&why.to_string());
                }
            }
            Event::Stale => self.fetch(),
            Event::Desired { version, patch } => {
                if let Some(change) = self.state.desired.notified(version, patch) {
                    self.asked(&change).await?;
                }
            }
            Event::Method(call) => self.called(call).await,
        }
        Ok(())
    }

    async fn do_what_is_due(&mut self) -> Result<(), StateError> {
        while let Some(task) = self.agenda.pop_due(Instant::now()) {
            match task {
                Task::Report => {
                    self.say_readings();
                    let next = self.report_every.mul_f64(between_shares(&mut self.chance));
                    self.agenda.plan(next, Task::Report);
                }
                Task::Telemetry => self.measure(),
                Task::Settle(paths) => self.settle(&paths).await?,
                Task::FirmwareStep => self.firmware_step().await?,
                Task::Leave => self.leave().await,
                Task::Boot => self.boot().await?,
                Task::IdentifyEnd => self.say(&object!({ "identifying": false })),
                Task::LosePower => self.lose_power().await,
                Task::PowerBack => {
                    self.model.set_mains(true);
                    self.say_readings();
                }
                Task::FallSilent => self.fall_silent().await,
            }
        }
        Ok(())
    }

    fn measure(&mut self) {
        self.advance();
        if self.is_online {
            let body = self.model.telemetry();
            // A full queue is counted by the client; the next measurement says more.
            drop(self.client.try_telemetry(Message::json(&body)));
        }
        let asked = number(
            &self.state.settings,
            &["telemetry", "interval_s"],
            self.telemetry_every.as_secs_f64(),
        );
        let every = Duration::try_from_secs_f64(asked).unwrap_or(self.telemetry_every);
        let next = every.mul_f64(between_shares(&mut self.chance));
        self.agenda.plan(next, Task::Telemetry);
    }

    fn say_readings(&mut self) {
        self.advance();
        let readings = self.model.readings();
        self.say(&readings);
    }

    fn advance(&mut self) {
        let now = Instant::now();
        self.model
            .advance(now - self.advanced, &self.state.settings, &mut self.chance);
        self.advanced = now;
    }

    /// Makes the state durable before anybody hears of it.
    async fn save(&mut self) -> Result<(), StateError> {
        let Memory::File(file) = &self.memory else {
            return Ok(());
        };
        let (file, state) = (file.clone(), self.state.clone());
        match tokio::task::spawn_blocking(move || file.save(&state)).await {
            Ok(outcome) => outcome,
            // The runtime is shutting down; the old state stays.
            Err(_) => Ok(()),
        }
    }

    /// Plans a task at a moment drawn from the next `period`, so that a fleet does not act in step.
    fn plan_within(&mut self, period: Duration, task: Task) {
        let after = between(&mut self.chance, Duration::ZERO, period);
        self.agenda.plan(after, task);
    }

    /// Writes into the device's own log.
    fn note(&mut self, what: &str) {
        tracing::debug!(device.id = %self.state.device_id, "{what}");
        self.journal.note(self.clock.now(), what);
    }

    fn diagnostics(&mut self) -> Value {
        self.advance();
        let tally = &self.tally;
        json!({
            "uptime_s": self.booted.elapsed().as_secs(),
            "boot_count": self.state.boot_count,
            "firmware": self.state.firmware.report(),
            "desired_version": self.state.desired.version(),
            "settings": self.state.settings,
            "readings": self.model.readings(),
            "connection": {
                "reconnects": tally.reconnects.get(),
                "losses": tally.losses.all(),
                "telemetry_acknowledged": tally.telemetry.get(),
                "telemetry_dropped": tally.telemetry_dropped.get(),
                "reports_accepted": tally.reports.get(),
                "reports_refused": tally.reports_refused.get(),
            },
            "log": self.journal.lines(),
        })
    }
}

/// The answer of a request, once there is a request.
async fn answer<T>(request: &mut Option<BoxFuture<'static, T>>) -> T {
    match request {
        Some(future) => {
            let answer = future.await;
            *request = None;
            answer
        }
        None => std::future::pending().await,
    }
}

/// A factor around one, so that periods are not exact.
fn between_shares(chance: &mut Chance) -> f64 {
    use rand::Rng as _;
    chance.random_range(0.9..1.1)
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
