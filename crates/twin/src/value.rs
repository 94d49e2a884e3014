//! What a property value may be: sizes, depth, names and values as contract 5.3 and 5.5 limit them.
//!
//! ```
//! let section = serde_json::json!({ "firmware": { "version": "4.2" } });
//! let section = section.as_object().expect("an object");
//!
//! assert_eq!(twin::value::check(section), Ok(()));
//! assert_eq!(twin::value::size(section), 8 + 7 + 3);
//! ```
//!
//! It looks at one document at a time and changes nothing; what a *change* may do is in [`crate::document`].

use crate::limits::{DEPTH_MAX, INTEGER_MAX, INTEGER_MIN, KEY_BYTES_MAX, STRING_BYTES_MAX};
use crate::trail::Trail;
use crate::{Map, Value};

/// The member that `path` leads to, one object a step; `None` when a step is missing or is not an object.
///
/// ```
/// # use serde_json::json;
/// let document = json!({ "network": { "type": "lte" } });
/// let root = document.as_object().expect("an object");
/// assert_eq!(twin::value::lookup(root, &["network", "type"]), Some(&json!("lte")));
/// assert_eq!(twin::value::lookup(root, &["network", "type", "x"]), None);
/// ```
pub fn lookup<'a>(root: &'a Map, path: &[&str]) -> Option<&'a Value> {
    let (last, objects) = path.split_last()?;
    let mut object = root;
    for key in objects {
        object = object.get(*key)?.as_object()?;
    }
    object.get(*last)
}

/// The size of a section, in bytes as contract 5.5 counts them.
///
/// The sum over all members of key and value: strings by their characters without control characters, numbers 8,
/// booleans 4, null 0, objects and arrays by their contents; members whose name starts with `$` do not count.
///
/// ```
/// # use serde_json::json;
/// let section = json!({ "a": 1, "on": true, "name": "abc", "list": [1, "x"], "$version": 3 });
/// // a + 8, on + 4, name + 3, list + 8 + 1
/// assert_eq!(twin::value::size(section.as_object().expect("an object")), 9 + 6 + 7 + 13);
/// ```
pub fn size(section: &Map) -> usize {
    section
        .iter()
        .filter(|(key, _)| !key.starts_with('$'))
        .map(|(key, value)| text_size(key) + size_of(value))
        .sum()
}

/// The size of one value, in bytes as [`size`] counts them.
///
/// ```
/// # use serde_json::json;
/// assert_eq!(twin::value::size_of(&json!("été\n")), 3);
/// ```
pub fn size_of(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 4,
        Value::Number(_) => 8,
        Value::String(text) => text_size(text),
        Value::Array(items) => items.iter().map(size_of).sum(),
        Value::Object(members) => size(members),
    }
}

/// The size of a name or a string: its characters, without control characters.
pub(crate) fn text_size(text: &str) -> usize {
    if text.is_ascii() {
        text.bytes().filter(|byte| !byte.is_ascii_control()).count()
    } else {
        text.chars().filter(|c| !c.is_control()).count()
    }
}

/// How many objects are nested below a section at its deepest place.
///
/// An object is one level wherever it stands; an array is a level only inside another array.
///
/// ```
/// # use serde_json::json;
/// let section = json!({ "a": { "b": { "c": 1 } }, "list": [1, 2] });
/// assert_eq!(twin::value::depth(section.as_object().expect("an object")), 2);
/// ```
pub fn depth(section: &Map) -> usize {
    section.values().map(depth_of).max().unwrap_or(0)
}

