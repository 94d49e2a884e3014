//! What is known of a fleet's properties: what completion offers and the checker compares with.

use serde::{Deserialize, Serialize};
use twin::scheme::PropertyType;

/// The properties that a fleet has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "reader", derive(reader::Read))]
pub struct Schema {
    /// One entry a path.
    pub paths: Vec<PathInfo>,
}

/// One property.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "reader", derive(reader::Read))]
pub struct PathInfo {
    /// Its canonical text.
    pub path: String,
    /// What kind of values it has.
    pub kind: PropertyType,
    /// The share of devices that have it, from 0 to 1.
    pub share: f64,
    /// Whether questions about it are answered by columns.
    pub declared: bool,
    /// What it is called; empty when nobody named it.
    pub title: String,
    /// The most common values as they are written in a query, with how many devices have them.
    pub values: Vec<(String, u64)>,
}

impl Schema {
    /// The property of a path.
    pub fn find(&self, path: &str) -> Option<&PathInfo> {
        self.paths.iter().find(|known| known.path == path)
    }

    /// All values that a property can have, as they are written in a query, whether or not a device has them; empty
    /// when they are not known.
    pub fn fixed_values(&self, path: &str) -> Vec<String> {
        let values: &[&str] = match path {
            "status" => &["'enabled'", "'disabled'"],
            "connectionState" => &["'Connected'", "'Disconnected'"],
            "authenticationType" => &["'sas'", "'selfSigned'", "'certificateAuthority'", "'none'"],
            _ => match self.find(path) {
                Some(known) if known.kind == PropertyType::Boolean => &["true", "false"],
                _ => &[],
            },
        };
        values.iter().map(|value| (*value).to_owned()).collect()
    }
}
