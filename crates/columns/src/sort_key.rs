//! Numbers that sort as the values of a column do.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use twin::{Map, Value};

use crate::column::{Column, Form};
use crate::datum::Datum;
use crate::dense::{Cell, Dense};
use crate::dictionary::Dictionary;
use crate::range::Comparable;

/// A dictionary up to this size is sorted, so that each value's number is its rank; a larger one is numbered by the
/// beginning of its values, and equal numbers are settled by the values.
const RANKED_VALUES_MAX: usize = 2048;
/// The number of rows without a value, whatever the direction.
const LAST: u64 = u64::MAX;
/// Exceptions of a dense column that sort behind all cells begin here.
const BEHIND_CELLS: u64 = 0xFFF0 << 48;

/// A sort value that outlives its column: part of a cursor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum SortValue {
    #[serde(rename = "u")]
    Undefined,
    /// The bits of a number, because a number written and read may be another.
    #[serde(rename = "n")]
    Number(u64),
    /// Any other value; arrays and objects, of which all are equal to an order, are empty.
    #[serde(rename = "v")]
    Other(Value),
}

impl SortValue {
    fn of(datum: Option<Datum<'_>>) -> Self {
        match datum {
            None => Self::Undefined,
            Some(Datum::Number(number)) => Self::Number(number.to_bits()),
            Some(Datum::Array(_)) => Self::Other(Value::Array(Vec::new())),
            Some(Datum::Object(_)) => Self::Other(Value::Object(Map::new())),
            Some(datum @ (Datum::Null | Datum::Bool(_) | Datum::Instant(_) | Datum::Text(_))) => {
                Self::Other(datum.to_value())
            }
        }
    }

    fn datum(&self) -> Option<Datum<'_>> {
        match self {
            Self::Undefined => None,
            Self::Number(bits) => Some(Datum::number(f64::from_bits(*bits))),
            Self::Other(value) => Datum::of(value),
        }
    }
}

/// The sort numbers of one column in one direction.
#[derive(Debug)]
pub(crate) struct SortKeys<'a> {
    column: &'a Column,
    /// By code, when the column has a dictionary.
    table: Vec<u64>,
    /// The codes in ascending order, when the numbers are ranks.
    ranked: Vec<u32>,
    /// Whether equal numbers mean equal values.
    is_exact: bool,
    is_descending: bool,
}

impl<'a> SortKeys<'a> {
    pub(crate) fn new(column: &'a Column, is_descending: bool) -> Self {
        let mut keys = Self {
            column,
            table: Vec::new(),
            ranked: Vec::new(),
            is_exact: true,
            is_descending,
        };
        match column.form() {
            Form::Coded { dictionary, .. } if dictionary.distinct() <= RANKED_VALUES_MAX => {
                keys.rank(dictionary);
            }
            Form::Coded { dictionary, .. } => {
                keys.is_exact = false;
                keys.table = vec![LAST; dictionary.bound()];
                for (code, datum) in dictionary.entries() {
                    keys.table[code as usize] = keys.directed(beginning(datum));
                }
            }
            Form::Numbers(dense) => keys.is_exact = dense.exceptions_len() == 0,
            Form::Instants(dense) => keys.is_exact = dense.exceptions_len() == 0,
        }
        keys
    }

    fn rank(&mut self, dictionary: &Dictionary) {
        let mut entries: Vec<_> = dictionary.entries().collect();
        entries.sort_by(|(_, a), (_, b)| a.order(*b));
        self.table = vec![LAST; dictionary.bound()];
        let mut rank = 0;
        for (index, (code, datum)) in entries.iter().enumerate() {
            if index > 0 && entries[index - 1].1.order(*datum).is_ne() {
                rank = index as u64;
            }
            self.table[*code as usize] = self.directed(number_of_rank(rank));
        }
        self.ranked = entries.into_iter().map(|(code, _)| code).collect();
    }

