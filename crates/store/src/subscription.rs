//! Subscriptions of devices that keep their session: they outlive connections and restarts.

use async_trait::async_trait;
use twin::id::Slot;

use crate::error::Error;

/// Keeping what devices have subscribed to.
#[async_trait]
pub trait Subscriptions: Send + Sync {
    /// The filters of a device as bits whose meaning is the gateway's; `None` when it keeps no session.
    async fn subscriptions(&self, slot: Slot) -> Result<Option<u32>, Error>;

    /// Writes the filters of many devices, each device once; `None` ends a session. Devices that are gone are passed over.
    async fn put_subscriptions(&self, changed: &[(Slot, Option<u32>)]) -> Result<(), Error>;
}
