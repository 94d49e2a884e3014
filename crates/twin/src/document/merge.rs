//! The merge of a checked patch into a section, with metadata and edits in the same pass.
//!
//! Nothing is refused here and nothing is cloned but the new leaves: what a patch does not mention is not visited.

use super::{Edit, Metadata, Section, SectionName};
use crate::time::Timestamp;
use crate::trail::Trail;
use crate::{Map, Value};

/// When a patch is written and, for desired, which `$lastUpdatedVersion` it leaves.
type Stamp = (Timestamp, Option<u64>);

/// Merges a patch into desired or reported and counts the section's version up.
pub(super) fn into_section(
    section: &mut Section,
    name: SectionName,
    patch: &Map,
    stamp: Stamp,
    edits: &mut Vec<Edit>,
) {
    section.version += 1;
    Merge { name, stamp, edits }.members(
        &mut section.values,
        Some(&mut section.metadata),
        patch,
        None,
    );
}

/// Merges a patch into the tags, which have no metadata.
pub(super) fn into_tags(tags: &mut Map, patch: &Map, edits: &mut Vec<Edit>) {
    Merge {
        name: SectionName::Tags,
        stamp: (Timestamp::NEVER, None),
        edits,
    }
    .members(tags, None, patch, None);
}

struct Merge<'a> {
    name: SectionName,
    stamp: Stamp,
    edits: &'a mut Vec<Edit>,
}

impl Merge<'_> {
    fn members(
        &mut self,
        target: &mut Map,
        mut node: Option<&mut Metadata>,
        patch: &Map,
        parent: Option<&Trail<'_>>,
    ) {
        let edits_before = self.edits.len();
        for (key, new) in patch {
            let here = Trail::new(parent, key);
            if new.is_null() {
                if let Some(old) = target.remove(key) {
                    self.removed(old, &here);
                }
                if let Some(node) = node.as_deref_mut() {
                    node.children.remove(key);
                }
                continue;
            }
            let child = node.as_deref_mut().and_then(|node| {
                if !node.children.contains_key(key) {
                    let new = Metadata::leaf(self.stamp.0, self.stamp.1);
                    node.children.insert(key.clone(), new);
                }
                node.children.get_mut(key)
            });
            self.member(target, key, child, new, &here);
        }
        self.stamp(node, self.edits.len() > edits_before);
    }

    fn member(
        &mut self,
        target: &mut Map,
        key: &str,
        node: Option<&mut Metadata>,
        new: &Value,
        here: &Trail<'_>,
    ) {
        match (target.get_mut(key), new) {
            (Some(Value::Object(old)), Value::Object(patch)) => {
                self.members(old, node, patch, Some(here));
            }
            (Some(old), new) if old == new => self.stamp(node, false),
            (Some(slot), new) => *slot = self.put(Some(std::mem::take(slot)), node, new, here),
            (None, new) => {
                let fresh = self.put(None, node, new, here);
                target.insert(key.to_owned(), fresh);
            }
        }
    }

    /// The value that takes the place of another kind of value, or of none.
    fn put(
        &mut self,
        old: Option<Value>,
        mut node: Option<&mut Metadata>,
        new: &Value,
        here: &Trail<'_>,
    ) -> Value {
        let replaced = match old {
            Some(old) if old.is_object() || new.is_object() => {
                self.removed(old, here);
                None
            }
            leaf => leaf,
        };
        let value = if let Value::Object(patch) = new {
            let mut fresh = Map::new();
            self.members(&mut fresh, node.as_deref_mut(), patch, Some(here));
            Value::Object(fresh)
        } else {
            if let Some(node) = node.as_deref_mut() {
                node.children.clear();
            }
            new.clone()
        };
        self.stamp(node, true);
        if value.as_object().is_none_or(Map::is_empty) {
            self.edit(here, replaced, Some(value.clone()));
        }
        value
    }

    /// Notes that a value was written, and whether it is another one now.
    fn stamp(&self, node: Option<&mut Metadata>, is_changed: bool) {
        if let Some(node) = node {
            (node.at, node.version) = self.stamp;
            if is_changed {
                node.changed_at = self.stamp.0;
            }
        }
    }

    /// Records every leaf of a value that is gone.
    fn removed(&mut self, old: Value, here: &Trail<'_>) {
        match old {
            Value::Object(members) if !members.is_empty() => {
                for (key, old) in members {
                    self.removed(old, &Trail::new(Some(here), &key));
                }
            }
            leaf => self.edit(here, Some(leaf), None),
        }
    }

    fn edit(&mut self, here: &Trail<'_>, old: Option<Value>, new: Option<Value>) {
        self.edits.push(Edit {
            section: self.name,
            path: here.to_string(),
            old,
            new,
        });
    }
}
