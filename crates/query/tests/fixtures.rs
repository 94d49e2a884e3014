//! What is said of mistakes and what is suggested, from files: `UPDATE_EXPECT=1 cargo test -p query` writes them anew.
//!
//! A case is one line that begins with `> `, and the answer below it. In completions, `|` is the caret. A file says
//! what is, and reviewing a change of it is reviewing the language.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use query::{PathInfo, Problem, Schema, check_condition, complete, parse, parse_condition};
use twin::scheme::PropertyType;

fn run(name: &str, answer: impl Fn(&str) -> String) {
    let path = format!("{}/tests/fixtures/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let expected = std::fs::read_to_string(&path).unwrap();
    let cases = expected.lines().filter_map(|line| line.strip_prefix("> "));
    let found: Vec<String> = cases
        .map(|case| format!("> {case}\n{}\n", answer(case)))
        .collect();
    let found = found.concat();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, found).unwrap();
    } else {
        assert_eq!(found, expected, "{name}: UPDATE_EXPECT=1 writes it anew");
    }
}

fn read(text: &str) -> Vec<Problem> {
    if text.starts_with("SELECT ") {
        parse(text).problems
    } else {
        parse_condition(text).problems
    }
}

/// The problems with carets, and what the fixes make of the text; each fix has to mend something.
fn told(text: &str) -> String {
    let problems = read(text);
    let mut told = String::new();
    for problem in &problems {
        told += &problem.render(text);
        told.push('\n');
        if let Some(fix) = &problem.fix {
            let mut mended = text.to_owned();
            mended.replace_range(fix.span.clone(), &fix.replacement);
            assert!(
                read(&mended).len() < problems.len(),
                "{text} became {mended}"
            );
            told.extend(["fix: ", &mended, "\n"]);
        }
    }
    if problems.is_empty() {
        "fine\n".into()
    } else {
        told
    }
}

fn schema() -> Schema {
    let path = |path: &str, kind, share, values: &[(&str, u64)]| PathInfo {
        path: path.into(),
        kind,
        share,
        declared: true,
        title: String::new(),
        values: values
            .iter()
            .map(|(value, count)| ((*value).to_owned(), *count))
            .collect(),
    };
    Schema {
        paths: vec![
            path(
                "tags.region",
                PropertyType::String,
                1.0,
                &[("'Brabant'", 10), ("'Holstein'", 30), ("'North Sea'", 3)],
            ),
            path("tags.site", PropertyType::String, 0.9, &[]),
            path("tags.on", PropertyType::Boolean, 0.5, &[]),
            path(
                "properties.reported.network.rssi_dbm",
                PropertyType::Number,
                0.8,
                &[],
            ),
            path("lastActivityTime", PropertyType::Timestamp, 1.0, &[]),
        ],
    }
}

#[test]
fn mistakes() {
    run("mistakes", told);
}

#[test]
fn warnings() {
    run("warnings", |text| {
        let tree = parse_condition(text).condition.unwrap();
        let problems = check_condition(&tree, &schema());
        problems
            .iter()
            .map(|problem| problem.render(text) + "\n")
            .collect()
    });
}

#[test]
fn completion() {
    run("completion", |case| {
        let caret = case.find('|').unwrap();
        let text = case.replacen('|', "", 1);
        let completion = complete(&text, caret, &schema());
        let accepted = completion.items.iter().take(6).map(|item| {
            let mut with = text.clone();
            with.replace_range(completion.replace.clone(), &item.insert);
            format!("{}\n", with.trim_end())
        });
        accepted.collect()
    });
}
