//! Telemetry: what devices send, kept for a while so that a person can look at the latest.

use async_trait::async_trait;
use twin::Map;
use twin::id::DeviceId;
use twin::time::Timestamp;

use crate::error::Error;

/// Reading telemetry.
#[async_trait]
pub trait Messages: Send + Sync {
    /// The latest messages of a device, newest first.
    async fn latest_messages(
        &self,
        device_id: &DeviceId,
        limit: usize,
    ) -> Result<Vec<Message>, Error>;
}

/// One device-to-cloud message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// When it was taken in.
    pub enqueued_at: Timestamp,
    /// The application's properties.
    pub properties: Map,
    /// The system's properties: message id, correlation id, content type and so on.
    pub system: Map,
    /// The body, as it came.
    pub body: Vec<u8>,
}
