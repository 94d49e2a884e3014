//! Negation normal form: `NOT` stands only before conditions that cannot be taken apart.
//!
//! Right in three-valued logic: De Morgan's laws hold there, a negated equality is an inequality (both undefined
//! together), and the negation of undefined is undefined. Orderings are *not* turned round: `NOT (a < 5)` is undefined
//! for a text where `a >= 5` is undefined too, so that they may be: both have no order. They stay as they are written,
//! because readers of the tree evaluate a negated leaf as easily.

use crate::ast::{BinaryOp, Expr, ExprKind};

/// The same condition with every `NOT` pushed down to a leaf.
///
/// ```
/// let parsed = query::parse_condition("NOT (tags.a = 1 AND NOT IS_DEFINED(tags.b))");
/// let expr = query::nnf(&parsed.condition.unwrap());
/// assert_eq!(expr.to_string(), "tags.a != 1 OR IS_DEFINED(tags.b)");
/// ```
pub fn nnf(expr: &Expr) -> Expr {
    push(expr, false)
}

fn push(expr: &Expr, is_negated: bool) -> Expr {
    let span = expr.span.clone();
    let kind = match &expr.kind {
        ExprKind::Not(inner) => return push(inner, !is_negated),
        ExprKind::Binary {
            op: op @ (BinaryOp::And | BinaryOp::Or),
            left,
            right,
        } => {
            let turned = match (op, is_negated) {
                (BinaryOp::And, true) => BinaryOp::Or,
                (BinaryOp::Or, true) => BinaryOp::And,
                (op, _) => *op,
            };
            let parts = [left, right].into_iter().flat_map(|side| side.parts(*op));
            let pushed = parts.flat_map(|part| push(part, is_negated).into_parts(turned));
            return Expr::join(turned, pushed.collect()).unwrap_or_else(|| expr.clone());
        }
        ExprKind::Binary {
            op: op @ (BinaryOp::Eq | BinaryOp::Ne),
            left,
            right,
        } if is_negated => {
            let op = if *op == BinaryOp::Eq {
                BinaryOp::Ne
            } else {
                BinaryOp::Eq
            };
            ExprKind::Binary {
                op,
                left: left.clone(),
                right: right.clone(),
            }
        }
        ExprKind::In {
            value,
            list,
            is_negated: is_not_in,
        } if is_negated => ExprKind::In {
            value: value.clone(),
            list: list.clone(),
            is_negated: !is_not_in,
        },
        _ if is_negated => ExprKind::Not(Box::new(expr.clone())),
        _ => return expr.clone(),
    };
    Expr { kind, span }
}
