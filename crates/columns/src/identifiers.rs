//! Which device is in which slot: a text for each slot, and a hash index back.

use std::hash::Hasher;

use hashbrown::HashTable;
use twin::id::Slot;

use crate::arena::{Arena, Span};
use crate::selection::slot_at;

/// Device identifiers by slot and slots by device identifier: 8 bytes and the text a device, and 5 to 10 for the index.
#[derive(Debug, Default)]
pub(crate) struct Identifiers {
    spans: Vec<Span>,
    arena: Arena,
    slots: HashTable<u32>,
}

impl Identifiers {
    /// Makes room for `rows` slots.
    pub(crate) fn grow(&mut self, rows: usize) {
        self.spans.resize(rows, Span::default());
    }

    /// The identifier in a row; empty when nobody is there.
    pub(crate) fn get(&self, row: usize) -> &str {
        self.arena.get(self.spans[row])
    }

    pub(crate) fn slot_of(&self, id: &str) -> Option<Slot> {
        self.slots
            .find(hash(id), |slot| self.get(*slot as usize) == id)
            .map(|slot| Slot(*slot))
    }

    /// Puts a device into an empty row.
    pub(crate) fn insert(&mut self, row: usize, id: &str) {
        self.spans[row] = self.arena.push(id);
        let Self {
            spans,
            arena,
            slots,
        } = self;
        slots.insert_unique(hash(id), slot_at(row).0, |slot| {
            hash(arena.get(spans[*slot as usize]))
        });
    }

    /// Takes the device out of a row.
    pub(crate) fn remove(&mut self, row: usize) {
        let id = self.arena.get(self.spans[row]);
        if let Ok(entry) = self
            .slots
            .find_entry(hash(id), |slot| *slot as usize == row)
        {
            entry.remove();
        }
        self.arena.release(std::mem::take(&mut self.spans[row]));
        if self.arena.is_sparse() {
            self.arena.compact(self.spans.iter_mut());
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.spans.capacity() * size_of::<Span>()
            + self.arena.memory_bytes()
            + self.slots.allocation_size()
    }
}

/// A hash that is the same in every process: there is no randomness here, and `SipHash` is hard enough to steer.
fn hash(id: &str) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(id.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_found_after_removals_and_compaction() {
        let mut ids = Identifiers::default();
        let name = |row: usize| format!("meter-with-a-long-name-{row:05}");
        ids.grow(4096);
        for row in 0..4096 {
            ids.insert(row, &name(row));
        }
        for row in (0..4096).filter(|row| row % 4 != 0) {
            ids.remove(row);
        }
        for row in 0..4096 {
            let expected = (row % 4 == 0).then(|| slot_at(row));
            assert_eq!(ids.slot_of(&name(row)), expected);
        }
        assert!(
            ids.arena.memory_bytes() < 4096 * 28 / 2,
            "the holes were closed"
        );
        ids.insert(1, "someone-else");
        assert_eq!(ids.slot_of("someone-else"), Some(Slot(1)));
        assert_eq!(ids.get(1), "someone-else");
    }
}
