//! Reading a draft: what it asks, or what is wrong at which field.

use std::sync::Arc;

use fleet::configure::NewJob;
use store::{MethodWork, Work};
use twin::document::{Change, ServiceChange};
use twin::{Map, Value};

use super::{Draft, Entry, Kind, ValueKind, Wrong};

/// Seconds that a device may take to answer, unless another number is given.
const TIMEOUT_S: u64 = 30;

impl Draft {
    /// What is asked of each device.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the form.
    pub(super) fn work(&self) -> Result<Work, Vec<Wrong>> {
        match self.kind {
            Kind::Method => self.method_work(),
            Kind::Desired | Kind::Tags => {
                let members = Some(Change::Patch(Some(self.members()?)));
                Ok(Work::Change(Arc::new(if self.kind == Kind::Tags {
                    ServiceChange {
                        tags: members,
                        desired: None,
                    }
                } else {
                    ServiceChange {
                        tags: None,
                        desired: members,
                    }
                })))
            }
        }
    }

    /// The whole job, to be started.
    ///
    /// # Errors
    /// As [`Draft::work`].
    pub(super) fn job(&self) -> Result<NewJob, Vec<Wrong>> {
        let work = self.work();
        let mut wrong = self.wrong_rest();
        match work {
            Ok(work) if wrong.is_empty() => Ok(NewJob {
                work,
                condition: self.condition.clone(),
                reason: self.reason.clone(),
                per_second_max: self.per_second().ok().flatten(),
                confirmed: typed(&self.confirmed),
            }),
            Ok(_) => Err(wrong),
            Err(mut errors) => {
                errors.append(&mut wrong);
                Err(errors)
            }
        }
    }

    /// Devices a second at most.
    pub(super) fn per_second(&self) -> Result<Option<u32>, Wrong> {
        let text = self.per_second.trim();
        if text.is_empty() {
            return Ok(None);
        }
        match text.parse() {
            Ok(rate) if rate > 0 => Ok(Some(rate)),
            _ => Err(wrong(
                "per-second",
                "A whole number of devices, at least 1; leave it empty for no bound.",
            )),
        }
    }

    fn wrong_rest(&self) -> Vec<Wrong> {
        let mut found: Vec<Wrong> = self.per_second().err().into_iter().collect();
        if self.reason.trim().is_empty() {
            found.push(wrong(
                "reason",
                "Say why: the reason stays in the log and in the history of each device.",
            ));
        }
        found
    }

    fn members(&self) -> Result<Map, Vec<Wrong>> {
        let mut members = Map::new();
        let mut found = Vec::new();
        let is_written = |entry: &&Entry| !entry.path.trim().is_empty() || !entry.text.is_empty();
        for (at, entry) in self.values.iter().enumerate() {
            if !is_written(&entry) && self.values.len() > 1 {
                continue;
            }
            match entry.value() {
                Ok(value) => {
                    let names: Vec<&str> = entry.path.trim().split('.').collect();
                    if names.iter().any(|name| name.is_empty()) {
                        found.push(wrong(
                            &format!("path-{at}"),
                            "Write where the value belongs: names joined by dots, such as telemetry.interval_s.",
                        ));
                    } else if !put(&mut members, &names, value) {
                        found.push(wrong(
                            &format!("path-{at}"),
                            "Another value of this job stands at this place, above it or below it.",
                        ));
                    }
                }
                Err(sentence) => found.push(wrong(&format!("value-{at}"), sentence)),
            }
        }
        if found.is_empty() {
            Ok(members)
        } else {
            Err(found)
        }
    }

    fn method_work(&self) -> Result<Work, Vec<Wrong>> {
        let mut found = Vec::new();
        let name = self.method.trim().to_owned();
        if name.is_empty() {
            found.push(wrong("method", "Write the name of the method."));
        }
        let payload = match self.payload.trim() {
            "" => None,
            text => match serde_json::from_str(text) {
                Ok(value) => Some(value),
                Err(error) => {
                    found.push(wrong("payload", &format!("This is not JSON: {error}.")));
                    None
                }
            },
        };
        let timeout_s = match self.timeout_s.trim() {
            "" => TIMEOUT_S,
            text => {
                let seconds = text
                    .parse()
                    .ok()
                    .filter(|seconds| (5..=300).contains(seconds));
                seconds.unwrap_or_else(|| {
                    found.push(wrong(
                        "timeout",
                        "A whole number of seconds, from 5 to 300.",
                    ));
                    TIMEOUT_S
                })
            }
        };
        if !found.is_empty() {
            return Err(found);
        }
        Ok(Work::Method(MethodWork {
            name,
            payload,
            response_timeout_ms: timeout_s * 1_000,
        }))
    }
}

