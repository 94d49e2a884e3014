//! All rows of a statement as one parameter: a binary JSON array of arrays that `jsonb_each` takes apart again.
//!
//! The driver's cost per call and per parameter is then paid once for the batch instead of once for each row.

use super::jsonb;

/// Rows in the making.
#[derive(Debug)]
pub(super) struct Rows {
    out: Vec<u8>,
    is_empty: bool,
}

/// The array's own header: a four-byte size, filled in at the end.
const HEADER: [u8; 5] = [0xeb, 0, 0, 0, 0];

impl Rows {
    pub(super) fn new() -> Self {
        Self {
            out: HEADER.to_vec(),
            is_empty: true,
        }
    }

    /// Rows of a single number each.
    pub(super) fn of_numbers(numbers: impl IntoIterator<Item = i64>) -> Self {
        let mut rows = Self::new();
        for number in numbers {
            rows.push_number(number);
        }
        rows
    }

    /// Adds a row of a single number.
    pub(super) fn push_number(&mut self, number: i64) {
        self.is_empty = false;
        jsonb::write_int(&mut self.out, number);
    }

    /// Rows of a single text each.
    pub(super) fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut rows = Self::new();
        for text in texts {
            rows.is_empty = false;
            jsonb::write_text(&mut rows.out, text);
        }
        rows
    }

    /// Adds a row whose cells `fill` appends; gives how many bytes they take.
    pub(super) fn push(&mut self, fill: impl FnOnce(&mut Vec<u8>)) -> usize {
        let before = self.out.len();
        self.is_empty = false;
        jsonb::write_array(&mut self.out, fill);
        self.out.len() - before
    }

    pub(super) fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// The parameter. SQLite takes no value over a gigabyte, far above any batch, and says so itself.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let size = u32::try_from(self.out.len() - HEADER.len()).unwrap_or(u32::MAX);
        self.out[1..HEADER.len()].copy_from_slice(&size.to_be_bytes());
        self.out
    }
}
