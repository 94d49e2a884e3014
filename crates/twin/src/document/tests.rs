use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::strategies::{map_of, patch as any_patch, section};

const START: Timestamp = Timestamp::from_ms(0);
const LATER: Timestamp = Timestamp::from_ms(60_000);

fn patch_body(body: &Value) -> ServiceChange {
    ServiceChange::from_patch_body(body).unwrap()
}

fn desired_patch(patch: Map) -> ServiceChange {
    ServiceChange {
        tags: None,
        desired: Some(Change::Patch(Some(patch))),
    }
}

/// Version, etag, desired version, reported version.
fn counters(twin: &Twin) -> (u64, u64, u64, u64) {
    (
        twin.version,
        twin.etag.0,
        twin.desired.version,
        twin.reported.version,
    )
}

#[test]
fn counters_move_as_the_table_of_the_contract_says() {
    let mut twin = Twin::new(START);
    assert_eq!(counters(&twin), (2, 1, 1, 1));
    let mut service = |body: Value, expected| {
        let changed = twin
            .apply_service(&patch_body(&body), LATER)
            .unwrap()
            .changed;
        assert_eq!((counters(&twin), changed), expected, "{body}");
    };
    service(json!({ "tags": { "a": 1 } }), ((3, 2, 1, 1), true));
    service(
        json!({ "properties": { "desired": { "a": 1 } } }),
        ((4, 3, 2, 1), true),
    );
    service(
        json!({ "tags": { "a": 2 }, "properties": { "desired": { "a": 2 } } }),
        ((5, 4, 3, 1), true),
    );
    service(
        json!({ "properties": { "desired": {} } }),
        ((5, 4, 3, 1), false),
    );
    service(
        json!({ "tags": {}, "properties": { "desired": { "$version": 9 } } }),
        ((5, 4, 3, 1), false),
    );
    service(json!({}), ((5, 4, 3, 1), false));
    service(json!({ "tags": null }), ((6, 5, 3, 1), true));
    twin.apply_reported(&map_of(json!({ "a": 1 })), None, LATER)
        .unwrap();
    assert_eq!(counters(&twin), (7, 5, 3, 2));
    assert!(
        !twin
            .apply_reported(&Map::new(), None, LATER)
            .unwrap()
            .changed
    );
    assert_eq!(counters(&twin), (7, 5, 3, 2));
}

#[test]
fn rewriting_identical_desired_counts_and_notifies() {
    let mut twin = Twin::new(START);
    let change = patch_body(&json!({ "properties": { "desired": { "a": { "b": 1 } } } }));
    twin.apply_service(&change, START).unwrap();
    let applied = twin.apply_service(&change, LATER).unwrap();
    assert_eq!(applied.edits, []);
    assert_eq!(
        applied.desired_notification,
        Some(map_of(json!({ "a": { "b": 1 }, "$version": 3 })))
    );
    assert_eq!(
        twin.desired.metadata.lookup(&["a", "b"]),
        Some(&same_since(START, LATER, 3))
    );
}

/// The metadata of a desired leaf that was written again with the value that it had.
fn same_since(changed_at: Timestamp, at: Timestamp, version: u64) -> Metadata {
    Metadata {
        changed_at,
        ..Metadata::leaf(at, Some(version))
    }
}

#[test]
fn clearing_desired_lists_null_for_every_member() {
    let mut twin = Twin::new(START);
    twin.apply_service(
        &patch_body(&json!({ "properties": { "desired": { "a": 1, "b": { "c": 2 } } } })),
        START,
    )
    .unwrap();
    let applied = twin
        .apply_service(
            &patch_body(&json!({ "properties": { "desired": null } })),
            LATER,
        )
        .unwrap();
    assert_eq!(
        applied.desired_notification,
        Some(map_of(json!({ "a": null, "b": null, "$version": 3 })))
    );
    assert_eq!(twin.desired.values, Map::new());
    assert_eq!(twin.desired.metadata, Metadata::leaf(LATER, Some(3)));
    let removed: Vec<_> = applied
        .edits
        .iter()
        .map(|edit| (edit.path.as_str(), edit.new.is_none()))
        .collect();
    assert_eq!(removed, [("a", true), ("b.c", true)]);
}

