//! A column of numbers or of instants, one machine word a row, for values too various for a dictionary.
//!
//! Rows with a value of another type are exceptions: few, kept aside in a small dictionary, and exact all the same.

use std::collections::BTreeMap;
use std::fmt::Debug;

use twin::time::Timestamp;

use crate::datum::Datum;
use crate::dictionary::Dictionary;

/// What a dense column has in a row.
pub(crate) trait Cell: Copy + PartialOrd + Debug {
    /// The cell of a row without a value and of an exception.
    const ABSENT: Self;

    fn is_absent(self) -> bool;

    /// The cell for a value; `None` when the value is an exception.
    fn of(datum: Datum<'_>) -> Option<Self>;

    /// The value of a cell that is not absent.
    fn datum(self) -> Datum<'static>;

    /// A number that sorts as the values do, and equals itself only.
    fn key(self) -> u64;
}

/// Numbers. No JSON number is NaN.
impl Cell for f64 {
    const ABSENT: Self = Self::NAN;

    #[inline]
    fn is_absent(self) -> bool {
        self.is_nan()
    }

    fn of(datum: Datum<'_>) -> Option<Self> {
        match datum {
            Datum::Number(number) if !number.is_nan() => Some(number),
            _ => None,
        }
    }

    fn datum(self) -> Datum<'static> {
        Datum::Number(self)
    }

    #[inline]
    fn key(self) -> u64 {
        // Flip all bits of negative numbers and the sign of the others: then unsigned order is numeric order.
        let bits = self.to_bits();
        bits ^ ((bits.cast_signed() >> 63).cast_unsigned() | 1 << 63)
    }
}

/// Instants in milliseconds.
impl Cell for i64 {
    const ABSENT: Self = Self::MIN;

    #[inline]
    fn is_absent(self) -> bool {
        self == Self::MIN
    }

    fn of(datum: Datum<'_>) -> Option<Self> {
        match datum {
            Datum::Instant(instant) => Some(instant.as_ms()),
            _ => None,
        }
    }

    fn datum(self) -> Datum<'static> {
        Datum::Instant(Timestamp::from_ms(self))
    }

    #[inline]
    fn key(self) -> u64 {
        self.cast_unsigned() ^ 1 << 63
    }
}

/// The cells, and the exceptions by row.
#[derive(Debug)]
pub(crate) struct Dense<C> {
    cells: Vec<C>,
    present: usize,
    exceptions: BTreeMap<usize, u32>,
    values: Dictionary,
}

impl<C: Cell> Dense<C> {
    pub(crate) fn new(rows: usize) -> Self {
        Self {
            cells: vec![C::ABSENT; rows],
            present: 0,
            exceptions: BTreeMap::new(),
            values: Dictionary::new(),
        }
    }

    pub(crate) fn grow(&mut self, rows: usize) {
        self.cells.reserve_exact(rows - self.cells.len());
        self.cells.resize(rows, C::ABSENT);
    }

    pub(crate) fn cells(&self) -> &[C] {
        &self.cells
    }

    /// The rows whose value is of another type, ascending, with their values.
    pub(crate) fn exceptions(&self) -> impl Iterator<Item = (usize, Datum<'_>)> {
        self.exceptions
            .iter()
            .filter_map(|(row, code)| Some((*row, self.values.get(*code)?)))
    }

    pub(crate) fn exceptions_len(&self) -> usize {
        self.exceptions.len()
    }

    /// How many rows hold a value.
    pub(crate) fn present(&self) -> usize {
        self.present + self.exceptions.len()
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<Datum<'_>> {
        let cell = self.cells[row];
        if cell.is_absent() {
            self.values.get(*self.exceptions.get(&row)?)
        } else {
            Some(cell.datum())
        }
    }

    pub(crate) fn set(&mut self, row: usize, datum: Option<Datum<'_>>) {
        if let Some(code) = self.exceptions.remove(&row) {
            self.values.release(code);
        }
        self.present -= usize::from(!self.cells[row].is_absent());
        let cell = datum.and_then(C::of);
        self.present += usize::from(cell.is_some());
        self.cells[row] = cell.unwrap_or(C::ABSENT);
        if cell.is_none() && datum.is_some() {
            let code = self.values.acquire(datum);
            self.exceptions.insert(row, code);
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.cells.capacity() * size_of::<C>()
            + self.values.memory_bytes()
            + self.exceptions.len() * 2 * size_of::<(usize, u32)>()
    }
}
