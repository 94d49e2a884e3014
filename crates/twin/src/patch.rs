//! JSON merge patch (RFC 7396) as contract 5.3 uses it: objects merge, `null` removes, everything else replaces.
//!
//! ```
//! use serde_json::json;
//!
//! let mut document = json!({ "a": 1, "b": { "c": 2, "d": 3 } });
//! let patch = json!({ "a": null, "b": { "c": [4] } });
//! twin::patch::merge(document.as_object_mut().expect("an object"), patch.as_object().expect("an object"));
//! assert_eq!(document, json!({ "b": { "c": [4], "d": 3 } }));
//! ```
//!
//! It knows neither versions nor limits: [`crate::document`] keeps those.

use crate::value::{size_of, text_size};
use crate::{Map, Value};

/// Merges a patch into a document.
///
/// An empty object leaves an existing object as it is and creates one where there is none; arrays are replaced whole and keep
/// the nulls inside them; an object that lost its last member stays (contract 5.3).
pub fn merge(target: &mut Map, patch: &Map) {
    for (key, new) in patch {
        match new {
            Value::Null => {
                target.remove(key);
            }
            Value::Object(inner) => match target.get_mut(key) {
                Some(Value::Object(existing)) => merge(existing, inner),
                other => {
                    let mut fresh = Map::new();
                    merge(&mut fresh, inner);
                    match other {
                        Some(slot) => *slot = Value::Object(fresh),
                        None => drop(target.insert(key.clone(), Value::Object(fresh))),
                    }
                }
            },
            leaf => match target.get_mut(key) {
                Some(slot) => slot.clone_from(leaf),
                None => drop(target.insert(key.clone(), leaf.clone())),
            },
        }
    }
}

/// The patch that turns any document with the members of `old` into `new`: all of `new`, and `null` for what it lacks.
///
/// This is the form in which a replaced section reaches a device, whose copy then converges by [`merge`] (contract 2.7).
///
/// ```
/// # use serde_json::json;
/// # let object = |value: serde_json::Value| value.as_object().cloned().expect("an object");
/// let old = object(json!({ "a": 1, "b": { "c": 2, "d": 3 } }));
/// let new = object(json!({ "b": { "c": 2 } }));
/// assert_eq!(twin::patch::replacement(&old, &new), object(json!({ "a": null, "b": { "c": 2, "d": null } })));
/// ```
pub fn replacement(old: &Map, new: &Map) -> Map {
    let mut patch = new.clone();
    for (key, old) in old {
        match (patch.get_mut(key), old) {
            (None, _) => drop(patch.insert(key.clone(), Value::Null)),
            (Some(Value::Object(new)), Value::Object(old)) => *new = replacement(old, new),
            (Some(_), _) => {}
        }
    }
    patch
}

/// What a patch does to the size of a document, in bytes of [`crate::value::size`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SizeChange {
    /// Bytes that come.
    pub added_bytes: usize,
    /// Bytes that go.
    pub removed_bytes: usize,
}

/// Foretells what [`merge`] does to the size of a document, looking only at what the patch touches.
///
/// ```
/// # use serde_json::json;
/// # let object = |value: serde_json::Value| value.as_object().cloned().expect("an object");
/// let change = twin::patch::size_change(&object(json!({ "a": "xyz" })), &object(json!({ "a": null, "b": true })));
/// assert_eq!((change.added_bytes, change.removed_bytes), (1 + 4, 1 + 3));
/// ```
pub fn size_change(target: &Map, patch: &Map) -> SizeChange {
    let mut change = SizeChange::default();
    add_size_change(Some(target), patch, &mut change);
    change
}

