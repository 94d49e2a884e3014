//! Devices by what their documents hold. That rows are those that evaluation gives is the subject of the law tests; here are the cases that they may miss.

use std::sync::Arc;

use query::lower::{Comparison, Field, Predicate};
use query::{Context, Path};
use serde_json::{Value, json};
use twin::id::{DeviceId, Slot};
use twin::time::Timestamp;

use super::Backend;
use super::given::{at, change, create, device, reported};
use crate::Store;

async fn matching(store: &Arc<dyn Store>, condition: &str) -> Vec<String> {
    let parsed = query::parse_condition(condition);
    let lowered = query::lower::lower(parsed.condition.as_ref(), &Context { now: at(0) });
    assert!(lowered.exact && parsed.problems.is_empty(), "{condition}");
    let names = select(store, &lowered.predicate).await;
    assert_eq!(
        store.count(&lowered.predicate).await.unwrap(),
        Some(names.len() as u64),
        "{condition}"
    );
    names
}

async fn select(store: &Arc<dyn Store>, predicate: &Predicate) -> Vec<String> {
    let records = store.select(predicate, None, 1_000).await.unwrap();
    records
        .iter()
        .map(|record| record.identity.device_id.to_string())
        .collect()
}

/// Booleans are not numbers, documents are not texts, texts are not greater than numbers, and what is missing is nothing.
pub async fn types_are_not_confused(backend: &dyn Backend) {
    let store = backend.open().await;
    let values = [
        ("array", json!([1])),
        ("empty", json!("")),
        ("false", json!(false)),
        ("half", json!(0.5)),
        ("large", json!(1e300)),
        ("object", json!({ "x": 1 })),
        ("one", json!(1)),
        ("text", json!("{\"x\":1}")),
        ("true", json!(true)),
        ("zero", json!("a\u{0}b")),
    ];
    for (name, value) in &values {
        change(&store, create(name, &json!({ "v": value }), &json!({}))).await;
    }
    change(&store, create("none", &json!({}), &json!({}))).await;
    for (condition, expected) in [
        ("tags.v = 1", vec!["one"]),
        ("tags.v = true", vec!["true"]),
        ("tags.v", vec!["true"]),
        ("NOT tags.v", vec!["false"]),
        ("tags.v = ''", vec!["empty"]),
        ("tags.v = '{\"x\":1}'", vec!["text"]),
        ("tags.v = '[1]'", vec![]),
        ("tags.v < 1", vec!["half"]),
        ("tags.v >= 0", vec!["half", "large", "one"]),
        ("tags.v >= 'a'", vec!["text", "zero"]),
        ("tags.v < 'a'", vec!["empty"]),
        (
            "tags.v != 1",
            vec!["empty", "false", "half", "large", "text", "true", "zero"],
        ),
        (
            "tags.v != true",
            vec!["empty", "false", "half", "large", "one", "text", "zero"],
        ),
        ("tags.v IN [1, true, '[1]', 'nothing']", vec!["one", "true"]),
        (
            "IS_DEFINED(tags.v) AND NOT IS_PRIMITIVE(tags.v)",
            vec!["array", "object"],
        ),
        ("NOT IS_DEFINED(tags.v)", vec!["none"]),
        ("ENDSWITH(tags.v, 'b')", vec!["zero"]),
        ("STARTSWITH(tags.v, 'a')", vec!["zero"]),
        ("CONTAINS(tags.v, '\"x\"')", vec!["text"]),
        ("NOT CONTAINS(tags.v, 'a')", vec!["empty", "text"]),
        ("NOT ENDSWITH(tags.v, 'b')", vec!["empty", "text"]),
        (
            "NOT STARTSWITH(statusReason, 'old') AND tags.v = 1",
            vec!["one"],
        ),
        ("NOT ENDSWITH(modelId, 'x') AND tags.v = 1", vec!["one"]),
        ("tags.v.x = 1", vec!["object"]),
        (
            "STARTSWITH(deviceId, 'o') AND version = 2",
            vec!["object", "one"],
        ),
        ("status = 'disabled' OR deviceId = 'half'", vec!["half"]),
        ("IS_DRIFTING()", vec![]),
    ] {
        assert_eq!(matching(&store, condition).await, expected, "{condition}");
    }
    // Numbers of extreme size may bring more rows, never fewer.
    let field = Field::Tags(vec!["v".to_owned()]);
    let large = Predicate::Compare {
        field,
        op: Comparison::Eq,
        value: json!(1e300),
    };
    assert!(select(&store, &large).await.contains(&"large".to_owned()));
    assert_eq!(store.count(&large).await.unwrap(), None);
    assert_eq!(
        select(&store, &Predicate::Unknown).await.len(),
        values.len() + 1
    );
}

