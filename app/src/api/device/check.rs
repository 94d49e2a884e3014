//! What is wrong with a document before it is sent: its syntax, the limits of twins, and the declared properties.

use serde_json::Value;
use twin::Map;
use twin::limits::{DESIRED_SIZE_BYTES_MAX, TAGS_SIZE_BYTES_MAX};
use twin::scheme::Property;
use twin::value::ValueError;

use super::places::{At, Places, places};
use super::{Finding, Half};
use crate::api::{Caller, Problem};
use crate::format;

/// Findings that are told at once.
const FINDINGS_MAX: usize = 20;

impl Caller {
    /// What is wrong with a document, in the order of its lines.
    pub(crate) async fn check(&self, half: Half, text: &str) -> Result<Vec<Finding>, Problem> {
        let declared = self.fleet.plan().declared(&self.principal).await?;
        let declared: Vec<_> = declared
            .into_iter()
            .map(|declared| declared.property)
            .collect();
        Ok(findings(half, text, &declared))
    }
}

fn findings(half: Half, text: &str, declared: &[Property]) -> Vec<Finding> {
    let document = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(document)) => document,
        Ok(_) => {
            return vec![error(
                (1, 1),
                "An object is needed: begin with { and end with }.",
            )];
        }
        Err(wrong) => {
            let words = wrong.to_string();
            let words = words.split(" at line ").next().unwrap_or_default();
            return vec![error(
                (wrong.line(), wrong.column()),
                format!("This is not JSON: {words}."),
            )];
        }
    };
    let places = places(text);
    let mut found: Vec<_> = places
        .doubled
        .iter()
        .map(|(name, at)| error(*at, format!("The name “{name}” stands here a second time.")))
        .collect();
    limits(half, &document, &places, &mut found);
    clashes(half, &document, &places, declared, &mut found);
    found.sort_by_key(|finding| (finding.line, finding.column));
    found.truncate(FINDINGS_MAX);
    found
}

/// What breaks a limit: the first in each member, and the size of the whole.
fn limits(half: Half, document: &Map, places: &Places, found: &mut Vec<Finding>) {
    for (name, value) in document {
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        if let Err(wrong) = twin::value::check(&alone) {
            let at = place_of(&wrong)
                .and_then(|path| places.names.get(path))
                .or_else(|| places.names.get(name));
            found.push(error(at.copied().unwrap_or((1, 1)), sentence(&wrong)));
        }
        nulls(name, value, places, found);
    }
    let most = match half {
        Half::Desired => DESIRED_SIZE_BYTES_MAX,
        Half::Tags => TAGS_SIZE_BYTES_MAX,
    };
    let size = twin::value::size(document);
    if size > most {
        let (size, most) = (format::count(size as u64), format::count(most as u64));
        let words =
            format!("All of it counts {size} bytes; at most {most} are kept. Take something out.");
        found.push(error((1, 1), words));
    }
}

/// `null` asks for nothing: it removes a member.
fn nulls(path: &str, value: &Value, places: &Places, found: &mut Vec<Finding>) {
    match value {
        Value::Null => {
            let at = places.names.get(path).copied().unwrap_or((1, 1));
            let words = format!("null removes “{path}”: leave it out to say the same.");
            found.push(warning(at, words));
        }
        Value::Object(members) => {
            for (name, value) in members {
                nulls(&format!("{path}.{name}"), value, places, found);
            }
        }
        _ => {}
    }
}

/// Values of another type than the plan declares.
fn clashes(
    half: Half,
    document: &Map,
    places: &Places,
    declared: &[Property],
    found: &mut Vec<Finding>,
) {
    let section = match half {
        Half::Desired => "properties.desired.",
        Half::Tags => "tags.",
    };
    for property in declared {
        let Some(path) = property.path.strip_prefix(section) else {
            continue;
        };
        let names: Vec<&str> = path.split('.').collect();
        let Some(value) = twin::value::lookup(document, &names) else {
            continue;
        };
        if !value.is_null() && !property.kind.accepts(value) {
            let at = places.names.get(path).copied().unwrap_or((1, 1));
            let words = format!(
                "“{path}” is declared as {}; this is another type.",
                property.kind
            );
            found.push(warning(at, words));
        }
    }
}

