//! The property scheme: what type a property has, declared by people or inferred from what devices hold.
//!
//! ```
//! use twin::scheme::PropertyType;
//!
//! assert_eq!(PropertyType::of(&serde_json::json!("2026-11-22T10:00:00Z")), Some(PropertyType::Timestamp));
//! assert_eq!(PropertyType::Timestamp.or(PropertyType::String), PropertyType::String);
//! ```
//!
//! A scheme describes; it does not refuse a device's report. Paths are names joined by dots, never quoted: the query
//! language quotes them when it prints them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::document::{SectionName, Twin};
use crate::limits::INFERRED_PATHS_MAX;
use crate::time::Timestamp;
use crate::{Map, Value};

/// The type of a property's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "reader", derive(reader::Read))]
#[serde(rename_all = "camelCase")]
pub enum PropertyType {
    /// Text.
    String,
    /// An integer or a decimal.
    Number,
    /// True or false.
    Boolean,
    /// Text that holds an ISO 8601 date and time.
    Timestamp,
    /// An object, taken as a whole.
    Object,
    /// An array.
    Array,
    /// Values of several types.
    Mixed,
}

impl PropertyType {
    /// Every type.
    pub const ALL: [Self; 7] = [
        Self::String,
        Self::Number,
        Self::Boolean,
        Self::Timestamp,
        Self::Object,
        Self::Array,
        Self::Mixed,
    ];

    /// The type of one value; `None` for null.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Bool(_) => Some(Self::Boolean),
            Value::Number(_) => Some(Self::Number),
            Value::String(text) if is_timestamp(text) => Some(Self::Timestamp),
            Value::String(_) => Some(Self::String),
            Value::Array(_) => Some(Self::Array),
            Value::Object(_) => Some(Self::Object),
        }
    }

    /// The narrowest type that holds the values of both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::String | Self::Timestamp, Self::String | Self::Timestamp) => Self::String,
            _ => Self::Mixed,
        }
    }

    /// Whether a value is of this type; every timestamp is a string, and anything is [`PropertyType::Mixed`].
    ///
    /// ```
    /// # use twin::scheme::PropertyType;
    /// assert!(PropertyType::Number.accepts(&serde_json::json!(1.5)));
    /// assert!(!PropertyType::Timestamp.accepts(&serde_json::json!("soon")));
    /// ```
    pub fn accepts(self, value: &Value) -> bool {
        Self::of(value).is_some_and(|kind| self == Self::Mixed || self.or(kind) == self)
    }

    /// The name in lower case, as storage and commands write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Timestamp => "timestamp",
            Self::Object => "object",
            Self::Array => "array",
            Self::Mixed => "mixed",
        }
    }

    /// The type of that name; `None` when there is none.
    ///
    /// ```
    /// # use twin::scheme::PropertyType;
    /// assert_eq!(PropertyType::parse("number"), Some(PropertyType::Number));
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for PropertyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Long enough for a date with a time, and readable as one: a bare date or a number is text.
fn is_timestamp(text: &str) -> bool {
    (19..=40).contains(&text.len())
        && text.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && text
            .as_bytes()
            .get(10)
            .is_some_and(|byte| matches!(byte, b'T' | b't' | b' '))
        && Timestamp::parse(text).is_ok()
}

/// One property of the scheme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Property {
    /// The canonical path: `tags.x`, `properties.desired.x` or `properties.reported.x`.
    pub path: String,
    /// The type of its values.
    pub kind: PropertyType,
    /// What people call it; empty when it has no title.
    pub title: String,
    /// The unit of a number, as shown behind it; empty when it has none.
    pub unit: String,
    /// What it means; empty when nobody has said.
    pub description: String,
}

/// What [`infer`] found at one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inferred {
    /// The narrowest type that holds all values seen.
    pub kind: PropertyType,
    /// In how many of the samples the path holds a value.
    pub present: usize,
}