/// Keys may hold quotes, backslashes and any letter.
pub async fn any_key_can_be_asked_for(backend: &dyn Backend) {
    let store = backend.open().await;
    let keys = [
        "plain",
        "with\"quote",
        "back\\slash",
        "single'quote",
        "ünïcode🦀",
        "a-b",
        "[0]",
        "#-1",
        "\\u0041",
    ];
    for (number, key) in keys.iter().enumerate() {
        change(
            &store,
            create(
                &format!("d{number}"),
                &json!({ *key: { *key: number } }),
                &json!({}),
            ),
        )
        .await;
    }
    for (number, key) in keys.iter().enumerate() {
        let field = Field::Tags(vec![(*key).to_owned(), (*key).to_owned()]);
        let predicate = Predicate::Compare {
            field,
            op: Comparison::Eq,
            value: Value::from(number),
        };
        assert_eq!(
            select(&store, &predicate).await,
            [format!("d{number}")],
            "{key}"
        );
        let path = Path::new(["tags", key, key]);
        let rows = store.scan_columns(&[path], Slot(0), 100).await.unwrap();
        let found: Vec<_> = rows.iter().map(|row| row.values[0].clone()).collect();
        let expected: Vec<_> = (0..keys.len())
            .map(|other| (other == number).then(|| json!(other)))
            .collect();
        assert_eq!(found, expected, "{key}");
    }
}

/// In the order of the numbers or of the names, in stretches of any size, the same devices come, each once.
pub async fn stretches_and_pages_cover_the_same_devices(backend: &dyn Backend) {
    const DEVICES: usize = 6_000;
    let store = backend.open().await;
    // Names in another order than numbers; matches so rare that no page is full before the end.
    let name = |number: usize| format!("d-{:05}", number * 7_919 % DEVICES);
    let writes = (0..DEVICES)
        .map(|n| create(&name(n), &json!({ "rare": n % 997 == 0 }), &json!({})))
        .collect();
    store.write(writes).await.unwrap();
    let field = Field::Tags(vec!["rare".to_owned()]);
    let rare = Predicate::Compare {
        field,
        op: Comparison::Eq,
        value: json!(true),
    };
    let mut expected: Vec<_> = (0..DEVICES).filter(|n| n % 997 == 0).map(name).collect();

    let (mut found, mut after) = (Vec::new(), Slot(0));
    loop {
        let stretch = store.scan(&rare, after, 3).await.unwrap();
        found.extend(
            stretch
                .iter()
                .map(|record| record.identity.device_id.to_string()),
        );
        match stretch.last() {
            Some(last) if stretch.len() == 3 => after = last.slot,
            _ => break,
        }
    }
    assert_eq!(found, expected);

    expected.sort();
    let (mut found, mut after): (Vec<_>, Option<DeviceId>) = (Vec::new(), None);
    loop {
        let page = store.select(&rare, after.as_ref(), 3).await.unwrap();
        found.extend(
            page.iter()
                .map(|record| record.identity.device_id.to_string()),
        );
        match page.last() {
            Some(last) if page.len() == 3 => after = Some(last.identity.device_id.clone()),
            _ => break,
        }
    }
    assert_eq!(found, expected);
    assert_eq!(
        store.count(&rare).await.unwrap(),
        Some(expected.len() as u64)
    );
}

/// A row for the columns says what the record says, and the values are those of the document.
pub async fn columns_are_what_records_say(backend: &dyn Backend) {
    let store = backend.open().await;
    for text in ["a", "b", "c"] {
        let slot = device(&store, text).await.slot;
        change(&store, reported(slot, &json!({ "text": "x\"y", "telemetry": { "interval_s": 30.5 }, "list": [1], "on": true }), 1)).await;
    }
    store.touch_activity(&[(Slot(2), at(7))]).await.unwrap();
    let declared = [
        "reported.text",
        "reported.telemetry",
        "desired.telemetry.interval_s",
        "reported.on",
        "reported.list",
        "tags.none",
        "deviceId",
    ];
    let declared: Vec<_> = declared
        .iter()
        .map(|path| Path::parse(path).unwrap())
        .collect();
    let first = store.scan_columns(&declared, Slot(0), 2).await.unwrap();
    let rest = store
        .scan_columns(&declared, first[1].slot, 2)
        .await
        .unwrap();
    assert_eq!(
        (
            first.len(),
            rest.len(),
            store
                .scan_columns(&declared, Slot(3), 2)
                .await
                .unwrap()
                .len()
        ),
        (2, 1, 0)
    );
    for row in first.iter().chain(&rest) {
        let record = store.records(&[row.slot]).await.unwrap().remove(0);
        let twin = &record.twin;
        assert_eq!(
            (row.seq, row.etag, row.version),
            (record.seq, twin.etag, twin.version)
        );
        assert_eq!(
            (row.desired_version, row.reported_version, &row.model_id),
            (twin.desired.version, twin.reported.version, &twin.model_id)
        );
        assert_eq!(
            (row.drift, row.last_activity),
            (twin::diff::drift(twin), record.last_activity)
        );
        assert_eq!(
            row.identity,
            twin::identity::Identity {
                sealed_keys: None,
                ..record.identity
            }
        );
        let values = [
            json!("x\"y"),
            json!({ "interval_s": 30.5 }),
            json!(60),
            json!(true),
            json!([1]),
        ]
        .map(Some);
        assert_eq!(row.values[..5], values);
        assert_eq!(row.values[5..], [None, None]);
    }
    assert_eq!(
        (first[1].last_activity, first[0].last_activity),
        (at(7), Timestamp::NEVER)
    );
    assert_eq!(first[0].drift.count, 1);
}
