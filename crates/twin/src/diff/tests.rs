use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::document::{Change, ServiceChange};
use crate::strategies::{map_of, section};
use crate::value::lookup;

const ASKED: Timestamp = Timestamp::from_ms(10);
const TOLD: Timestamp = Timestamp::from_ms(20);

fn twin(desired: Map, reported: &Map) -> Twin {
    let mut twin = Twin::new(Timestamp::from_ms(0));
    let change = ServiceChange {
        tags: None,
        desired: Some(Change::Replace(desired)),
    };
    twin.apply_service(&change, ASKED).unwrap();
    twin.apply_reported(reported, None, TOLD).unwrap();
    twin
}

fn diff_of(desired: Value, reported: Value) -> Vec<(String, Kind)> {
    diff(&twin(map_of(desired), &map_of(reported)))
        .into_iter()
        .map(|d| (d.path, d.kind))
        .collect()
}

fn one(path: &str, kind: Kind) -> Vec<(String, Kind)> {
    vec![(path.to_owned(), kind)]
}

#[test]
fn each_kind_has_its_cases() {
    assert_eq!(
        diff_of(json!({ "a": 1 }), json!({ "a": 1.0 })),
        one("a", Kind::Agrees)
    );
    assert_eq!(
        diff_of(json!({ "a": [1, 2] }), json!({ "a": [2, 1] })),
        one("a", Kind::Drifting)
    );
    assert_eq!(
        diff_of(json!({ "a": { "b": 1 } }), json!({})),
        one("a.b", Kind::Waiting)
    );
    assert_eq!(
        diff_of(json!({}), json!({ "a": { "b": 1 } })),
        one("a.b", Kind::ReportedOnly)
    );
    assert_eq!(
        diff_of(json!({ "a": { "b": 1 } }), json!({ "a": 1 })),
        one("a", Kind::Drifting)
    );
    assert_eq!(
        diff_of(json!({ "a": 1 }), json!({ "a": { "b": 1 } })),
        one("a", Kind::Drifting)
    );
}

#[test]
fn empty_objects_ask_nothing_and_answer_nothing() {
    assert_eq!(diff_of(json!({ "a": {} }), json!({})), []);
    assert_eq!(
        diff_of(json!({ "a": {} }), json!({ "a": 5 })),
        one("a", Kind::ReportedOnly)
    );
    assert_eq!(
        diff_of(json!({ "a": 5 }), json!({ "a": {} })),
        one("a", Kind::Waiting)
    );
}

#[test]
fn acknowledgments_are_read_through() {
    let refused = Kind::Refused {
        code: 400,
        description: "too fast".to_owned(),
    };
    assert_eq!(
        diff_of(
            json!({ "a": 5 }),
            json!({ "a": { "value": 5, "ac": 200, "av": 2 } })
        ),
        one("a", Kind::Agrees)
    );
    assert_eq!(
        diff_of(
            json!({ "a": 5 }),
            json!({ "a": { "value": 4, "ac": 203, "av": 1 } })
        ),
        one("a", Kind::Drifting)
    );
    assert_eq!(
        diff_of(
            json!({ "a": { "x": 1 } }),
            json!({ "a": { "value": { "x": 1 }, "ac": 200 } })
        ),
        one("a", Kind::Agrees)
    );
    assert_eq!(
        diff_of(
            json!({}),
            json!({ "a": { "value": 5, "ac": 203, "av": 0 } })
        ),
        one("a", Kind::ReportedOnly)
    );
    let refusal = |av: u64| json!({ "a": { "value": 5, "ac": 400, "av": av, "ad": "too fast" } });
    assert_eq!(diff_of(json!({ "a": 5 }), refusal(2)), one("a", refused));
    // The device refused what was asked before; what is asked now is unanswered.
    assert_eq!(
        diff_of(json!({ "a": 6 }), refusal(1)),
        one("a", Kind::Drifting)
    );
    assert_eq!(
        diff_of(
            json!({}),
            json!({ "a": { "value": 5, "ac": 1, "unit": "s" } })
        )
        .len(),
        3,
        "an object with other members is no acknowledgment"
    );
}

#[test]
fn since_is_the_later_write_and_the_drift_the_earliest() {
    let mut twin = twin(
        map_of(json!({ "a": 1, "b": 2 })),
        &map_of(json!({ "a": 2 })),
    );
    let since: Vec<_> = diff(&twin).into_iter().map(|d| d.since).collect();
    assert_eq!(since, [TOLD, ASKED]);
    assert_eq!(
        drift(&twin),
        Drift {
            count: 2,
            refused: 0,
            since: Some(ASKED)
        }
    );
    twin.apply_reported(&map_of(json!({ "a": 1, "b": 2 })), None, TOLD)
        .unwrap();
    assert_eq!(drift(&twin), Drift::default());
}

