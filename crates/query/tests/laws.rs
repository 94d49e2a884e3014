//! Laws of the language over random texts, conditions and devices.

use proptest::prelude::*;
use query::ast::ExprKind;
use query::lower::{Comparison, Predicate, lower};
use query::testing::{condition, context, devices};
use query::{DeviceRow, eval, matches, nnf, parse, parse_condition};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn reading_never_fails_and_points_into_the_text(text in r"[ -~äß\n'\[\]]{0,60}") {
        let problems = parse(&text).problems.into_iter().chain(parse_condition(&text).problems);
        for problem in problems {
            prop_assert!(text.get(problem.span.clone()).is_some(), "{problem:?}");
            prop_assert!(!problem.message.is_empty());
            problem.render(&text);
            if let Some(fix) = problem.fix {
                prop_assert!(text.get(fix.span).is_some());
            }
        }
        for (span, _) in query::highlight(&text) {
            prop_assert!(text.get(span).is_some());
        }
        for caret in 0..=text.len() {
            let completion = query::complete(&text, caret, &query::Schema::default());
            prop_assert!(text.get(completion.replace).is_some());
        }
    }

    #[test]
    fn canonical_text_reads_as_the_same_tree(text in condition()) {
        let parsed = parse_condition(&text);
        prop_assert_eq!(&parsed.problems, &[], "{}", text);
        let tree = parsed.condition.unwrap();
        let printed = tree.to_string();
        let again = parse_condition(&printed);
        prop_assert_eq!(&again.problems, &[], "{}", printed);
        prop_assert_eq!(again.condition.unwrap(), tree, "{}", printed);
    }

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
        normal.visit(&mut |expr| {
            if let ExprKind::Not(inner) = &expr.kind {
                assert!(!matches!(inner.kind, ExprKind::Not(_) | ExprKind::In { .. }));
                if let ExprKind::Binary { op, .. } = &inner.kind {
                    assert!(op.is_comparison() && !matches!(op, query::ast::BinaryOp::Eq | query::ast::BinaryOp::Ne));
                }
            }
        });
    }

    #[test]
    fn a_predicate_that_says_never_is_right(text in condition(), devices in devices(6)) {
        let tree = parse_condition(&text).condition.unwrap();
        let lowered = lower(Some(&tree), &context());
        for device in &devices {
            let row = DeviceRow::new(&device.identity, &device.twin, &device.presence);
            let holds = matches(&tree, &row, &context());
            if let Predicate::Always(always) = lowered.predicate {
                prop_assert!(always || !holds, "{}", text);
                prop_assert!(!lowered.exact || always == holds, "{}", text);
            }
        }
    }
}

#[test]
fn a_bare_path_is_compared_with_true() {
    let tree = parse_condition("tags.on AND NOT tags.off")
        .condition
        .unwrap();
    let lowered = lower(Some(&tree), &context());
    let Predicate::And(parts) = lowered.predicate else {
        panic!("an And")
    };
    assert!(lowered.exact);
    for (part, wanted) in parts.iter().zip([true, false]) {
        let Predicate::Compare {
            op: Comparison::Eq,
            value,
            ..
        } = part
        else {
            panic!("a comparison")
        };
        assert_eq!(*value, wanted);
    }
}