fn depth_of(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + depth(members),
        Value::Array(items) => items
            .iter()
            .map(|item| usize::from(item.is_array()) + depth_of(item))
            .max()
            .unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// Checks every name and value of a section or of a patch for one, `null` included (contract 5.3, 5.5).
///
/// # Errors
/// The first [`ValueError`] found; whoever wrote the document fixes it.
///
/// ```
/// # use serde_json::json;
/// let section = json!({ "a": { "b c": 1 } });
/// let error = twin::value::check(section.as_object().expect("an object")).expect_err("a space");
/// assert_eq!(error.to_string(), "the name 'b c' at 'a.b c' contains ' ', leave it out: names have no '.', '$', space or control character");
/// ```
pub fn check(section: &Map) -> Result<(), ValueError> {
    check_members(section, None, 0)
}

fn check_members(
    members: &Map,
    parent: Option<&Trail<'_>>,
    level: usize,
) -> Result<(), ValueError> {
    for (key, value) in members {
        let here = Trail::new(parent, key);
        check_key(key, &here)?;
        check_value(value, &here, level)?;
    }
    Ok(())
}

fn check_key(key: &str, here: &Trail<'_>) -> Result<(), ValueError> {
    if key.is_empty() {
        return Err(ValueError::KeyEmpty {
            path: here.to_string(),
        });
    }
    if key.len() > KEY_BYTES_MAX {
        return Err(ValueError::KeyTooLong {
            size_bytes: key.len(),
        });
    }
    if key == "$version" || key == "$metadata" {
        return Err(ValueError::Reserved {
            key: key.to_owned(),
        });
    }
    match key
        .chars()
        .find(|c| matches!(c, '.' | '$' | ' ') || c.is_control())
    {
        Some(character) => Err(ValueError::KeyCharacter {
            key: key.to_owned(),
            path: here.to_string(),
            character,
        }),
        None => Ok(()),
    }
}

fn check_value(value: &Value, here: &Trail<'_>, level: usize) -> Result<(), ValueError> {
    match value {
        Value::Number(number) => {
            let is_float = number.is_f64();
            let is_in_range = number
                .as_i64()
                .is_some_and(|n| (INTEGER_MIN..=INTEGER_MAX).contains(&n));
            if is_float || is_in_range {
                Ok(())
            } else {
                Err(ValueError::NumberRange {
                    path: here.to_string(),
                    number: number.to_string(),
                })
            }
        }
        Value::String(text) if text.len() > STRING_BYTES_MAX => Err(ValueError::StringTooLong {
            path: here.to_string(),
            size_bytes: text.len(),
        }),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
        Value::Array(items) => items.iter().try_for_each(|item| {
            let level = if item.is_array() {
                next_level(level, here)?
            } else {
                level
            };
            check_value(item, here, level)
        }),
        Value::Object(members) => check_members(members, Some(here), next_level(level, here)?),
    }
}

fn next_level(level: usize, here: &Trail<'_>) -> Result<usize, ValueError> {
    if level < DEPTH_MAX {
        Ok(level + 1)
    } else {
        Err(ValueError::TooDeep {
            path: here.to_string(),
        })
    }
}

/// Whether two values say the same: as JSON equality, but numbers compare by value, so that `1` is `1.0`.
///
/// ```
/// # use serde_json::json;
/// assert!(twin::value::is_same(&json!({ "a": [1] }), &json!({ "a": [1.0] })));
/// assert!(!twin::value::is_same(&json!("1"), &json!(1)));
/// ```
pub fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| is_same(a, b)))
        }
        _ => one == other,
    }
}

