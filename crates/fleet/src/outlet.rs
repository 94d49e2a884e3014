//! What the fleet asks of whoever holds the devices' connections.
//!
//! The gateway implements [`Outlet`]; tests implement it with a recorder. The fleet never knows a
//! socket, and the gateway never decides what a device should hear.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use twin::id::DeviceId;
use twin::{Map, Value};

/// A direct method on its way to a device (contract section 4.5).
#[derive(Debug, Clone, PartialEq)]
pub struct MethodRequest {
    /// The method's name.
    pub name: String,
    /// What it carries; `None` when the caller sent no payload at all.
    pub payload: Option<Value>,
}

/// What a device answered to a direct method.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodAnswer {
    /// The device's own status, any integer it likes.
    pub status: i64,
    /// The device's payload; `Null` when it sent none.
    pub payload: Value,
}

/// Why a direct method has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MethodError {
    /// No such device.
    #[error("The device is not registered.")]
    NotFound,
    /// The call itself is malformed.
    #[error("{0}")]
    Invalid(String),
    /// The payload is over the limit.
    #[error("The payload is {size} bytes; at most {max} are carried.")]
    TooLarge {
        /// Size of the payload as JSON text, in bytes.
        size: usize,
        /// The limit, in bytes.
        max: usize,
    },
    /// The caller may not invoke methods.
    #[error(transparent)]
    Denied(#[from] crate::access::Denied),
    /// The device did not come online within the connect timeout.
    #[error("Timed out waiting for device to connect.")]
    NotOnline {
        /// How long was waited.
        waited: Duration,
    },
    /// The device went away while the answer was awaited.
    #[error("Device unavailable")]
    Disconnected,
    /// The device did not answer within the response timeout.
    #[error("Timed out waiting for the response from device.")]
    NoAnswer,
    /// The device answered something that is not an answer.
    #[error("The device's response cannot be read: {0}")]
    BadResponse(String),
    /// Too many calls are already under way.
    #[error("Too many method calls are under way.")]
    Busy,
    /// The store did not answer.
    #[error("The service is unavailable.")]
    Unavailable,
}

/// The way out to devices.
///
/// [`desired_changed`](Outlet::desired_changed) and [`disconnect`](Outlet::disconnect) are called in
/// commit order from the path that commits: they must not block and must not call back into the
/// fleet; put the message into the session's bounded queue and return.
#[async_trait]
pub trait Outlet: Send + Sync {
    /// The desired properties of a device changed. Called once per change, in version order;
    /// a device that is not connected learns of it by reading its twin.
    fn desired_changed(&self, device: &DeviceId, notification: Arc<Map>, version: u64);

    /// Sends a method and waits for the answer, at most `response_timeout`.
    async fn invoke(
        &self,
        device: &DeviceId,
        request: MethodRequest,
        response_timeout: Duration,
    ) -> Result<MethodAnswer, MethodError>;

    /// Waits until the device can receive methods; `false` when it did not within `timeout`.
    async fn wait_online(&self, device: &DeviceId, timeout: Duration) -> bool;

    /// Ends the device's connection now, if it has one.
    fn disconnect(&self, device: &DeviceId, why: &str);
}
