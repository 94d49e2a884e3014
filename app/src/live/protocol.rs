//! What is said on the live channel, as JSON text, one message a frame.

use reader::Read;
use serde::{Deserialize, Serialize};

use crate::api::device::Device;
use crate::api::devices::Row;
use crate::api::overview::{Field, Overview};

/// The most rows that one tab can watch; more are not asked for.
pub const ROWS_MAX: usize = 500;
/// The most further columns of rows.
pub const COLUMNS_MAX: usize = 24;
/// The most conditions that one tab can have counted.
pub const COUNTS_MAX: usize = 16;

/// What the browser says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// From now on, this is what the tab shows; replaces what it said before.
    Subscribe(Interests),
    /// Count changes, send none.
    Hold,
    /// Send the latest of everything, then go on.
    Resume,
}

/// What a tab shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interests {
    /// The sequence that the tab stands at; 0 for none. Watched things that changed later are sent at once.
    pub since: u64,
    /// The figures of the whole fleet.
    pub overview: bool,
    /// Devices shown as rows, at most [`ROWS_MAX`].
    pub rows: Vec<String>,
    /// The paths that rows show beside what all of them show, at most [`COLUMNS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Conditions whose count is shown, at most [`COUNTS_MAX`].
    pub counts: Vec<String>,
    /// The device shown whole.
    pub device: Option<String>,
}

impl Interests {
    /// Whether nothing is shown.
    pub fn is_empty(&self) -> bool {
        !self.overview && self.rows.is_empty() && self.counts.is_empty() && self.device.is_none()
    }
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "a message lives only from frame to store"
)]
pub enum Say {
    /// The first message.
    Hello {
        /// The store's change sequence now.
        seq: u64,
        /// The build that this server serves; a tab of another build reloads itself.
        build: String,
    },
    /// What changed of what is watched.
    Delta(Delta),
    /// Changes counted since Hold.
    Held {
        /// How many.
        changes: u64,
    },
}

/// The latest state of what changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Read)]
pub struct Delta {
    /// The sequence that the tab stands at with this message.
    pub seq: u64,
    /// How busy the fleet is.
    pub pulse: Pulse,
    /// The figures, when they are watched and were counted anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overview: Option<Overview>,
    /// The fleet in squares, when the figures are watched; at most every five seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Field>,
    /// Watched rows that changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Row>,
    /// Watched devices that are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<String>,
    /// Watched counts that changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<Count>,
    /// The device shown whole, when it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
}

/// How busy the fleet is, and how far behind this tab is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, Read)]
pub struct Pulse {
    /// Registered devices, when they have been counted.
    pub devices: Option<u64>,
    /// What needs a person and was not taken by anybody.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub untaken: u64,
    /// Messages from devices a second.
    pub messages_per_second: f64,
    /// From the oldest change in this message to its sending, in milliseconds.
    pub behind_ms: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_nothing(count: &u64) -> bool {
    *count == 0
}

/// How many devices match a condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Count {
    /// The condition as the tab said it.
    pub condition: String,
    /// How many match.
    pub total: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_json_under_their_name() {
        let ask = Ask::Subscribe(Interests {
            since: 7,
            rows: vec!["a".into()],
            ..Interests::default()
        });
        let text = serde_json::to_string(&ask).unwrap();
        assert_eq!(
            text,
            r#"{"subscribe":{"since":7,"overview":false,"rows":["a"],"counts":[],"device":null}}"#
        );
        assert_eq!(serde_json::from_str::<Ask>(&text).unwrap(), ask);
        assert_eq!(serde_json::to_string(&Ask::Hold).unwrap(), r#""hold""#);
    }

    #[test]
    fn a_delta_carries_only_what_changed() {
        let delta = Say::Delta(Delta {
            seq: 9,
            ..Delta::default()
        });
        assert_eq!(
            serde_json::to_string(&delta).unwrap(),
            r#"{"delta":{"seq":9,"pulse":{"devices":null,"messages_per_second":0.0,"behind_ms":0}}}"#
        );
    }
}
