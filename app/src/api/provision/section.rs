//! A section of a twin as a person writes it: JSON, or a name and a value a line.

use twin::{Map, Value};

/// Why a text is no section.
#[derive(Debug)]
pub(super) struct Broken {
    /// What is wrong and how to mend it.
    pub(super) sentence: String,
    /// The text mended, where that is plain.
    pub(super) mended: Option<String>,
}

/// The section that the text says. Text that begins with `{` is JSON; other text is one `name = value` or
/// `name: value` a line, where a dot in the name leads into an object and a value that is not JSON is a string.
pub(super) fn parse(text: &str) -> Result<Map, Broken> {
    let text = text.trim();
    if text.is_empty() {
        Ok(Map::new())
    } else if text.starts_with(['{', '[']) {
        json(text)
    } else {
        lines(text).map_err(|sentence| Broken {
            sentence,
            mended: None,
        })
    }
}

fn json(text: &str) -> Result<Map, Broken> {
    match reader::from_str(text) {
        Ok(Value::Object(section)) => Ok(section),
        Ok(_) => Err(Broken {
            sentence: "This is not an object: begin with { and end with }.".to_owned(),
            mended: None,
        }),
        Err(error) => {
            let what = if error.is_at_end() {
                "The JSON ends before it is closed."
            } else {
                "This is not JSON."
            };
            let mended = mended(text);
            let is_object = matches!(reader::from_str(&mended), Ok(Value::Object(_)));
            let (line, column) = error.place(text);
            Err(Broken {
                sentence: format!("Line {line}, column {column}: {what}"),
                mended: is_object.then_some(mended),
            })
        }
    }
}

/// The text with the quotes that JSON knows, without commas that nothing follows, and closed at the end.
fn mended(text: &str) -> String {
    let quoted = text.replace(['‘', '’', '“', '”', '\''], "\"");
    let mut mended = String::with_capacity(quoted.len());
    let mut open = Vec::new();
    let (mut is_in_string, mut is_escaped) = (false, false);
    for character in quoted.chars() {
        if is_in_string {
            let ends = character == '"' && !is_escaped;
            is_escaped = character == '\\' && !is_escaped;
            is_in_string = !ends;
        } else {
            match character {
                '"' => is_in_string = true,
                '{' => open.push('}'),
                '[' => open.push(']'),
                '}' | ']' => {
                    open.pop();
                    without_comma(&mut mended);
                }
                _ => {}
            }
        }
        mended.push(character);
    }
    if !open.is_empty() {
        without_comma(&mut mended);
        mended.extend(open.into_iter().rev());
    }
    mended
}

/// Takes a comma at the end away, with what is blank after it.
fn without_comma(text: &mut String) {
    if let Some(length) = text.trim_end().strip_suffix(',').map(str::len) {
        text.truncate(length);
    }
}

fn lines(text: &str) -> Result<Map, String> {
    let mut section = Map::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let said = line
            .split_once(['=', ':'])
            .map(|(name, value)| (name.trim(), value.trim()));
        let Some((name, value)) =
            said.filter(|(name, value)| !name.is_empty() && !value.is_empty())
        else {
            return Err(format!(
                "Line {number}: write a name, = and a value, as in region = Nord."
            ));
        };
        let value = reader::from_str(value).unwrap_or_else(|_| Value::from(value));
        let path: Vec<&str> = name.split('.').map(str::trim).collect();
        if !put(&mut section, &path, value) {
            return Err(format!(
                "Line {number}: {name} is given twice. Keep one of them."
            ));
        }
    }
    Ok(section)
}

/// Puts a value where the path leads; `false` when something stands there or in the way.
pub(super) fn put(object: &mut Map, path: &[&str], value: Value) -> bool {
    match path {
        [] => false,
        [last] => {
            let is_free = !object.contains_key(*last);
            if is_free {
                object.insert((*last).to_owned(), value);
            }
            is_free
        }
        [first, rest @ ..] => {
            let inner = object
                .entry(*first)
                .or_insert_with(|| Value::Object(Map::new()));
            inner
                .as_object_mut()
                .is_some_and(|inner| put(inner, rest, value))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_ways_of_writing_say_the_same() {
        let wanted = json!({ "region": "Nord Süd", "metering": { "interval_s": 900, "on": true }, "url": "mqtt://a=b" });
        let lines =
            "region = Nord Süd\n\nmetering.interval_s: 900\nmetering.on = true\nurl = mqtt://a=b";
        for text in [wanted.to_string(), lines.to_owned()] {
            assert_eq!(Value::Object(parse(&text).unwrap()), wanted);
        }
        assert!(parse(" \n").unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, place) in [
            ("{\n  \"a\": 1,,\n}", "Line 2, column 10: "),
            ("[1]", "This is not an object"),
            ("a = 1\nnonsense", "Line 2: write"),
            ("a = 1\na = 2", "Line 2: a is given twice."),
            ("a = 1\na.b = 2", "Line 2: a.b is given twice."),
            ("= 1", "Line 1: write"),
        ] {
            let broken = parse(text).unwrap_err();
            assert!(broken.sentence.starts_with(place), "{}", broken.sentence);
        }
    }

    #[test]
    fn plain_slips_are_mended_and_nothing_else() {
        for (text, wanted) in [
            ("{ 'a': 1, }", "{ \"a\": 1}"),
            ("{ “a”: [1, 2,], ", "{ \"a\": [1, 2]}"),
            ("{ \"a\": { \"b\": 1", "{ \"a\": { \"b\": 1}}"),
        ] {
            let mended = parse(text).unwrap_err().mended;
            assert_eq!(mended.as_deref().map(str::trim), Some(wanted));
            parse(wanted).unwrap();
        }
        assert!(parse("{ a }").unwrap_err().mended.is_none());
    }
}
