//! The parts of a condition that cannot be taken apart, and the passes that answer them.
//!
//! A leaf that reads one dictionary-coded column is evaluated once for each distinct value, one that reads several
//! such columns with few values once for each combination; the rest is a pass over codes. Comparisons of dense columns
//! with constants are passes over the cells. What remains is evaluated row by row, on the open rows only. All ways
//! evaluate by the query language's own rules, so that they agree with the evaluation of documents.

use query::ast::{BinaryOp, ExprKind};
use query::{Context, Expr, Term, eval};

use crate::codes::{Codes, code_at, mark};
use crate::column::{Column, Form};
use crate::columns::Columns;
use crate::datum::Datum;
use crate::dense::Dense;
use crate::dictionary::{Dictionary, UNDEFINED};
use crate::field::{Field, is_device_id};
use crate::identifiers::Identifiers;
use crate::range::{Comparable, Range};
use crate::row::{OneValue, SeveralValues, Source};
use crate::selection::{Selection, WORD, bits, slot_at};
use crate::shape::Shape;

/// The most combinations of values that a leaf over several columns is evaluated for.
const COMBINATIONS_MAX: usize = 1 << 16;

/// A leaf and where its values are.
#[derive(Debug)]
pub(crate) struct Leaf<'p> {
    expr: &'p Expr,
    /// Which truth the rows must have.
    wanted: bool,
    context: &'p Context,
    sources: Vec<Source<'p>>,
    values: Vec<Values<'p>>,
    shape: Shape,
}

/// Where the values of a source are.
#[derive(Clone, Copy, Debug)]
enum Values<'p> {
    Identifiers(&'p Identifiers),
    Column(&'p Column),
}

impl<'p> Values<'p> {
    fn get(self, row: usize) -> Option<Datum<'p>> {
        match self {
            Self::Identifiers(identifiers) => Some(Datum::Text(identifiers.get(row))),
            Self::Column(column) => column.get(row),
        }
    }

    /// Codes and dictionary, when it has them.
    fn coded(self) -> Option<(&'p Codes, &'p Dictionary)> {
        match self {
            Self::Column(column) => match column.form() {
                Form::Coded { codes, dictionary } => Some((codes, dictionary)),
                Form::Numbers(_) | Form::Instants(_) => None,
            },
            Self::Identifiers(_) => None,
        }
    }
}

impl<'p> Leaf<'p> {
    /// The leaf of an expression.
    ///
    /// # Errors
    /// What it reads that has no column.
    pub(crate) fn new(
        columns: &'p Columns,
        expr: &'p Expr,
        wanted: bool,
        context: &'p Context,
    ) -> Result<Self, Vec<String>> {
        let mut sources: Vec<(Source<'p>, Values<'p>)> = Vec::new();
        let mut unknown = Vec::new();
        expr.visit(&mut |part| {
            let (source, values) = match &part.kind {
                ExprKind::Path(path) if is_device_id(path) => (
                    Source::Path(path),
                    Some(Values::Identifiers(&columns.identifiers)),
                ),
                ExprKind::Path(path) => {
                    (Source::Path(path), columns.column(path).map(Values::Column))
                }
                ExprKind::Call { function, args } if function.name == "IS_DRIFTING" => {
                    let counts = args.is_empty().then(|| columns.field(Field::DriftCount));
                    (Source::Drift, counts.map(Values::Column))
                }
                _ => return,
            };
            match values {
                None => unknown.push(part.to_string()),
                Some(values) if sources.iter().all(|(known, _)| *known != source) => {
                    sources.push((source, values));
                }
                Some(_) => {}
            }
        });
        if !unknown.is_empty() {
            return Err(unknown);
        }
        let (sources, values) = sources.into_iter().unzip();
        Ok(Self {
            expr,
            wanted,
            context,
            sources,
            values,
            shape: Shape::of(expr, *context),
        })
    }

