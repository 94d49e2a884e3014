//! Whatever is written and wherever the caret stands, a suggestion fits there.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;
use query::testing::{NAMES, broken, condition, respelled};
use query::{Completion, Path, PathInfo, Schema, complete, parse_condition};
use twin::scheme::PropertyType;

/// Properties of all kinds with odd names and odd values.
fn schema() -> Schema {
    let kinds = [
        PropertyType::String,
        PropertyType::Number,
        PropertyType::Boolean,
        PropertyType::Timestamp,
        PropertyType::Object,
        PropertyType::Array,
        PropertyType::Mixed,
    ];
    let roots = [
        ("deviceId", 0),
        ("status", 0),
        ("connectionState", 0),
        ("lastActivityTime", 3),
        ("version", 1),
    ];
    let roots = roots.map(|(name, kind)| (Path::new([name]), kinds[kind]));
    let names = NAMES.iter().zip(kinds.iter().cycle());
    let tags = names
        .clone()
        .map(|(name, kind)| (Path::new(["tags", name]), *kind));
    let reported = names.map(|(name, kind)| (Path::new(["reported", "x", name]), *kind));
    let info = |(path, kind): (Path, PropertyType)| {
        let values: &[&str] = match kind {
            PropertyType::String => &["'a'", "'ab'", "'ü\\'\\\\'", "'😀 AND = b'", "''"],
            PropertyType::Number => &["1", "-2.5", "10"],
            PropertyType::Boolean => &["true"],
            PropertyType::Timestamp => &["'2026-11-21T06:00:00.0000000Z'"],
            PropertyType::Mixed => &["1", "'1'", "null"],
            _ => &[],
        };
        PathInfo {
            path: path.to_string(),
            kind,
            share: 0.5,
            declared: true,
            title: String::new(),
            values: values
                .iter()
                .map(|value| ((*value).to_owned(), 3))
                .collect(),
        }
    };
    Schema {
        paths: roots
            .into_iter()
            .chain(tags)
            .chain(reported)
            .map(info)
            .collect(),
    }
}

/// The problems of a text that goes on, from its beginning up to a place before its end: what is missing at the end does
/// not count.
fn problems(text: &str, up_to: usize) -> usize {
    let end = text.trim_end().len().min(up_to);
    let problems = parse_condition(text).problems;
    problems
        .iter()
        .filter(|problem| problem.span.start < end)
        .count()
}

/// What is suggested makes nothing wrong that stands before it; where nothing is wrong there, it is right itself.
fn fits(text: &str, caret: usize) -> Result<(), TestCaseError> {
    let Completion { replace, items } = complete(text, caret, &schema());
    prop_assert!(text.get(replace.clone()).is_some());
    prop_assert!(
        replace.start <= caret && caret <= replace.end,
        "{text:?} at {caret}: {replace:?}"
    );
    let before = problems(&text[..replace.start], replace.start);
    let mut seen = BTreeSet::new();
    for item in &items {
        prop_assert!(
            seen.insert(&item.insert),
            "{} is suggested twice",
            item.insert
        );
        let accepted = format!("{}{}", &text[..replace.start], item.insert);
        let (left, own) = (
            problems(&accepted, replace.start),
            problems(&accepted, accepted.len()),
        );
        let found: Vec<_> = parse_condition(&accepted)
            .problems
            .into_iter()
            .map(|p| (p.span, p.message))
            .collect();
        prop_assert!(
            left <= before,
            "{text:?} at {caret} became {accepted:?}: {before} became {found:?}"
        );
        prop_assert!(
            before > 0 || own == 0,
            "{text:?} at {caret} became {accepted:?}: {found:?}"
        );
    }
    Ok(())
}

fn at(text: &str, place: Index) -> usize {
    let mut carets: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    carets.push(text.len());
    carets[place.index(carets.len())]
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn suggestions_fit_into_conditions(text in condition(), dice in prop::collection::vec(any::<u8>(), 30), place in any::<Index>()) {
        let text = respelled(&text, &dice);
        fits(&text, at(&text, place))?;
    }

    #[test]
    fn suggestions_fit_into_anything(text in broken(), place in any::<Index>()) {
        fits(&text, at(&text, place))?;
    }
}
