//! From a condition to a predicate that a store can turn into SQL.
//!
//! A predicate stands in positive context: it is asked only for the rows where it is exactly true, so its reader need
//! not tell false from undefined. What has no form here becomes [`Predicate::Unknown`]: the predicate then holds for
//! more rows than the condition ([`Lowered::exact`] is false) and whoever reads the rows evaluates the condition again.

use twin::Value;

use crate::ast::{BinaryOp, Expr, ExprKind};
use crate::eval::{Context, constant};
use crate::nnf::nnf;
use crate::path::{Location, Path};
use crate::term::Term;

/// A predicate, and whether it is exactly the condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Lowered {
    /// Holds wherever the condition is true.
    pub predicate: Predicate,
    /// Holds nowhere else.
    pub exact: bool,
}

/// A tree that a store can turn into SQL.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// Always, or never.
    Always(bool),
    /// All hold.
    And(Vec<Predicate>),
    /// Any holds.
    Or(Vec<Predicate>),
    /// A value compared with a constant. Values of another type do not hold, except for [`Comparison::Ne`], where any
    /// other scalar does. Arrays, objects and missing values never hold.
    Compare {
        /// Where the value is.
        field: Field,
        /// How it is compared.
        op: Comparison,
        /// With what: null, a boolean, a number or a text.
        value: Value,
    },
    /// A scalar value that is one of these constants.
    In {
        /// Where the value is.
        field: Field,
        /// The constants.
        values: Vec<Value>,
    },
    /// Whether there is a value.
    Defined {
        /// Where.
        field: Field,
        /// There is none.
        is_negated: bool,
    },
    /// Whether the value is of a kind. A missing value is of no kind.
    Kind {
        /// Where the value is.
        field: Field,
        /// Which.
        kind: ValueKind,
        /// It is not; true for a missing value too.
        is_negated: bool,
    },
    /// A text that begins with, ends with or contains another, or (negated) a text that does not.
    Text {
        /// Where the text is.
        field: Field,
        /// Where in it.
        test: TextTest,
        /// The part.
        part: String,
        /// It does not.
        is_negated: bool,
    },
    /// Whether any place differs between desired and reported.
    Drifting {
        /// None does.
        is_negated: bool,
    },
    /// What has no form here: holds for every row.
    Unknown,
}

/// Where a value is, as a store knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// A root field, by its canonical name.
    Root(String),
    /// Below the tags.
    Tags(Vec<String>),
    /// Below desired.
    Desired(Vec<String>),
    /// Below reported.
    Reported(Vec<String>),
    /// The version of desired.
    DesiredVersion,
    /// The version of reported.
    ReportedVersion,
    /// How many places differ.
    DriftCount,
    /// How many places were refused.
    DriftRefused,
    /// Since when any place differs.
    DriftSince,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal, of any type.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

/// Kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// The explicit null.
    Null,
    /// True or false.
    Bool,
    /// A number.
    Number,
    /// A text.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
    /// A scalar.
    Primitive,
}

/// Where in a text a part stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextTest {
    /// At the beginning.
    StartsWith,
    /// At the end.
    EndsWith,
    /// Anywhere.
    Contains,
}

/// The predicate of a condition; without one, every row.
pub fn lower(condition: Option<&Expr>, context: &Context) -> Lowered {
    let mut exact = true;
    let predicate = condition.map_or(Predicate::Always(true), |expr| {
        tree(&nnf(expr), context, &mut exact)
    });
    Lowered { predicate, exact }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "as everywhere in the crate"
)]
fn tree(expr: &Expr, context: &Context, exact: &mut bool) -> Predicate {
    match &expr.kind {
        ExprKind::Binary {
            op: BinaryOp::And,
            left,
            right,
        } => join(
            tree(left, context, exact),
            tree(right, context, exact),
            true,
        ),
        ExprKind::Binary {
            op: BinaryOp::Or,
            left,
            right,
        } => join(
            tree(left, context, exact),
            tree(right, context, exact),
            false,
        ),
        ExprKind::Call { function, .. } if function.is_lowered_loosely => {
            *exact = false;
            leaf(expr, context).unwrap_or(Predicate::Unknown)
        }
        _ => leaf(expr, context).unwrap_or_else(|| {
            *exact = false;
            Predicate::Unknown
        }),
    }
}

