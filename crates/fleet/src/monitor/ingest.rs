//! What devices send: reports and telemetry, on their way into the store.

use store::{Message, Refused as StoreRefused, Write, Written};
use twin::Map;
use twin::document::TwinError;
use twin::id::Slot;

use super::Monitor;

/// Something a device sent.
#[derive(Debug, Clone, PartialEq)]
pub enum DeviceEvent {
    /// A patch of its reported properties.
    Reported {
        /// Which device.
        slot: Slot,
        /// The merge patch (contract section 5.3).
        patch: Map,
        /// The version that the device believes is current, when it says so.
        expected_version: Option<u64>,
    },
    /// A telemetry message.
    Telemetry {
        /// Which device.
        slot: Slot,
        /// What it sent.
        message: Message,
    },
}

impl DeviceEvent {
    fn slot(&self) -> Slot {
        match self {
            Self::Reported { slot, .. } | Self::Telemetry { slot, .. } => *slot,
        }
    }
}

/// What became of it; durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The report is part of the twin.
    Reported {
        /// The version of the reported properties with it.
        version: u64,
    },
    /// The message is kept.
    Stored,
}

/// Why it was not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refused {
    /// The device was removed meanwhile.
    #[error("The device is not registered.")]
    NotFound,
    /// The report breaks a rule of twins. The device fixes it.
    #[error(transparent)]
    Twin(#[from] TwinError),
    /// The store could not take it. The device sends it again.
    #[error("The service is unavailable.")]
    Unavailable,
}

impl Monitor {
    /// Takes events in and answers each, in order, when it is durable. All of one call are one
    /// transaction, usually shared with other callers; events of one device keep their order when the
    /// calls are made in order. Waits while the store's queue is full: that is the back-pressure.
    pub async fn ingest(&self, events: Vec<DeviceEvent>) -> Vec<Result<Outcome, Refused>> {
        let core = &self.core;
        let at = core.clock.now();
        let slots: Vec<_> = events.iter().map(DeviceEvent::slot).collect();
        core.meters.received(events.len(), core.clock.monotonic());
        let write = |event| match event {
            DeviceEvent::Reported {
                slot,
                patch,
                expected_version,
            } => Write::Reported {
                slot,
                patch,
                expected_version,
                at,
            },
            DeviceEvent::Telemetry { slot, message } => Write::Message { slot, message },
        };
        let results = match core
            .store
            .write(events.into_iter().map(write).collect())
            .await
        {
            Ok(results) => results,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "Events of devices could not be stored."
                );
                return vec![Err(Refused::Unavailable); slots.len()];
            }
        };
        let is_known =
            |result: &Result<_, StoreRefused>| !matches!(result, Err(StoreRefused::NotFound));
        let heard = slots
            .iter()
            .zip(&results)
            .filter(|(_, result)| is_known(result));
        core.presences.heard(heard.map(|(slot, _)| *slot), at);
        results.into_iter().map(outcome).collect()
    }
}

fn outcome(result: Result<Written, StoreRefused>) -> Result<Outcome, Refused> {
    match result {
        Ok(Written::Twin(change)) => Ok(Outcome::Reported {
            version: change.record.twin.reported.version,
        }),
        Ok(Written::Stored) => Ok(Outcome::Stored),
        Err(StoreRefused::Twin(error)) => Err(Refused::Twin(error)),
        Err(StoreRefused::Corrupt { .. }) => Err(Refused::Unavailable),
        // No event of a device removes devices, creates them, names an etag or is of a job.
        Ok(Written::Deleted { .. })
        | Err(
            StoreRefused::NotFound
            | StoreRefused::Exists
            | StoreRefused::PreconditionFailed
            | StoreRefused::Settled,
        ) => Err(Refused::NotFound),
    }
}
