//! One column: a value, or none, for every slot, kept in the form that suits the values.
//!
//! A column starts with a dictionary. When that grows large and nearly all of it is numbers, or instants, the column
//! becomes dense; when too many exceptions gather, it goes back. A change of form costs one walk over the column and
//! takes a large share of the rows to have changed since the last, so that it does not count.

use crate::codes::Codes;
use crate::datum::Datum;
use crate::dense::{Cell, Dense};
use crate::dictionary::{Dictionary, UNDEFINED};

/// Up to so many distinct values a dictionary is always the better form.
const DICTIONARY_DISTINCT_ENOUGH: usize = 4096;

/// The values of one path.
#[derive(Debug)]
pub(crate) struct Column {
    form: Form,
}

/// How the values are kept.
#[derive(Debug)]
pub(crate) enum Form {
    Coded {
        codes: Codes,
        dictionary: Dictionary,
    },
    Numbers(Dense<f64>),
    Instants(Dense<i64>),
}

impl Column {
    pub(crate) fn new(rows: usize) -> Self {
        Self {
            form: Form::Coded {
                codes: Codes::new(rows),
                dictionary: Dictionary::new(),
            },
        }
    }

    pub(crate) fn form(&self) -> &Form {
        &self.form
    }

    /// Makes room for `rows` rows, a multiple of 64.
    pub(crate) fn grow(&mut self, rows: usize) {
        match &mut self.form {
            Form::Coded { codes, .. } => codes.grow(rows),
            Form::Numbers(dense) => dense.grow(rows),
            Form::Instants(dense) => dense.grow(rows),
        }
    }

