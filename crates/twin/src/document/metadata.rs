//! When each property was last written, and since when it has its value: a tree that mirrors the values (contract 5.6).
//!
//! As JSON a node is a short array, `[at]`, `[at, version]`, `[at, version|null, {children}]` or
//! `[at, version|null, {children}, changed_at]`; on the wire it is the `$metadata` object of [`Metadata::to_wire`], which
//! does not tell since when.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::Timestamp;
use crate::{Map, Value};

/// The metadata of one object or leaf; an array is one leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// `$lastUpdated`.
    pub at: Timestamp,
    /// `$lastUpdatedVersion`: the section's version that wrote it; only desired has it.
    pub version: Option<u64>,
    /// When the value became what it is. What writes the same value again moves [`at`](Self::at) and not this; an object's
    /// value is everything in it.
    pub changed_at: Timestamp,
    /// One node for each member when the value is an object.
    pub children: BTreeMap<String, Metadata>,
}

impl Metadata {
    /// A node without children whose value is new.
    pub const fn leaf(at: Timestamp, version: Option<u64>) -> Self {
        Self {
            at,
            version,
            changed_at: at,
            children: BTreeMap::new(),
        }
    }

    /// The node that `path` leads to.
    ///
    /// ```
    /// # use twin::{document::Metadata, time::Timestamp};
    /// let mut root = Metadata::leaf(Timestamp::from_ms(2), None);
    /// root.children.insert("a".to_owned(), Metadata::leaf(Timestamp::from_ms(1), None));
    /// assert_eq!(root.lookup(&["a"]).map(|node| node.at.as_ms()), Some(1));
    /// assert!(root.lookup(&["a", "b"]).is_none());
    /// ```
    pub fn lookup(&self, path: &[&str]) -> Option<&Self> {
        path.iter()
            .try_fold(self, |node, key| node.children.get(*key))
    }

    /// The node as clients see it: `$lastUpdated`, `$lastUpdatedVersion` when known, and a member for each child.
    ///
    /// ```
    /// # use twin::{document::Metadata, time::Timestamp};
    /// let node = Metadata::leaf(Timestamp::from_ms(0), Some(2));
    /// assert_eq!(node.to_wire(), serde_json::json!({ "$lastUpdated": "1970-01-01T00:00:00.0000000Z", "$lastUpdatedVersion": 2 }));
    /// ```
    pub fn to_wire(&self) -> Value {
        let mut members = Map::new();
        members.insert("$lastUpdated".to_owned(), Value::from(self.at.to_string()));
        if let Some(version) = self.version {
            members.insert("$lastUpdatedVersion".to_owned(), Value::from(version));
        }
        members.extend(
            self.children
                .iter()
                .map(|(key, child)| (key.clone(), child.to_wire())),
        );
        Value::Object(members)
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let length = match self {
            _ if self.changed_at != self.at => 4,
            _ if !self.children.is_empty() => 3,
            _ => 1 + usize::from(self.version.is_some()),
        };
        let mut node = serializer.serialize_seq(Some(length))?;
        node.serialize_element(&self.at)?;
        if length > 1 {
            node.serialize_element(&self.version)?;
        }
        if length > 2 {
            node.serialize_element(&self.children)?;
        }
        if length > 3 {
            node.serialize_element(&self.changed_at)?;
        }
        node.end()
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Node;

        impl<'de> Visitor<'de> for Node {
            type Value = Metadata;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("[at, version or null, {children}, changed_at]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut node: A) -> Result<Metadata, A::Error> {
                let at = node
                    .next_element()?
                    .ok_or_else(|| serde::de::Error::invalid_length(0, &self))?;
                let version = node.next_element::<Option<u64>>()?.flatten();
                let children = node.next_element()?.unwrap_or_default();
                let changed_at = node.next_element()?.unwrap_or(at);
                while node.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Metadata {
                    at,
                    version,
                    changed_at,
                    children,
                })
            }
        }

        deserializer.deserialize_seq(Node)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::btree_map;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    fn metadata() -> impl Strategy<Value = Metadata> {
        let node = || {
            (0..9_i64, option::of(0..9_u64), 0..9_i64).prop_map(|(at, version, changed_at)| {
                Metadata {
                    changed_at: Timestamp::from_ms(changed_at),
                    ..Metadata::leaf(Timestamp::from_ms(at), version)
                }
            })
        };
        node().prop_recursive(3, 16, 3, move |inner| {
            (node(), btree_map("[a-c]", inner, 0..3))
                .prop_map(|(node, children)| Metadata { children, ..node })
        })
    }

    #[test]
    fn storage_is_as_short_as_it_can_be() {
        let mut node = Metadata::leaf(Timestamp::from_ms(7), None);
        assert_eq!(serde_json::to_string(&node).unwrap(), "[7]");
        node.version = Some(2);
        assert_eq!(serde_json::to_string(&node).unwrap(), "[7,2]");
        let parent = Metadata {
            children: [("a".to_owned(), node)].into(),
            ..Metadata::leaf(Timestamp::from_ms(9), None)
        };
        assert_eq!(
            serde_json::to_string(&parent).unwrap(),
            "[9,null,{\"a\":[7,2]}]"
        );
        let same_again = Metadata {
            changed_at: Timestamp::from_ms(5),
            ..Metadata::leaf(Timestamp::from_ms(9), None)
        };
        assert_eq!(serde_json::to_string(&same_again).unwrap(), "[9,null,{},5]");
        assert!(serde_json::from_str::<Metadata>("[]").is_err());
    }

    proptest! {
        #[test]
        fn storage_round_trips(node in metadata()) {
            let text = serde_json::to_string(&node).unwrap();
            prop_assert_eq!(serde_json::from_str::<Metadata>(&text).unwrap(), node);
        }
    }
}
