//! Devices that were written lately, decoded: a device that reports again is not read and decoded again.
//!
//! What is kept equals what the database holds: a record is taken out when a batch asks for it and put back when the batch is committed, and everything is
//! forgotten when somebody beside this writer has written. Memory is bounded by the bytes that the rows take in the database, in two generations: when the
//! young one is full it becomes the old one, and the old one is dropped. A record that is asked for becomes young again.

use std::collections::HashMap;
use std::sync::Arc;

use twin::id::Slot;

use crate::fold::Numbers;
use crate::record::Record;

/// Bytes of rows in a generation: two thousand devices of a kibibyte. Decoded they take about eight times as much.
const GENERATION_BYTES: usize = 2 << 20;

/// A decoded device and about how many bytes its row takes.
#[derive(Debug)]
pub(in crate::sqlite) struct Entry {
    pub(in crate::sqlite) record: Arc<Record>,
    pub(in crate::sqlite) bytes: usize,
}

/// The devices written lately.
#[derive(Debug, Default)]
pub(in crate::sqlite) struct Kept {
    young: HashMap<Slot, Entry>,
    old: HashMap<Slot, Entry>,
    young_bytes: usize,
    /// The store's last numbers when these records were put here.
    numbers: Option<Numbers>,
}

impl Kept {
    /// Forgets everything unless the store is as this writer left it.
    pub(in crate::sqlite) fn match_with(&mut self, numbers: Numbers) {
        if self.numbers != Some(numbers) {
            *self = Self {
                numbers: Some(numbers),
                ..Self::default()
            };
        }
    }

    /// Notes how this writer leaves the store.
    pub(in crate::sqlite) fn committed(&mut self, numbers: Numbers) {
        self.numbers = Some(numbers);
    }

    /// Takes a device out.
    pub(in crate::sqlite) fn take(&mut self, slot: Slot) -> Option<Entry> {
        match self.young.remove(&slot) {
            Some(entry) => {
                self.young_bytes -= entry.bytes;
                Some(entry)
            }
            None => self.old.remove(&slot),
        }
    }

    /// Puts a device in, in place of what was there.
    pub(in crate::sqlite) fn put(&mut self, slot: Slot, entry: Entry) {
        drop(self.take(slot));
        if self.young_bytes + entry.bytes > GENERATION_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += entry.bytes;
        self.young.insert(slot, entry);
    }
}

#[cfg(test)]
mod tests {
    use twin::id::Seq;

    use super::*;
    use crate::fold::tests::stored;

    fn entry(bytes: usize) -> Entry {
        Entry {
            record: Arc::new(stored("d")),
            bytes,
        }
    }

    fn numbers(seq: u64) -> Numbers {
        Numbers {
            seq: Seq(seq),
            slot: Slot(1),
        }
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let mut kept = Kept::default();
        for slot in 0..8 {
            kept.put(Slot(slot), entry(GENERATION_BYTES / 4));
            // Asked for all the time.
            let first = kept.take(Slot(0)).unwrap();
            kept.put(Slot(0), first);
        }
        assert!(kept.take(Slot(0)).is_some());
        assert!(kept.take(Slot(1)).is_none());
        assert!(kept.take(Slot(7)).is_some());
        assert!(kept.young.len() + kept.old.len() <= 8);
    }

    #[test]
    fn a_device_is_there_once_and_its_bytes_are_counted_once() {
        let mut kept = Kept::default();
        kept.put(Slot(1), entry(10));
        kept.put(Slot(1), entry(30));
        assert_eq!(kept.young_bytes, 30);
        assert!(kept.take(Slot(1)).is_some());
        assert!(kept.take(Slot(1)).is_none());
        assert_eq!(kept.young_bytes, 0);
    }

    #[test]
    fn what_others_wrote_makes_it_forget() {
        let mut kept = Kept::default();
        kept.match_with(numbers(4));
        kept.put(Slot(1), entry(10));
        kept.committed(numbers(5));
        kept.match_with(numbers(5));
        assert!(kept.young.contains_key(&Slot(1)));
        kept.match_with(numbers(6));
        assert!(kept.take(Slot(1)).is_none());
    }
}
