//! Taking a change of tags or desired properties back, leaf by leaf, where nobody has changed it since.
//!
//! [`replaced`] is what has to be kept of a change; [`revert`] compares it with the twin as it is later and gives the change that puts
//! back what still stands as it was set, and names what does not.
//!
//! ```
//! use serde_json::json;
//! use twin::document::{ServiceChange, Twin};
//! use twin::revert::{replaced, revert};
//! use twin::time::Timestamp;
//!
//! let now = Timestamp::from_ms(0);
//! let before = Twin::new(now);
//! let mut twin = before.clone();
//! let change = ServiceChange::from_patch_body(&json!({ "tags": { "site": { "floor": 2 } } }))?;
//! let applied = twin.apply_service(&change, now)?;
//! let back = revert(&twin, &replaced(&before, &applied.edits));
//! twin.apply_service(&back.change, now)?;
//! assert_eq!(twin.tags, before.tags);
//! # Ok::<(), twin::document::TwinError>(())
//! ```
//!
//! It restores values, not versions or times: taking a change back is a change.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::document::{Change, Edit, SectionName, ServiceChange, Twin};
use crate::{Map, Value, value};

/// One leaf that a change has put in the place of another, with what is needed to put that back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replaced {
    /// The leaf, before and after.
    pub edit: Edit,
    /// How many names of the path lead to the first object that the change had to bring into being; 0 when there was none.
    pub made_from: usize,
}

/// What taking a change back comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Revert {
    /// What puts the old values back; it says nothing when there is none.
    pub change: ServiceChange,
    /// How many leaves get their old value.
    pub restored: usize,
    /// Leaves that have been given another value since, with their section: they stay as they are.
    pub changed: Vec<(SectionName, String)>,
}

/// What must be kept of a change, from the twin before it and the edits that it came to.
pub fn replaced(before: &Twin, edits: &[Edit]) -> Vec<Replaced> {
    let mut kept: Vec<Replaced> = Vec::with_capacity(edits.len());
    for edit in edits {
        let is_same = |other: &&mut Replaced| {
            other.edit.section == edit.section && other.edit.path == edit.path
        };
        // An empty object that a scalar takes the place of, or the other way round, is two edits of one leaf.
        if let Some(same) = kept.iter_mut().find(is_same) {
            same.edit.new.clone_from(&edit.new);
            continue;
        }
        kept.push(Replaced {
            made_from: match edit.old {
                Some(_) => 0,
                None => made_from(section(before, edit.section), &edit.path),
            },
            edit: edit.clone(),
        });
    }
    kept
}

/// Compares the twin as it is now with what a change has left, and gives what takes the change back.
pub fn revert(twin: &Twin, replaced: &[Replaced]) -> Revert {
    let mut revert = Revert::default();
    for name in [SectionName::Tags, SectionName::Desired] {
        let values = section(twin, name);
        let (kept, changed): (Vec<_>, Vec<_>) = replaced
            .iter()
            .filter(|replaced| replaced.edit.section == name)
            .partition(|replaced| leaf(values, &replaced.edit.path) == replaced.edit.new.as_ref());
        let changed = changed
            .iter()
            .map(|replaced| (name, replaced.edit.path.clone()));
        revert.changed.extend(changed);
        if kept.is_empty() {
            continue;
        }
        revert.restored += kept.len();
        let patch = Some(Change::Patch(Some(patch(values, &kept))));
        match name {
            SectionName::Tags => revert.change.tags = patch,
            SectionName::Desired | SectionName::Reported => revert.change.desired = patch,
        }
    }
    revert
}

fn section(twin: &Twin, name: SectionName) -> &Map {
    match name {
        SectionName::Tags => &twin.tags,
        SectionName::Desired => &twin.desired.values,
        SectionName::Reported => &twin.reported.values,
    }
}

/// The leaf at a path: an object with members is none.
fn leaf<'a>(values: &'a Map, path: &str) -> Option<&'a Value> {
    at(values, path).filter(|value| value.as_object().is_none_or(Map::is_empty))
}

fn at<'a>(values: &'a Map, path: &str) -> Option<&'a Value> {
    let keys: Vec<&str> = path.split('.').collect();
    value::lookup(values, &keys)
}

/// How many names lead to the first step of the path that is not there.
fn made_from(values: &Map, path: &str) -> usize {
    let keys: Vec<&str> = path.split('.').collect();
    (1..=keys.len())
        .find(|depth| {
            keys.get(..*depth)
                .is_some_and(|keys| value::lookup(values, keys).is_none())
        })
        .unwrap_or(keys.len())
}