/// Joins two predicates, flattening what is of the same kind and dropping what decides nothing.
fn join(left: Predicate, right: Predicate, is_and: bool) -> Predicate {
    let mut parts = Vec::new();
    for part in [left, right] {
        match part {
            Predicate::And(inner) if is_and => parts.extend(inner),
            Predicate::Or(inner) if !is_and => parts.extend(inner),
            // A part of an And that says nothing is left out; in an Or it makes the whole say nothing.
            Predicate::Unknown if is_and => {}
            Predicate::Unknown => return Predicate::Unknown,
            other => parts.push(other),
        }
    }
    match parts.len() {
        0 => Predicate::Unknown,
        1 => parts.swap_remove(0),
        _ if is_and => Predicate::And(parts),
        _ => Predicate::Or(parts),
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "as everywhere in the crate"
)]
fn leaf(expr: &Expr, context: &Context) -> Option<Predicate> {
    if let Some(value) = constant(expr, context) {
        return Some(Predicate::Always(value.truth() == Some(true)));
    }
    match &expr.kind {
        ExprKind::Not(inner) => negated(inner, context),
        ExprKind::Path(path) => Some(Predicate::Compare {
            field: field(path)?,
            op: Comparison::Eq,
            value: Value::Bool(true),
        }),
        ExprKind::Binary { op, left, right } => {
            let op = comparison(*op)?;
            match (&left.kind, &right.kind) {
                (ExprKind::Path(path), _) => compare(path, op, &constant(right, context)?),
                (_, ExprKind::Path(path)) => compare(path, op.turned(), &constant(left, context)?),
                _ => None,
            }
        }
        ExprKind::In {
            value,
            list,
            is_negated,
        } => {
            let ExprKind::Path(path) = &value.kind else {
                return None;
            };
            let items: Option<Vec<Term<'_>>> =
                list.iter().map(|item| constant(item, context)).collect();
            is_in(path, &items?, *is_negated)
        }
        ExprKind::Call { function, args } => (function.lower?)(&Call {
            args,
            is_negated: false,
            context,
        }),
        ExprKind::Literal(_) | ExprKind::Array(_) | ExprKind::Negate(_) => {
            Some(Predicate::Always(false))
        }
    }
}

/// A leaf that stands under `NOT`, as [`nnf`] leaves it.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "as everywhere in the crate"
)]
fn negated(inner: &Expr, context: &Context) -> Option<Predicate> {
    match &inner.kind {
        ExprKind::Path(path) => Some(Predicate::Compare {
            field: field(path)?,
            op: Comparison::Eq,
            value: Value::Bool(false),
        }),
        // The negation of an ordering is the other ordering: both are undefined together.
        ExprKind::Binary { op, left, right } => {
            let op = match op {
                BinaryOp::Lt => BinaryOp::Ge,
                BinaryOp::Le => BinaryOp::Gt,
                BinaryOp::Gt => BinaryOp::Le,
                BinaryOp::Ge => BinaryOp::Lt,
                _ => return None,
            };
            leaf(
                &Expr::made(ExprKind::Binary {
                    op,
                    left: left.clone(),
                    right: right.clone(),
                }),
                context,
            )
        }
        ExprKind::Call { function, args } => (function.lower?)(&Call {
            args,
            is_negated: true,
            context,
        }),
        _ => None,
    }
}

/// A call that stands as a condition of its own, or under `NOT`.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// What it is called with.
    pub args: &'a [Expr],
    /// It stands under `NOT`.
    pub is_negated: bool,
    /// The time of the query.
    pub context: &'a Context,
}

impl Call<'_> {
    /// The field of an argument that is a path.
    pub fn field(&self, at: usize) -> Option<Field> {
        match &self.args.get(at)?.kind {
            ExprKind::Path(path) => field(path),
            _ => None,
        }
    }

    /// The value of an argument that is the same for all rows.
    pub fn constant(&self, at: usize) -> Option<Term<'static>> {
        constant(self.args.get(at)?, self.context)
    }

    /// Whether the first argument is of a kind.
    pub fn kind(&self, kind: ValueKind) -> Option<Predicate> {
        Some(Predicate::Kind {
            field: self.field(0)?,
            kind,
            is_negated: self.is_negated,
        })
    }

    /// How the text of the first argument stands to that of the second.
    pub fn text(&self, test: TextTest) -> Option<Predicate> {
        let field = self.field(0)?;
        Some(match self.constant(1)? {
            Term::String(part) => Predicate::Text {
                field,
                test,
                part: part.into_owned(),
                is_negated: self.is_negated,
            },
            _ => Predicate::Always(false),
        })
    }
}

