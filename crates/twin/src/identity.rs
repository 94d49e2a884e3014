//! The identity of a device: what the registry holds beside the twin (contract 4.2).
//!
//! ```
//! use twin::identity::{AuthenticationKind, Status};
//!
//! assert_eq!(Status::Disabled.as_str(), "disabled");
//! assert_eq!(AuthenticationKind::parse("selfSigned"), Some(AuthenticationKind::SelfSigned));
//! ```
//!
//! Keys are opaque here: who seals and opens them is no concern of this crate.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::id::DeviceId;
use crate::time::Timestamp;

/// What the registry knows about a device.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The device's name.
    pub device_id: DeviceId,
    /// Another one at each creation, so that a device that was deleted and made again is told apart; decimal text.
    pub generation_id: String,
    /// Changes with the identity, independently of the twin's etag; [`Identity::wire_etag`] is its text.
    pub etag: u64,
    /// Whether the device may connect.
    pub status: Status,
    /// Why the status is what it is, at most 128 characters.
    pub status_reason: Option<String>,
    /// When the status last changed; [`Timestamp::NEVER`] when it never did.
    pub status_updated_at: Timestamp,
    /// When the device was created.
    pub created_at: Timestamp,
    /// How the device proves who it is.
    pub authentication: AuthenticationKind,
    /// Primary and secondary certificate thumbprint for [`AuthenticationKind::SelfSigned`].
    pub thumbprints: (Option<String>, Option<String>),
    /// Primary and secondary symmetric key, sealed.
    pub sealed_keys: Option<Vec<u8>>,
    /// When the device last connected or disconnected; [`Timestamp::NEVER`] when it never did.
    pub connection_state_updated_at: Timestamp,
}

impl Identity {
    /// The identity's etag as clients see it: base64 of the decimal number (contract 4.2).
    ///
    /// ```
    /// # use twin::identity::etag_to_wire;
    /// assert_eq!(etag_to_wire(580_089_003), "NTgwMDg5MDAz");
    /// ```
    pub fn wire_etag(&self) -> String {
        etag_to_wire(self.etag)
    }
}

impl fmt::Debug for Identity {
    /// Everything but the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("device_id", &self.device_id)
            .field("generation_id", &self.generation_id)
            .field("etag", &self.etag)
            .field("status", &self.status)
            .field("authentication", &self.authentication)
            .finish_non_exhaustive()
    }
}

/// An identity's etag as clients see it: base64 of the decimal number (contract 4.2).
///
/// ```
/// assert_eq!(twin::identity::etag_to_wire(580_089_003), "NTgwMDg5MDAz");
/// ```
pub fn etag_to_wire(etag: u64) -> String {
    STANDARD.encode(etag.to_string())
}

/// Whether a device may connect.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "reader", derive(reader::Read))]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// It may.
    #[default]
    Enabled,
    /// It may not.
    Disabled,
}

impl Status {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }

    /// The status of that name, case-insensitively; `None` when there is none.
    ///
    /// ```
    /// # use twin::identity::Status;
    /// assert_eq!(Status::parse("Enabled"), Some(Status::Enabled));
    /// assert_eq!(Status::parse("off"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Enabled, Self::Disabled]
            .into_iter()
            .find(|status| status.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a device proves who it is; the names are `authentication.type` and `authenticationType` of the contract.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "reader", derive(reader::Read))]
#[serde(rename_all = "camelCase")]
pub enum AuthenticationKind {
    /// A shared access signature made with one of its two symmetric keys.
    #[default]
    Sas,
    /// A certificate with one of its two thumbprints.
    SelfSigned,
    /// A certificate issued by a registered authority.
    CertificateAuthority,
    /// It cannot.
    None,
}

impl AuthenticationKind {
    const ALL: [Self; 4] = [
        Self::Sas,
        Self::SelfSigned,
        Self::CertificateAuthority,
        Self::None,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sas => "sas",
            Self::SelfSigned => "selfSigned",
            Self::CertificateAuthority => "certificateAuthority",
            Self::None => "none",
        }
    }

    /// The kind of that name, case-insensitively; `None` when there is none.
    ///
    /// ```
    /// # use twin::identity::AuthenticationKind;
    /// assert_eq!(AuthenticationKind::parse("SAS"), Some(AuthenticationKind::Sas));
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for AuthenticationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_and_wire_use_the_same_names() {
        for kind in AuthenticationKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(AuthenticationKind::parse(kind.as_str()), Some(kind));
        }
        for status in [Status::Enabled, Status::Disabled] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
