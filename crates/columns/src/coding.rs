//! The values of any column as small numbers, for counting and grouping.
//!
//! A dictionary has them already. The cells of a dense column are numbered as they are met, for the selected rows only.

use std::collections::BTreeMap;

use hashbrown::HashTable;
use query::Path;

use crate::codes::{Codes, code_at, visit};
use crate::column::Form;
use crate::columns::Columns;
use crate::datum::Datum;
use crate::dense::{Cell, Dense};
use crate::dictionary::Dictionary;
use crate::field::is_device_id;
use crate::identifiers::Identifiers;
use crate::selection::{Selection, WORD, bits};

/// A number for each selected row, and the value that each number stands for.
#[derive(Debug)]
pub(crate) struct Coding<'a> {
    pub(crate) ids: Ids<'a>,
    pub(crate) entries: Entries<'a>,
}

/// Which number each row has.
#[derive(Debug)]
pub(crate) enum Ids<'a> {
    /// All rows have number 0.
    One,
    /// Each row has its own.
    Rows,
    Codes(&'a Codes),
    Made(Vec<u32>),
}

/// Which value each number stands for.
#[derive(Debug)]
pub(crate) enum Entries<'a> {
    Dictionary(&'a Dictionary),
    Identifiers(&'a Identifiers, usize),
    Listed(Vec<Option<Datum<'a>>>),
}

impl<'a> Coding<'a> {
    /// The coding of a path; `None` when it has no column.
    pub(crate) fn of(columns: &'a Columns, path: &Path, selection: &Selection) -> Option<Self> {
        if is_device_id(path) {
            let rows = selection.words().len() * WORD;
            return Some(Self {
                ids: Ids::Rows,
                entries: Entries::Identifiers(&columns.identifiers, rows),
            });
        }
        Some(match columns.column(path)?.form() {
            Form::Coded { codes, dictionary } => Self {
                ids: Ids::Codes(codes),
                entries: Entries::Dictionary(dictionary),
            },
            Form::Numbers(dense) => number(dense, selection),
            Form::Instants(dense) => number(dense, selection),
        })
    }
}

impl<'a> Entries<'a> {
    /// One more than the largest number.
    pub(crate) fn bound(&self) -> usize {
        match self {
            Self::Dictionary(dictionary) => dictionary.bound(),
            Self::Identifiers(_, rows) => *rows,
            Self::Listed(values) => values.len(),
        }
    }

    /// The value of a number.
    pub(crate) fn get(&self, id: u32) -> Option<Datum<'a>> {
        match self {
            Self::Dictionary(dictionary) => dictionary.get(id),
            Self::Identifiers(identifiers, _) => Some(Datum::Text(identifiers.get(id as usize))),
            Self::Listed(values) => values[id as usize],
        }
    }
}

impl Ids<'_> {
    /// Calls `visitor` with each selected row and its number, in row order.
    #[inline]
    pub(crate) fn each(&self, selection: &Selection, mut visitor: impl FnMut(usize, u32)) {
        match self {
            Self::One => each_row(selection, |row| visitor(row, 0)),
            Self::Rows => each_row(selection, |row| visitor(row, code_at(row))),
            Self::Codes(Codes::U8(codes)) => {
                visit(codes, selection, |row, code| visitor(row, u32::from(code)));
            }
            Self::Codes(Codes::U16(codes)) => {
                visit(codes, selection, |row, code| visitor(row, u32::from(code)));
            }
            Self::Codes(Codes::U32(codes)) => visit(codes, selection, visitor),
            Self::Made(ids) => visit(ids, selection, visitor),
        }
    }

    /// How many selected rows have each number below `bound`.
    pub(crate) fn histogram(&self, bound: usize, selection: &Selection) -> Vec<u32> {
        if let Self::Codes(codes) = self {
            return codes.histogram(bound, selection);
        }
        let mut counts = vec![0; bound];
        self.each(selection, |_, id| counts[id as usize] += 1);
        counts
    }
}

#[inline]
fn each_row(selection: &Selection, mut visitor: impl FnMut(usize)) {
    for (index, word) in selection.words().iter().enumerate() {
        let base = index * WORD;
        if *word == u64::MAX {
            (base..base + WORD).for_each(&mut visitor);
        } else {
            bits(*word).for_each(|bit| visitor(base + bit));
        }
    }
}

/// Numbers the values of a dense column as they are met; 0 is "undefined".
fn number<'a, C: Cell>(dense: &'a Dense<C>, selection: &Selection) -> Coding<'a> {
    let exceptions: BTreeMap<usize, Datum<'a>> = dense.exceptions().collect();
    let mut values = vec![None];
    let mut cells: Numbering<u64> = Numbering::default();
    let mut others: Numbering<Datum<'a>> = Numbering::default();
    let mut ids = vec![0; dense.cells().len()];
    visit(dense.cells(), selection, |row, cell| {
        let exception = || exceptions.get(&row).copied();
        let next = code_at(values.len());
        let (datum, id) = if !cell.is_absent() {
            (
                cell.datum(),
                cells.number(cell.key(), mix(cell.key()), next),
            )
        } else if let Some(datum) = exception() {
            (
                datum,
                others.number(datum, crate::dictionary::hash(datum), next),
            )
        } else {
            return;
        };
        if id == next {
            values.push(Some(datum));
        }
        ids[row] = id;
    });
    Coding {
        ids: Ids::Made(ids),
        entries: Entries::Listed(values),
    }
}

/// Numbers by what they were given to.
#[derive(Debug)]
pub(crate) struct Numbering<K> {
    /// The key's hash, the key, the number.
    table: HashTable<(u64, K, u32)>,
}

impl<K> Default for Numbering<K> {
    fn default() -> Self {
        Self {
            table: HashTable::new(),
        }
    }
}

impl<K: Copy + PartialEq> Numbering<K> {
    /// The number of a key, which is `next` for a new one.
    #[inline]
    pub(crate) fn number(&mut self, key: K, hash: u64, next: u32) -> u32 {
        let entry = self
            .table
            .entry(hash, |(_, known, _)| *known == key, |(hash, _, _)| *hash);
        entry.or_insert((hash, key, next)).get().2
    }
}

/// A cheap hash of a word: the multiplication spreads it, the rotation brings the spread to both ends.
#[inline]
pub(crate) fn mix(word: u64) -> u64 {
    (word ^ word >> 32)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .rotate_left(26)
}