#[test]
fn replacing_desired_lists_what_stays_and_null_for_what_goes() {
    let mut twin = Twin::new(START);
    twin.apply_service(
        &patch_body(&json!({ "properties": { "desired": { "a": 1, "b": { "c": 2, "d": 3 } } } })),
        START,
    )
    .unwrap();
    let body = json!({ "properties": { "desired": { "b": { "c": 2 } } } });
    let applied = twin
        .apply_service(&ServiceChange::from_replace_body(&body).unwrap(), LATER)
        .unwrap();
    assert_eq!(
        applied.desired_notification,
        Some(map_of(
            json!({ "a": null, "b": { "c": 2, "d": null }, "$version": 3 })
        ))
    );
    assert_eq!(
        twin.desired.metadata.lookup(&["b", "c"]),
        Some(&same_since(START, LATER, 3))
    );
    assert_eq!(twin.desired.metadata.lookup(&["b", "d"]), None);
}

#[test]
fn metadata_changes_on_the_way_to_what_was_written_and_nowhere_else() {
    let mut twin = Twin::new(START);
    twin.apply_reported(
        &map_of(json!({ "a": { "b": 1, "c": 2 }, "d": { "e": 3 } })),
        None,
        START,
    )
    .unwrap();
    twin.apply_reported(&map_of(json!({ "a": { "b": 5 }, "d": 4 })), None, LATER)
        .unwrap();
    let root = &twin.reported.metadata;
    let at = |path: &[&str]| root.lookup(path).map(|node| node.at);
    assert_eq!(
        [at(&[]), at(&["a"]), at(&["a", "b"]), at(&["a", "c"])],
        [Some(LATER), Some(LATER), Some(LATER), Some(START)]
    );
    assert_eq!((at(&["d"]), at(&["d", "e"])), (Some(LATER), None));
}

#[test]
fn an_old_version_is_refused() {
    let mut twin = Twin::new(START);
    let patch = map_of(json!({ "a": 1 }));
    assert!(twin.apply_reported(&patch, Some(1), START).is_ok());
    assert_eq!(
        twin.apply_reported(&patch, Some(1), START),
        Err(TwinError::VersionConflict {
            expected: 1,
            found: 2
        })
    );
}

#[test]
fn a_device_may_not_write_what_only_the_server_writes() {
    let mut twin = Twin::new(START);
    for key in ["$version", "$metadata"] {
        let refused = twin.apply_reported(&map_of(json!({ key: 1 })), None, START);
        assert_eq!(
            refused,
            Err(TwinError::Value(ValueError::Reserved {
                key: key.to_owned()
            }))
        );
    }
}

#[test]
fn a_section_over_its_limit_may_shrink_and_not_grow() {
    let text = "x".repeat(4000);
    let mut twin = Twin::new(START);
    for key in ["a", "b"] {
        twin.apply_service(&patch_body(&json!({ "tags": { key: text } })), START)
            .unwrap();
    }
    let before = twin.clone();
    let error = twin.apply_service(
        &patch_body(&json!({ "tags": { "c": text }, "properties": { "desired": { "x": 1 } } })),
        LATER,
    );
    assert_eq!(
        error,
        Err(TwinError::TooLarge {
            section: SectionName::Tags,
            size_bytes: 12_003,
            limit_bytes: 8_192
        })
    );
    assert_eq!(twin, before);

    // However it came to be too large: the same size and smaller ones pass.
    twin.tags
        .insert("old".to_owned(), Value::from("y".repeat(4000)));
    assert!(
        twin.apply_service(
            &patch_body(&json!({ "tags": { "a": "z".repeat(4000) } })),
            LATER
        )
        .is_ok()
    );
    assert!(
        twin.apply_service(&patch_body(&json!({ "tags": { "a": "z" } })), LATER)
            .is_ok()
    );
    assert!(
        twin.apply_service(&patch_body(&json!({ "tags": { "a": "zz" } })), LATER)
            .is_ok()
    );
}

