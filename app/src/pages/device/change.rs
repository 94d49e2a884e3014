//! From one document to another: the smallest merge patch, and its changes as lines for a person.

use twin::{Map, Value};

/// One changed place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// Its path, dotted.
    pub(super) path: String,
    /// What stood there; `None` for nothing.
    pub(super) old: Option<Value>,
    /// What will stand there; `None` for nothing.
    pub(super) new: Option<Value>,
}

/// The smallest merge patch that turns `old` into `new`; empty when they are the same.
pub(super) fn patch(old: &Map, new: &Map) -> Map {
    let mut patch = Map::new();
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    for (key, value) in new {
        match (old.get(key), value) {
            (Some(before), after) if before == after => {}
            (Some(Value::Object(before)), Value::Object(after)) => {
                patch.insert(key.clone(), Value::Object(self::patch(before, after)));
            }
            (_, after) => {
                patch.insert(key.clone(), after.clone());
            }
        }
    }
    patch
}

/// The changes that a patch makes to a document, place by place.
pub(super) fn lines(old: &Map, new: &Map) -> Vec<Line> {
    let mut lines = Vec::new();
    collect("", old, new, &mut lines);
    lines.sort_by(|one, other| one.path.cmp(&other.path));
    lines
}

fn collect(above: &str, old: &Map, new: &Map, lines: &mut Vec<Line>) {
    let at = |key: &str| {
        if above.is_empty() {
            key.to_owned()
        } else {
            format!("{above}.{key}")
        }
    };
    for (key, before) in old {
        match (before, new.get(key)) {
            (Value::Object(before), Some(Value::Object(after))) => {
                collect(&at(key), before, after, lines);
            }
            (before, Some(after)) if before == after => {}
            (before, after) => lines.push(Line {
                path: at(key),
                old: Some(before.clone()),
                new: after.cloned(),
            }),
        }
    }
    for (key, after) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
        lines.push(Line {
            path: at(key),
            old: None,
            new: Some(after.clone()),
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: &Value) -> Map {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn the_patch_leads_from_one_to_the_other_and_is_minimal() {
        let cases = [
            (json!({}), json!({ "a": 1 }), json!({ "a": 1 })),
            (
                json!({ "a": 1, "b": 2 }),
                json!({ "b": 2 }),
                json!({ "a": null }),
            ),
            (
                json!({ "a": { "x": 1, "y": 2 } }),
                json!({ "a": { "x": 1, "y": 3 } }),
                json!({ "a": { "y": 3 } }),
            ),
            (
                json!({ "a": { "x": 1 } }),
                json!({ "a": [1, 2] }),
                json!({ "a": [1, 2] }),
            ),
            (
                json!({ "a": { "x": 1, "z": 1 } }),
                json!({ "a": { "x": 1 } }),
                json!({ "a": { "z": null } }),
            ),
            (json!({ "a": 1 }), json!({ "a": 1 }), json!({})),
        ];
        for (old, new, wanted) in cases {
            let (mut old, new) = (map(&old), map(&new));
            let made = patch(&old, &new);
            assert_eq!(Value::Object(made.clone()), wanted);
            twin::patch::merge(&mut old, &made);
            assert_eq!(old, new);
        }
    }

    #[test]
    fn lines_name_each_changed_place_once() {
        let old = map(&json!({ "a": { "x": 1 }, "b": true, "c": 1 }));
        let new = map(&json!({ "a": { "x": 2 }, "c": 1, "d": "new" }));
        let said: Vec<_> = lines(&old, &new)
            .into_iter()
            .map(|line| (line.path, line.old, line.new))
            .collect();
        assert_eq!(
            said,
            [
                ("a.x".to_owned(), Some(json!(1)), Some(json!(2))),
                ("b".to_owned(), Some(json!(true)), None),
                ("d".to_owned(), None, Some(json!("new"))),
            ]
        );
    }
}
