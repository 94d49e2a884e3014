//! What a client tells its device, and why connections end.

use std::io;
use std::time::Duration;

use rmqtt_codec::error::{DecodeError, EncodeError};
use rmqtt_codec::v3::ConnectAckReason;
use twin::{Map, Value};

/// Something that happened on the connection.
#[derive(Debug)]
pub enum Event {
    /// The hub accepted the connection and the subscriptions are in place. Fetch the twin: what was asked in the
    /// meantime was not announced (contract section 5.8).
    Online {
        /// Whether the hub kept the session of the last connection.
        resumed: bool,
    },
    /// The connection ended, or a try to connect failed. The client tries again by itself.
    Offline {
        /// Why.
        why: Loss,
    },
    /// Desired properties changed.
    Desired {
        /// Their version after the change.
        version: u64,
        /// The change, with `null` for what is no longer asked.
        patch: Map,
    },
    /// So many desired notifications came that some were not kept: fetch the twin.
    Stale,
    /// A method is called; answer with [`super::Client::answer`].
    Method(MethodCall),
}

/// A call of a direct method.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodCall {
    /// The method's name.
    pub name: String,
    /// The payload; `null` when there was none.
    pub payload: Value,
    /// The hub's name for this call, given back with the answer.
    pub(super) rid: String,
    /// The connection on which it came: an answer on another one would reach nobody.
    pub(super) connection: u64,
}

/// Why a connection ended or could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Loss {
    /// The hub could not be reached or did not prove who it is.
    #[error("the hub cannot be reached")]
    Unreachable(#[source] io::Error),
    /// The hub refused the connection.
    #[error("the hub refused the connection: {}", .0.reason())]
    Refused(ConnectAckReason),
    /// The hub closed the connection.
    #[error("the hub closed the connection")]
    Closed,
    /// The connection broke.
    #[error("the connection broke")]
    Broken(#[source] io::Error),
    /// The hub did not answer in time.
    #[error("the hub did not answer within {} s", .0.as_secs())]
    NoAnswer(Duration),
    /// The hub sent something that is not MQTT, or not expected.
    #[error("the hub broke the protocol: {0}")]
    Protocol(String),
    /// The token is about to expire; the client connects again with a new one at once.
    #[error("the token is renewed")]
    Renewal,
    /// The device asked to be disconnected for a while.
    #[error("the device disconnected for {} s", .0.as_secs())]
    Ordered(Duration),
    /// The client is being stopped.
    #[error("the client is stopped")]
    Stopped,
}

impl Loss {
    /// A short name for counting.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Refused(_) => "refused",
            Self::Closed => "closed",
            Self::Broken(_) => "broken",
            Self::NoAnswer(_) => "no answer",
            Self::Protocol(_) => "protocol",
            Self::Renewal => "renewal",
            Self::Ordered(_) => "ordered",
            Self::Stopped => "stopped",
        }
    }
}

impl From<io::Error> for Loss {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Closed,
            _ => Self::Broken(error),
        }
    }
}

impl From<DecodeError> for Loss {
    fn from(error: DecodeError) -> Self {
        Self::Protocol(error.to_string())
    }
}

impl From<EncodeError> for Loss {
    fn from(error: EncodeError) -> Self {
        Self::Protocol(error.to_string())
    }
}

/// Why a request of a device got no answer to its liking.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The hub refused the request; resending the same will be refused again.
    #[error("the hub refused with status {status}: {message}")]
    Refused {
        /// The status, 400 and above.
        status: u16,
        /// The hub's explanation.
        message: String,
    },
    /// The hub's answer makes no sense.
    #[error("the hub's answer cannot be read")]
    Unreadable,
    /// The queue is full; try later.
    #[error("the queue is full")]
    Full,
    /// The client was stopped before the hub answered; whether the request took effect is not known.
    #[error("the client was stopped")]
    Stopped,
}
