//! Rewriting a condition keeps what it means.

use proptest::prelude::*;
use query::ast::{BinaryOp, ExprKind};
use query::testing::{condition, context, devices};
use query::{DeviceRow, eval, nnf, parse_condition};

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn normal_form_keeps_the_value(text in condition(), devices in devices(6)) {
        let tree = parse_condition(&text).condition.unwrap();
        let normal = nnf(&tree);
        for device in &devices {
            let row = DeviceRow::new(&device.identity, &device.twin, &device.presence);
            // A bare path may hold something that is no truth value; only what is a condition is kept.
            prop_assert_eq!(
                eval(&normal, &row, &context()).truth(), eval(&tree, &row, &context()).truth(), "{} became {}", text, normal
            );
        }
    }

    #[test]
    fn nothing_is_below_not_that_can_be_taken_apart(text in condition()) {
        let normal = nnf(&parse_condition(&text).condition.unwrap());
        let mut is_below = vec![&normal];
        // Operands are not conditions: what is below a `NOT` inside them stays.
        while let Some(expr) = is_below.pop() {
            match &expr.kind {
                ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, left, right } => is_below.extend([left.as_ref(), right.as_ref()]),
                ExprKind::Not(inner) => {
                    let is_leaf = !matches!(inner.kind, ExprKind::Not(_) | ExprKind::In { .. });
                    prop_assert!(is_leaf, "{}", normal);
                    if let ExprKind::Binary { op, .. } = &inner.kind {
                        prop_assert!(!matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Eq | BinaryOp::Ne), "{}", normal);
                    }
                }
                _ => {}
            }
        }
        prop_assert_eq!(nnf(&normal), normal);
    }
}