impl Field {
    /// The field of a member of what this one leads to; `None` for what has no members.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<Self> {
        let mut field = self.clone();
        match &mut field {
            Self::Tags(path) | Self::Desired(path) | Self::Reported(path) => {
                path.push(name.to_owned());
            }
            _ => return None,
        }
        Some(field)
    }
}

/// Membership is an `OR` of equalities; without it, an `AND` of inequalities.
fn is_in(path: &Path, items: &[Term<'_>], is_negated: bool) -> Option<Predicate> {
    if items.is_empty() {
        return Some(Predicate::Always(is_negated));
    }
    if is_negated {
        let differs = |item| compare(path, Comparison::Ne, item);
        let parts: Vec<Predicate> = items.iter().map(differs).collect::<Option<_>>()?;
        // What cannot be compared differs from nothing.
        return Some(if parts.contains(&Predicate::Always(false)) {
            Predicate::Always(false)
        } else {
            Predicate::And(parts)
        });
    }
    let is_scalar = |item: &&Term<'_>| {
        matches!(
            item,
            Term::Null | Term::Bool(_) | Term::Number(_) | Term::String(_)
        )
    };
    // What cannot be equal to anything is equal to nothing in the list either.
    Some(Predicate::In {
        field: field(path)?,
        values: items
            .iter()
            .filter(is_scalar)
            .filter_map(Term::to_value)
            .collect(),
    })
}

fn compare(path: &Path, op: Comparison, value: &Term<'_>) -> Option<Predicate> {
    let value = match value {
        Term::Undefined | Term::Array(_) | Term::Object(_) | Term::MadeObject(_) => {
            return Some(Predicate::Always(false));
        }
        // Booleans have an order of which stores know nothing.
        Term::Bool(_) if !matches!(op, Comparison::Eq | Comparison::Ne) => return None,
        Term::Null if !matches!(op, Comparison::Eq | Comparison::Ne) => {
            return Some(Predicate::Always(false));
        }
        value => value.to_value()?,
    };
    Some(Predicate::Compare {
        field: field(path)?,
        op,
        value,
    })
}

fn comparison(op: BinaryOp) -> Option<Comparison> {
    Some(match op {
        BinaryOp::Eq => Comparison::Eq,
        BinaryOp::Ne => Comparison::Ne,
        BinaryOp::Lt => Comparison::Lt,
        BinaryOp::Le => Comparison::Le,
        BinaryOp::Gt => Comparison::Gt,
        BinaryOp::Ge => Comparison::Ge,
        _ => return None,
    })
}

impl Comparison {
    /// The same comparison with its sides exchanged.
    #[must_use]
    pub const fn turned(self) -> Self {
        match self {
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            other => other,
        }
    }
}

fn field(path: &Path) -> Option<Field> {
    Some(match path.location() {
        // These live in memory, beside the store.
        Location::Root("connectionState" | "lastActivityTime" | "capabilities" | "properties") => {
            return None;
        }
        Location::Root(name) if name.starts_with("x509Thumbprint") || name.contains('.') => {
            return None;
        }
        Location::Root(name) => Field::Root(name.to_owned()),
        Location::Tags(below) if !below.is_empty() => Field::Tags(below.to_vec()),
        Location::Desired(below) if !below.is_empty() => Field::Desired(below.to_vec()),
        Location::Reported(below) if !below.is_empty() => Field::Reported(below.to_vec()),
        Location::DesiredVersion => Field::DesiredVersion,
        Location::ReportedVersion => Field::ReportedVersion,
        Location::DriftCount => Field::DriftCount,
        Location::DriftRefused => Field::DriftRefused,
        Location::DriftSince => Field::DriftSince,
        _ => return None,
    })
}
