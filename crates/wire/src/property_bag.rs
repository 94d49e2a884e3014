//! The properties of a message as one topic level: `key=value&key=&key` (contract 2.2).
//!
//! ```
//! use wire::property_bag::PropertyBag;
//!
//! let bag = PropertyBag::parse("%24.mid=m-1&alert=yes&note");
//! assert_eq!(bag.get("$.mid"), Some(Some("m-1")));
//! assert_eq!(bag.get("note"), Some(None));
//! assert_eq!(bag.to_string(), "%24.mid=m-1&alert=yes&note");
//! ```
//!
//! Reading accepts everything: what is badly encoded stays as it was written. Sizes are the caller's to judge.

use std::fmt;

use twin::{Map, Value};

use crate::percent::{Encoded, decode};

/// The system properties by their key in a bag and their name downstream (contract 2.2).
const SYSTEM_NAMES: [(&str, &str); 11] = [
    ("$.mid", "message-id"),
    ("$.cid", "correlation-id"),
    ("$.uid", "user-id"),
    ("$.to", "to"),
    ("$.ct", "content-type"),
    ("$.ce", "content-encoding"),
    ("$.exp", "absolute-expiry-time"),
    ("$.on", "iothub-outputname"),
    ("$.ifid", "iothub-interface-id"),
    ("$.sub", "dt-subject"),
    ("$.ctime", "iothub-creation-time-utc"),
];

/// The properties of a message, in their order; a key without `=` has no value, which is not the empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PropertyBag(Vec<(String, Option<String>)>);

impl PropertyBag {
    /// Reads a bag; a leading `?` and empty members are passed over.
    ///
    /// ```
    /// # use wire::property_bag::PropertyBag;
    /// assert_eq!(PropertyBag::parse("?a=1&&b=x%3Dy").get("b"), Some(Some("x=y")));
    /// assert!(PropertyBag::parse("").is_empty());
    /// ```
    pub fn parse(text: &str) -> Self {
        let members = text
            .strip_prefix('?')
            .unwrap_or(text)
            .split('&')
            .filter(|member| !member.is_empty());
        let decoded = members.map(|member| match member.split_once('=') {
            Some((key, value)) => (decode(key).into_owned(), Some(decode(value).into_owned())),
            None => (decode(member).into_owned(), None),
        });
        Self(decoded.collect())
    }

    /// Adds a property at the end.
    pub fn push(&mut self, key: impl Into<String>, value: Option<&str>) {
        self.0.push((key.into(), value.map(str::to_owned)));
    }

    /// The last value given for a key: outside `None` when the key is absent, inside when it has no value.
    pub fn get(&self, key: &str) -> Option<Option<&str>> {
        self.0
            .iter()
            .rev()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_deref())
    }

    /// Whether there are no properties.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The properties in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_deref()))
    }

    /// The bytes that count against a message's limit: all values, and the names of application properties (contract 2.2).
    ///
    /// ```
    /// # use wire::property_bag::PropertyBag;
    /// assert_eq!(PropertyBag::parse("%24.mid=abc&k=vv").size_bytes(), 3 + 1 + 2);
    /// ```
    pub fn size_bytes(&self) -> usize {
        let name = |key: &str| if is_system(key) { 0 } else { key.len() };
        self.iter()
            .map(|(key, value)| name(key) + value.map_or(0, str::len))
            .sum()
    }

    /// System properties under their names downstream, and application properties; a missing value is null.
    ///
    /// ```
    /// # use wire::property_bag::PropertyBag;
    /// let (system, application) = PropertyBag::parse("%24.mid=m-1&alert=yes").split();
    /// assert_eq!(system["message-id"], "m-1");
    /// assert_eq!(application["alert"], "yes");
    /// ```
    pub fn split(self) -> (Map, Map) {
        let (mut system, mut application) = (Map::new(), Map::new());
        for (key, value) in self.0 {
            let value = value.map_or(Value::Null, Value::String);
            if is_system(&key) {
                let name = SYSTEM_NAMES
                    .iter()
                    .find(|(short, _)| *short == key)
                    .map_or(key.as_str(), |(_, name)| name);
                system.insert(name.to_owned(), value);
            } else {
                application.insert(key, value);
            }
        }
        (system, application)
    }
}

fn is_system(key: &str) -> bool {
    key.starts_with("$.")
}

impl FromIterator<(String, Option<String>)> for PropertyBag {
    fn from_iter<I: IntoIterator<Item = (String, Option<String>)>>(properties: I) -> Self {
        Self(properties.into_iter().collect())
    }
}

impl fmt::Display for PropertyBag {
    /// Everything percent-encoded: the bag is one topic level whatever it holds. A property with an empty name and no value
    /// cannot be written and is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = self
            .iter()
            .filter(|(key, value)| !key.is_empty() || value.is_some());
        for (index, (key, value)) in written.enumerate() {
            if index > 0 {
                f.write_str("&")?;
            }
            write!(f, "{}", Encoded(key))?;
            if let Some(value) = value {
                write!(f, "={}", Encoded(value))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_three_value_forms_and_the_plus_sign() {
        let bag = PropertyBag::parse("none&empty=&plus=a+b&space=a%20b&twice=1&twice=2");
        for (key, value) in [
            ("none", Some(None)),
            ("empty", Some(Some(""))),
            ("plus", Some(Some("a+b"))),
            ("space", Some(Some("a b"))),
            ("twice", Some(Some("2"))),
            ("absent", None),
        ] {
            assert_eq!(bag.get(key), value, "{key}");
        }
    }

    #[test]
    fn a_bag_of_a_delivered_message_is_written_as_both_clients_read_it() {
        let mut bag = PropertyBag::default();
        bag.push("$.to", Some("/devices/d 1/messages/deviceBound"));
        bag.push("iothub-ack", Some("full"));
        assert_eq!(
            bag.to_string(),
            "%24.to=%2Fdevices%2Fd%201%2Fmessages%2FdeviceBound&iothub-ack=full"
        );
    }

    proptest! {
        #[test]
        fn every_bag_round_trips_as_one_topic_level(properties in vec((".{1,6}", option::of(".{0,6}")), 0..5)) {
            let bag: PropertyBag = properties.into_iter().collect();
            let text = bag.to_string();
            prop_assert!(!text.contains(['/', '+', '#', '\0', '?']));
            prop_assert_eq!(PropertyBag::parse(&text), bag);
        }

        #[test]
        fn splitting_loses_no_key(keys in vec("[$.a-c]{1,4}", 0..5)) {
            let bag: PropertyBag = keys.iter().map(|key| (key.clone(), None)).collect();
            let (system, application) = bag.split();
            let unique: std::collections::BTreeSet<_> = keys.iter().collect();
            prop_assert_eq!(system.len() + application.len(), unique.len());
        }
    }
}
