//! A device as a person describes it, and what is wrong with the description.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reader::Read;
use serde::{Deserialize, Serialize};
use twin::id::{DeviceId, IdError};
use twin::limits::{DESIRED_SIZE_BYTES_MAX, DEVICE_ID_CHARS_MAX, TAGS_SIZE_BYTES_MAX};
use twin::{Map, value};

use super::section;
use crate::format;

/// Lengths of keys that the hub takes, in bytes.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// A device to enroll, in the words of a form: all text as it was written.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Draft {
    /// Its name.
    pub id: String,
    /// The first key in base64; empty to have it made.
    pub primary_key: String,
    /// The second key in base64; empty to have it made.
    pub secondary_key: String,
    /// Its tags: JSON, or a name and a value a line.
    pub tags: String,
    /// What is asked of it from the beginning, written likewise.
    pub desired: String,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft")
            .field("id", &self.id)
            .field("tags", &self.tags)
            .field("desired", &self.desired)
            .finish_non_exhaustive()
    }
}

/// A draft that breaks no rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// Its name.
    pub id: DeviceId,
    /// Its tags.
    pub tags: Map,
    /// What is asked of it.
    pub desired: Map,
}

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The name.
    Id,
    /// The first key.
    PrimaryKey,
    /// The second key.
    SecondaryKey,
    /// The tags.
    Tags,
    /// What is asked.
    Desired,
}

impl Field {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 5] = [
        Self::Id,
        Self::PrimaryKey,
        Self::SecondaryKey,
        Self::Tags,
        Self::Desired,
    ];

    /// The id of the field on its page, and its name in a [`super::Problem`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "device-id",
            Self::PrimaryKey => "primary-key",
            Self::SecondaryKey => "secondary-key",
            Self::Tags => "tags",
            Self::Desired => "desired",
        }
    }
}

/// What is wrong at a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Where.
    pub field: Field,
    /// What, and how to mend it.
    pub sentence: String,
    /// A text that would be right, where there is an obvious one.
    pub fix: Option<Fix>,
}

/// A text that mends a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What taking it does, as a button says it.
    pub words: String,
    /// The whole new text of the field.
    pub text: String,
}

impl Draft {
    /// The device that is described.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the form, at most once a field.
    pub fn check(&self) -> Result<Checked, Vec<Wrong>> {
        let (id, tags, desired) = (self.device_id(), self.tags(), self.desired());
        let mut wrong: Vec<Wrong> = id.as_ref().err().cloned().into_iter().collect();
        wrong.extend(self.wrong_keys());
        wrong.extend(tags.as_ref().err().cloned());
        wrong.extend(desired.as_ref().err().cloned());
        match (id, tags, desired) {
            (Ok(id), Ok(tags), Ok(desired)) if wrong.is_empty() => {
                Ok(Checked { id, tags, desired })
            }
            _ => Err(wrong),
        }
    }

    /// The name alone.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn device_id(&self) -> Result<DeviceId, Wrong> {
        check_id(&self.id)
    }

    /// What is wrong with the keys that are given.
    pub fn wrong_keys(&self) -> Vec<Wrong> {
        let keys = [
            (Field::PrimaryKey, &self.primary_key),
            (Field::SecondaryKey, &self.secondary_key),
        ];
        let wrong = keys
            .iter()
            .filter_map(|(field, key)| check_key(*field, key));
        wrong.collect()
    }

    /// The tags alone.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn tags(&self) -> Result<Map, Wrong> {
        check_section(Field::Tags, &self.tags, TAGS_SIZE_BYTES_MAX)
    }

    /// What is asked, alone.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn desired(&self) -> Result<Map, Wrong> {
        check_section(Field::Desired, &self.desired, DESIRED_SIZE_BYTES_MAX)
    }

    /// The text of a field.
    pub fn text(&self, field: Field) -> &str {
        match field {
            Field::Id => &self.id,
            Field::PrimaryKey => &self.primary_key,
            Field::SecondaryKey => &self.secondary_key,
            Field::Tags => &self.tags,
            Field::Desired => &self.desired,
        }
    }

    /// Writes the text of a field.
    pub fn write(&mut self, field: Field, text: String) {
        *match field {
            Field::Id => &mut self.id,
            Field::PrimaryKey => &mut self.primary_key,
            Field::SecondaryKey => &mut self.secondary_key,
            Field::Tags => &mut self.tags,
            Field::Desired => &mut self.desired,
        } = text;
    }
}

pub(super) fn check_id(text: &str) -> Result<DeviceId, Wrong> {
    DeviceId::parse(text).map_err(|error| {
        let sentence = match error {
            IdError::Empty => "Give the device a name, such as am4-0001.".to_owned(),
            IdError::TooLong { length_chars } => format!(
                "The name has {length_chars} characters; {DEVICE_ID_CHARS_MAX} is the most."
            ),
            IdError::Character { character } => format!(
                "{} cannot stand in a name. Letters, digits and - . + % _ # * ? ! ( ) , = @ $ ' : can.",
                spoken(character)
            ),
        };
        let near = near_id(text);
        let fix = DeviceId::parse(&near).is_ok().then(|| Fix {
            words: format!("Use {}", format::middle(&near, 40)),
            text: near,
        });
        Wrong { field: Field::Id, sentence, fix }
    })
}

