//! The calls of a method job: some in flight at once, each at most once.
//!
//! That a device is about to be called is durable before it is; the answer is settled as it comes. Calls that were in flight when the process ended are
//! settled as unknown first of all: whether those devices did it, nobody knows, and asking again would do it twice.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt as _};
use store::{DeviceState, Event, Job, JobAct, JobDevice, MethodWork, Outcome, Which, Work, Write};
use twin::Value;
use twin::id::Slot;

use super::pace::Pace;
use super::runs::Calling;
use super::steps::{actor, step};
use crate::Error;
use crate::configure::method;
use crate::core::Core;
use crate::outlet::{MethodAnswer, MethodError};

/// Calls in flight at once, for one job.
const IN_FLIGHT_MAX: usize = 200;
/// Devices marked in one transaction; free places that are waited for, unless nothing is in flight.
const CLAIM: usize = 50;
/// Answers settled in one transaction.
const SETTLE: usize = 64;
/// How long a start waits between two looks for whoever holds the connections.
const OUTLET_PAUSE: Duration = Duration::from_millis(20);
/// Devices settled as unknown in one transaction.
const UNKNOWN_BATCH: usize = 256;

type Answer = (JobDevice, Result<MethodAnswer, MethodError>, Duration);

/// Makes the calls of a job until none is left, it is canceled, or the fleet shuts down.
pub(crate) async fn run(core: Arc<Core>, job: Job, calling: Calling) {
    let id = job.id;
    if let Err(error) = Calls::new(&core, job).run().await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "The calls of job {id} stopped; they are taken up again."
        );
    }
    drop(calling);
    core.runs.wake();
}

struct Calls<'a> {
    core: &'a Arc<Core>,
    job: Job,
    method: Option<MethodWork>,
    pace: Pace,
    in_flight: FuturesUnordered<BoxFuture<'static, Answer>>,
}

impl<'a> Calls<'a> {
    fn new(core: &'a Arc<Core>, job: Job) -> Self {
        let method = match &job.spec.work {
            Work::Method(method) => Some(method.clone()),
            Work::Change(_) | Work::Undo(_) => None,
        };
        Self {
            pace: Pace::new(job.spec.per_second_max, core.clock.monotonic()),
            core,
            job,
            method,
            in_flight: FuturesUnordered::new(),
        }
    }

    async fn run(mut self) -> Result<(), Error> {
        let core = self.core;
        let token = core.tasks.token();
        give_up_on_called(core, &self.job).await?;
        if token
            .run_until_cancelled(reconnected(core, &self.job))
            .await
            .is_none()
        {
            return Ok(());
        }
        loop {
            if token.is_cancelled() {
                // What is in flight is unknown after the next start.
                return Ok(());
            }
            let is_room =
                self.in_flight.is_empty() || self.in_flight.len() + CLAIM <= IN_FLIGHT_MAX;
            let claimed = if is_room { self.claim().await? } else { 0 };
            if claimed > 0 {
                continue;
            }
            let wait = self.pace.wait();
            let is_paced = self.pace.room(self.core.clock.monotonic(), 1) == 0;
            if self.in_flight.is_empty() && !is_paced {
                return Ok(());
            }
            let answered = self.in_flight.next();
            let next = async {
                tokio::select! {
                    Some(answer) = answered => Some(answer),
                    () = tokio::time::sleep(wait), if is_paced => None,
                }
            };
            if let Some(Some(answer)) = token.run_until_cancelled(next).await {
                self.settle(answer).await?;
            }
        }
    }

    /// Marks pending devices and calls those that are connected; gives how many were taken from the pending ones.
    async fn claim(&mut self) -> Result<usize, Error> {
        let Some(method) = self.method.clone() else {
            return Ok(0);
        };
        let max = CLAIM.min(IN_FLIGHT_MAX - self.in_flight.len());
        let room = self.pace.room(self.core.clock.monotonic(), max);
        if room == 0 {
            return Ok(0);
        }
        let devices = devices(self.core, &self.job, DeviceState::Pending, room).await?;
        let mut writes: Vec<Write> = Vec::with_capacity(devices.len());
        for device in &devices {
            let act = if is_connected(self.core, device).await {
                JobAct::Call
            } else {
                JobAct::Settle {
                    outcome: Outcome::new(DeviceState::Skipped, "not connected", ""),
                    event: None,
                }
            };
            writes.push(step(self.core, &self.job, device.slot, act));
        }
        let is_call =
            |write: &Write| matches!(write, Write::Job(step) if matches!(step.act, JobAct::Call));
        let calls: Vec<_> = writes.iter().map(is_call).collect();
        let results = self.core.store.write(writes).await?;
        let (mut taken, mut called) = (0, 0);
        for ((device, is_call), result) in devices.into_iter().zip(calls).zip(results) {
            // Refused when the job was canceled meanwhile: then the device is not called.
            if result.is_ok() {
                taken += 1;
                if is_call {
                    called += 1;
                    self.in_flight.push(ask(self.core, device, &method));
                }
            }
        }
        self.pace.took(called);
        Ok(taken)
    }

