//! The two keys that a device and a policy have.

use reader::Read;
use serde::{Deserialize, Serialize};

/// One of two keys: while one is made anew, the other stays valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Read)]
#[serde(rename_all = "lowercase")]
pub enum WhichKey {
    /// The first.
    Primary,
    /// The second.
    Secondary,
}

impl WhichKey {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
        }
    }
}

#[cfg(feature = "ssr")]
impl From<WhichKey> for fleet::access::WhichKey {
    fn from(which: WhichKey) -> Self {
        match which {
            WhichKey::Primary => Self::Primary,
            WhichKey::Secondary => Self::Secondary,
        }
    }
}