impl Entry {
    fn value(&self) -> Result<Value, &'static str> {
        match self.kind {
            ValueKind::Text => Ok(Value::String(self.text.clone())),
            ValueKind::True => Ok(Value::Bool(true)),
            ValueKind::False => Ok(Value::Bool(false)),
            ValueKind::Remove => Ok(Value::Null),
            ValueKind::Number => serde_json::from_str::<Value>(self.text.trim())
                .ok()
                .filter(Value::is_number)
                .ok_or("Write a number, such as 60 or 0.5; choose text for other characters."),
            ValueKind::Json => match serde_json::from_str(self.text.trim()) {
                Ok(Value::Null) => Err("Choose remove to take a property away."),
                Ok(value) => Ok(value),
                Err(_) => Err("This is not JSON: text stands in double quotes."),
            },
        }
    }
}

/// Puts a value at its place; `false` when something stands there, above or below.
fn put(members: &mut Map, names: &[&str], value: Value) -> bool {
    match names {
        [] => false,
        [last] => members.insert((*last).to_owned(), value).is_none(),
        [first, rest @ ..] => match members
            .entry(*first)
            .or_insert_with(|| Value::Object(Map::new()))
        {
            Value::Object(inner) => put(inner, rest, value),
            _ => false,
        },
    }
}

/// A number as people type it.
fn typed(text: &str) -> Option<u64> {
    let digits: String = text
        .chars()
        .filter(|char| !matches!(char, ',' | ' ' | '.' | '\u{a0}' | '\u{202f}'))
        .collect();
    digits.parse().ok()
}

pub(super) fn wrong(field: &str, sentence: &str) -> Wrong {
    Wrong {
        field: field.to_owned(),
        sentence: sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, kind: ValueKind, text: &str) -> Entry {
        Entry {
            path: path.to_owned(),
            kind,
            text: text.to_owned(),
        }
    }

    fn draft(values: Vec<Entry>) -> Draft {
        Draft {
            values,
            ..Draft::default()
        }
    }

    #[test]
    fn values_are_of_the_type_that_was_chosen() {
        let members = draft(vec![
            entry("a.n", ValueKind::Number, " 6.5 "),
            entry("a.t", ValueKind::Text, "60"),
            entry("b", ValueKind::True, ""),
            entry("c", ValueKind::Json, "[1,{\"x\":2}]"),
            entry("d.e", ValueKind::Remove, ""),
            entry("", ValueKind::Number, ""),
        ])
        .members()
        .unwrap();
        let expected = serde_json::json!({ "a": { "n": 6.5, "t": "60" }, "b": true, "c": [1, { "x": 2 }], "d": { "e": null } });
        assert_eq!(Value::Object(members), expected);
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field() {
        let fields = |values| {
            let wrong = draft(values).members().unwrap_err();
            wrong
                .into_iter()
                .map(|wrong| wrong.field)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            fields(vec![entry("a", ValueKind::Number, "x")]),
            ["value-0"]
        );
        assert_eq!(fields(vec![entry("", ValueKind::True, "")]), ["path-0"]);
        assert_eq!(fields(vec![entry("a..b", ValueKind::True, "")]), ["path-0"]);
        assert_eq!(
            fields(vec![entry("a", ValueKind::Json, "null")]),
            ["value-0"]
        );
        let twice = vec![
            entry("a", ValueKind::True, ""),
            entry("a.b", ValueKind::True, ""),
        ];
        assert_eq!(fields(twice), ["path-1"]);
    }

    #[test]
    fn numbers_are_read_as_people_type_them() {
        assert_eq!(typed("12,400"), Some(12_400));
        assert_eq!(typed(" 12 400 "), Some(12_400));
        assert_eq!(typed("many"), None);
    }
}
