//! Conditions on one value that need not be evaluated to be known.

use std::cmp::Ordering;

use query::ast::{BinaryOp, ExprKind};
use query::{Context, Expr, Term, constant};

/// What a leaf over one path says, where that leads to a faster way than evaluating it.
#[derive(Debug)]
pub(crate) enum Shape {
    /// The value compared with a constant.
    Compare(BinaryOp, Term<'static>),
    /// The value is, or is not, one of these constants, all of them scalars.
    In(Vec<Term<'static>>, bool),
    /// Something that depends on the value's type only.
    Kind,
    /// A text that has this part somewhere.
    Text(TextTest, String),
    Other,
}

/// Where in a text a part must be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TextTest {
    Start,
    End,
    Anywhere,
}

/// Functions of one value that look at nothing but its type.
const KINDS: [&str; 8] = [
    "IS_DEFINED",
    "IS_NULL",
    "IS_BOOL",
    "IS_NUMBER",
    "IS_STRING",
    "IS_ARRAY",
    "IS_OBJECT",
    "IS_PRIMITIVE",
];

impl Shape {
    pub(crate) fn of(expr: &Expr, context: Context) -> Self {
        let is_path = |expr: &Expr| matches!(expr.kind, ExprKind::Path(_));
        let shape = match &expr.kind {
            ExprKind::Binary { op, left, right } if op.is_comparison() && is_path(left) => {
                constant(right, &context).map(|value| Self::Compare(*op, value))
            }
            ExprKind::Binary { op, left, right } if op.is_comparison() && is_path(right) => {
                constant(left, &context).map(|value| Self::Compare(mirrored(*op), value))
            }
            ExprKind::In {
                value,
                list,
                is_negated,
            } if is_path(value) => {
                let values: Option<Vec<_>> =
                    list.iter().map(|item| constant(item, &context)).collect();
                values
                    .filter(|values| values.iter().all(is_scalar))
                    .map(|values| Self::In(values, *is_negated))
            }
            ExprKind::Call { function, args } => match args.as_slice() {
                [value] if is_path(value) => KINDS.contains(&function.name).then_some(Self::Kind),
                [value, part] if is_path(value) => {
                    match (TextTest::of(function.name), constant(part, &context)) {
                        (Some(test), Some(Term::String(part))) => {
                            Some(Self::Text(test, part.into_owned()))
                        }
                        _ => None,
                    }
                }
                _ => None,
            },
            ExprKind::Literal(_)
            | ExprKind::Path(_)
            | ExprKind::Array(_)
            | ExprKind::Not(_)
            | ExprKind::Negate(_)
            | ExprKind::Binary { .. }
            | ExprKind::In { .. } => None,
        };
        shape.unwrap_or(Self::Other)
    }

    /// The truth of the leaf for a text; `None` when it must be evaluated.
    #[inline]
    pub(crate) fn of_text(&self, text: &str) -> Option<bool> {
        match self {
            Self::Compare(op, Term::String(constant)) => holds(*op, text.cmp(constant)),
            Self::Text(TextTest::Start, part) => Some(text.starts_with(part)),
            Self::Text(TextTest::End, part) => Some(text.ends_with(part)),
            Self::Text(TextTest::Anywhere, part) => Some(text.contains(part)),
            Self::Compare(..) | Self::In(..) | Self::Kind | Self::Other => None,
        }
    }

    /// The truth of the leaf for a number; `None` when it must be evaluated.
    #[inline]
    pub(crate) fn of_number(&self, number: f64) -> Option<bool> {
        match self {
            Self::Compare(op, Term::Number(constant)) => holds(*op, number.partial_cmp(constant)?),
            Self::Compare(..) | Self::In(..) | Self::Kind | Self::Text(..) | Self::Other => None,
        }
    }
}

impl TextTest {
    fn of(function: &str) -> Option<Self> {
        match function {
            "STARTSWITH" => Some(Self::Start),
            "ENDSWITH" => Some(Self::End),
            "CONTAINS" => Some(Self::Anywhere),
            _ => None,
        }
    }
}

/// Whether scalars can be compared with it.
fn is_scalar(constant: &Term<'_>) -> bool {
    match constant {
        Term::Null | Term::Bool(_) | Term::Number(_) | Term::String(_) => true,
        Term::Undefined | Term::Array(_) | Term::Object(_) | Term::MadeObject(_) => false,
    }
}

/// Whether a comparison of two values of one type holds.
fn holds(op: BinaryOp, order: Ordering) -> Option<bool> {
    match op {
        BinaryOp::Eq => Some(order.is_eq()),
        BinaryOp::Ne => Some(order.is_ne()),
        BinaryOp::Lt => Some(order.is_lt()),
        BinaryOp::Le => Some(order.is_le()),
        BinaryOp::Gt => Some(order.is_gt()),
        BinaryOp::Ge => Some(order.is_ge()),
        BinaryOp::Or
        | BinaryOp::And
        | BinaryOp::Add
        | BinaryOp::Sub
        | BinaryOp::Mul
        | BinaryOp::Div
        | BinaryOp::Rem => None,
    }
}

/// The operator with its sides exchanged.
fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Lt => BinaryOp::Gt,
        BinaryOp::Le => BinaryOp::Ge,
        BinaryOp::Gt => BinaryOp::Lt,
        BinaryOp::Ge => BinaryOp::Le,
        other => other,
    }
}