    /// The value in a row; `None` is "undefined".
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<Datum<'_>> {
        match &self.form {
            Form::Coded { codes, dictionary } => dictionary.get(codes.get(row)),
            Form::Numbers(dense) => dense.get(row),
            Form::Instants(dense) => dense.get(row),
        }
    }

    /// Writes the value of a row.
    pub(crate) fn set(&mut self, row: usize, datum: Option<Datum<'_>>) {
        match &mut self.form {
            Form::Coded { codes, dictionary } => {
                let old = codes.get(row);
                if dictionary.get(old) == datum {
                    return;
                }
                dictionary.release(old);
                codes.set(row, UNDEFINED);
                codes.set(row, dictionary.acquire(datum));
            }
            Form::Numbers(dense) => dense.set(row, datum),
            Form::Instants(dense) => dense.set(row, datum),
        }
        self.suit();
    }

    /// Changes the form when another suits the values clearly better.
    fn suit(&mut self) {
        let form = match &self.form {
            Form::Coded { dictionary, .. } => {
                let rows = dictionary.rows();
                let nearly_all = |part: usize| part >= rows.total() / 16 * 15;
                if dictionary.distinct() <= DICTIONARY_DISTINCT_ENOUGH {
                    return;
                } else if nearly_all(rows.numbers) {
                    Form::Numbers(self.rewritten(Dense::new(self.rows()), Dense::set))
                } else if nearly_all(rows.instants) {
                    Form::Instants(self.rewritten(Dense::new(self.rows()), Dense::set))
                } else {
                    return;
                }
            }
            Form::Numbers(dense) if has_too_many_exceptions(dense) => self.as_coded(),
            Form::Instants(dense) if has_too_many_exceptions(dense) => self.as_coded(),
            Form::Numbers(_) | Form::Instants(_) => return,
        };
        self.form = form;
    }

    #[cfg(test)]
    pub(crate) fn make_dense(&mut self) {
        let Form::Coded { dictionary, .. } = &self.form else {
            return;
        };
        let rows = dictionary.rows();
        self.form = if rows.instants > 0 {
            Form::Instants(self.rewritten(Dense::new(self.rows()), Dense::set))
        } else if rows.numbers > 0 {
            Form::Numbers(self.rewritten(Dense::new(self.rows()), Dense::set))
        } else {
            return;
        };
    }

    fn as_coded(&self) -> Form {
        let empty = (Codes::new(self.rows()), Dictionary::new());
        let (codes, dictionary) = self.rewritten(empty, |(codes, dictionary), row, datum| {
            codes.set(row, dictionary.acquire(datum));
        });
        Form::Coded { codes, dictionary }
    }

    fn rewritten<T>(&self, mut form: T, set: impl Fn(&mut T, usize, Option<Datum<'_>>)) -> T {
        for row in 0..self.rows() {
            if let Some(datum) = self.get(row) {
                set(&mut form, row, Some(datum));
            }
        }
        form
    }

    fn rows(&self) -> usize {
        match &self.form {
            Form::Coded { codes, .. } => codes.rows(),
            Form::Numbers(dense) => dense.cells().len(),
            Form::Instants(dense) => dense.cells().len(),
        }
    }

    /// How many rows hold a value.
    pub(crate) fn present(&self) -> usize {
        match &self.form {
            Form::Coded { dictionary, .. } => dictionary.rows().total(),
            Form::Numbers(dense) => dense.present(),
            Form::Instants(dense) => dense.present(),
        }
    }

    /// How many distinct values there are; `None` when they are too many to be kept apart.
    pub(crate) fn distinct(&self) -> Option<usize> {
        match &self.form {
            Form::Coded { dictionary, .. } => Some(dictionary.distinct()),
            Form::Numbers(_) | Form::Instants(_) => None,
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        match &self.form {
            Form::Coded { codes, dictionary } => codes.memory_bytes() + dictionary.memory_bytes(),
            Form::Numbers(dense) => dense.memory_bytes(),
            Form::Instants(dense) => dense.memory_bytes(),
        }
    }
}

fn has_too_many_exceptions<C: Cell>(dense: &Dense<C>) -> bool {
    let exceptions = dense.exceptions_len();
    exceptions > DICTIONARY_DISTINCT_ENOUGH && exceptions > dense.present() / 4
}

#[cfg(test)]
mod tests {
    use twin::time::Timestamp;

    use super::*;

    const ROWS: usize = 8192;

    fn check(column: &Column, expected: impl Fn(usize) -> Option<f64>) {
        for row in 0..ROWS {
            assert_eq!(column.get(row), expected(row).map(Datum::Number));
        }
        assert_eq!(
            column.present(),
            (0..ROWS).filter(|row| expected(*row).is_some()).count()
        );
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn values_survive_every_change_of_form() {
        let mut column = Column::new(ROWS);
        for row in 0..ROWS {
            column.set(row, Some(Datum::Number(row as f64 / 8.0)));
        }
        assert!(matches!(column.form(), Form::Numbers(_)));
        check(&column, |row| Some(row as f64 / 8.0));

        for row in (0..ROWS).filter(|row| row % 2 == 0) {
            column.set(row, None);
        }
        check(&column, |row| (row % 2 == 1).then_some(row as f64 / 8.0));

        for row in 0..ROWS / 4 * 3 {
            column.set(row, Some(Datum::Text("unknown")));
        }
        assert!(matches!(column.form(), Form::Coded { .. }));
        assert_eq!(column.present(), ROWS / 4 * 3 + ROWS / 8);
        assert_eq!(column.get(1), Some(Datum::Text("unknown")));
        for row in 0..ROWS {
            column.set(row, Some(Datum::Number((row % 3) as f64)));
        }
        assert_eq!(column.distinct(), Some(3));
        check(&column, |row| Some((row % 3) as f64));
    }

    #[test]
    fn instants_become_dense_and_keep_what_is_none() {
        let mut column = Column::new(ROWS);
        for (row, ms) in (0..ROWS).zip(1_700_000_000_000..) {
            column.set(row, Some(Datum::Instant(Timestamp::from_ms(ms))));
        }
        assert!(matches!(column.form(), Form::Instants(_)));
        column.set(7, Some(Datum::Text("0001-01-01T00:00:00.1000000Z")));
        assert_eq!(
            column.get(7),
            Some(Datum::Text("0001-01-01T00:00:00.1000000Z"))
        );
        assert_eq!(
            column.get(8),
            Some(Datum::Instant(Timestamp::from_ms(1_700_000_000_008)))
        );
        assert_eq!(column.present(), ROWS);
    }

    #[test]
    fn a_dictionary_is_as_large_as_the_values_that_are_there() {
        let mut column = Column::new(ROWS);
        let text =
            |round: usize, row: usize| format!("a text of some length in round {round} for {row}");
        for round in 0..40 {
            for row in 0..200 {
                column.set(row, Some(Datum::Text(&text(round, row))));
            }
        }
        assert_eq!(column.distinct(), Some(200));
        assert!(
            matches!(
                column.form(),
                Form::Coded {
                    codes: Codes::U8(_),
                    ..
                }
            ),
            "codes are used again"
        );
        assert!(
            column.memory_bytes() < ROWS + 80_000,
            "holes in the texts are closed"
        );
        for row in 0..200 {
            assert_eq!(column.get(row), Some(Datum::Text(&text(39, row))));
        }
    }

    #[test]
    fn arrays_and_objects_are_values_too() {
        let mut column = Column::new(64);
        let values = [
            serde_json::json!([1, "a"]),
            serde_json::json!({ "lat": 51.6, "lon": 4.8 }),
        ];
        for row in 0..6 {
            column.set(row, Datum::of(&values[row % 2]));
        }
        assert_eq!(column.distinct(), Some(2));
        assert_eq!(column.get(3), Datum::of(&values[1]));
        column.set(3, None);
        assert_eq!(column.get(3), None);
        assert_eq!(column.present(), 5);
    }
}