fn add_size_change(target: Option<&Map>, patch: &Map, change: &mut SizeChange) {
    for (key, new) in patch {
        let old = target.and_then(|target| target.get(key));
        match (old, new) {
            (None, Value::Null) => {}
            (Some(old), Value::Null) => change.removed_bytes += text_size(key) + size_of(old),
            (Some(Value::Object(old)), Value::Object(new)) => {
                add_size_change(Some(old), new, change);
            }
            (old, new) => {
                match old {
                    Some(old) => change.removed_bytes += size_of(old),
                    None => change.added_bytes += text_size(key),
                }
                match new {
                    Value::Object(new) => add_size_change(None, new, change),
                    leaf => change.added_bytes += size_of(leaf),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::strategies::{map_of, patch, section};
    use crate::value::size;

    fn merged(target: &Map, patch: &Map) -> Map {
        let mut target = target.clone();
        merge(&mut target, patch);
        target
    }

    #[test]
    fn cases_of_the_contract_and_of_the_rfc() {
        for (target, patch, expected) in [
            (
                json!({ "a": "b" }),
                json!({ "a": "c" }),
                json!({ "a": "c" }),
            ),
            (
                json!({ "a": "b" }),
                json!({ "b": "c" }),
                json!({ "a": "b", "b": "c" }),
            ),
            (json!({ "a": "b" }), json!({ "a": null }), json!({})),
            (
                json!({ "a": "b" }),
                json!({ "x": null }),
                json!({ "a": "b" }),
            ),
            (
                json!({ "a": ["b"] }),
                json!({ "a": "c" }),
                json!({ "a": "c" }),
            ),
            (
                json!({ "a": "c" }),
                json!({ "a": ["b", null] }),
                json!({ "a": ["b", null] }),
            ),
            (
                json!({ "a": { "b": "c" } }),
                json!({ "a": { "b": "d", "c": null } }),
                json!({ "a": { "b": "d" } }),
            ),
            (
                json!({ "a": [{ "b": "c" }] }),
                json!({ "a": [1] }),
                json!({ "a": [1] }),
            ),
            (
                json!({ "a": 1 }),
                json!({ "a": { "b": { "c": null } } }),
                json!({ "a": { "b": {} } }),
            ),
            (
                json!({ "a": { "b": 1 } }),
                json!({ "a": {} }),
                json!({ "a": { "b": 1 } }),
            ),
            (json!({}), json!({ "a": {} }), json!({ "a": {} })),
            (
                json!({ "a": { "b": 1 } }),
                json!({ "a": { "b": null } }),
                json!({ "a": {} }),
            ),
        ] {
            assert_eq!(
                merged(&map_of(target.clone()), &map_of(patch.clone())),
                map_of(expected),
                "{target} + {patch}"
            );
        }
    }

    fn holds_null(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Object(members) => members.values().any(holds_null),
            Value::Array(_) | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
    }

    proptest! {
        #[test]
        fn merging_twice_is_merging_once(target in section(), patch in patch()) {
            let once = merged(&target, &patch);
            prop_assert_eq!(merged(&once, &patch), once);
        }

        #[test]
        fn no_null_member_survives(target in section(), patch in patch()) {
            prop_assert!(!merged(&target, &patch).values().any(holds_null));
        }

        #[test]
        fn nulls_remove_and_the_rest_stays(target in section(), patch in patch()) {
            let result = merged(&target, &patch);
            for (key, value) in &patch {
                prop_assert_eq!(result.contains_key(key), !value.is_null());
            }
            for (key, value) in target.iter().filter(|(key, _)| !patch.contains_key(*key)) {
                prop_assert_eq!(result.get(key), Some(value));
            }
        }

        #[test]
        fn an_empty_patch_changes_nothing(target in section()) {
            prop_assert_eq!(merged(&target, &Map::new()), target);
        }

        #[test]
        fn a_replacement_leads_from_old_to_new(old in section(), new in section()) {
            prop_assert_eq!(merged(&old, &replacement(&old, &new)), new);
        }

        #[test]
        fn the_foretold_size_is_the_size(target in section(), patch in patch()) {
            let change = size_change(&target, &patch);
            prop_assert_eq!(size(&target) + change.added_bytes - change.removed_bytes, size(&merged(&target, &patch)));
        }
    }
}
