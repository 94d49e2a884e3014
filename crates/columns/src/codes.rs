//! The codes of a dictionary-coded column: one small number a row, and the two passes over them.
//!
//! Codes are 8, 16 or 32 bits wide and widen when the dictionary outgrows them. Both passes look at 64 rows at a time
//! and do not branch on what they find, unless only a few of the 64 rows are asked for.

use crate::selection::{Selection, WORD, bits, pack};

/// Below this many rows of 64 asked for, they are visited one by one.
pub(crate) const FEW_ROWS: u32 = 12;
/// A histogram up to this many codes is kept four times, so that a frequent code does not wait for itself.
const SMALL_HISTOGRAM: usize = 4096;

/// One code a row; the number of rows is a multiple of 64.
#[derive(Debug)]
pub(crate) enum Codes {
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
}

/// Runs `$body` with `$rows` bound to the vector, whatever its width.
macro_rules! each_width {
    ($codes:expr, $rows:ident => $body:expr) => {
        match $codes {
            Codes::U8($rows) => $body,
            Codes::U16($rows) => $body,
            Codes::U32($rows) => $body,
        }
    };
}

impl Codes {
    pub(crate) fn new(rows: usize) -> Self {
        Self::U8(vec![0; rows])
    }

    /// Makes room for `rows` rows, a multiple of 64; new rows have code 0.
    pub(crate) fn grow(&mut self, rows: usize) {
        each_width!(self, codes => {
            codes.reserve_exact(rows - codes.len());
            codes.resize(rows, 0);
        });
    }

    pub(crate) fn rows(&self) -> usize {
        each_width!(self, codes => codes.len())
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> u32 {
        match self {
            Self::U8(codes) => u32::from(codes[row]),
            Self::U16(codes) => u32::from(codes[row]),
            Self::U32(codes) => codes[row],
        }
    }

    /// Writes the code of a row, widening all rows when the code does not fit.
    pub(crate) fn set(&mut self, row: usize, code: u32) {
        self.widen(code);
        match self {
            Self::U8(codes) => codes[row] = narrow8(code),
            Self::U16(codes) => codes[row] = narrow16(code),
            Self::U32(codes) => codes[row] = code,
        }
    }

    fn widen(&mut self, code: u32) {
        match self {
            Self::U8(codes) if code > u32::from(u16::MAX) => {
                *self = Self::U32(codes.iter().map(|code| u32::from(*code)).collect());
            }
            Self::U8(codes) if code > u32::from(u8::MAX) => {
                *self = Self::U16(codes.iter().map(|code| u16::from(*code)).collect());
            }
            Self::U16(codes) if code > u32::from(u16::MAX) => {
                *self = Self::U32(codes.iter().map(|code| u32::from(*code)).collect());
            }
            _ => {}
        }
    }

    /// The rows of `mask` whose code is true in `table`, which has an entry for every code in use.
    pub(crate) fn mark(&self, table: &[bool], mask: &Selection) -> Selection {
        match (self, Ring::of(table)) {
            (_, Some(Ring { width: None, .. })) => Selection::empty(mask.words().len()),
            (
                Self::U8(codes),
                Some(Ring {
                    first,
                    width: Some(width),
                }),
            ) => {
                let (first, width) = (narrow8(first), narrow8(width));
                mark(codes, mask, |code| code.wrapping_sub(first) <= width)
            }
            (
                Self::U16(codes),
                Some(Ring {
                    first,
                    width: Some(width),
                }),
            ) => {
                let (first, width) = (narrow16(first), narrow16(width));
                mark(codes, mask, |code| code.wrapping_sub(first) <= width)
            }
            (
                Self::U32(codes),
                Some(Ring {
                    first,
                    width: Some(width),
                }),
            ) => mark(codes, mask, |code| code.wrapping_sub(first) <= width),
            (Self::U8(codes), None) => {
                let table: [bool; 1 << 8] =
                    std::array::from_fn(|code| table.get(code).copied().unwrap_or_default());
                mark(codes, mask, |code| table[usize::from(code)])
            }
            (Self::U16(codes), None) => mark(codes, mask, |code| table[usize::from(code)]),
            (Self::U32(codes), None) => mark(codes, mask, |code| table[code as usize]),
        }
    }

    /// How many rows of `selection` have each code below `codes`.
    pub(crate) fn histogram(&self, codes: usize, selection: &Selection) -> Vec<u32> {
        each_width!(self, rows => histogram(rows, codes, selection))
    }

    /// Adds the code of each row, times `stride`, to a sum for each row.
    pub(crate) fn add_to(&self, sums: &mut [u32], stride: u32) {
        each_width!(self, codes => add_to(codes, sums, stride));
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        match self {
            Self::U8(codes) => codes.capacity(),
            Self::U16(codes) => codes.capacity() * 2,
            Self::U32(codes) => codes.capacity() * 4,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the codes were widened before, or the code is one of theirs"
)]
fn narrow8(code: u32) -> u8 {
    code as u8
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the codes were widened before, or the code is one of theirs"
)]
fn narrow16(code: u32) -> u16 {
    code as u16
}

/// True codes that follow each other, the last code followed by the first: one value, a range, or all but those.
/// Such a table is a subtraction and a comparison, which run on many rows at once.
struct Ring {
    first: u32,
    /// The distance from the first to the last true code; `None` when no code is true.
    width: Option<u32>,
}

impl Ring {
    fn of(table: &[bool]) -> Option<Self> {
        let position = |of: bool| table.iter().position(|entry| *entry == of);
        let Some(first) = position(true) else {
            return Some(Self {
                first: 0,
                width: None,
            });
        };
        let last = table.iter().rposition(|entry| *entry).unwrap_or(first);
        if table[first..=last].iter().all(|entry| *entry) {
            return Some(Self {
                first: code_at(first),
                width: Some(code_at(last - first)),
            });
        }
        // The false codes follow each other: the true ones start after them and end, around the corner, before them.
        // Codes past the table's end do not occur, so the corner may be anywhere past it.
        let hole = position(false)?;
        let hole_end = table.iter().rposition(|entry| !*entry)?;
        if table[hole..=hole_end].iter().any(|entry| *entry) {
            return None;
        }
        Some(Self {
            first: code_at(hole_end + 1),
            width: Some(u32::MAX - code_at(hole_end - hole + 1)),
        })
    }
}

/// An index into a dictionary, or into combinations of a few, as a code.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a dictionary has fewer entries than there are slots"
)]
pub(crate) fn code_at(index: usize) -> u32 {
    index as u32
}

