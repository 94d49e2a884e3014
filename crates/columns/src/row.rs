//! Columns as rows that conditions are evaluated over.

use query::{Path, Row, Term};
use twin::Value;

use crate::columns::Columns;
use crate::datum::Datum;
use crate::field::{Field, is_device_id};

/// A device as a row of its columns: it answers to the paths that [`Columns::has`], and to `IS_DRIFTING()`.
///
/// To all other paths it answers "undefined", whether the device has a value there or not, and it has no document.
#[derive(Clone, Copy, Debug)]
pub struct SlotRow<'a> {
    columns: &'a Columns,
    row: usize,
}

impl<'a> SlotRow<'a> {
    pub(crate) fn new(columns: &'a Columns, row: usize) -> Self {
        Self { columns, row }
    }
}

impl Row for SlotRow<'_> {
    fn get(&self, path: &Path) -> Term<'_> {
        if is_device_id(path) {
            return Term::text(self.columns.identifiers.get(self.row));
        }
        to_term(
            self.columns
                .column(path)
                .and_then(|column| column.get(self.row)),
        )
    }

    fn drift(&self, path: Option<&Path>) -> Option<bool> {
        if path.is_some() {
            return None;
        }
        Some(is_drifting(
            self.columns.field(Field::DriftCount).get(self.row),
        ))
    }

    fn document(&self) -> Value {
        Value::Null
    }
}

/// A row for an expression that reads one column only: whatever it asks for, this is the value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OneValue<'a>(pub(crate) Option<Datum<'a>>);

impl Row for OneValue<'_> {
    fn get(&self, _path: &Path) -> Term<'_> {
        to_term(self.0)
    }

    fn drift(&self, _path: Option<&Path>) -> Option<bool> {
        Some(is_drifting(self.0))
    }

    fn document(&self) -> Value {
        Value::Null
    }
}

/// What an expression reads of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Source<'e> {
    Path(&'e Path),
    /// The number of places that drift.
    Drift,
}

/// A row for an expression that reads several columns: what it asks for, and the values.
#[derive(Debug)]
pub(crate) struct SeveralValues<'a> {
    pub(crate) sources: &'a [Source<'a>],
    pub(crate) values: Vec<Option<Datum<'a>>>,
}

impl SeveralValues<'_> {
    fn value(&self, source: Source<'_>) -> Option<Datum<'_>> {
        let at = self.sources.iter().position(|known| *known == source)?;
        self.values.get(at).copied().flatten()
    }
}

impl Row for SeveralValues<'_> {
    fn get(&self, path: &Path) -> Term<'_> {
        to_term(self.value(Source::Path(path)))
    }

    fn drift(&self, _path: Option<&Path>) -> Option<bool> {
        Some(is_drifting(self.value(Source::Drift)))
    }

    fn document(&self) -> Value {
        Value::Null
    }
}

fn to_term(datum: Option<Datum<'_>>) -> Term<'_> {
    datum.map_or(Term::Undefined, Datum::term)
}

fn is_drifting(count: Option<Datum<'_>>) -> bool {
    matches!(count, Some(Datum::Number(count)) if count > 0.0)
}