    /// The rows of `mask` where the expression has the wanted truth.
    pub(crate) fn run(&self, mask: &Selection) -> Selection {
        match self.values.as_slice() {
            [] if self.holds(&OneValue(None)) => mask.clone(),
            [] => Selection::empty(mask.words().len()),
            [Values::Identifiers(identifiers)] => self.run_identifiers(identifiers, mask),
            [Values::Column(column)] => match column.form() {
                Form::Coded { codes, dictionary } => self.run_coded(codes, dictionary, mask),
                Form::Numbers(dense) => self.run_dense(dense, mask),
                Form::Instants(dense) => self.run_dense(dense, mask),
            },
            several => self
                .run_combinations(several, mask)
                .unwrap_or_else(|| self.run_several(several, mask)),
        }
    }

    /// What a pass over every row costs, in no particular unit.
    pub(crate) fn cost(&self) -> u32 {
        match self.values.as_slice() {
            [] => 0,
            [Values::Identifiers(_)]
                if self.constants().is_some() || matches!(self.shape, Shape::Kind) =>
            {
                0
            }
            [Values::Identifiers(_)] => 100,
            [values @ Values::Column(_)] if values.coded().is_some() => 1,
            [Values::Column(_)] if matches!(self.shape, Shape::Text(..) | Shape::Other) => 50,
            [Values::Column(_)] => 2,
            several if combinations(several).is_some() => 4,
            _ => 200,
        }
    }

    fn holds(&self, row: &dyn query::Row) -> bool {
        eval(self.expr, row, self.context).truth() == Some(self.wanted)
    }

    /// Whether a value of the only source makes the leaf hold.
    fn holds_for(&self, datum: Option<Datum<'_>>) -> bool {
        let known = match datum {
            Some(Datum::Text(text)) => self.shape.of_text(text),
            Some(Datum::Number(number)) => self.shape.of_number(number),
            _ => None,
        };
        known.map_or_else(
            || self.holds(&OneValue(datum)),
            |truth| truth == self.wanted,
        )
    }

    /// The constants of which the value must be one; nothing else makes the leaf hold.
    fn constants(&self) -> Option<&[Term<'static>]> {
        match &self.shape {
            Shape::Compare(BinaryOp::Eq, constant) if self.wanted => {
                Some(std::slice::from_ref(constant))
            }
            Shape::In(constants, false) if self.wanted => Some(constants),
            _ => None,
        }
    }

    fn run_identifiers(&self, identifiers: &Identifiers, mask: &Selection) -> Selection {
        if matches!(self.shape, Shape::Kind) {
            // All are texts.
            return if self.holds(&OneValue(Some(Datum::Text("")))) {
                mask.clone()
            } else {
                Selection::empty(mask.words().len())
            };
        }
        let Some(constants) = self.constants() else {
            return each_row(mask, |row| {
                self.holds_for(Some(Datum::Text(identifiers.get(row))))
            });
        };
        let mut found = Selection::empty(mask.words().len());
        for constant in constants {
            if let Term::String(id) = constant
                && let Some(slot) = identifiers.slot_of(id)
                && mask.contains(slot)
            {
                found.put(slot.0 as usize, true);
            }
        }
        found
    }

    fn run_coded(&self, codes: &Codes, dictionary: &Dictionary, mask: &Selection) -> Selection {
        let mut table = vec![false; dictionary.bound()];
        if let Some(constants) = self.constants() {
            for code in constants
                .iter()
                .flat_map(|constant| codes_equal_to(dictionary, constant))
            {
                table[code as usize] = true;
            }
        } else if mask.len() < dictionary.distinct() as u64 {
            return each_row(mask, |row| self.holds_for(dictionary.get(codes.get(row))));
        } else {
            table[UNDEFINED as usize] = self.holds_for(None);
            for (code, datum) in dictionary.entries() {
                table[code as usize] = self.holds_for(Some(datum));
            }
        }
        codes.mark(&table, mask)
    }