/// The rows of `mask` whose value passes `test`: the pass that every filter on one column ends in.
#[inline]
pub(crate) fn mark<C: Copy>(rows: &[C], mask: &Selection, test: impl Fn(C) -> bool) -> Selection {
    let mut marked = Selection::empty(mask.words().len());
    let (chunks, _) = rows.as_chunks::<WORD>();
    for ((out, wanted), chunk) in marked.words_mut().iter_mut().zip(mask.words()).zip(chunks) {
        if wanted.count_ones() < FEW_ROWS {
            for bit in bits(*wanted) {
                *out |= u64::from(test(chunk[bit])) << bit;
            }
        } else {
            *out = pack(&chunk.map(|value| u8::from(test(value)))) & wanted;
        }
    }
    marked
}

/// Calls `visit` with every value of the selected rows, in row order.
#[inline]
pub(crate) fn visit<C: Copy>(rows: &[C], selection: &Selection, mut visit: impl FnMut(usize, C)) {
    let (chunks, _) = rows.as_chunks::<WORD>();
    for ((index, wanted), chunk) in selection.words().iter().enumerate().zip(chunks) {
        let base = index * WORD;
        if *wanted == u64::MAX {
            for (bit, value) in chunk.iter().enumerate() {
                visit(base + bit, *value);
            }
        } else {
            for bit in bits(*wanted) {
                visit(base + bit, chunk[bit]);
            }
        }
    }
}

fn add_to<C: Copy + Into<u32>>(codes: &[C], sums: &mut [u32], stride: u32) {
    for (sum, code) in sums.iter_mut().zip(codes) {
        *sum += (*code).into() * stride;
    }
}

fn histogram<C: Copy + Into<u32>>(rows: &[C], codes: usize, selection: &Selection) -> Vec<u32> {
    if codes > SMALL_HISTOGRAM {
        let mut counts = vec![0; codes];
        visit(rows, selection, |_, code| counts[code.into() as usize] += 1);
        return counts;
    }
    let mut lanes = vec![[0_u32; 4]; codes];
    let (chunks, _) = rows.as_chunks::<WORD>();
    for (wanted, chunk) in selection.words().iter().zip(chunks) {
        if wanted.count_ones() < FEW_ROWS {
            for bit in bits(*wanted) {
                lanes[chunk[bit].into() as usize][0] += 1;
            }
        } else {
            for (bit, code) in chunk.iter().enumerate() {
                lanes[(*code).into() as usize][bit % 4] += u32::from(wanted >> bit & 1 == 1);
            }
        }
    }
    lanes.iter().map(|lanes| lanes.iter().sum()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn codes_of(values: &[u32]) -> Codes {
        let mut codes = Codes::new(values.len().next_multiple_of(WORD));
        for (row, code) in values.iter().enumerate() {
            codes.set(row, *code);
        }
        codes
    }

    proptest! {
        #[test]
        fn passes_equal_a_walk(
            dictionary in prop_oneof![Just(3_u32), Just(200), Just(256), Just(300), Just(70_000)],
            seeds in prop::collection::vec((any::<u32>(), 0_u8..4), 1..400),
            shape in 0_u8..5,
            density in 0_u8..5,
        ) {
            let values: Vec<u32> = seeds.iter().map(|(seed, _)| seed % dictionary).chain([dictionary - 1]).collect();
            let table: Vec<bool> = (0..dictionary)
                .map(|code| match shape {
                    0 => false,
                    1 => code == dictionary / 2,
                    2 => code != dictionary / 2,
                    3 => code >= dictionary / 3,
                    _ => code % 3 == 1,
                })
                .collect();
            let codes = codes_of(&values);
            let mut mask = Selection::empty(codes.rows() / WORD);
            for (row, (_, bucket)) in seeds.iter().enumerate() {
                mask.put(row, *bucket < density);
            }
            let marked: Vec<usize> = codes.mark(&table, &mask).iter().map(|slot| slot.0 as usize).collect();
            let walked: Vec<usize> =
                mask.iter().map(|slot| slot.0 as usize).filter(|row| table[values[*row] as usize]).collect();
            prop_assert_eq!(marked, walked);

            let mut counts = vec![0; dictionary as usize];
            for slot in mask.iter() {
                counts[values[slot.0 as usize] as usize] += 1;
            }
            prop_assert_eq!(codes.histogram(dictionary as usize, &mask), counts);
        }
    }
}