#[test]
fn a_full_section_takes_exactly_its_limit() {
    let mut twin = Twin::new(START);
    let filler = |last: usize| {
        let mut reported: Map = (0..8)
            .map(|n| (n.to_string(), Value::from("x".repeat(4095))))
            .collect();
        reported.insert("7".to_owned(), Value::from("x".repeat(last)));
        reported
    };
    assert!(matches!(
        twin.apply_reported(&filler(4096), None, START),
        Err(TwinError::TooLarge {
            size_bytes: 32_769,
            ..
        })
    ));
    assert!(twin.apply_reported(&filler(4095), None, START).is_ok());
    assert_eq!(value::size(&twin.reported.values), REPORTED_SIZE_BYTES_MAX);
}

#[test]
fn error_texts_suit_clients_that_split_at_semicolons() {
    let error = TwinError::TooLarge {
        section: SectionName::Desired,
        size_bytes: 40_000,
        limit_bytes: 32_768,
    };
    assert_eq!(
        error.to_string(),
        "properties.desired would have 40000 bytes, at most 32768 fit: remove properties first or send less"
    );
}

fn service_change() -> impl Strategy<Value = ServiceChange> {
    let change = || {
        prop_oneof![
            4 => any_patch().prop_map(|patch| Change::Patch(Some(patch))),
            1 => Just(Change::Patch(None)),
            2 => any_patch().prop_map(Change::Replace),
        ]
    };
    (prop::option::of(change()), prop::option::of(change()))
        .prop_map(|(tags, desired)| ServiceChange { tags, desired })
}

/// Replays edits on the values before: sets and removes leaves.
fn replay(values: &mut Map, edits: &[Edit], section: SectionName) {
    for edit in edits.iter().filter(|edit| edit.section == section) {
        let value = edit.new.clone().unwrap_or(Value::Null);
        let nested = edit
            .path
            .rsplit('.')
            .fold(value, |inner, key| json!({ key: inner }));
        patch::merge(values, &map_of(nested));
    }
}

/// Without empty objects, which edits do not trace.
fn pruned(values: &Map) -> Map {
    let prune = |value: &Value| match value {
        Value::Object(members) => Some(pruned(members))
            .filter(|members| !members.is_empty())
            .map(Value::Object),
        other => Some(other.clone()),
    };
    values
        .iter()
        .filter_map(|(key, value)| Some((key.clone(), prune(value)?)))
        .collect()
}

