//! Where the desired properties of a device come from: who asked for each, and why.
//!
//! Nothing is stored for this: the history of changes tells, as far back as it is kept.

use std::collections::BTreeSet;

use store::{Actor, ChangeKind, HistoryEntry};
use twin::document::SectionName;
use twin::id::DeviceId;
use twin::time::Timestamp;
use twin::{Map, Value};

use super::Monitor;
use crate::Error;
use crate::access::Principal;

/// History entries read for one device.
const ENTRIES_MAX: usize = 2_000;

/// Who asked for some of the present desired properties.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// Who.
    pub actor: Actor,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// The paths below `properties.desired` that still have the value they were given then.
    pub paths: Vec<String>,
    /// When the newest of them was given.
    pub at: Timestamp,
}

impl Monitor {
    /// Who asked for each of the device's desired properties, the newest first, as far as the kept
    /// history tells; what was asked before that is in no origin.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn origins(
        &self,
        principal: &Principal,
        id: &DeviceId,
    ) -> Result<Vec<Origin>, Error> {
        let live = self
            .record(principal, id)
            .await?
            .ok_or_else(|| Error::no_device(id))?;
        let mut origins = Origins {
            unexplained: leaves(&live.record.twin.desired.values),
            found: Vec::new(),
        };
        let (mut before, mut left) = (None, ENTRIES_MAX);
        while left > 0 && !origins.unexplained.is_empty() {
            let batch = left.min(self.core.limits.console_page_rows_max);
            let entries = self.core.store.history(id, before, batch).await?;
            let is_last = entries.len() < batch;
            before = entries.last().map(|entry| entry.seq);
            for entry in &entries {
                origins.take(entry);
                if entry.kind == ChangeKind::Created {
                    // Older entries are of another device that had the name.
                    return Ok(origins.found);
                }
            }
            if is_last {
                break;
            }
            left -= batch;
        }
        Ok(origins.found)
    }
}

struct Origins {
    unexplained: BTreeSet<String>,
    found: Vec<Origin>,
}

impl Origins {
    /// Takes an entry, older than all before it.
    fn take(&mut self, entry: &HistoryEntry) {
        let paths: Vec<_> = if entry.kind == ChangeKind::Created {
            // What a device was created with is in no edit: it is what nobody changed since.
            std::mem::take(&mut self.unexplained).into_iter().collect()
        } else {
            let edits = entry.edits.iter();
            edits
                .filter(|edit| edit.section == SectionName::Desired)
                .filter(|edit| self.unexplained.remove(&edit.path))
                .map(|edit| edit.path.clone())
                .collect()
        };
        if paths.is_empty() {
            return;
        }
        let is_same =
            |origin: &&mut Origin| origin.actor == entry.actor && origin.reason == entry.reason;
        match self.found.iter_mut().find(is_same) {
            Some(origin) => origin.paths.extend(paths),
            None => self.found.push(Origin {
                actor: entry.actor.clone(),
                reason: entry.reason.clone(),
                paths,
                at: entry.at,
            }),
        }
    }
}

/// The paths of all values: scalars, arrays and empty objects.
fn leaves(section: &Map) -> BTreeSet<String> {
    fn walk(members: &Map, above: &str, found: &mut BTreeSet<String>) {
        for (key, value) in members {
            let path = if above.is_empty() {
                key.clone()
            } else {
                format!("{above}.{key}")
            };
            match value {
                Value::Object(inner) if !inner.is_empty() => walk(inner, &path, found),
                _ => drop(found.insert(path)),
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(section, "", &mut found);
    found
}
