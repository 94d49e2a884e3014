//! The value of an expression over a row: three-valued logic, nothing allocated for comparing texts.
//!
//! Rules of contract section 6.2: comparing with undefined is undefined; values of different types are unequal and
//! have no order; arithmetic on anything but numbers is undefined; a condition holds when it is exactly true.

use std::borrow::Cow;
use std::cmp::Ordering;

use twin::time::Timestamp;

use crate::ast::{BinaryOp, Expr, ExprKind, Literal};
use crate::functions::Args;
use crate::row::Row;
use crate::term::Term;

/// What an evaluation knows beside the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The time of the query: the same for all rows.
    pub now: Timestamp,
}

/// The value of an expression.
pub fn eval<'a>(expr: &'a Expr, row: &'a dyn Row, context: &Context) -> Term<'a> {
    match &expr.kind {
        ExprKind::Literal(literal) => of_literal(literal),
        ExprKind::Path(path) => row.get(path),
        ExprKind::Array(items) => {
            let values = items
                .iter()
                .filter_map(|item| eval(item, row, context).to_value())
                .collect();
            Term::Array(Cow::Owned(values))
        }
        ExprKind::Not(inner) => truth(eval(inner, row, context).truth().map(|value| !value)),
        ExprKind::Negate(inner) => match eval(inner, row, context) {
            Term::Number(number) => Term::Number(-number),
            _ => Term::Undefined,
        },
        ExprKind::Binary {
            op: BinaryOp::And,
            left,
            right,
        } => match eval(left, row, context).truth() {
            Some(false) => Term::Bool(false),
            left => match (left, eval(right, row, context).truth()) {
                (_, Some(false)) => Term::Bool(false),
                (Some(true), Some(true)) => Term::Bool(true),
                _ => Term::Undefined,
            },
        },
        ExprKind::Binary {
            op: BinaryOp::Or,
            left,
            right,
        } => match eval(left, row, context).truth() {
            Some(true) => Term::Bool(true),
            left => match (left, eval(right, row, context).truth()) {
                (_, Some(true)) => Term::Bool(true),
                (Some(false), Some(false)) => Term::Bool(false),
                _ => Term::Undefined,
            },
        },
        ExprKind::Binary { op, left, right } => {
            let (left, right) = (eval(left, row, context), eval(right, row, context));
            if op.is_comparison() {
                truth(compare(*op, &left, &right))
            } else {
                arithmetic(*op, &left, &right)
            }
        }
        ExprKind::In {
            value,
            list,
            is_negated,
        } => {
            let value = eval(value, row, context);
            // An OR of equalities: true when any is, false when all are, else undefined.
            let mut is_in = Some(false);
            for item in list {
                match value.equals(&eval(item, row, context)) {
                    Some(true) => {
                        is_in = Some(true);
                        break;
                    }
                    Some(false) => {}
                    None => is_in = None,
                }
            }
            truth(is_in.map(|is_in| is_in != *is_negated))
        }
        ExprKind::Call { function, args } => (function.eval)(&Args {
            exprs: args,
            row,
            context,
        }),
    }
}

/// Whether a condition holds: it is exactly true.
pub fn matches(expr: &Expr, row: &dyn Row, context: &Context) -> bool {
    eval(expr, row, context).truth() == Some(true)
}

/// The truth of a comparison; `None` where it has none.
pub fn compare(op: BinaryOp, left: &Term<'_>, right: &Term<'_>) -> Option<bool> {
    match op {
        BinaryOp::Eq => left.equals(right),
        BinaryOp::Ne => left.equals(right).map(|is_equal| !is_equal),
        BinaryOp::Lt => left.order(right).map(Ordering::is_lt),
        BinaryOp::Le => left.order(right).map(Ordering::is_le),
        BinaryOp::Gt => left.order(right).map(Ordering::is_gt),
        BinaryOp::Ge => left.order(right).map(Ordering::is_ge),
        _ => None,
    }
}

fn arithmetic<'a>(op: BinaryOp, left: &Term<'_>, right: &Term<'_>) -> Term<'a> {
    let (Term::Number(left), Term::Number(right)) = (left, right) else {
        return Term::Undefined;
    };
    let result = match op {
        BinaryOp::Add => left + right,
        BinaryOp::Sub => left - right,
        BinaryOp::Mul => left * right,
        BinaryOp::Div => left / right,
        BinaryOp::Rem => left % right,
        _ => return Term::Undefined,
    };
    // Dividing by zero has no value.
    if result.is_finite() {
        Term::Number(result)
    } else {
        Term::Undefined
    }
}

fn of_literal(literal: &Literal) -> Term<'_> {
    match literal {
        Literal::Undefined => Term::Undefined,
        Literal::Null => Term::Null,
        Literal::Bool(value) => Term::Bool(*value),
        Literal::Number(number) => Term::Number(*number),
        Literal::String(text) => Term::text(text),
    }
}

fn truth<'a>(value: Option<bool>) -> Term<'a> {
    value.map_or(Term::Undefined, Term::Bool)
}

/// The value of an expression that reads no path and is the same for all rows; `None` when it does.
pub fn constant(expr: &Expr, context: &Context) -> Option<Term<'static>> {
    let mut is_constant = true;
    expr.visit(&mut |part| match &part.kind {
        ExprKind::Path(_) => is_constant = false,
        ExprKind::Call { function, .. } if function.name == "IS_DRIFTING" => is_constant = false,
        _ => {}
    });
    is_constant.then(|| match eval(expr, &Nothing, context) {
        Term::Undefined | Term::Object(_) | Term::MadeObject(_) => Term::Undefined,
        Term::Null => Term::Null,
        Term::Bool(value) => Term::Bool(value),
        Term::Number(number) => Term::Number(number),
        Term::String(text) => Term::owned_text(text.into_owned()),
        Term::Array(items) => Term::Array(Cow::Owned(items.into_owned())),
    })
}

/// A row without any value.
struct Nothing;

impl Row for Nothing {
    fn get(&self, _path: &crate::Path) -> Term<'_> {
        Term::Undefined
    }

    fn drift(&self, _path: Option<&crate::Path>) -> Option<bool> {
        None
    }

    fn document(&self) -> twin::Value {
        twin::Value::Null
    }
}
