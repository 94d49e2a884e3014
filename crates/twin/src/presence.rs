//! Whether a device is connected, and when it was last heard (contract 5.9).
//!
//! ```
//! use twin::presence::Presence;
//!
//! assert_eq!(Presence::default().connection_state(), "Disconnected");
//! assert!(Presence::default().last_activity.is_never());
//! ```
//!
//! Presence lives in memory and is written behind; it is never part of the twin's versions.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The connection of one device as the server sees it now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Whether a session is open.
    pub connected: bool,
    /// The last connect, receive or send; [`Timestamp::NEVER`] when there was none.
    pub last_activity: Timestamp,
    /// When `connected` came to be what it is; [`Timestamp::NEVER`] when the device never connected.
    pub since: Timestamp,
}

impl Presence {
    /// `Connected` or `Disconnected`, as clients see it.
    pub const fn connection_state(&self) -> &'static str {
        if self.connected {
            "Connected"
        } else {
            "Disconnected"
        }
    }
}
