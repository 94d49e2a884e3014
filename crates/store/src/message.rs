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

    /// The messages of a device, newest first, that came before the one numbered `before`. A body of more than
    /// `body_bytes_max` bytes is left out.
    async fn messages_before(
        &self,
        device_id: &DeviceId,
        before: Option<u64>,
        limit: usize,
        body_bytes_max: usize,
    ) -> Result<Vec<LoggedMessage>, Error>;
}

/// A message with its number, which later pages refer to.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedMessage {
    /// Its number in the log, growing with time.
    pub number: u64,
    /// How long its body is, in bytes.
    pub body_bytes: u64,
    /// The message; its body is empty when it is longer than was asked for.
    pub message: Message,
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
