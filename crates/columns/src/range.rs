//! Comparisons of dense cells with a constant as ranges of cells.

use query::Term;
use query::ast::BinaryOp;
use twin::time::Timestamp;

use crate::codes::mark;
use crate::datum::FIRST_ORDERED_MS;
use crate::dense::Cell;
use crate::selection::Selection;

/// A cell that is ordered like constants of its type.
pub(crate) trait Comparable: Cell {
    /// The least cell.
    const LEAST: Self;
    /// Greater than all cells.
    const END: Self;

    /// Whether it lies from one cell to before another.
    fn is_within(self, from: Self, to: Self) -> bool;

    /// The first cell that is not less than a constant, and the first that is greater; `None` when the constant is of
    /// another type than all cells.
    fn around(constant: &Term<'_>) -> Option<(Self, Self)>;
}

impl Comparable for f64 {
    const LEAST: Self = Self::NEG_INFINITY;
    const END: Self = Self::INFINITY;

    #[inline]
    fn is_within(self, from: Self, to: Self) -> bool {
        #[expect(
            clippy::needless_bitwise_bool,
            reason = "a branch for each row would cost more than the second comparison"
        )]
        let is_within = (self >= from) & (self < to);
        is_within
    }

    fn around(constant: &Term<'_>) -> Option<(Self, Self)> {
        match constant {
            Term::Number(number) => Some((*number, number.next_up())),
            _ => None,
        }
    }
}

/// Instants are texts to a condition: they are found by looking where their text comes to pass the constant.
impl Comparable for i64 {
    const LEAST: Self = Timestamp::NEVER.as_ms();
    const END: Self = Timestamp::MAX.as_ms() + 1;

    #[inline]
    fn is_within(self, from: Self, to: Self) -> bool {
        // One comparison instead of two: what is before `from` wraps to a large number.
        self.wrapping_sub(from).cast_unsigned() < to.wrapping_sub(from).cast_unsigned()
    }

    fn around(constant: &Term<'_>) -> Option<(Self, Self)> {
        match constant {
            Term::String(text) => Some((
                first_instant(|instant| instant >= text.as_ref()),
                first_instant(|instant| instant > text.as_ref()),
            )),
            _ => None,
        }
    }
}

/// The first instant whose text passes a test that all later ones pass too.
fn first_instant(passes: impl Fn(&str) -> bool) -> i64 {
    let passes = |ms: i64| passes(&Timestamp::from_ms(ms).to_string());
    if passes(i64::LEAST) {
        return i64::LEAST;
    }
    let (mut from, mut to) = (FIRST_ORDERED_MS, i64::END);
    while from < to {
        let middle = from + (to - from) / 2;
        if passes(middle) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    from
}

/// Cells from one to before another, or the others.
#[derive(Debug)]
pub(crate) struct Range<C> {
    from: C,
    to: C,
    is_outside: bool,
}

impl<C: Comparable> Range<C> {
    /// The cells for which a comparison has the wanted truth; `None` when the constant is of another type.
    pub(crate) fn of(op: BinaryOp, constant: &Term<'_>, wanted: bool) -> Option<Self> {
        let (equal, above) = C::around(constant)?;
        let (from, to) = match op {
            BinaryOp::Eq | BinaryOp::Ne => (equal, above),
            BinaryOp::Lt => (C::LEAST, equal),
            BinaryOp::Le => (C::LEAST, above),
            BinaryOp::Gt => (above, C::END),
            BinaryOp::Ge => (equal, C::END),
            BinaryOp::Or
            | BinaryOp::And
            | BinaryOp::Add
            | BinaryOp::Sub
            | BinaryOp::Mul
            | BinaryOp::Div
            | BinaryOp::Rem => return None,
        };
        Some(Self {
            from,
            to,
            is_outside: (op == BinaryOp::Ne) == wanted,
        })
    }

    /// The rows of `mask` whose cell is in the range.
    pub(crate) fn mark(&self, cells: &[C], mask: &Selection) -> Selection {
        let Self {
            from,
            to,
            is_outside,
        } = *self;
        if is_outside {
            mark(cells, mask, |cell| {
                !cell.is_within(from, to) & !cell.is_absent()
            })
        } else {
            mark(cells, mask, |cell| cell.is_within(from, to))
        }
    }
}

#[cfg(test)]
mod tests {
    use query::compare;

    use super::*;

    const COMPARISONS: [BinaryOp; 6] = [
        BinaryOp::Eq,
        BinaryOp::Ne,
        BinaryOp::Lt,
        BinaryOp::Le,
        BinaryOp::Gt,
        BinaryOp::Ge,
    ];

    fn check<C: Comparable>(cells: &[C], constants: &[Term<'_>]) {
        let mut padded = cells.to_vec();
        padded.resize(cells.len().next_multiple_of(64), C::ABSENT);
        let mut mask = Selection::empty(padded.len() / 64);
        (0..padded.len()).for_each(|row| mask.put(row, true));
        for constant in constants {
            for (op, wanted) in COMPARISONS
                .into_iter()
                .flat_map(|op| [(op, true), (op, false)])
            {
                let marked = Range::of(op, constant, wanted)
                    .unwrap()
                    .mark(&padded, &mask);
                let compared =
                    |cell: &C| compare(op, &cell.datum().term(), constant) == Some(wanted);
                let rows: Vec<usize> = (0..cells.len())
                    .filter(|row| compared(&cells[*row]))
                    .collect();
                let marked: Vec<usize> = marked.iter().map(|slot| slot.0 as usize).collect();
                assert_eq!(marked, rows, "{op:?} {constant:?} {wanted}");
            }
        }
    }

    #[test]
    fn numbers_compare_as_the_language_does() {
        let cells = [0.0, -1.0, 1.0, 1.5, f64::MIN_POSITIVE, f64::MAX, f64::MIN];
        let constants = [
            0.0,
            -0.0,
            1.0,
            1.2,
            f64::MAX,
            f64::MIN,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ];
        check(&cells, &constants.map(Term::Number));
    }

    #[test]
    fn instants_compare_as_their_texts_do() {
        let cells = [
            Timestamp::NEVER.as_ms(),
            FIRST_ORDERED_MS,
            0,
            1_795_348_799_999,
            1_795_348_800_000,
            1_795_348_800_001,
            Timestamp::MAX.as_ms(),
        ];
        let constants = [
            "",
            "0001-01-01T00:00:00",
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:01",
            "1970",
            "2026-11-22",
            "2026-11-22T12:00:00Z",
            "2026-11-22T12:00:00",
            "2026-11-22T12:00:00.0000000Z",
            "2026-11-22T12:00:00.0005",
            "9999-12-31",
            "soon",
            "2026-13",
        ];
        check(&cells, &constants.map(Term::text));
    }
}