/// The merge patch that gives these leaves their old values.
fn patch(values: &Map, kept: &[&Replaced]) -> Map {
    let gone: BTreeSet<&str> = kept
        .iter()
        .filter(|replaced| replaced.edit.old.is_none())
        .map(|replaced| replaced.edit.path.as_str())
        .collect();
    let mut patch = Map::new();
    // Removals first: what takes the place of a removed object or leaf overwrites them.
    for replaced in kept.iter().filter(|replaced| replaced.edit.old.is_none()) {
        let keys: Vec<&str> = replaced.edit.path.split('.').collect();
        let shallowest = (replaced.made_from.max(1)..keys.len())
            .find(|depth| {
                let above = keys.get(..*depth).unwrap_or_default();
                value::lookup(values, above)
                    .is_some_and(|value| leaves_are_in(value, &above.join("."), &gone))
            })
            .unwrap_or(keys.len());
        put(
            &mut patch,
            keys.get(..shallowest).unwrap_or_default(),
            Value::Null,
        );
    }
    let mut back: Vec<_> = kept
        .iter()
        .filter_map(|replaced| Some((replaced.edit.path.as_str(), replaced.edit.old.clone()?)))
        .collect();
    back.sort_by_key(|(path, _)| path.len());
    for (path, old) in back {
        let keys: Vec<&str> = path.split('.').collect();
        put(&mut patch, &keys, old);
    }
    patch
}

/// Whether each leaf below a path is in the set.
fn leaves_are_in(value: &Value, path: &str, set: &BTreeSet<&str>) -> bool {
    match value {
        Value::Object(members) if !members.is_empty() => members
            .iter()
            .all(|(key, value)| leaves_are_in(value, &format!("{path}.{key}"), set)),
        _ => set.contains(path),
    }
}

/// Puts a value where the keys lead; what is no object on the way becomes one.
fn put(members: &mut Map, keys: &[&str], value: Value) {
    match keys {
        [] => {}
        [last] => drop(members.insert((*last).to_owned(), value)),
        [first, rest @ ..] => {
            let member = members.entry(*first).or_insert(Value::Null);
            if !member.is_object() {
                *member = Value::Object(Map::new());
            }
            if let Value::Object(inner) = member {
                put(inner, rest, value);
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
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_ms(0);

    fn twin(tags: Map, desired: Map) -> Twin {
        let mut twin = Twin::new(NOW);
        twin.tags = tags;
        twin.desired.values = desired;
        twin
    }

    fn patched(tags: Map, desired: Map) -> ServiceChange {
        ServiceChange {
            tags: Some(Change::Patch(Some(tags))),
            desired: Some(Change::Patch(Some(desired))),
        }
    }

    proptest! {
        #[test]
        fn a_change_that_nobody_touched_is_taken_back_whole(
            tags in section(),
            desired in section(),
            tags_patch in patch(),
            desired_patch in patch(),
        ) {
            let before = twin(tags, desired);
            let mut now = before.clone();
            let applied = now.apply_service(&patched(tags_patch, desired_patch), NOW).unwrap();
            let back = revert(&now, &replaced(&before, &applied.edits));
            prop_assert!(back.changed.is_empty(), "{:?}", back.changed);
            now.apply_service(&back.change, NOW).unwrap();
            prop_assert_eq!(&now.tags, &before.tags);
            prop_assert_eq!(&now.desired.values, &before.desired.values);
        }

        #[test]
        fn later_changes_stay(
            before in section(),
            first in patch(),
            later in patch(),
        ) {
            let before = twin(Map::new(), before);
            let mut now = before.clone();
            let applied = now.apply_service(&patched(Map::new(), first), NOW).unwrap();
            let kept = replaced(&before, &applied.edits);
            let applied = now.apply_service(&patched(Map::new(), later), NOW).unwrap();
            let back = revert(&now, &kept);
            now.apply_service(&back.change, NOW).unwrap();
            for edit in applied.edits.iter().filter(|edit| edit.new.is_some()) {
                let is_of_first = kept.iter().any(|kept| kept.edit.path == edit.path && kept.edit.new == edit.new);
                let is_restored_over = kept.iter().any(|kept| {
                    kept.edit.old.is_some()
                        && (edit.path.starts_with(&format!("{}.", kept.edit.path))
                            || kept.edit.path.starts_with(&format!("{}.", edit.path)))
                });
                if !is_of_first && !is_restored_over {
                    prop_assert_eq!(leaf(&now.desired.values, &edit.path), edit.new.as_ref(), "{}", edit.path);
                }
            }
        }
    }

    #[test]
    fn what_was_changed_since_is_named_and_left() {
        let before = twin(Map::new(), map_of(json!({ "a": 1, "b": 1 })));
        let mut now = before.clone();
        let desired = map_of(json!({ "a": 2, "b": 2, "c": { "d": 1 } }));
        let applied = now
            .apply_service(&patched(Map::new(), desired), NOW)
            .unwrap();
        let kept = replaced(&before, &applied.edits);
        let desired = map_of(json!({ "b": 3, "c": { "e": 1 } }));
        now.apply_service(&patched(Map::new(), desired), NOW)
            .unwrap();
        let back = revert(&now, &kept);
        assert_eq!(back.restored, 2);
        assert_eq!(back.changed, [(SectionName::Desired, "b".to_owned())]);
        now.apply_service(&back.change, NOW).unwrap();
        let expected = json!({ "a": 1, "b": 3, "c": { "e": 1 } });
        assert_eq!(Value::Object(now.desired.values), expected);
    }
}
