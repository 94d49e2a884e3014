//! Devices come and go: what the gateway says about connections.

use store::{Actor, Event, IdentityChange, Write};
use twin::Value;
use twin::id::{DeviceId, Match, Slot};
use twin::time::Timestamp;

use super::Monitor;
use crate::Error;

impl Monitor {
    /// Notes a new connection of a device. Each call is followed, sooner or later, by one of
    /// [`disconnected`](Self::disconnected); at a takeover the two may come in either order.
    ///
    /// Memory is changed at once; the future resolves when the event log has the connection.
    pub async fn connected(&self, slot: Slot, id: &DeviceId, at: Timestamp) {
        self.core.presences.connected(slot, at);
        self.noted(slot, id, at, "connected", Value::Null).await;
    }

    /// Notes the end of a connection, and why it ended, in words that follow "because".
    pub async fn disconnected(&self, slot: Slot, id: &DeviceId, at: Timestamp, why: &str) {
        self.core.presences.disconnected(slot, at);
        let detail = serde_json::json!({ "why": why });
        self.noted(slot, id, at, "disconnected", detail).await;
    }

    /// Notes that a device sent or received something that is no [event](super::DeviceEvent).
    pub fn heard(&self, slot: Slot, at: Timestamp) {
        self.core.presences.heard([slot], at);
    }

    /// Notes the model that a device announces when it connects; nothing happens when it is known.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the device was removed meanwhile.
    pub async fn announced_model(&self, id: &DeviceId, model_id: &str) -> Result<(), Error> {
        let store = &self.core.store;
        let record = store
            .device(id)
            .await?
            .ok_or_else(|| Error::no_device(id))?;
        if record.twin.model_id == model_id {
            return Ok(());
        }
        let write = Write::Identity {
            device_id: id.clone(),
            change: IdentityChange {
                model_id: Some(model_id.to_owned()),
                ..IdentityChange::default()
            },
            if_match: Match::Any,
            actor: Actor::Device(id.clone()),
            reason: None,
            at: self.core.clock.now(),
            audit: None,
        };
        match store.write(vec![write]).await?.into_iter().next() {
            Some(Err(refused)) => Err(Error::refused(id, refused)),
            Some(Ok(_)) | None => Ok(()),
        }
    }

    /// Writes an event of a connection, and tells pages. A device that was removed has no event log.
    async fn noted(&self, slot: Slot, id: &DeviceId, at: Timestamp, kind: &str, detail: Value) {
        self.core.bus.post_aside(id.clone());
        metrics::gauge!("device.connections.open")
            .set(super::meters::to_f64(self.core.presences.connected_count()));
        let event = Event {
            at,
            kind: kind.to_owned(),
            actor: Actor::Device(id.clone()),
            detail,
        };
        if let Err(error) = self
            .core
            .store
            .write(vec![Write::Event { slot, event }])
            .await
        {
            tracing::error!(
                device.id = id.as_str(),
                error = &error as &dyn std::error::Error,
                "That device {id} {kind} could not be written down."
            );
        }
    }
}