/// A character in a sentence: those that cannot be seen by their name.
fn spoken(character: char) -> String {
    match character {
        ' ' => "A space".to_owned(),
        '\t' => "A tab".to_owned(),
        other => format!("“{other}”"),
    }
}

/// The nearest text that may be an id: what may not stand in one becomes a hyphen.
fn near_id(text: &str) -> String {
    let mut near = String::new();
    for character in text.trim().chars() {
        let mut one = [0; 4];
        if DeviceId::parse(character.encode_utf8(&mut one)).is_ok() {
            near.push(character);
        } else if !near.ends_with('-') {
            near.push('-');
        }
    }
    near.chars().take(DEVICE_ID_CHARS_MAX).collect()
}

pub(super) fn check_key(field: Field, key: &str) -> Option<Wrong> {
    if key.is_empty() {
        return None;
    }
    let sentence = match STANDARD.decode(key).map(|bytes| bytes.len()) {
        Ok(length) if KEY_BYTES.contains(&length) => return None,
        Ok(length) => format!("This key has {length} bytes; a key has 16 to 64."),
        Err(_) => "A key is base64: letters, digits, + and /, with = at the end.".to_owned(),
    };
    let trimmed: String = key.split_whitespace().collect();
    let fix = if trimmed != key && check_key(field, &trimmed).is_none() {
        Fix {
            words: "Take the spaces out".to_owned(),
            text: trimmed,
        }
    } else {
        Fix {
            words: "Let the hub make it".to_owned(),
            text: String::new(),
        }
    };
    Some(Wrong {
        field,
        sentence,
        fix: Some(fix),
    })
}

fn check_section(field: Field, text: &str, size_bytes_max: usize) -> Result<Map, Wrong> {
    let wrong = |sentence, fix| Wrong {
        field,
        sentence,
        fix,
    };
    let section = section::parse(text).map_err(|broken| {
        let fix = broken.mended.map(|text| Fix {
            words: "Write it as JSON has it".to_owned(),
            text,
        });
        wrong(broken.sentence, fix)
    })?;
    value::check(&section).map_err(|error| wrong(sentence(&error.to_string()), None))?;
    let size_bytes = value::size(&section);
    if size_bytes > size_bytes_max {
        let size = |bytes| u64::try_from(bytes).map_or_else(|_| "—".to_owned(), format::count);
        let said = format!(
            "This has {} bytes; {} is the most. Leave something out.",
            size(size_bytes),
            size(size_bytes_max)
        );
        return Err(wrong(said, None));
    }
    Ok(section)
}

/// A clause as a sentence.
pub(super) fn sentence(clause: &str) -> String {
    format::capitalized(clause) + "."
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn draft(id: &str) -> Draft {
        Draft {
            id: id.to_owned(),
            ..Draft::default()
        }
    }

    #[test]
    fn a_name_is_enough() {
        let checked = draft("am4-1").check().unwrap();
        assert_eq!(checked.id.as_str(), "am4-1");
        assert!(checked.tags.is_empty() && checked.desired.is_empty());
    }

    #[test]
    fn a_fix_mends_what_it_is_offered_for() {
        let long = "x".repeat(200);
        let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
        let spaced = format!(" {key}\n");
        let drafts = [
            draft("am4 / küche"),
            draft(&long),
            Draft {
                primary_key: spaced,
                ..draft("a")
            },
            Draft {
                secondary_key: "not base64!".into(),
                ..draft("a")
            },
            Draft {
                secondary_key: "c2hvcnQ=".into(),
                ..draft("a")
            },
            Draft {
                tags: "{ 'region': 'Nord', }".into(),
                ..draft("a")
            },
        ];
        for mut draft in drafts {
            let wrong = draft.check().unwrap_err();
            let [
                Wrong {
                    field,
                    sentence,
                    fix: Some(fix),
                },
            ] = &wrong[..]
            else {
                panic!("{wrong:?}")
            };
            assert!(sentence.ends_with('.'), "{sentence}");
            draft.write(*field, fix.text.clone());
            assert!(draft.check().is_ok(), "{draft:?}");
        }
    }

    #[test]
    fn everything_wrong_is_said_at_once_each_at_its_field() {
        let draft = Draft {
            id: String::new(),
            primary_key: "?".into(),
            secondary_key: String::new(),
            tags: "region".into(),
            desired: json!({ "a": { "b c": 1 } }).to_string(),
        };
        let fields: Vec<Field> = draft
            .check()
            .unwrap_err()
            .iter()
            .map(|wrong| wrong.field)
            .collect();
        assert_eq!(
            fields,
            [Field::Id, Field::PrimaryKey, Field::Tags, Field::Desired]
        );
    }

    #[test]
    fn a_section_over_its_size_is_refused_with_both_figures() {
        let words = "x".repeat(4_000);
        let draft = Draft {
            tags: json!({ "a": words, "b": words, "c": words }).to_string(),
            ..draft("a")
        };
        let wrong = draft.check().unwrap_err();
        assert!(
            wrong[0].sentence.contains("12,003 bytes; 8,192"),
            "{}",
            wrong[0].sentence
        );
    }
}