fn place_of(wrong: &ValueError) -> Option<&str> {
    match wrong {
        ValueError::KeyEmpty { path }
        | ValueError::KeyCharacter { path, .. }
        | ValueError::StringTooLong { path, .. }
        | ValueError::NumberRange { path, .. }
        | ValueError::TooDeep { path } => Some(path),
        ValueError::KeyTooLong { .. } | ValueError::Reserved { .. } => None,
    }
}

fn sentence(wrong: &ValueError) -> String {
    format::capitalized(&wrong.to_string()) + "."
}

fn error(at: At, sentence: impl Into<String>) -> Finding {
    Finding {
        line: at.0,
        column: at.1,
        sentence: sentence.into(),
        is_error: true,
    }
}

fn warning(at: At, sentence: impl Into<String>) -> Finding {
    Finding {
        is_error: false,
        ..error(at, sentence)
    }
}

#[cfg(test)]
mod tests {
    use twin::scheme::PropertyType;

    use super::*;

    fn said(half: Half, text: &str) -> Vec<String> {
        let declared =
            ["properties.desired.telemetry.interval_s", "tags.floor"].map(|path| Property {
                path: path.to_owned(),
                kind: PropertyType::Number,
                title: String::new(),
                unit: String::new(),
                description: String::new(),
            });
        let words = |finding: Finding| {
            let is = if finding.is_error { "error" } else { "warning" };
            format!(
                "{}:{} {is} {}",
                finding.line, finding.column, finding.sentence
            )
        };
        findings(half, text, &declared)
            .into_iter()
            .map(words)
            .collect()
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let long = format!("{{\n\"s\": \"{}\" }}", "x".repeat(4_097));
        let deep = format!("{}1{}", "{\"a\":".repeat(12), "}".repeat(12));
        let cases: [(&str, &[&str]); 9] = [
            ("{\"a\": 1}", &[]),
            (
                "[]",
                &["1:1 error An object is needed: begin with { and end with }."],
            ),
            (
                "{\n  \"a\": 1,\n}",
                &["3:1 error This is not JSON: trailing comma."],
            ),
            (
                "{\n \"a\": { \"b c\": 1 } }",
                &[
                    "2:9 error The name 'b c' at 'a.b c' contains ' ', leave it out: names have no '.', '$', space or control character.",
                ],
            ),
            (
                &long,
                &["2:1 error The string at 's' has 4097 bytes, shorten it to 4096."],
            ),
            (
                "{\"n\": 9007199254740993}",
                &[
                    "1:2 error The number 9007199254740993 at 'n' is out of range, keep integers from -4503599627370496 to 4503599627370495 or send a string.",
                ],
            ),
            (
                "{\"a\":1,\n\"a\":null}",
                &[
                    "1:2 warning null removes “a”: leave it out to say the same.",
                    "2:1 error The name “a” stands here a second time.",
                ],
            ),
            (
                "{\"telemetry\":\n{\"interval_s\":\"60\"}}",
                &[
                    "2:2 warning “telemetry.interval_s” is declared as number; this is another type.",
                ],
            ),
            (
                "{\"telemetry\":{\"interval_s\":60}, \"$version\": 3}",
                &[
                    "1:33 error '$version' is written by the server alone, leave it out of the change.",
                ],
            ),
        ];
        for (text, wanted) in cases {
            assert_eq!(said(Half::Desired, text), wanted, "{text}");
        }
        assert!(said(Half::Desired, &deep)[0].contains("error"), "{deep}");
        assert_eq!(said(Half::Tags, "{\"floor\":\"2\"}").len(), 1);
        assert_eq!(said(Half::Desired, "{\"floor\":\"2\"}").len(), 0);
    }

    #[test]
    fn the_size_of_each_half_has_its_own_limit() {
        let text = serde_json::json!({ "a": "x".repeat(4_000), "b": "x".repeat(4_000), "c": "x".repeat(400) }).to_string();
        assert!(said(Half::Desired, &text).is_empty());
        assert!(said(Half::Tags, &text)[0].contains("at most 8,192 are kept"));
    }
}
