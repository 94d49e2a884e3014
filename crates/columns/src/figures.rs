//! The figures of one column for each group of rows.
//!
//! A [`Figure`] keeps sums with twice the digits, so that the order of additions does not show. Therefore values of a
//! dictionary are counted for each group and taken in once, and rows of dense columns are taken in on several lanes that
//! do not wait for each other. Only where numbers are so large that a partial sum may overflow are the rows taken in
//! one after the other.

use query::select::Figure;

use crate::codes::Codes;
use crate::coding::Ids;
use crate::column::{Column, Form};
use crate::datum::Datum;
use crate::selection::Selection;

/// The most counters of values in groups.
const COUNTERS_MAX: usize = 1 << 16;
/// Lanes of a group, a power of two, and the most groups that have them.
const LANES: usize = 4;
const GROUPS_WITH_LANES_MAX: usize = 4096;
/// Sums of numbers up to this size are far from overflow.
const MODEST_NUMBER: f64 = 1e290;

/// The figure of a column for each group below `groups`.
pub(crate) fn figures(
    column: &Column,
    ids: &Ids<'_>,
    groups: usize,
    selection: &Selection,
) -> Vec<Figure> {
    let (found, is_in_order) = match column.form() {
        Form::Coded { codes, dictionary } => {
            let mut values = vec![None; dictionary.bound()];
            for (code, datum) in dictionary.entries() {
                values[code as usize] = Some(number_of(datum));
            }
            if values.len().saturating_mul(groups) <= COUNTERS_MAX {
                (by_counts(codes, &values, ids, groups, selection), false)
            } else {
                let lanes = lanes(groups);
                (
                    by_rows(
                        |row| values[codes.get(row) as usize],
                        ids,
                        groups,
                        lanes,
                        selection,
                    ),
                    lanes == 1,
                )
            }
        }
        Form::Numbers(dense) => {
            let (cells, lanes) = (dense.cells(), lanes(groups));
            let value = |row: usize| {
                let cell: f64 = cells[row];
                if cell.is_nan() {
                    dense.get(row).map(number_of)
                } else {
                    Some(cell)
                }
            };
            (by_rows(value, ids, groups, lanes, selection), lanes == 1)
        }
        Form::Instants(_) => (
            by_rows(
                |row| column.get(row).map(number_of),
                ids,
                groups,
                1,
                selection,
            ),
            true,
        ),
    };
    let is_modest =
        |figure: &Figure| figure.numbers == 0 || figure.max.max(-figure.min) <= MODEST_NUMBER;
    if is_in_order || found.iter().all(is_modest) {
        return found;
    }
    by_rows(
        |row| column.get(row).map(number_of),
        ids,
        groups,
        1,
        selection,
    )
}

fn lanes(groups: usize) -> usize {
    if groups <= GROUPS_WITH_LANES_MAX {
        LANES
    } else {
        1
    }
}

/// The number of a value; not a number for other types.
fn number_of(datum: Datum<'_>) -> f64 {
    match datum {
        Datum::Number(number) => number,
        Datum::Null
        | Datum::Bool(_)
        | Datum::Instant(_)
        | Datum::Text(_)
        | Datum::Array(_)
        | Datum::Object(_) => f64::NAN,
    }
}

/// Counts how often each value occurs in each group, then takes each value in once.
fn by_counts(
    codes: &Codes,
    values: &[Option<f64>],
    ids: &Ids<'_>,
    groups: usize,
    selection: &Selection,
) -> Vec<Figure> {
    let counts = if matches!(ids, Ids::One) {
        codes.histogram(values.len(), selection)
    } else {
        let mut counts = vec![0_u32; values.len() * groups];
        ids.each(selection, |row, id| {
            counts[id as usize * values.len() + codes.get(row) as usize] += 1;
        });
        counts
    };
    let figure = |counts: &[u32]| {
        let mut figure = Figure::default();
        for (value, count) in values.iter().zip(counts).filter(|(_, count)| **count > 0) {
            take(&mut figure, *value, u64::from(*count));
        }
        figure
    };
    counts.chunks(values.len()).map(figure).collect()
}

/// Takes the value of each row into the figure of its group.
fn by_rows(
    value: impl Fn(usize) -> Option<f64>,
    ids: &Ids<'_>,
    groups: usize,
    lanes: usize,
    selection: &Selection,
) -> Vec<Figure> {
    let mut figures = vec![Figure::default(); groups * lanes];
    ids.each(selection, |row, id| {
        take(
            &mut figures[id as usize * lanes + (row & (lanes - 1))],
            value(row),
            1,
        );
    });
    if lanes == 1 {
        return figures;
    }
    let joined = |lanes: &[Figure]| {
        let mut whole = Figure::default();
        for lane in lanes {
            whole.join(lane);
        }
        whole
    };
    figures.chunks(lanes).map(joined).collect()
}

/// Takes in a value that occurs so many times, as [`Figure::value`] does.
#[inline]
fn take(figure: &mut Figure, value: Option<f64>, times: u64) {
    if let Some(number) = value {
        figure.count += times;
        if !number.is_nan() {
            figure.number(number, times);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::selection::WORD;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_way_equals_one_row_after_the_other(
            rows in prop::collection::vec(
                (0_u32..3, prop_oneof![Just(None), any::<f64>().prop_map(Some), (-9.0..9.0).prop_map(Some), Just(Some(0.1))]),
                0..300,
            ),
            is_dense in any::<bool>(),
        ) {
            let size = rows.len().next_multiple_of(WORD);
            let mut column = Column::new(size);
            let mut ids = vec![0; size];
            let mut selection = Selection::empty(size / WORD);
            let mut wanted = [Figure::default(); 3];
            for (row, (id, number)) in rows.iter().enumerate() {
                let number = number.filter(|number| number.is_finite());
                column.set(row, number.map(Datum::number));
                ids[row] = *id;
                selection.put(row, true);
                take(&mut wanted[*id as usize], number.map(|number| number + 0.0), 1);
            }
            if is_dense {
                column.make_dense();
            }
            let found = figures(&column, &Ids::Made(ids), 3, &selection);
            let seen = |figure: &Figure| (figure.count, figure.numbers, figure.sum, figure.min, figure.max);
            prop_assert_eq!(found.iter().map(seen).collect::<Vec<_>>(), wanted.iter().map(seen).collect::<Vec<_>>());
        }
    }
}