    /// Settles an answer, together with those that are there already.
    async fn settle(&mut self, first: Answer) -> Result<(), Error> {
        let mut answers = vec![first];
        while answers.len() < SETTLE
            && let Some(Some(answer)) = self.in_flight.next().now_or_never()
        {
            answers.push(answer);
        }
        let writes = answers.iter().map(|(device, result, took)| {
            let event = Event {
                at: self.core.clock.now(),
                kind: "method".to_owned(),
                actor: actor(&self.job),
                detail: self.detail(result, *took),
            };
            let act = JobAct::Settle {
                outcome: outcome(result),
                event: Some(event),
            };
            step(self.core, &self.job, device.slot, act)
        });
        self.core.store.write(writes.collect()).await?;
        for (device, ..) in answers {
            self.core.bus.post_aside(device.device_id);
        }
        Ok(())
    }

    fn detail(&self, result: &Result<MethodAnswer, MethodError>, took: Duration) -> Value {
        let name = self.method.as_ref().map_or("", |method| &method.name);
        let mut detail = method::detail(name, result, took);
        if let Value::Object(members) = &mut detail {
            members.insert("job".to_owned(), self.job.id.0.into());
            members.insert(
                "reason".to_owned(),
                self.job.spec.start.reason.clone().into(),
            );
        }
        detail
    }
}

/// Settles devices that were called when the process ended.
async fn give_up_on_called(core: &Core, job: &Job) -> Result<(), Error> {
    let outcome = Outcome::new(
        DeviceState::Failed,
        "unknown",
        "The server stopped before the answer came: the device may have done it. It was not called again.",
    );
    loop {
        let devices = devices(core, job, DeviceState::Called, UNKNOWN_BATCH).await?;
        if devices.is_empty() {
            return Ok(());
        }
        let writes = devices.iter().map(|device| {
            let act = JobAct::Settle {
                outcome: outcome.clone(),
                event: None,
            };
            step(core, job, device.slot, act)
        });
        core.store.write(writes.collect()).await?;
    }
}

/// Waits until devices can be there: a job that was under way when the process ended would meet none of them.
async fn reconnected(core: &Core, job: &Job) {
    if job.spec.start.at < core.opened_at {
        tokio::time::sleep(core.limits.jobs_reconnect_wait).await;
    }
    while core.outlet.get().is_none() {
        tokio::time::sleep(OUTLET_PAUSE).await;
    }
}

async fn devices(
    core: &Core,
    job: &Job,
    state: DeviceState,
    limit: usize,
) -> Result<Vec<JobDevice>, Error> {
    let which = Which::In(state);
    Ok(core
        .store
        .job_devices(job.id, which, Slot(0), limit)
        .await?)
}

async fn is_connected(core: &Core, device: &JobDevice) -> bool {
    match core.outlet.get() {
        Some(outlet) => outlet.wait_online(&device.device_id, Duration::ZERO).await,
        None => false,
    }
}

fn ask(core: &Arc<Core>, device: JobDevice, method: &MethodWork) -> BoxFuture<'static, Answer> {
    let (core, call) = (Arc::clone(core), super::call(method));
    async move {
        let started = core.clock.monotonic();
        let result = method::send(&core, &device.device_id, call).await;
        let took = core.clock.monotonic().saturating_sub(started);
        (device, result, took)
    }
    .boxed()
}

fn outcome(result: &Result<MethodAnswer, MethodError>) -> Outcome {
    let failed = |code: &str, answer: &str| Outcome::new(DeviceState::Failed, code, answer);
    match result {
        Ok(answer) => {
            let state = if (200..300).contains(&answer.status) {
                DeviceState::Done
            } else {
                DeviceState::Failed
            };
            let payload = match &answer.payload {
                Value::Null => String::new(),
                payload => payload.to_string(),
            };
            Outcome::new(state, answer.status.to_string(), &payload)
        }
        Err(MethodError::NotOnline { .. }) => {
            Outcome::new(DeviceState::Skipped, "not connected", "")
        }
        Err(MethodError::Disconnected) => failed(
            "no answer",
            "The connection was lost before the answer came: the device may have done it.",
        ),
        Err(MethodError::NoAnswer) => failed(
            "no answer",
            "No answer came in time: the device may have done it.",
        ),
        Err(error @ MethodError::BadResponse(_)) => failed("unreadable answer", &error.to_string()),
        Err(error) => failed("not called", &error.to_string()),
    }
}
