//! Texts that mean harm: whatever a text of the longest length does, it stays within a small stack.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use query::lower::lower;
use query::testing::{context, example};
use query::{DeviceRow, eval, nnf, parse, parse_condition};
use twin::limits::QUERY_CHARS_MAX;

/// Smaller than any thread of the server or of a browser has.
const STACK_BYTES: usize = 1 << 20;

/// As much of a repeated text as a query may have.
fn chain(first: &str, again: &str) -> String {
    let times = (QUERY_CHARS_MAX - first.len()) / again.len();
    format!("{first}{}", again.repeat(times))
}

fn survives(text: String) {
    let walk = move || {
        let parsed = parse_condition(&text);
        parse(&format!(
            "SELECT * FROM devices WHERE {}",
            &text[..text.len().min(8_000)]
        ));
        let (identity, twin, presence) = example();
        let row = DeviceRow::new(&identity, &twin, &presence);
        if let Some(tree) = parsed.condition {
            eval(&tree, &row, &context());
            let normal = nnf(&tree);
            assert_eq!(nnf(&normal), normal);
            lower(Some(&tree), &context());
            let printed = tree.to_string();
            if parsed.problems.is_empty() && printed.len() <= QUERY_CHARS_MAX {
                assert_eq!(parse_condition(&printed).condition, Some(tree.clone()));
            }
            assert!(!format!("{tree:?}").is_empty());
        }
        parsed.problems.len()
    };
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    thread.spawn(walk).unwrap().join().unwrap();
}

#[test]
fn chains_of_the_longest_length_stay_within_a_small_stack() {
    for operator in [
        "+", "-", "*", "/", "%", " OR ", " AND ", "=", "<", " IN ", " NOT IN ",
    ] {
        survives(chain("1", &format!("{operator}1")));
        survives(chain("a", &format!("{operator}a")));
        survives(chain("(a)", &format!("{operator}(a)")));
    }
    survives(chain("a", " IN [1]"));
    survives(chain("a", " OR a AND a"));
    survives(chain("NOT (a", " AND a"));
    survives(chain("a", " OR NOT (a AND b)"));
}

#[test]
fn nesting_of_the_longest_length_stays_within_a_small_stack() {
    for opened in [
        "(",
        "[",
        "NOT ",
        "-",
        "- ",
        "LENGTH(",
        "CONCAT(1,",
        "NOT (",
        "a IN [",
        "a AND (",
        "a+(",
        "(1+",
        "-(",
        "[1,",
        "((a)+",
    ] {
        survives(chain("", opened));
        let text = chain("", opened);
        survives(format!("{}a{}", &text[..text.len() / 2], ")".repeat(4_000)));
    }
    let deepest = format!("{}a{}", "(a OR a AND (1+".repeat(31), "))".repeat(31));
    survives(deepest);
}

#[test]
fn long_chains_of_conditions_are_fine_and_long_sums_are_refused() {
    let parsed = parse_condition(&chain("tags.a = 1", " OR tags.a = 1"));
    assert_eq!(parsed.problems, []);
    let parsed = parse_condition(&format!("1{} > 2", "+1".repeat(30)));
    assert_eq!(parsed.problems, []);
    let parsed = parse_condition(&format!("1{} > 2", "+1".repeat(1_000)));
    assert_eq!(
        parsed.problems[0].message,
        "Expressions nest at most 64 levels deep."
    );
}