    pub(crate) fn column(&self) -> &'a Column {
        self.column
    }

    /// The numbers by code, when the column has a dictionary.
    pub(crate) fn table(&self) -> &[u64] {
        &self.table
    }

    /// The number of a row.
    #[inline]
    pub(crate) fn number(&self, row: usize) -> u64 {
        match self.column.form() {
            Form::Coded { codes, .. } => self.table[codes.get(row) as usize],
            Form::Numbers(dense) => self.number_in(dense, row),
            Form::Instants(dense) => self.number_in(dense, row),
        }
    }

    /// The number of a row of a dense column.
    #[inline]
    pub(crate) fn number_in<C: Comparable>(&self, dense: &Dense<C>, row: usize) -> u64 {
        let cell = dense.cells()[row];
        if cell.is_absent() {
            dense
                .get(row)
                .map_or(LAST, |datum| self.directed(beside_cells::<C>(datum)))
        } else {
            self.directed(cell.key())
        }
    }

    /// The number that a value has, or would have between those that are there.
    pub(crate) fn number_of(&self, value: &SortValue) -> u64 {
        let Some(datum) = value.datum() else {
            return LAST;
        };
        self.directed(match self.column.form() {
            Form::Coded { dictionary, .. } if self.is_exact => {
                let order = |code: u32| dictionary.get(code).map(|known| known.order(datum));
                let rank = self
                    .ranked
                    .partition_point(|code| order(*code).is_some_and(Ordering::is_lt));
                let is_there = self
                    .ranked
                    .get(rank)
                    .is_some_and(|code| order(*code).is_some_and(Ordering::is_eq));
                if is_there {
                    number_of_rank(rank as u64)
                } else {
                    number_of_rank(rank as u64) - 1
                }
            }
            Form::Coded { .. } => beginning(datum),
            Form::Numbers(_) => {
                f64::of(datum).map_or_else(|| beside_cells::<f64>(datum), Cell::key)
            }
            Form::Instants(_) => {
                instant_cell(datum).map_or_else(|| beside_cells::<i64>(datum), Cell::key)
            }
        })
    }

    /// The value of a row, for a cursor.
    pub(crate) fn value(&self, row: usize) -> SortValue {
        SortValue::of(self.column.get(row))
    }

    /// Settles the order of two rows of equal number.
    pub(crate) fn settle(&self, row: usize, other: usize) -> Ordering {
        if self.is_exact {
            Ordering::Equal
        } else {
            self.order(self.column.get(row), self.column.get(other))
        }
    }

    /// Settles the order of a row and a value of equal number.
    pub(crate) fn settle_with(&self, row: usize, value: &SortValue) -> Ordering {
        if self.is_exact {
            Ordering::Equal
        } else {
            self.order(self.column.get(row), value.datum())
        }
    }

    fn order(&self, one: Option<Datum<'_>>, other: Option<Datum<'_>>) -> Ordering {
        match (one, other) {
            (Some(one), Some(other)) if self.is_descending => other.order(one),
            (Some(one), Some(other)) => one.order(other),
            // "Undefined" has a number that no value has.
            _ => Ordering::Equal,
        }
    }

    /// Turns a number round for the descending direction; no number of a value is 0.
    #[inline]
    fn directed(&self, number: u64) -> u64 {
        if self.is_descending { !number } else { number }
    }
}

/// The number of a rank: from 2, in steps of two, so that there is one between any two.
fn number_of_rank(rank: u64) -> u64 {
    2 * rank + 2
}

/// The type of a value and as much of the value as there is room for.
fn beginning(datum: Datum<'_>) -> u64 {
    let text = |text: &str| {
        let mut bytes = [0; 8];
        let length = text.len().min(8);
        bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
        u64::from_be_bytes(bytes)
    };
    let value = match datum {
        Datum::Number(number) => number.key(),
        Datum::Text(value) => text(value),
        Datum::Instant(instant) => text(&instant.to_string()),
        Datum::Bool(bool) => u64::from(bool) << 63,
        Datum::Null | Datum::Array(_) | Datum::Object(_) => 0,
    };
    // Three bits for the type; the number never is 0, because no number's key is.
    u64::from(datum.class()) << 61 | value >> 3
}

/// The number of an exception in a dense column: before or behind all cells.
fn beside_cells<C: Comparable>(datum: Datum<'_>) -> u64 {
    let beginning = beginning(datum) >> 12;
    if datum.order(C::LEAST.datum()).is_lt() {
        beginning + 1
    } else {
        BEHIND_CELLS | beginning
    }
}

fn instant_cell(datum: Datum<'_>) -> Option<i64> {
    match datum {
        Datum::Text(text) => i64::of(Datum::instant_of_text(text)?),
        _ => i64::of(datum),
    }
}