#[test]
fn saying_the_same_again_does_not_move_since() {
    const AGAIN: Timestamp = Timestamp::from_ms(30);
    let since = |twin: &Twin| diff(twin).into_iter().map(|d| d.since).collect::<Vec<_>>();
    let asked = map_of(json!({ "a": 1, "b": { "c": 2 }, "d": 3 }));
    let told =
        map_of(json!({ "a": 2, "b": 5, "d": { "value": 4, "ac": 200, "av": 2 }, "e": { "f": 1 } }));
    let mut twin = twin(asked.clone(), &told);
    assert_eq!(since(&twin), [TOLD; 4]);
    let mut again = told.clone();
    again["d"]["av"] = json!(3);
    let change = ServiceChange {
        tags: None,
        desired: Some(Change::Replace(asked)),
    };
    twin.apply_service(&change, AGAIN).unwrap();
    twin.apply_reported(&again, None, AGAIN).unwrap();
    assert_eq!(since(&twin), [TOLD; 4]);
    assert_eq!(drift(&twin).since, Some(TOLD));
    let other = map_of(json!({ "a": 3, "b": 5, "d": { "ac": 500 }, "e": { "f": 1 } }));
    twin.apply_reported(&other, None, AGAIN).unwrap();
    assert_eq!(since(&twin), [AGAIN, TOLD, AGAIN, TOLD]);
}

#[test]
fn drift_is_asked_for_a_path_at_under_and_above_it() {
    let twin = twin(
        map_of(json!({ "a": { "b": { "c": 1 } }, "d": 1 })),
        &map_of(json!({ "a": { "b": 7 }, "d": 1 })),
    );
    for (path, expected) in [
        (&[][..], true),
        (&["a"], true),
        (&["a", "b"], true),
        (&["a", "b", "c"], true),
        (&["a", "x"], false),
        (&["d"], false),
    ] {
        assert_eq!(is_drifting(&twin, path), expected, "{path:?}");
    }
}

proptest! {
    #[test]
    fn diff_agrees_with_the_values(desired in section(), reported in section()) {
        let twin = twin(desired.clone(), &reported);
        let holds_nothing = |side: Option<&Value>| side.is_none_or(|value| value == &json!({}));
        for entry in diff(&twin) {
            let path: Vec<_> = entry.path.split('.').collect();
            let (asked, told) = (lookup(&desired, &path), lookup(&reported, &path));
            match entry.kind {
                Kind::Agrees => prop_assert!(is_same(asked.unwrap(), told.unwrap())),
                Kind::Drifting => prop_assert!(!is_same(asked.unwrap(), told.unwrap())),
                Kind::Waiting => prop_assert!(!holds_nothing(asked) && holds_nothing(told)),
                Kind::ReportedOnly => prop_assert!(!holds_nothing(told) && holds_nothing(asked)),
                Kind::Refused { .. } => prop_assert!(false, "no acknowledgments here"),
            }
            prop_assert_eq!(entry.desired.as_ref(), asked.filter(|asked| **asked != json!({})));
        }
    }

    #[test]
    fn what_is_reported_as_asked_agrees(desired in section()) {
        let twin = twin(desired.clone(), &desired);
        prop_assert!(diff(&twin).iter().all(|entry| entry.kind == Kind::Agrees));
        prop_assert_eq!(drift(&twin), Drift::default());
    }

    #[test]
    fn what_is_said_again_stands_as_it_stood(desired in section(), reported in section()) {
        let mut twin = twin(desired.clone(), &reported);
        let before = diff(&twin);
        let again = ServiceChange { tags: None, desired: Some(Change::Replace(desired)) };
        twin.apply_service(&again, Timestamp::from_ms(30)).unwrap();
        twin.apply_reported(&reported, None, Timestamp::from_ms(40)).unwrap();
        prop_assert_eq!(diff(&twin), before);
    }

    #[test]
    fn drift_counts_the_diff(desired in section(), reported in section()) {
        let twin = twin(desired, &reported);
        let drifting: Vec<_> = diff(&twin).into_iter().filter(|entry| entry.kind.is_drift()).collect();
        let drift = drift(&twin);
        prop_assert_eq!(usize::try_from(drift.count).unwrap(), drifting.len());
        prop_assert_eq!(drift.since, drifting.iter().map(|entry| entry.since).min());
        prop_assert_eq!(is_drifting(&twin, &[]), !drifting.is_empty());
    }
}
