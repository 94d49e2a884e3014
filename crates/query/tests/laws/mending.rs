//! Taking the advice of a problem mends it.

use proptest::prelude::*;
use query::testing::broken;
use query::{PROBLEMS_MAX, Problem, parse, parse_condition};

/// Each fix removes its problem and adds none. Where more problems were found than are told, one that is gone makes room
/// for another, so that nothing can be said of them.
fn mends(text: &str, read: impl Fn(&str) -> Vec<Problem>) -> Result<(), TestCaseError> {
    let problems = read(text);
    if problems.len() >= PROBLEMS_MAX {
        return Ok(());
    }
    let said = |problems: &[Problem]| -> Vec<_> {
        let said = |problem: &Problem| (problem.span.clone(), problem.message.clone());
        problems.iter().map(said).collect()
    };
    for problem in &problems {
        let Some(fix) = &problem.fix else { continue };
        let mended = fix.applied(text);
        let left = read(&mended);
        let is_same =
            |other: &Problem| other.message == problem.message && other.span == problem.span;
        let is_mended = left.len() < problems.len()
            || left.len() == problems.len() && !left.iter().any(is_same);
        let (was, left) = (said(&problems), said(&left));
        prop_assert!(
            is_mended,
            "{text:?} became {mended:?} by {problem:?}: {was:?} became {left:?}"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn fixes_mend_conditions(text in broken()) {
        mends(&text, |text| parse_condition(text).problems)?;
    }

    #[test]
    fn fixes_mend_queries(text in broken()) {
        mends(&text, |text| parse(text).problems)?;
    }
}