/// The types of all properties that the samples hold, by canonical path.
///
/// An object is looked into and does not show itself, unless it is empty. The first 2000 paths are kept
/// ([`INFERRED_PATHS_MAX`]).
///
/// ```
/// # use serde_json::json;
/// # use twin::{document::Twin, scheme::{PropertyType, infer}, time::Timestamp};
/// # let now = Timestamp::from_ms(0);
/// let mut twin = Twin::new(now);
/// let report = json!({ "network": { "rssi_dbm": -71 } });
/// twin.apply_reported(report.as_object().expect("an object"), None, now)?;
/// let found = infer([&twin]);
/// assert_eq!(found["properties.reported.network.rssi_dbm"].kind, PropertyType::Number);
/// # Ok::<(), twin::document::TwinError>(())
/// ```
pub fn infer<'a>(samples: impl IntoIterator<Item = &'a Twin>) -> BTreeMap<String, Inferred> {
    let mut found = BTreeMap::new();
    let mut path = String::new();
    for twin in samples {
        for (section, values) in [
            (SectionName::Tags, &twin.tags),
            (SectionName::Desired, &twin.desired.values),
            (SectionName::Reported, &twin.reported.values),
        ] {
            path.clear();
            path.push_str(section.path());
            infer_members(values, &mut path, &mut found);
        }
    }
    found
}

fn infer_members(members: &Map, path: &mut String, found: &mut BTreeMap<String, Inferred>) {
    let parent = path.len();
    for (key, value) in members {
        path.push('.');
        path.push_str(key);
        match (value, PropertyType::of(value)) {
            (Value::Object(inner), _) if !inner.is_empty() => infer_members(inner, path, found),
            (_, Some(kind)) => note(found, path, kind),
            (_, None) => {}
        }
        path.truncate(parent);
    }
}

fn note(found: &mut BTreeMap<String, Inferred>, path: &str, kind: PropertyType) {
    if let Some(seen) = found.get_mut(path) {
        seen.kind = seen.kind.or(kind);
        seen.present += 1;
    } else if found.len() < INFERRED_PATHS_MAX {
        found.insert(path.to_owned(), Inferred { kind, present: 1 });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::strategies::{map_of, section};

    fn twin(reported: &Map) -> Twin {
        let mut twin = Twin::new(Timestamp::NEVER);
        twin.apply_reported(reported, None, Timestamp::NEVER)
            .unwrap();
        twin
    }

    #[test]
    fn types_are_told_from_values() {
        for (value, kind) in [
            (json!("x"), PropertyType::String),
            (json!("2026-11-22"), PropertyType::String),
            (json!("2026-11-22T10:00:00"), PropertyType::Timestamp),
            (
                json!("2026-11-22T10:00:00.1230000Z"),
                PropertyType::Timestamp,
            ),
            (json!(1), PropertyType::Number),
            (json!(true), PropertyType::Boolean),
            (json!([]), PropertyType::Array),
            (json!({}), PropertyType::Object),
        ] {
            assert_eq!(PropertyType::of(&value), Some(kind), "{value}");
            assert!(kind.accepts(&value) && PropertyType::Mixed.accepts(&value));
            assert_eq!(PropertyType::parse(kind.as_str()), Some(kind));
        }
        assert!(!PropertyType::Mixed.accepts(&Value::Null));
    }

    #[test]
    fn samples_are_folded_by_path() {
        let samples = [
            json!({ "a": { "b": 1 }, "c": "x" }),
            json!({ "a": { "b": "x" }, "e": {} }),
            json!({ "c": "y" }),
        ]
        .map(|reported| twin(&map_of(reported)));
        let found: Vec<_> = infer(&samples)
            .into_iter()
            .map(|(path, found)| (path, found.kind, found.present))
            .collect();
        assert_eq!(
            found,
            [
                ("properties.reported.a.b".to_owned(), PropertyType::Mixed, 2),
                ("properties.reported.c".to_owned(), PropertyType::String, 2),
                ("properties.reported.e".to_owned(), PropertyType::Object, 1),
            ]
        );
    }

    proptest! {
        #[test]
        fn an_inferred_type_accepts_every_value_it_came_from(first in section(), second in section()) {
            let found = infer(&[twin(&first), twin(&second)]);
            for (path, inferred) in found {
                let keys: Vec<_> = path.split('.').skip(2).collect();
                for section in [&first, &second] {
                    if let Some(value) = crate::value::lookup(section, &keys).filter(|value| value.as_object().is_none_or(Map::is_empty)) {
                        prop_assert!(inferred.kind.accepts(value), "{} {:?} {}", path, inferred, value);
                    }
                }
            }
        }
    }
}
