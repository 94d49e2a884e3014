//! Numbers that sort as the values of a column do.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use twin::{Map, Value};

use crate::beginning;
use crate::column::{Column, Form};
use crate::datum::Datum;
use crate::dense::{Cell, Dense};
use crate::dictionary::{Dictionary, UNDEFINED};
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
    /// When the column has a dictionary of few values.
    ranks: Option<Ranks>,
    /// Whether equal numbers mean equal values.
    is_exact: bool,
    is_descending: bool,
}

/// The numbers of the values of a small dictionary: their ranks.
#[derive(Debug)]
pub(crate) struct Ranks {
    /// By code.
    numbers: Vec<u64>,
    /// The codes in the order of their numbers, "undefined" last.
    sorted: Vec<u32>,
}

impl Ranks {
    fn new(dictionary: &Dictionary, is_descending: bool) -> Self {
        let mut entries: Vec<_> = dictionary.entries().collect();
        entries.sort_unstable_by(|(a_code, a), (b_code, b)| {
            let (a_begins, b_begins) =
                (dictionary.beginning(*a_code), dictionary.beginning(*b_code));
            a_begins.cmp(&b_begins).then_with(|| a.order(*b))
        });
        let mut numbers = vec![LAST; dictionary.bound()];
        let mut rank = 0;
        for (index, (code, datum)) in entries.iter().enumerate() {
            if index > 0 && entries[index - 1].1.order(*datum).is_ne() {
                rank = index as u64;
            }
            numbers[*code as usize] = directed(number_of_rank(rank), is_descending);
        }
        let mut sorted: Vec<u32> = entries.into_iter().map(|(code, _)| code).collect();
        if is_descending {
            sorted.reverse();
        }
        sorted.push(UNDEFINED);
        Self { numbers, sorted }
    }

    /// The numbers by code.
    pub(crate) fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// The codes of equal values with their number, ascending, or descending when the order is turned round.
    pub(crate) fn groups(&self, is_turned: bool) -> impl Iterator<Item = (u64, &[u32])> {
        let number = |code: &u32| self.numbers[*code as usize];
        let mut groups = self.sorted.chunk_by(move |a, b| number(a) == number(b));
        std::iter::from_fn(move || {
            let group = if is_turned {
                groups.next_back()
            } else {
                groups.next()
            };
            group.map(|codes| (number(&codes[0]), codes))
        })
    }
}

impl<'a> SortKeys<'a> {
    pub(crate) fn new(column: &'a Column, is_descending: bool) -> Self {
        let (ranks, is_exact) = match column.form() {
            Form::Coded { dictionary, .. } if dictionary.distinct() <= RANKED_VALUES_MAX => {
                (Some(Ranks::new(dictionary, is_descending)), true)
            }
            Form::Coded { .. } => (None, false),
            Form::Numbers(dense) => (None, dense.exceptions_len() == 0),
            Form::Instants(dense) => (None, dense.exceptions_len() == 0),
        };
        Self {
            column,
            ranks,
            is_exact,
            is_descending,
        }
    }

    pub(crate) fn column(&self) -> &'a Column {
        self.column
    }

    pub(crate) fn ranks(&self) -> Option<&Ranks> {
        self.ranks.as_ref()
    }

    /// The number of a row.
    #[inline]
    pub(crate) fn number(&self, row: usize) -> u64 {
        match self.column.form() {
            Form::Coded { codes, .. } => self.number_of_code(codes.get(row)),
            Form::Numbers(dense) => self.number_in(dense, row),
            Form::Instants(dense) => self.number_in(dense, row),
        }
    }

    /// The number of a value of a dictionary.
    #[inline]
    pub(crate) fn number_of_code(&self, code: u32) -> u64 {
        match (&self.ranks, self.column.form()) {
            (Some(ranks), _) => ranks.numbers[code as usize],
            (None, Form::Coded { dictionary, .. }) if code != UNDEFINED => {
                self.directed(dictionary.beginning(code))
            }
            (None, _) => LAST,
        }
    }

    /// The number of a cell of a dense column; an exception has another.
    #[inline]
    pub(crate) fn number_of_cell<C: Cell>(&self, cell: C) -> u64 {
        if cell.is_absent() {
            LAST
        } else {
            self.directed(cell.key())
        }
    }

    /// The number of an exception of a dense column.
    pub(crate) fn number_beside<C: Comparable>(&self, datum: Datum<'_>) -> u64 {
        self.directed(beside_cells::<C>(datum))
    }

    /// The number of a row of a dense column.
    fn number_in<C: Comparable>(&self, dense: &Dense<C>, row: usize) -> u64 {
        let cell = dense.cells()[row];
        match dense.get(row) {
            Some(datum) if cell.is_absent() => self.number_beside::<C>(datum),
            _ => self.number_of_cell(cell),
        }
    }

    /// The number that a value has, or would have between those that are there.
    pub(crate) fn number_of(&self, value: &SortValue) -> u64 {
        let Some(datum) = value.datum() else {
            return LAST;
        };
        match (self.column.form(), &self.ranks) {
            (Form::Coded { dictionary, .. }, Some(ranks)) => {
                self.number_among(dictionary, ranks, datum)
            }
            (Form::Coded { .. }, None) => self.directed(beginning::of_datum(datum)),
            (Form::Numbers(_), _) => {
                self.directed(f64::of(datum).map_or_else(|| beside_cells::<f64>(datum), Cell::key))
            }
            (Form::Instants(_), _) => self.directed(
                instant_cell(datum).map_or_else(|| beside_cells::<i64>(datum), Cell::key),
            ),
        }
    }

    /// The number of a value among ranked ones: its own, or one between its neighbors.
    fn number_among(&self, dictionary: &Dictionary, ranks: &Ranks, datum: Datum<'_>) -> u64 {
        let order = |code: u32| dictionary.get(code).map(|known| known.order(datum));
        // Those that come before it in this direction; "undefined" never does.
        let before = if self.is_descending {
            Ordering::Greater
        } else {
            Ordering::Less
        };
        let place = ranks
            .sorted
            .partition_point(|code| order(*code) == Some(before));
        let next = ranks.sorted.get(place).copied().unwrap_or(UNDEFINED);
        let number = ranks.numbers[next as usize];
        // Ranks are two apart, and none is next to the greatest number.
        if order(next) == Some(Ordering::Equal) {
            number
        } else {
            number - 1
        }
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
        directed(number, self.is_descending)
    }
}

#[inline]
fn directed(number: u64, is_descending: bool) -> u64 {
    if is_descending { !number } else { number }
}

/// The number of a rank: from 2, in steps of two, so that there is one between any two.
fn number_of_rank(rank: u64) -> u64 {
    2 * rank + 2
}

/// The number of an exception in a dense column: before or behind all cells.
fn beside_cells<C: Comparable>(datum: Datum<'_>) -> u64 {
    let beginning = beginning::of_datum(datum) >> 12;
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
