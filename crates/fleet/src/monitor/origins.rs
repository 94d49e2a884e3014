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

/// History entries read for one device: what was asked before them is told by its date alone.
const ENTRIES_MAX: usize = 1_000;

/// Where the present desired properties of a device come from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Origins {
    /// Who asked for them, the newest first.
    pub found: Vec<Origin>,
    /// The paths that were asked for before the oldest entry that was read.
    pub older: Vec<String>,
    /// When that entry was written: `None` when there is none.
    pub read_from: Option<Timestamp>,
}

/// Who asked for some of the present desired properties.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// Who.
    pub actor: Actor,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// Whether the device was registered with them.
    pub is_registration: bool,
    /// The paths below `properties.desired` that still have the value they were given then.
    pub paths: Vec<String>,
    /// When the newest of them was given.
    pub at: Timestamp,
}

impl Monitor {
    /// Who asked for each of the device's desired properties, as far as the kept history tells and at most
    /// 1,000 changes back.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn origins(&self, principal: &Principal, id: &DeviceId) -> Result<Origins, Error> {
        let live = self
            .record(principal, id)
            .await?
            .ok_or_else(|| Error::no_device(id))?;
        let mut search = Search {
            unexplained: leaves(&live.record.twin.desired.values),
            origins: Origins::default(),
        };
        let (mut before, mut left) = (None, ENTRIES_MAX);
        while left > 0 && !search.unexplained.is_empty() {
            let batch = left.min(self.core.limits.console_page_rows_max);
            let entries = self.core.store.history(id, before, batch).await?;
            before = entries.last().map(|entry| entry.seq);
            for entry in &entries {
                search.take(entry);
                if entry.kind == ChangeKind::Created {
                    // Older entries are of another device that had the name.
                    return Ok(search.done());
                }
            }
            if entries.len() < batch {
                break;
            }
            left -= batch;
        }
        Ok(search.done())
    }
}

struct Search {
    unexplained: BTreeSet<String>,
    origins: Origins,
}

impl Search {
    /// Takes an entry, older than all before it.
    fn take(&mut self, entry: &HistoryEntry) {
        self.origins.read_from = Some(entry.at);
        let is_registration = entry.kind == ChangeKind::Created;
        let paths: Vec<_> = if is_registration {
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
        let is_same = |origin: &&mut Origin| {
            origin.actor == entry.actor
                && origin.reason == entry.reason
                && origin.is_registration == is_registration
        };
        match self.origins.found.iter_mut().find(is_same) {
            Some(origin) => origin.paths.extend(paths),
            None => self.origins.found.push(Origin {
                actor: entry.actor.clone(),
                reason: entry.reason.clone(),
                is_registration,
                paths,
                at: entry.at,
            }),
        }
    }

    fn done(mut self) -> Origins {
        self.origins.older = self.unexplained.into_iter().collect();
        self.origins
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