    fn run_dense<C: Comparable>(&self, dense: &Dense<C>, mask: &Selection) -> Selection {
        let cells = dense.cells();
        let range = match &self.shape {
            Shape::Compare(op, constant) => Range::of(*op, constant, self.wanted),
            Shape::In(..) | Shape::Kind | Shape::Text(..) | Shape::Other => None,
        };
        let mut rows = match (&self.shape, range) {
            (_, Some(range)) => range.mark(cells, mask),
            (Shape::In(constants, is_negated), _) => {
                let members: Vec<C> = constants
                    .iter()
                    .filter_map(C::around)
                    .filter(|(equal, above)| equal < above)
                    .map(|(equal, _)| equal)
                    .collect();
                let wanted = self.wanted != *is_negated;
                mark(cells, mask, |cell| {
                    (members.contains(&cell) == wanted) & !cell.is_absent()
                })
            }
            // The same for all cells: they are of one type, the constant of another, or only the type matters.
            (Shape::Compare(..) | Shape::Kind, None) if self.holds_for(Some(C::LEAST.datum())) => {
                mark(cells, mask, |cell| !cell.is_absent())
            }
            (Shape::Compare(..) | Shape::Kind, None) => Selection::empty(mask.words().len()),
            (Shape::Text(..) | Shape::Other, None) => each_row(mask, |row| {
                !cells[row].is_absent() && self.holds_for(Some(cells[row].datum()))
            }),
        };
        if self.holds_for(None) {
            rows.add(&mark(cells, mask, C::is_absent));
        }
        for (row, datum) in dense.exceptions() {
            if mask.contains(slot_at(row)) {
                rows.put(row, self.holds_for(Some(datum)));
            }
        }
        rows
    }

    /// The pass over several columns with dictionaries, when their values have few combinations.
    fn run_combinations(&self, several: &[Values<'p>], mask: &Selection) -> Option<Selection> {
        let count = combinations(several)?;
        if mask.len() < count as u64 {
            return None;
        }
        let coded: Vec<_> = several.iter().filter_map(|values| values.coded()).collect();
        let mut codes = vec![0; mask.words().len() * WORD];
        let mut stride = 1;
        for (column, dictionary) in &coded {
            column.add_to(&mut codes, stride);
            stride *= code_at(dictionary.bound());
        }
        let table: Vec<bool> = (0..code_at(count))
            .map(|combination| {
                let mut rest = combination;
                let values = coded.iter().map(|(_, dictionary)| {
                    let code = rest % code_at(dictionary.bound());
                    rest /= code_at(dictionary.bound());
                    dictionary.get(code)
                });
                self.holds(&SeveralValues {
                    sources: &self.sources,
                    values: values.collect(),
                })
            })
            .collect();
        Some(mark(&codes, mask, |code| table[code as usize]))
    }

    fn run_several(&self, several: &[Values<'p>], mask: &Selection) -> Selection {
        each_row(mask, |row| {
            let values = several.iter().map(|values| values.get(row)).collect();
            self.holds(&SeveralValues {
                sources: &self.sources,
                values,
            })
        })
    }
}

/// How many combinations of values there are, when all sources have dictionaries and it is worth a table.
fn combinations(several: &[Values<'_>]) -> Option<usize> {
    several.iter().try_fold(1_usize, |count, values| {
        let (_, dictionary) = values.coded()?;
        count
            .checked_mul(dictionary.bound())
            .filter(|count| *count <= COMBINATIONS_MAX)
    })
}

/// The codes of the values that equal a constant: one, if any, or a text and an instant of that text.
fn codes_equal_to<'d>(
    dictionary: &'d Dictionary,
    constant: &'d Term<'_>,
) -> impl Iterator<Item = u32> + 'd {
    let datum = Datum::of_term(constant)
        .filter(|datum| !matches!(datum, Datum::Array(_) | Datum::Object(_)));
    let instant = match datum {
        Some(Datum::Text(text)) => Datum::instant_of_text(text),
        _ => None,
    };
    datum
        .into_iter()
        .chain(instant)
        .filter_map(|datum| dictionary.find(datum))
}

/// The rows of `mask` that pass a test that is too dear for the others.
fn each_row(mask: &Selection, test: impl Fn(usize) -> bool) -> Selection {
    let mut rows = Selection::empty(mask.words().len());
    for ((index, wanted), out) in mask.words().iter().enumerate().zip(rows.words_mut()) {
        for bit in bits(*wanted) {
            *out |= u64::from(test(index * WORD + bit)) << bit;
        }
    }
    rows
}
