//! Sets of devices: one bit for each slot.
//!
//! A [`Selection`] is what a filter answers and what counting, grouping and sorting take. It is plain data: it does
//! not follow later changes of the columns.

use std::fmt;

use twin::id::Slot;

/// Slots in a word of a selection; columns are padded to a multiple of it.
pub(crate) const WORD: usize = 64;

/// A set of slots.
///
/// # Example
/// ```
/// use columns::Selection;
/// use twin::id::Slot;
///
/// let even: Selection = [0, 2, 4].map(Slot).into_iter().collect();
/// let small: Selection = [0, 1, 2].map(Slot).into_iter().collect();
/// assert_eq!(even.and(&small).iter().collect::<Vec<_>>(), [Slot(0), Slot(2)]);
/// assert_eq!(even.or(&small).len(), 4);
/// assert!(!even.minus(&small).contains(Slot(2)));
/// ```
#[derive(Clone, Default)]
pub struct Selection {
    words: Vec<u64>,
}

impl Selection {
    /// How many slots are in the set.
    pub fn len(&self) -> u64 {
        self.words
            .iter()
            .map(|word| u64::from(word.count_ones()))
            .sum()
    }

    /// Whether no slot is in the set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Whether `slot` is in the set.
    pub fn contains(&self, slot: Slot) -> bool {
        let slot = slot.0 as usize;
        self.words
            .get(slot / WORD)
            .is_some_and(|word| word >> (slot % WORD) & 1 == 1)
    }

    /// The slots in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = Slot> + '_ {
        self.words
            .iter()
            .enumerate()
            .flat_map(|(index, word)| bits(*word).map(move |bit| slot_at(index * WORD + bit)))
    }

    /// The slots that are in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            words: self
                .words
                .iter()
                .zip(&other.words)
                .map(|(a, b)| a & b)
                .collect(),
        }
    }

    /// The slots that are in either.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let (long, short) = if self.words.len() >= other.words.len() {
            (self, other)
        } else {
            (other, self)
        };
        let mut union = long.clone();
        union.add(short);
        union
    }

    /// The slots of this set that are not in `other`. "Not" is this, from [`Columns::all`](crate::Columns::all).
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut rest = self.clone();
        rest.take(other);
        rest
    }

    /// An empty set with room for `words` words.
    pub(crate) fn empty(words: usize) -> Self {
        Self {
            words: vec![0; words],
        }
    }

    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    pub(crate) fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }

    /// Makes room for at least `words` words.
    pub(crate) fn grow(&mut self, words: usize) {
        if words > self.words.len() {
            self.words.resize(words, 0);
        }
    }

    /// Takes the slots of another set out.
    pub(crate) fn take(&mut self, other: &Self) {
        for (word, taken) in self.words.iter_mut().zip(&other.words) {
            *word &= !taken;
        }
    }

    /// Adds the slots of a set that is not longer.
    pub(crate) fn add(&mut self, other: &Self) {
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// Puts one slot in or out; the slot must lie within the words that the set has.
    pub(crate) fn put(&mut self, slot: usize, member: bool) {
        let mask = 1 << (slot % WORD);
        if member {
            self.words[slot / WORD] |= mask;
        } else {
            self.words[slot / WORD] &= !mask;
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }
}

impl PartialEq for Selection {
    fn eq(&self, other: &Self) -> bool {
        let common = self.words.len().min(other.words.len());
        self.words[..common] == other.words[..common]
            && self.words[common..]
                .iter()
                .chain(&other.words[common..])
                .all(|word| *word == 0)
    }
}

impl Eq for Selection {}

impl FromIterator<Slot> for Selection {
    fn from_iter<I: IntoIterator<Item = Slot>>(slots: I) -> Self {
        let mut set = Self::default();
        for slot in slots {
            let slot = slot.0 as usize;
            set.grow(slot / WORD + 1);
            set.put(slot, true);
        }
        set
    }
}

impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(|slot| slot.0))
            .finish()
    }
}

/// The positions of the ones in a word, ascending.
#[inline]
pub(crate) fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if word == 0 {
            return None;
        }
        let bit = word.trailing_zeros() as usize;
        word &= word - 1;
        Some(bit)
    })
}

/// The slot of a row number; rows are never more than a slot can name.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "row numbers come from slots, which are 32 bits wide"
)]
pub(crate) fn slot_at(row: usize) -> Slot {
    Slot(row as u32)
}

/// Packs 64 bytes of zero or one into a word: byte 0 becomes bit 0.
#[inline]
pub(crate) fn pack(bytes: &[u8; WORD]) -> u64 {
    // Multiplying shifts the one of byte i to bit 56 + i; no two products meet in one bit, so nothing carries.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (eights, _) = bytes.as_chunks::<8>();
    eights.iter().rev().fold(0, |word, eight| {
        word << 8 | u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_keeps_the_order_of_rows() {
        for word in [0, u64::MAX, 1, 1 << 63, 0x8001_0300_F0A5_1234] {
            let bytes = std::array::from_fn(|bit| u8::from(word >> bit & 1 == 1));
            assert_eq!(pack(&bytes), word);
        }
    }

    #[test]
    fn sets_of_different_lengths_combine_and_compare() {
        let short: Selection = [Slot(3)].into_iter().collect();
        let long: Selection = [Slot(3), Slot(200)].into_iter().collect();
        assert_eq!(short.or(&long), long);
        assert_eq!(long.and(&short), short);
        assert_eq!(long.minus(&short).iter().collect::<Vec<_>>(), [Slot(200)]);
        let mut padded = short.clone();
        padded.grow(9);
        assert_eq!(padded, short);
        assert_ne!(short, long);
    }
}
