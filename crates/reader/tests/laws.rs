//! What is read is what `serde_json` reads of the same text, and what it refuses is refused.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use reader::{Read, Unread, from_str};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
struct Whole {
    name: String,
    count: u64,
    change: i64,
    share: f64,
    is_here: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(default)]
    kinds: Vec<Kind>,
    pair: (u8, f64),
    named: BTreeMap<String, Id>,
    nothing: (),
    any: Value,
}

#[derive(Clone, Debug, PartialEq, PartialOrd, Eq, Ord, Serialize, Deserialize, Read)]
struct Id(String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Plain,
    Text(String),
    Two(u8, i16),
    NamedOne {
        a: Option<bool>,
        b: String,
    },
    #[serde(rename = "else")]
    Other,
}

/// As it is sent, and what is made of it.
type Numbers = ([u8; 2], String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
#[serde(from = "Numbers", into = "Numbers")]
struct Packed {
    one: u8,
    two: u8,
    text: String,
}

impl From<Numbers> for Packed {
    fn from(([one, two], text): Numbers) -> Self {
        Self { one, two, text }
    }
}

impl From<Packed> for Numbers {
    fn from(packed: Packed) -> Self {
        ([packed.one, packed.two], packed.text)
    }
}

/// What is missing stands as it is by default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
#[serde(rename_all = "kebab-case", default)]
struct Lax {
    first_name: String,
    some_count: u8,
}

impl Default for Lax {
    fn default() -> Self {
        Self {
            first_name: "nobody".to_owned(),
            some_count: 3,
        }
    }
}

#[derive(Debug, PartialEq, Read)]
struct Parts {
    seq: u64,
    rows: Vec<Unread>,
    #[serde(default)]
    device: Option<Unread>,
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-1000_i32..1000).prop_map(|n| Value::from(f64::from(n) / 8.0)),
        any::<String>().prop_map(Value::from),
        "[ -~ü😀\\\\\"\n\t]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-z\"\\\\ü]{0,3}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A text that is JSON nearly or not at all.
fn broken() -> impl Strategy<Value = String> {
    let slip = prop_oneof![
        3 => prop::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u00", "\\ud83d", "\\ude00", "-", "0", "1.", "e", "1e9", "1e999", "01",
            "null", "nul", "true", "t", " ", "\n", "\u{1}", "ü",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    (
        value(),
        any::<bool>(),
        any::<prop::sample::Index>(),
        slip,
        0_usize..3,
    )
        .prop_map(|(value, is_pretty, place, slip, left_out)| {
            let text = if is_pretty {
                serde_json::to_string_pretty(&value).unwrap()
            } else {
                value.to_string()
            };
            let letters: Vec<char> = text.chars().collect();
            let (before, after) = letters.split_at(place.index(letters.len() + 1));
            let after = &after[left_out.min(after.len())..];
            before.iter().collect::<String>() + &slip + &after.iter().collect::<String>()
        })
}

fn agrees<T>(text: &str) -> Result<(), TestCaseError>
where
    T: for<'a> Deserialize<'a> + Read + PartialEq + std::fmt::Debug,
{
    match (from_str::<T>(text), serde_json::from_str::<T>(text)) {
        (Ok(read), Ok(wanted)) => prop_assert_eq!(read, wanted, "{}", text),
        (Err(_), Err(_)) => {}
        (read, wanted) => prop_assert!(false, "{text}: {read:?}, wanted {wanted:?}"),
    }
    Ok(())
}

proptest! {
    #[test]
    fn values_are_read_as_elsewhere(value in value()) {
        agrees::<Value>(&value.to_string())?;
        agrees::<Value>(&serde_json::to_string_pretty(&value).unwrap())?;
        agrees::<Vec<Option<f64>>>(&value.to_string())?;
        agrees::<BTreeMap<String, Vec<i64>>>(&value.to_string())?;
        agrees::<Kind>(&value.to_string())?;
        agrees::<Result<std::ops::Range<u8>, [u8; 2]>>(&value.to_string())?;
    }

    #[test]
    fn what_is_refused_elsewhere_is_refused(text in broken()) {
        agrees::<Value>(&text)?;
    }

    #[test]
    fn structs_are_read_as_elsewhere(
        name in any::<String>(),
        count in any::<u64>(),
        change in any::<i64>(),
        share in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
        note in any::<Option<String>>(),
        small in any::<(u8, i16, char, Option<bool>)>(),
        any in value(),
    ) {
        let (a, b, letter, maybe) = small;
        let whole = Whole {
            named: [(name.clone(), Id(name.clone())), (String::new(), Id(String::new()))].into(),
            kinds: vec![Kind::Plain, Kind::Text(name.clone()), Kind::Two(a, b), Kind::NamedOne { a: maybe, b: letter.to_string() }, Kind::Other],
            name, count, change, share, is_here: a > 9, note, pair: (a, f64::from(b) / 4.0), nothing: (), any,
        };
        let text = serde_json::to_string_pretty(&whole).unwrap();
        prop_assert_eq!(from_str::<Whole>(&text), Ok(whole));
        let packed = Packed { one: a, two: 7, text };
        prop_assert_eq!(from_str::<Packed>(&serde_json::to_string(&packed).unwrap()), Ok(packed));
        for result in [Ok(share), Err(a)] {
            prop_assert_eq!(from_str::<Result<f64, u8>>(&serde_json::to_string(&result).unwrap()), Ok(result));
        }
    }

    #[test]
    fn what_is_not_read_is_there_as_written(rows in prop::collection::vec(value(), 0..5), device in value()) {
        let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
        let device = serde_json::to_string_pretty(&device).unwrap();
        let text = format!("{{ \"rows\": [ {} ], \"more\": {device}, \"seq\":4, \"device\" : {device} }}", rows.join(" , "));
        let parts: Parts = from_str(&text).unwrap();
        prop_assert_eq!(parts.seq, 4);
        prop_assert_eq!(parts.rows.iter().map(Unread::get).collect::<Vec<_>>(), rows);
        let is_null = device == "null";
        prop_assert_eq!(parts.device.as_ref().map(Unread::get), (!is_null).then_some(device.as_str()));
    }
}

#[test]
fn structs_are_no_lists_and_errors_say_where() {
    #[derive(Debug, PartialEq, Read)]
    struct Two {
        one: u8,
        other: bool,
    }
    let said = |text: &str| from_str::<Two>(text).map_err(|error| error.to_string());
    assert_eq!(
        said(r#"{"other":true,"one":9}"#),
        Ok(Two {
            one: 9,
            other: true
        })
    );
    assert_eq!(
        said("[9,true]"),
        Err("a value of another kind before byte 0".to_owned())
    );
    assert_eq!(
        said(r#"{"one":9}"#),
        Err("other is missing before byte 9".to_owned())
    );
    assert_eq!(
        said(r#"{"one":900,"other":true}"#),
        Err("a value of another kind before byte 10".to_owned())
    );
    assert_eq!(
        said(r#"{"one":9,"one":8}"#),
        Err("one stands twice before byte 15".to_owned())
    );
    assert_eq!(
        said(r#"{"one":9,"other":true} 1"#),
        Err("no JSON before byte 23".to_owned())
    );
}

#[test]
fn what_nests_too_deep_is_refused() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(from_str::<Value>(&nested(127)).is_ok());
    assert!(from_str::<Value>(&nested(100_000)).is_err());
    let passed = |depth: usize| {
        #[derive(Read)]
        struct Nothing {}
        from_str::<Nothing>(&format!(r#"{{"a":{}}}"#, nested(depth))).is_ok()
    };
    assert!(passed(126));
    assert!(!passed(127));
}

#[test]
fn what_may_be_missing_is_as_it_is_by_default() {
    for text in [
        "{}",
        r#"{"first-name":"a"}"#,
        r#"{"some-count":9,"x":[{}]}"#,
    ] {
        assert_eq!(
            from_str::<Lax>(text).unwrap(),
            serde_json::from_str(text).unwrap()
        );
    }
}

#[test]
fn people_are_told_the_line_and_the_character() {
    let of = |text: &str| {
        let error = from_str::<Value>(text).unwrap_err();
        (error.place(text), error.is_at_end())
    };
    assert_eq!(of("{\n\"ä\":,}"), ((2, 5), false));
    assert_eq!(of("{\"a\": {"), ((1, 8), true));
    assert_eq!(of("\"\\ü\n\n\n"), ((1, 3), false));
    assert_eq!(of("\"\\u00ü\n\n\""), ((1, 7), false));
    assert_eq!(of("x"), ((1, 1), false));
    assert_eq!(of(""), ((1, 1), true));
    assert_eq!(of("\"\\u00"), ((1, 6), true));
}
