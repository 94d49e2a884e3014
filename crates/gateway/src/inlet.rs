//! The way of device events into the fleet, bounded over all connections.
//!
//! Each connection has at most one batch under way; a [`Gate`] bounds the events of all of them. A connection that finds
//! it full waits, takes no more from its socket, and so the device waits too.

use std::sync::Arc;

use bytes::Bytes;
use fleet::Principal;
use fleet::monitor::{self, DeviceEvent};
use store::{Queue, Stalls};
use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::error;
use twin::id::{DeviceId, Slot};
use twin::view::device_twin;
use wire::error_body::ErrorBody;

use crate::hub::Hub;
use crate::session::{Outcome, Refusal, Step};
use crate::status;

/// Room for events on their way into the store.
#[derive(Debug)]
pub(crate) struct Gate {
    room: Semaphore,
    events_max: usize,
    stalls: Stalls,
}

impl Gate {
    pub(crate) fn new(events_max: usize) -> Self {
        Self {
            room: Semaphore::new(events_max),
            events_max,
            stalls: Stalls::default(),
        }
    }

    /// Events on their way; a connection that finds no room waits.
    pub(crate) fn queue(&self) -> Queue {
        Queue {
            name: "gateway.inlet",
            depth: self.events_max - self.room.available_permits(),
            bound: self.events_max,
            stalls: self.stalls.count(),
        }
    }

    /// Waits until there is room for a batch.
    async fn enter(&self, events: usize) -> Option<SemaphorePermit<'_>> {
        let events = u32::try_from(events.min(self.events_max)).unwrap_or(u32::MAX);
        if let Ok(permit) = self.room.try_acquire_many(events) {
            return Some(permit);
        }
        self.stalls.add();
        self.room.acquire_many(events).await.ok()
    }
}

/// One device's way in.
#[derive(Debug, Clone)]
pub(crate) struct Inlet {
    pub(crate) hub: Arc<Hub>,
    pub(crate) device: DeviceId,
    pub(crate) slot: Slot,
}

impl Inlet {
    /// Carries out steps in order and says what became of each. Returns when everything is durable.
    pub(crate) async fn perform(self, steps: Vec<Step>) -> Vec<Outcome> {
        let _room = self.hub.gate.enter(steps.len()).await;
        let mut outcomes = Vec::with_capacity(steps.len());
        let mut events = Vec::new();
        for step in steps {
            match step {
                Step::Report {
                    patch,
                    expected_version,
                } => {
                    events.push(DeviceEvent::Reported {
                        slot: self.slot,
                        patch,
                        expected_version,
                    });
                }
                Step::Keep {
                    properties,
                    system,
                    body,
                } => {
                    let message = store::Message {
                        enqueued_at: self.hub.now(),
                        properties,
                        system,
                        body: body.into(),
                    };
                    events.push(DeviceEvent::Telemetry {
                        slot: self.slot,
                        message,
                    });
                }
                Step::ReadTwin => {
                    self.ingest(&mut events, &mut outcomes).await;
                    outcomes.push(self.read_twin().await);
                }
                Step::Remember(subscriptions) => {
                    self.ingest(&mut events, &mut outcomes).await;
                    outcomes.push(self.remember(subscriptions.bits()).await);
                }
                Step::Refuse(refusal) => {
                    self.ingest(&mut events, &mut outcomes).await;
                    outcomes.push(self.refused(&refusal));
                }
            }
        }
        self.ingest(&mut events, &mut outcomes).await;
        outcomes
    }

    /// What came before a step that is no event is durable before it.
    async fn ingest(&self, events: &mut Vec<DeviceEvent>, outcomes: &mut Vec<Outcome>) {
        if events.is_empty() {
            return;
        }
        let results = self
            .hub
            .fleet
            .monitor()
            .ingest(std::mem::take(events))
            .await;
        outcomes.extend(results.into_iter().map(|result| match result {
            Ok(monitor::Outcome::Reported { version }) => Outcome::Reported { version },
            Ok(monitor::Outcome::Stored) => Outcome::Kept,
            Err(monitor::Refused::Unavailable) => Outcome::Unknown,
            Err(refused) => self.refused(&Refusal {
                code: status::of_event(&refused),
                message: refused.to_string(),
            }),
        }));
    }

    async fn read_twin(&self) -> Outcome {
        self.hub.fleet.monitor().heard(self.slot, self.hub.now());
        let own = Principal::Device(self.device.clone());
        match self.hub.fleet.monitor().record(&own, &self.device).await {
            Ok(Some(live)) => Outcome::Twin(device_twin(&live.record.twin).to_string().into()),
            Ok(None) => self.refuse(&fleet::Error::no_device(&self.device)),
            Err(error) => {
                self.log(&error, "The twin of device {id} could not be read.");
                self.refuse(&error)
            }
        }
    }

    async fn remember(&self, subscriptions: u32) -> Outcome {
        self.hub.fleet.monitor().heard(self.slot, self.hub.now());
        match self.hub.keeper.keep(self.slot, Some(subscriptions)).await {
            Ok(()) => Outcome::Kept,
            Err(error) => {
                self.log(
                    &error,
                    "The subscriptions of device {id} could not be stored.",
                );
                Outcome::Unknown
            }
        }
    }

    fn refuse(&self, error: &fleet::Error) -> Outcome {
        self.refused(&Refusal {
            code: status::of_request(error),
            message: error.to_string(),
        })
    }

    fn refused(&self, refusal: &Refusal) -> Outcome {
        let body = ErrorBody {
            code: refusal.code,
            message: &refusal.message,
            tracking_id: &self.hub.tracking_id(),
            at: self.hub.now(),
        };
        Outcome::Refused {
            status: refusal.code.http_status(),
            body: Bytes::from(body.to_mqtt().to_string()),
        }
    }

    fn log(&self, error: &(dyn std::error::Error + 'static), what: &str) {
        let id = self.device.as_str();
        error!(device.id = id, error, "{}", what.replace("{id}", id));
    }
}
