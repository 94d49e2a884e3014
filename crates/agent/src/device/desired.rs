//! The desired properties as the device last heard them, and what changes when it hears them again.
//!
//! Notifications are partial and can be missed; a fetched twin is whole. Both are turned into one thing: the change
//! since the device last looked, as a merge patch with `null` for what is no longer asked. A version that is not
//! newer changes nothing, so that an old notification that arrives late does no harm.
//!
//! **Source**: contract sections 2.7 and 5.8.

use serde::{Deserialize, Serialize};
use twin::{Map, Value};

/// What the device was last asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Desired {
    version: u64,
    values: Map,
}

impl Desired {
    /// The version of the desired properties that the device last saw; 0 before it saw any.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The values asked for.
    pub fn values(&self) -> &Map {
        &self.values
    }

    /// Takes over a whole document; returns what is different, or `None` when it is not newer.
    pub fn fetched(&mut self, version: u64, mut values: Map) -> Option<Map> {
        if version <= self.version {
            return None;
        }
        drop_markers(&mut values);
        let change = difference(&self.values, &values);
        (self.version, self.values) = (version, values);
        Some(change)
    }

    /// The twin is a new one, whose versions begin again: the next document is taken over whatever its version.
    pub fn rewind(&mut self) {
        self.version = 0;
    }

    /// Takes over a notification; returns it without markers, or `None` when it is not newer.
    ///
    /// The caller fetches the twin after every connect, so a gap in the versions is not an error here.
    pub fn notified(&mut self, version: u64, mut patch: Map) -> Option<Map> {
        if version <= self.version {
            return None;
        }
        drop_markers(&mut patch);
        twin::patch::merge(&mut self.values, &patch);
        self.version = version;
        Some(patch)
    }
}

/// The merge patch that turns `old` into `new`.
pub fn difference(old: &Map, new: &Map) -> Map {
    let mut patch = Map::new();
    for (key, value) in new {
        match (old.get(key), value) {
            (Some(before), after) if before == after => {}
            (Some(Value::Object(before)), Value::Object(after)) => {
                patch.insert(key.clone(), Value::Object(difference(before, after)));
            }
            _ => {
                patch.insert(key.clone(), value.clone());
            }
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    patch
}

/// The leaves of a merge patch with their dotted paths; `None` for a removal. An empty object has no leaves.
pub fn leaves(patch: &Map) -> Vec<(String, Option<&Value>)> {
    let mut found = Vec::new();
    collect(patch, "", &mut found);
    found
}

fn collect<'a>(patch: &'a Map, prefix: &str, found: &mut Vec<(String, Option<&'a Value>)>) {
    for (key, value) in patch {
        let path = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        match value {
            Value::Null => found.push((path, None)),
            Value::Object(inner) => collect(inner, &path, found),
            other => found.push((path, Some(other))),
        }
    }
}

/// A patch that sets the dotted `path` to `value`.
pub fn patch_at(path: &str, value: Value) -> Map {
    let mut parts = path.rsplit('.');
    let leaf = parts.next().unwrap_or_default();
    let mut patch = Map::from_iter([(leaf.to_owned(), value)]);
    for part in parts {
        patch = Map::from_iter([(part.to_owned(), Value::Object(patch))]);
    }
    patch
}

/// Removes `$version` and `$metadata`, which describe the values and are none.
fn drop_markers(values: &mut Map) {
    values.retain(|key, _| !key.starts_with('$'));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, seeded};
    use crate::model::object;
    use rand::Rng;
    use serde_json::json;

    fn map(value: Value) -> Map {
        match value {
            Value::Object(map) => map,
            other => panic!("{other} is no object"),
        }
    }

    /// A random document of up to three levels over few keys, so that documents collide.
    fn document(chance: &mut Chance, depth: u32) -> Map {
        let mut map = Map::new();
        for key in ["a", "b", "c"] {
            match chance.random_range(0..4) {
                0 => {}
                1 if depth > 0 => {
                    drop(map.insert(key.to_owned(), Value::Object(document(chance, depth - 1))));
                }
                2 => drop(map.insert(key.to_owned(), json!([chance.random_range(0..2)]))),
                _ => drop(map.insert(key.to_owned(), json!(chance.random_range(0..3)))),
            }
        }
        map
    }

    #[test]
    fn merging_the_difference_gives_the_new_document() {
        let mut chance = seeded(1, "difference");
        for _ in 0..2_000 {
            let (old, new) = (document(&mut chance, 3), document(&mut chance, 3));
            let mut merged = old.clone();
            twin::patch::merge(&mut merged, &difference(&old, &new));
            assert_eq!(merged, new, "from {old:?}");
            assert!(difference(&new, &new).is_empty());
        }
    }

    #[test]
    fn what_was_missed_while_away_is_found_in_the_fetched_twin() {
        let mut desired = Desired::default();
        desired.fetched(
            4,
            object!({ "a": 1, "b": { "c": 2, "d": 3 }, "$version": 4 }),
        );
        let change = desired
            .fetched(7, object!({ "b": { "c": 2, "e": 4 }, "$version": 7 }))
            .unwrap();
        assert_eq!(
            change,
            map(json!({ "a": null, "b": { "d": null, "e": 4 } }))
        );
        assert_eq!(desired.values(), &map(json!({ "b": { "c": 2, "e": 4 } })));
        assert_eq!(desired.fetched(7, Map::new()), None);
    }

    #[test]
    fn notifications_that_are_not_newer_change_nothing() {
        let mut desired = Desired::default();
        assert_eq!(
            desired.notified(3, object!({ "a": 1, "$version": 3 })),
            Some(map(json!({ "a": 1 })))
        );
        assert_eq!(
            desired.notified(3, object!({ "a": 2, "$version": 3 })),
            None
        );
        assert_eq!(
            desired.notified(2, object!({ "a": 3, "$version": 2 })),
            None
        );
        assert_eq!(
            desired.notified(5, object!({ "a": null, "$version": 5 })),
            Some(map(json!({ "a": null })))
        );
        assert_eq!((desired.version(), desired.values().is_empty()), (5, true));
    }

    #[test]
    fn a_new_twin_is_heard_although_its_versions_are_lower() {
        let mut desired = Desired::default();
        desired.fetched(40, object!({ "a": 1, "$version": 40 }));
        assert_eq!(desired.fetched(2, object!({ "b": 2, "$version": 2 })), None);
        desired.rewind();
        let change = desired.fetched(2, object!({ "b": 2, "$version": 2 }));
        assert_eq!(change, Some(map(json!({ "a": null, "b": 2 }))));
        assert_eq!(desired.version(), 2);
    }

    #[test]
    fn a_repeated_wish_is_still_news() {
        // The service may ask for the same value again; the version says that it did (contract 5.2).
        let mut desired = Desired::default();
        desired.notified(2, object!({ "a": 1, "$version": 2 }));
        assert_eq!(
            desired.notified(3, object!({ "a": 1, "$version": 3 })),
            Some(map(json!({ "a": 1 })))
        );
    }

    #[test]
    fn leaves_and_patches_are_each_others_inverse() {
        let patch = map(json!({ "a": { "b": [1, {}], "c": null, "e": {} }, "d": "x" }));
        let found = leaves(&patch);
        assert_eq!(
            found,
            [
                ("a.b".to_owned(), Some(&json!([1, {}]))),
                ("a.c".to_owned(), None),
                ("d".to_owned(), Some(&json!("x")))
            ]
        );
        assert_eq!(
            patch_at("a.b.c", json!(5)),
            map(json!({ "a": { "b": { "c": 5 } } }))
        );
    }
}