/// What is wrong with a name or a value, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// A name without characters.
    #[error("a name at '{path}' is empty, give it at least one character")]
    KeyEmpty {
        /// Names from the section down to this one, joined by dots.
        path: String,
    },
    /// A name of more than 1 KiB.
    #[error("a name has {size_bytes} bytes, shorten it to {KEY_BYTES_MAX}")]
    KeyTooLong {
        /// Its length in bytes of UTF-8.
        size_bytes: usize,
    },
    /// A character that names may not contain.
    #[error("the name '{}' at '{}' contains {character:?}, leave it out: names have no '.', '$', space or control character", key.escape_debug(), path.escape_debug())]
    KeyCharacter {
        /// The name.
        key: String,
        /// Names from the section down to this one, joined by dots.
        path: String,
        /// The first such character.
        character: char,
    },
    /// `$version` or `$metadata`, which only the server writes.
    #[error("'{key}' is written by the server alone, leave it out of the change")]
    Reserved {
        /// The name.
        key: String,
    },
    /// A string of more than 4 KiB.
    #[error("the string at '{path}' has {size_bytes} bytes, shorten it to {STRING_BYTES_MAX}")]
    StringTooLong {
        /// Names from the section down to the value, joined by dots.
        path: String,
        /// Its length in bytes of UTF-8.
        size_bytes: usize,
    },
    /// An integer outside -2^52 .. 2^52 - 1.
    #[error(
        "the number {number} at '{path}' is out of range, keep integers from {INTEGER_MIN} to {INTEGER_MAX} or send a string"
    )]
    NumberRange {
        /// Names from the section down to the value, joined by dots.
        path: String,
        /// The number as it was written.
        number: String,
    },
    /// More than ten objects below the section.
    #[error("'{path}' is nested deeper than {DEPTH_MAX} objects, flatten it")]
    TooDeep {
        /// Names from the section down to the value, joined by dots.
        path: String,
    },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::strategies::{map_of, section};

    fn nested(levels: usize, leaf: Value) -> Map {
        map_of((0..=levels).fold(leaf, |inner, _| json!({ "k": inner })))
    }

    #[test]
    fn ten_objects_below_the_section_and_no_more() {
        assert_eq!(depth(&nested(10, json!(1))), 10);
        assert_eq!(check(&nested(10, json!(1))), Ok(()));
        assert_eq!(check(&nested(10, json!([1, 2]))), Ok(()));
        assert_eq!(
            check(&nested(11, json!(1))),
            Err(ValueError::TooDeep {
                path: ["k"; 11].join(".")
            })
        );
        assert!(matches!(
            check(&nested(10, json!([{ "x": 1 }]))),
            Err(ValueError::TooDeep { .. })
        ));
        assert!(matches!(
            check(&nested(10, json!([[1]]))),
            Err(ValueError::TooDeep { .. })
        ));
    }

    #[test]
    fn names_are_checked_wherever_they_stand() {
        for key in ["a.b", "a b", "a$b", "a\u{7}", "a\u{85}"] {
            for document in [
                json!({ key: 1 }),
                json!({ "o": { key: 1 } }),
                json!({ "l": [{ key: 1 }] }),
                json!({ key: null }),
            ] {
                assert!(
                    matches!(
                        check(&map_of(document)),
                        Err(ValueError::KeyCharacter { .. })
                    ),
                    "{key:?}"
                );
            }
        }
        assert!(matches!(
            check(&map_of(json!({ "": 1 }))),
            Err(ValueError::KeyEmpty { .. })
        ));
        assert!(matches!(
            check(&map_of(json!({ "$version": 1 }))),
            Err(ValueError::Reserved { .. })
        ));
        assert_eq!(
            check(&map_of(json!({ "k".repeat(1024): 1, "été-日本": 1 }))),
            Ok(())
        );
        assert_eq!(
            check(&map_of(json!({ "k".repeat(1025): 1 }))),
            Err(ValueError::KeyTooLong { size_bytes: 1025 })
        );
    }

    #[test]
    fn values_are_checked_against_their_ranges() {
        assert_eq!(
            check(&map_of(
                json!({ "s": "x".repeat(4096), "n": INTEGER_MAX, "m": INTEGER_MIN, "f": 1e300 })
            )),
            Ok(())
        );
        assert!(matches!(
            check(&map_of(json!({ "s": "x".repeat(4097) }))),
            Err(ValueError::StringTooLong {
                size_bytes: 4097,
                ..
            })
        ));
        for number in [
            json!(INTEGER_MAX + 1),
            json!(INTEGER_MIN - 1),
            json!(u64::MAX),
        ] {
            assert!(matches!(
                check(&map_of(json!({ "n": [number] }))),
                Err(ValueError::NumberRange { .. })
            ));
        }
    }

    #[test]
    fn no_message_holds_a_semicolon_of_ours() {
        // A service client splits the error text there (contract 4.1).
        for document in [
            json!({ "": 1 }),
            json!({ "a b": 1 }),
            json!({ "$metadata": 1 }),
            json!({ "n": u64::MAX }),
        ] {
            assert!(
                !check(&map_of(document))
                    .unwrap_err()
                    .to_string()
                    .contains(';')
            );
        }
    }

    proptest! {
        #[test]
        fn the_size_of_a_section_is_the_sum_of_its_members(section in section()) {
            let sum: usize = section.iter().map(|(key, value)| key.chars().count() + size_of(value)).sum();
            prop_assert_eq!(size(&section), sum);
        }

        #[test]
        fn generated_sections_pass_and_are_the_same_as_themselves(section in section()) {
            prop_assert_eq!(check(&section), Ok(()));
            prop_assert!(is_same(&Value::Object(section.clone()), &Value::Object(section)));
        }
    }
}