/// Checks a value and all in it against what stood at its place at each time, oldest first.
fn assert_since(
    value: &Value,
    metadata: &Metadata,
    path: &[&str],
    past: &[(Timestamp, Map)],
) -> Result<(), TestCaseError> {
    let is_same = |values: &Map| match path {
        [] => Some(values) == value.as_object(),
        path => value::lookup(values, path) == Some(value),
    };
    let same = past.iter().rev().take_while(|(_, values)| is_same(values));
    let since = same.last().map(|(since, _)| *since);
    prop_assert_eq!(Some(metadata.changed_at), since, "{:?}", path);
    prop_assert!(metadata.changed_at <= metadata.at);
    for (key, inner) in value.as_object().into_iter().flatten() {
        let path = [path, &[key.as_str()]].concat();
        assert_since(inner, &metadata.children[key], &path, past)?;
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_notification_leads_the_device_to_the_servers_desired(before in section(), change in service_change()) {
        let mut twin = Twin::new(START);
        twin.apply_service(&desired_patch(before), START).unwrap();
        let mut copy = twin.desired.values.clone();
        let version = twin.desired.version;
        let applied = twin.apply_service(&change, LATER).unwrap();
        if let Some(mut notification) = applied.desired_notification {
            prop_assert_eq!(notification.remove("$version"), Some(json!(version + 1)));
            patch::merge(&mut copy, &notification);
        }
        prop_assert_eq!(copy, twin.desired.values);
    }

    #[test]
    fn versions_grow_by_one_a_counted_call(changes in vec(prop_oneof![service_change().prop_map(Ok), any_patch().prop_map(Err)], 1..6)) {
        let mut twin = Twin::new(START);
        for change in changes {
            let before = twin.clone();
            let applied = match &change {
                Ok(service) => twin.apply_service(service, LATER).unwrap(),
                Err(reported) => twin.apply_reported(reported, None, LATER).unwrap(),
            };
            let step = u64::from(applied.changed);
            let is_desired = u64::from(applied.desired_notification.is_some());
            let is_reported = step * u64::from(change.is_err());
            prop_assert_eq!(counters(&twin), (
                before.version + step,
                before.etag.0 + step - is_reported,
                before.desired.version + is_desired,
                before.reported.version + is_reported,
            ));
            if !applied.changed {
                prop_assert_eq!(&twin, &before);
            }
        }
    }

    #[test]
    fn values_are_what_the_merge_patch_makes_of_them(before in section(), change in any_patch()) {
        let mut twin = Twin::new(START);
        twin.apply_reported(&before, None, START).unwrap();
        twin.apply_reported(&change, None, LATER).unwrap();
        let mut expected = before;
        patch::merge(&mut expected, &change);
        prop_assert_eq!(twin.reported.values, expected);
    }

    #[test]
    fn edits_tell_old_and_new(before in section(), change in any_patch()) {
        let mut twin = Twin::new(START);
        twin.apply_reported(&before, None, START).unwrap();
        let applied = twin.apply_reported(&change, None, LATER).unwrap();
        for edit in &applied.edits {
            prop_assert_ne!(&edit.old, &edit.new);
            let path: Vec<_> = edit.path.split('.').collect();
            if let Some(old) = &edit.old {
                prop_assert_eq!(value::lookup(&before, &path), Some(old));
            }
            if let Some(new) = &edit.new {
                prop_assert_eq!(value::lookup(&twin.reported.values, &path), Some(new));
            }
        }
        let mut replayed = before;
        replay(&mut replayed, &applied.edits, SectionName::Reported);
        prop_assert_eq!(pruned(&replayed), pruned(&twin.reported.values));
    }

    #[test]
    fn each_value_knows_since_when_it_is_what_it_is(changes in vec(any_patch(), 1..8)) {
        let mut twin = Twin::new(START);
        let mut past = vec![(START, twin.reported.values.clone())];
        for (step, change) in (1..).zip(&changes) {
            let now = Timestamp::from_ms(step);
            twin.apply_reported(change, None, now).unwrap();
            past.push((now, twin.reported.values.clone()));
        }
        let values = Value::Object(twin.reported.values.clone());
        assert_since(&values, &twin.reported.metadata, &[], &past)?;
    }

    #[test]
    fn a_refused_change_leaves_the_twin_untouched(before in section(), good in any_patch(), place in 0..3_u8) {
        let mut twin = Twin::new(START);
        twin.apply_service(&desired_patch(before.clone()), START).unwrap();
        twin.apply_reported(&before, None, START).unwrap();
        let kept = twin.clone();
        let mut bad = good.clone();
        let nested = match place {
            0 => json!("x".repeat(5_000)),
            1 => json!({ "deep": { "no space": 1 } }),
            _ => json!([u64::MAX]),
        };
        bad.insert("zzz".to_owned(), nested);
        prop_assert!(twin.apply_reported(&bad, None, LATER).is_err());
        prop_assert!(twin.apply_reported(&good, Some(77), LATER).is_err());
        let change = ServiceChange { tags: Some(Change::Patch(Some(good))), desired: Some(Change::Replace(bad)) };
        prop_assert!(twin.apply_service(&change, LATER).is_err());
        prop_assert_eq!(twin, kept);
    }

    #[test]
    fn storage_round_trips(desired in section(), reported in section()) {
        let mut twin = Twin::new(START);
        twin.apply_service(&desired_patch(desired), START).unwrap();
        twin.apply_reported(&reported, None, LATER).unwrap();
        let text = serde_json::to_string(&twin).unwrap();
        prop_assert_eq!(serde_json::from_str::<Twin>(&text).unwrap(), twin);
    }
}
