//! Which device is in which slot: a text for each slot, and a hash index back.

use std::hash::Hasher;

use hashbrown::HashTable;
use twin::id::Slot;

use crate::arena::{Arena, Span};
use crate::beginning;
use crate::selection::slot_at;

/// Device identifiers by slot and slots by device identifier: 16 bytes and the text a device, and 5 to 10 for the index.
#[derive(Debug, Default)]
pub(crate) struct Identifiers {
    spans: Vec<Span>,
    arena: Arena,
    slots: HashTable<u32>,
    /// What all identifiers began with so far; they differ behind it.
    shared: Vec<u8>,
    /// What follows in each, so that orders need not look at each.
    beginnings: Vec<u64>,
}

impl Identifiers {
    /// Makes room for `rows` slots.
    pub(crate) fn grow(&mut self, rows: usize) {
        self.spans.resize(rows, Span::default());
        self.beginnings.reserve_exact(rows - self.beginnings.len());
        self.beginnings.resize(rows, 0);
    }

    /// The identifier in a row; empty when nobody is there.
    pub(crate) fn get(&self, row: usize) -> &str {
        self.arena.get(self.spans[row])
    }

    /// By row, numbers that sort as the identifiers do, or are equal.
    pub(crate) fn beginnings(&self) -> &[u64] {
        &self.beginnings
    }

    /// The number that an identifier has among them, or would have.
    pub(crate) fn beginning_of(&self, id: &str) -> u64 {
        let id = id.as_bytes();
        match id.strip_prefix(self.shared.as_slice()) {
            Some(rest) => beginning::of_bytes(rest),
            // Before all of them, or behind.
            None if id < self.shared.as_slice() => 0,
            None => u64::MAX,
        }
    }

    /// Makes an identifier one of those that begin alike.
    fn share(&mut self, id: &str) {
        let alike = id.bytes().zip(&self.shared);
        let length = alike.take_while(|(one, other)| one == *other).count();
        if self.slots.is_empty() {
            self.shared = id.as_bytes().to_vec();
        } else if length < self.shared.len() {
            // Rare: it can happen as often as an identifier has letters.
            self.shared.truncate(length);
            for slot in &self.slots {
                let rest = &self.arena.get(self.spans[*slot as usize]).as_bytes()[length..];
                self.beginnings[*slot as usize] = beginning::of_bytes(rest);
            }
        }
    }

    pub(crate) fn slot_of(&self, id: &str) -> Option<Slot> {
        self.slots
            .find(hash(id), |slot| self.get(*slot as usize) == id)
            .map(|slot| Slot(*slot))
    }

    /// Puts a device into an empty row.
    pub(crate) fn insert(&mut self, row: usize, id: &str) {
        self.share(id);
        self.beginnings[row] = self.beginning_of(id);
        self.spans[row] = self.arena.push(id);
        let Self {
            spans,
            arena,
            slots,
            ..
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
            + self.beginnings.capacity() * size_of::<u64>()
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
    fn beginnings_sort_as_identifiers_do_whatever_they_share() {
        let names = [
            "urn:dev:mac:0024befffe804ff1",
            "urn:dev:mac:0024befffe804ff2",
            "urn:dev:mac:0024befffe804f",
            "urn:dev:mac:10",
            "urn:dev:serial:1",
            "urn:dev:",
            "meter-1",
            "zähler",
            "",
        ];
        let mut ids = Identifiers::default();
        ids.grow(64);
        for (row, name) in names.iter().enumerate() {
            ids.insert(row, name);
            // Of the devices that are there, and of places where one was.
            for (one, name) in names.iter().enumerate() {
                let number = ids.beginning_of(name);
                assert!(one > row || number == ids.beginnings()[one]);
                for (other, beginning) in names.iter().zip(ids.beginnings()).take(row + 1) {
                    let order = number.cmp(beginning);
                    assert!(order.is_eq() || order == name.cmp(other), "{name} {other}");
                }
            }
        }
        assert_ne!(ids.beginning_of("meter-1"), ids.beginning_of("meter-2"));
    }

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
