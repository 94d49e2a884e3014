//! Reading never fails, and the canonical text of a tree reads as the tree.

use proptest::prelude::*;
use query::testing::{broken, condition, query, respelled, tree};
use query::{Completion, Problem, Schema, complete, highlight, parse, parse_condition};

/// All problems of a text, read either way.
fn problems(text: &str) -> Vec<Problem> {
    let (query, condition) = (parse(text), parse_condition(text));
    query
        .problems
        .into_iter()
        .chain(condition.problems)
        .collect()
}

/// Every place that is pointed at is one of the text.
fn points_into(text: &str) -> Result<(), TestCaseError> {
    for problem in problems(text) {
        prop_assert!(text.get(problem.span.clone()).is_some(), "{problem:?}");
        prop_assert!(!problem.message.is_empty());
        prop_assert!(problem.render(text).contains(&problem.message));
        if let Some(fix) = problem.fix {
            prop_assert!(text.get(fix.span).is_some());
        }
    }
    let mut end = 0;
    for (span, _) in highlight(text) {
        prop_assert!(text.get(span.clone()).is_some_and(|part| !part.is_empty()));
        prop_assert!(end <= span.start);
        end = span.end;
    }
    for caret in 0..=text.len() + 1 {
        let Completion { replace, .. } = complete(text, caret, &Schema::default());
        prop_assert!(text.get(replace).is_some());
    }
    let tree = parse_condition(text).condition;
    if let Some(tree) = tree {
        let mut spans = Vec::new();
        tree.visit(&mut |expr| spans.push(expr.span.clone()));
        prop_assert!(spans.into_iter().all(|span| text.get(span).is_some()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn any_text_can_be_read(text in prop_oneof![any::<String>(), r"[ -~äß\n'\[\]]{0,60}"]) {
        points_into(&text)?;
    }

    #[test]
    fn broken_queries_can_be_read(text in broken()) {
        points_into(&text)?;
    }

    #[test]
    fn conditions_read_as_what_they_print(text in condition()) {
        let parsed = parse_condition(&text);
        prop_assert_eq!(&parsed.problems, &[], "{}", text);
        let tree = parsed.condition.unwrap();
        let printed = tree.to_string();
        let again = parse_condition(&printed);
        prop_assert_eq!(&again.problems, &[], "{}", printed);
        prop_assert_eq!(again.condition.unwrap(), tree, "{}", printed);
    }

    #[test]
    fn trees_print_as_what_reads_as_them(tree in tree()) {
        let printed = tree.to_string();
        let parsed = parse_condition(&printed);
        prop_assert_eq!(&parsed.problems, &[], "{}", printed);
        prop_assert_eq!(parsed.condition.unwrap(), tree, "{}", printed);
    }

    #[test]
    fn queries_print_as_what_reads_as_them(query in query()) {
        let printed = query.to_string();
        let parsed = parse(&printed);
        prop_assert_eq!(&parsed.problems, &[], "{}", printed);
        prop_assert_eq!(parsed.query, query, "{}", printed);
    }

    #[test]
    fn spelling_does_not_matter(query in query(), dice in prop::collection::vec(any::<u8>(), 100)) {
        let spelled = respelled(&query.to_string(), &dice);
        let parsed = parse(&spelled);
        prop_assert_eq!(&parsed.problems, &[], "{}", spelled);
        prop_assert_eq!(parsed.query, query, "{}", spelled);
    }
}
