//! The words by which an archived device is found, the same when they are kept and when they are asked for.
//!
//! Keys of objects are no words: they are the same in every twin. A word is kept whole and in its parts, so that both `breda-west` and `west` find
//! `Breda-West`.

use std::collections::BTreeSet;

use twin::{Map, Value};

use crate::record::Record;

/// The index of ids is made of threes.
pub(crate) const ID_CHARS_MIN: usize = 3;
/// Words of one device; a twin has room for more, and nobody looks for them.
const WORDS_MAX: usize = 2_000;
/// Characters of one word.
const WORD_CHARS_MAX: usize = 64;
/// Words of one question.
const ASKED_MAX: usize = 16;

/// The words of a device and of the reason why it is retired, with a blank between them.
pub(crate) fn words(record: &Record, reason: &str) -> String {
    let mut words = BTreeSet::new();
    let twin = &record.twin;
    take(&mut words, reason);
    take(&mut words, record.identity.device_id.as_str());
    take(&mut words, &twin.model_id);
    for section in [&twin.tags, &twin.desired.values, &twin.reported.values] {
        collect(&mut words, section);
    }
    words.into_iter().collect::<Vec<_>>().join(" ")
}

/// What the index is asked: each word of a text as the beginning of one that it has. `None` when the text has no words.
pub(crate) fn asked(text: &str) -> Option<String> {
    let asked: Vec<_> = whole(text)
        .take(ASKED_MAX)
        .map(|word| format!("\"{word}\"*"))
        .collect();
    (!asked.is_empty()).then(|| asked.join(" AND "))
}

fn collect(words: &mut BTreeSet<String>, object: &Map) {
    object.values().for_each(|value| one(words, value));
}

fn one(words: &mut BTreeSet<String>, value: &Value) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => take(words, &number.to_string()),
        Value::String(text) => take(words, text),
        Value::Array(items) => items.iter().for_each(|item| one(words, item)),
        Value::Object(inner) => collect(words, inner),
    }
}

fn take(words: &mut BTreeSet<String>, text: &str) {
    for word in whole(text) {
        if words.len() >= WORDS_MAX {
            return;
        }
        words.extend(
            word.split(|letter: char| !letter.is_alphanumeric())
                .filter(|part| !part.is_empty() && *part != word)
                .map(str::to_owned),
        );
        words.insert(word);
    }
}

/// The words of a text; the marks that hold them together are those that the index leaves in them.
fn whole(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphanumeric() && !"-_.:".contains(letter))
        .map(|word| word.trim_matches(|letter: char| !letter.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(WORD_CHARS_MAX).collect::<String>())
        .map(|word| word.to_lowercase())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_are_kept_whole_and_in_parts() {
        let mut words = BTreeSet::new();
        let twin = json!({ "site": "Breda-West (2)", "firmware": ["4.18.2"], "on": true, "n": { "kw": 12.5 } });
        collect(&mut words, twin.as_object().unwrap());
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        assert_eq!(
            words,
            [
                "12",
                "12.5",
                "18",
                "2",
                "4",
                "4.18.2",
                "5",
                "breda",
                "breda-west",
                "west"
            ]
        );
    }

    #[test]
    fn a_question_cannot_be_more_than_words() {
        assert_eq!(
            asked("Breda-West\" OR * 4.18").as_deref(),
            Some("\"breda-west\"* AND \"or\"* AND \"4.18\"*")
        );
        assert_eq!(asked(" -- \"*() "), None);
    }
}
