//! Devices as the registry takes and gives them.

use store::Record;
use twin::Map;
use twin::id::DeviceId;
use twin::identity::{AuthenticationKind, Status};
use twin::presence::Presence;

/// A device to register.
#[derive(Clone)]
pub struct NewDevice {
    /// Its name.
    pub id: DeviceId,
    /// Whether it may connect.
    pub status: Status,
    /// Why the status is what it is.
    pub status_reason: Option<String>,
    /// How it will prove who it is.
    pub authentication: AuthenticationKind,
    /// Primary and secondary key in base64; a missing or empty one is made, when it proves itself by
    /// keys.
    pub keys: Option<(String, String)>,
    /// Thumbprints of its certificates, primary and secondary.
    pub thumbprints: (Option<String>, Option<String>),
    /// Its first tags.
    pub tags: Map,
    /// What is asked of it from the beginning.
    pub desired: Map,
    /// Why it is registered, in the actor's words.
    pub reason: Option<String>,
}

impl NewDevice {
    /// An enabled device without tags whose keys are made here.
    pub fn new(id: DeviceId) -> Self {
        Self {
            id,
            status: Status::Enabled,
            status_reason: None,
            authentication: AuthenticationKind::Sas,
            keys: None,
            thumbprints: (None, None),
            tags: Map::new(),
            desired: Map::new(),
            reason: None,
        }
    }
}

impl std::fmt::Debug for NewDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewDevice")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("authentication", &self.authentication)
            .finish_non_exhaustive()
    }
}

/// What changes of a device's identity; `None` leaves a part as it is.
#[derive(Clone, Default)]
pub struct DeviceUpdate {
    /// Whether it may connect; disabling ends its connection.
    pub status: Option<Status>,
    /// Why the status is what it is; `Some(None)` takes the reason away.
    pub status_reason: Option<Option<String>>,
    /// How it proves who it is.
    pub authentication: Option<AuthenticationKind>,
    /// New keys in base64; an empty one stays as it is. Other keys end its connection.
    pub keys: Option<(String, String)>,
    /// New thumbprints; other thumbprints end its connection.
    pub thumbprints: Option<(Option<String>, Option<String>)>,
    /// Why, in the actor's words.
    pub reason: Option<String>,
}

impl std::fmt::Debug for DeviceUpdate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceUpdate")
            .field("status", &self.status)
            .field("authentication", &self.authentication)
            .field("has_keys", &self.keys.is_some())
            .finish_non_exhaustive()
    }
}

/// A device as the registry shows it.
#[derive(Clone)]
pub struct Registered {
    /// Identity and twin.
    pub record: Record,
    /// Whether it is connected.
    pub presence: Presence,
    /// Primary and secondary key in base64, for those who may see them.
    pub keys: Option<(String, String)>,
}

impl std::fmt::Debug for Registered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registered")
            .field("record", &self.record)
            .field("presence", &self.presence)
            .finish_non_exhaustive()
    }
}

/// How many devices are registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// All.
    pub total: u64,
    /// Those that may connect.
    pub enabled: u64,
    /// Those that may not.
    pub disabled: u64,
}
