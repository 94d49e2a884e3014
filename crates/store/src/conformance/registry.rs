//! Devices come, are read, change their identity and go.

use serde_json::json;
use twin::id::{Etag, Match, Seq, Slot};
use twin::identity::{AuthenticationKind, Status};
use twin::time::Timestamp;

use super::Backend;
use super::given::{
    ada, at, change, create, delete, device, identity, map, name, reported, service, write,
};
use crate::{IdentityChange, Refused, Write, Written};

/// A device is read back by name, by number and by page, exactly as it was answered.
pub async fn devices_are_created_read_and_paged(backend: &dyn Backend) {
    let store = backend.open().await;
    assert_eq!(store.last_seq().await.unwrap(), Seq(0));
    let mut records = Vec::new();
    for text in ["b", "a", "A", "c"] {
        records.push(device(&store, text).await);
    }
    let first = &records[0];
    assert_eq!(
        (first.slot, first.seq, first.last_activity),
        (Slot(1), Seq(1), Timestamp::NEVER)
    );
    assert_eq!(first.identity, identity("b"));
    let twin = &first.twin;
    assert_eq!(
        (
            twin.etag,
            twin.version,
            twin.desired.version,
            twin.reported.version
        ),
        (Etag(1), 2, 1, 1)
    );
    assert_eq!(twin.tags, map(&json!({ "site": "Breda-West" })));

    for record in &records {
        assert_eq!(
            store
                .device(&record.identity.device_id)
                .await
                .unwrap()
                .as_ref(),
            Some(&**record)
        );
    }
    assert_eq!(store.device(&name("nobody")).await.unwrap(), None);
    let mut taken = store.taken(&["c", "nobody", "A"].map(name)).await.unwrap();
    taken.sort();
    assert_eq!(taken, ["A", "c"].map(name));
    assert_eq!(store.taken(&[]).await.unwrap(), []);
    let found = store.records(&[Slot(4), Slot(99), Slot(1)]).await.unwrap();
    assert_eq!(
        found.iter().map(|record| record.slot.0).collect::<Vec<_>>(),
        [4, 1]
    );

    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let page = store.page(after.as_ref(), 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.identity.device_id.clone());
        pages.push(
            page.iter()
                .map(|record| record.identity.device_id.to_string())
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(pages, [vec!["A", "a", "b"], vec!["c"]]);

    let before = async |before: Option<&str>, limit| -> Vec<String> {
        let before = before.map(name);
        let page = store.page_before(before.as_ref(), limit).await.unwrap();
        let names = page.iter().map(|record| &record.identity.device_id);
        names.map(ToString::to_string).collect()
    };
    assert_eq!(before(None, 3).await, ["a", "b", "c"]);
    assert_eq!(before(Some("a"), 3).await, ["A"]);
    assert_eq!(before(Some("bb"), 2).await, ["a", "b"]);
    assert_eq!(before(Some("A"), 3).await, Vec::<String>::new());
    assert_eq!(store.device_count().await.unwrap(), 4);
}

/// A taken name is refused, within a call and across calls, and takes no number.
pub async fn a_name_is_taken_once(backend: &dyn Backend) {
    let store = backend.open().await;
    let twice = vec![
        create("d", &json!({}), &json!({})),
        create("d", &json!({ "x": 1 }), &json!({})),
    ];
    let results = store.write(twice).await.unwrap();
    assert!(results[0].is_ok());
    assert_eq!(results[1].as_ref().unwrap_err(), &Refused::Exists);
    assert_eq!(
        write(&store, create("d", &json!({}), &json!({})))
            .await
            .unwrap_err(),
        Refused::Exists
    );
    assert_eq!(device(&store, "e").await.slot, Slot(2));
    assert_eq!(
        store.device(&name("d")).await.unwrap().unwrap().twin.tags,
        map(&json!({}))
    );
}

/// Each part of an identity changes by itself; the twin's counters stay.
pub async fn an_identity_changes_under_its_own_etag(backend: &dyn Backend) {
    let store = backend.open().await;
    let before = device(&store, "d").await;
    let ask = |change, if_match: &str| Write::Identity {
        device_id: name("d"),
        change,
        if_match: Match::parse(Some(if_match)),
        actor: ada(),
        reason: None,
        at: at(9),
        audit: None,
    };
    let disable = IdentityChange {
        status: Some(Status::Disabled),
        status_reason: Some(None),
        ..IdentityChange::default()
    };
    let stale = write(&store, ask(disable.clone(), "\"abc\"")).await;
    assert_eq!(stale.unwrap_err(), Refused::PreconditionFailed);
    change(
        &store,
        ask(disable, &format!("\"{}\"", before.identity.wire_etag())),
    )
    .await;
    let rest = IdentityChange {
        sealed_keys: Some(vec![0, 255]),
        authentication: Some(AuthenticationKind::Sas),
        thumbprints: Some((None, None)),
        model_id: Some("dtmi:example:meter;1".to_owned()),
        ..IdentityChange::default()
    };
    let answered = change(&store, ask(rest, "*")).await;
    let after = store.device(&name("d")).await.unwrap().unwrap();
    assert_eq!(after, *answered.record);
    let identity = &after.identity;
    assert_eq!(
        (identity.etag, identity.status, identity.status_updated_at),
        (before.identity.etag + 2, Status::Disabled, at(9))
    );
    assert_eq!(
        (identity.status_reason.as_deref(), identity.authentication),
        (None, AuthenticationKind::Sas)
    );
    assert_eq!(
        (
            identity.thumbprints.clone(),
            identity.sealed_keys.as_deref()
        ),
        ((None, None), Some(&[0, 255][..]))
    );
    assert_eq!(
        (
            after.twin.model_id.as_str(),
            after.twin.version,
            after.twin.etag
        ),
        ("dtmi:example:meter;1", 2, Etag(1))
    );
}

/// A deleted device is nowhere; its name is free and its number is not given out again.
pub async fn a_device_is_deleted_and_its_name_is_free(backend: &dyn Backend) {
    let store = backend.open().await;
    let old = device(&store, "d").await;
    let wrong = Write::Delete {
        device_id: name("d"),
        if_match: Match::Etag("abc".to_owned()),
        actor: ada(),
        reason: None,
        at: at(1),
        audit: None,
    };
    assert_eq!(
        write(&store, wrong).await.unwrap_err(),
        Refused::PreconditionFailed
    );
    let gone = write(&store, delete("d", 1)).await.unwrap();
    assert!(matches!(gone, Written::Deleted { slot, seq } if slot == old.slot && seq == Seq(2)));
    assert_eq!(
        write(&store, delete("d", 2)).await.unwrap_err(),
        Refused::NotFound
    );
    assert_eq!(
        write(&store, reported(old.slot, &json!({ "x": 1 }), 2))
            .await
            .unwrap_err(),
        Refused::NotFound
    );
    assert_eq!(
        write(
            &store,
            service("d", &json!({ "tags": { "x": 1 } }), Match::Any, 2)
        )
        .await
        .unwrap_err(),
        Refused::NotFound
    );
    assert_eq!(store.device(&name("d")).await.unwrap(), None);
    assert_eq!(store.records(&[old.slot]).await.unwrap(), []);
    // Gone and back within one call, too.
    device(&store, "d").await;
    let results = store
        .write(vec![
            delete("d", 3),
            create("d", &json!({ "n": 2 }), &json!({})),
        ])
        .await
        .unwrap();
    assert!(results.iter().all(Result::is_ok));
    let new = store.device(&name("d")).await.unwrap().unwrap();
    assert_eq!(
        (new.slot, new.twin.tags),
        (Slot(3), map(&json!({ "n": 2 })))
    );
}

/// An import: one call, one transaction, more devices than a batch would take.
pub async fn thousands_are_created_in_one_call(backend: &dyn Backend) {
    let store = backend.open().await;
    let writes = (0..3_000)
        .map(|n| {
            create(
                &format!("d-{n:04}"),
                &json!({ "n": n }),
                &json!({ "a": { "b": n } }),
            )
        })
        .collect();
    assert!(store.write(writes).await.unwrap().iter().all(Result::is_ok));
    assert_eq!(
        store
            .page(Some(&name("d-1499")), 2_000)
            .await
            .unwrap()
            .len(),
        1_500
    );
    let one = store.device(&name("d-2998")).await.unwrap().unwrap();
    assert_eq!(
        (one.slot, one.twin.desired.values),
        (Slot(2_999), map(&json!({ "a": { "b": 2_998 } })))
    );
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

/// What was answered is there after the store was closed and opened again.
pub async fn everything_lasts(backend: &dyn Backend) {
    let store = backend.open().await;
    let slot = device(&store, "d").await.slot;
    let patch = json!({ "text": "\"quoted\" \u{0} \\ ünïcode 🦀", "numbers": [0, -1, 1.5, 1e-7, 1e300, 4_503_599_627_370_495_i64], "deep": { "a": { "b": {} } } });
    change(&store, reported(slot, &patch, 1)).await;
    let before = change(
        &store,
        service(
            "d",
            &json!({ "tags": { "a": null, "b": [true, false] } }),
            Match::Any,
            2,
        ),
    )
    .await;
    store.close().await;

    let store = backend.open().await;
    let after = store.device(&name("d")).await.unwrap().unwrap();
    assert_eq!(after, *before.record);
    assert_eq!(after.twin.reported.values, map(&patch));
    assert_eq!(store.last_seq().await.unwrap(), before.seq);
    assert_eq!(store.check().await.unwrap(), [""; 0]);
    assert_eq!(
        change(&store, reported(slot, &json!({ "x": 1 }), 3))
            .await
            .seq,
        before.seq.next()
    );
    assert_eq!(device(&store, "e").await.slot, Slot(slot.0 + 1));
}
