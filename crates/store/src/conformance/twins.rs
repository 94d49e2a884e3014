//! Twins are written: alone, many in a call, and by many callers at once.

use std::sync::{Arc, Mutex};

use serde_json::json;
use twin::document::TwinError;
use twin::id::{Etag, Match, Seq, Slot};
use twin::time::Timestamp;

use super::Backend;
use super::given::{at, change, create, delete, device, map, name, reported, service, write};
use crate::{Committed, Error, Observer, Refused, Write, Written};

/// Contract 5.2: a report counts in `version` and its own `$version` only.
pub async fn reports_move_versions_and_leave_the_etag(backend: &dyn Backend) {
    let store = backend.open().await;
    let slot = device(&store, "d").await.slot;
    let first = change(
        &store,
        reported(slot, &json!({ "a": { "b": 1 }, "c": 2 }), 1),
    )
    .await;
    assert_eq!((first.applied.edits.len(), first.created), (2, false));
    let second = change(&store, reported(slot, &json!({ "a": null, "c": 3 }), 2)).await;
    let record = store.device(&name("d")).await.unwrap().unwrap();
    assert_eq!(record, *second.record);
    let twin = &record.twin;
    assert_eq!(
        (
            twin.version,
            twin.etag,
            twin.desired.version,
            twin.reported.version
        ),
        (4, Etag(1), 1, 3)
    );
    assert_eq!(twin.reported.values, map(&json!({ "c": 3 })));
    assert_eq!(twin.reported.metadata.lookup(&["c"]).unwrap().at, at(2));
    let stale = Write::Reported {
        slot,
        patch: map(&json!({ "c": 4 })),
        expected_version: Some(2),
        at: at(3),
    };
    assert_eq!(
        write(&store, stale).await.unwrap_err(),
        Refused::Twin(TwinError::VersionConflict {
            expected: 2,
            found: 3
        })
    );
    let unchanged = change(&store, reported(slot, &json!({}), 4)).await;
    assert_eq!(
        (unchanged.seq, unchanged.applied.changed),
        (second.seq, false)
    );
    assert_eq!(store.last_seq().await.unwrap(), second.seq);
}

/// Contract 4.3: a stale etag is refused, the current one and any pass.
pub async fn service_changes_need_the_etag(backend: &dyn Backend) {
    let store = backend.open().await;
    let slot = device(&store, "d").await.slot;
    let body = json!({ "tags": { "site": null }, "properties": { "desired": { "telemetry": { "interval_s": 10 } } } });
    let stale = write(
        &store,
        service("d", &body, Match::Etag("abc".to_owned()), 1),
    )
    .await;
    assert_eq!(stale.unwrap_err(), Refused::PreconditionFailed);
    change(&store, reported(slot, &json!({ "x": 1 }), 1)).await;
    let changed = change(
        &store,
        service("d", &body, Match::Etag(Etag(1).to_string()), 2),
    )
    .await;
    assert_eq!(
        changed.applied.desired_notification.clone().unwrap()["$version"],
        2
    );
    let record = store.device(&name("d")).await.unwrap().unwrap();
    assert_eq!(record, *changed.record);
    assert_eq!(
        (
            record.twin.etag,
            record.twin.version,
            record.twin.desired.version
        ),
        (Etag(2), 4, 2)
    );
    assert_eq!(
        (
            record.twin.tags.len(),
            record.twin.desired.values["telemetry"]["interval_s"].as_i64()
        ),
        (0, Some(10))
    );
    assert_eq!(
        write(
            &store,
            service("d", &body, Match::Etag(Etag(1).to_string()), 3)
        )
        .await
        .unwrap_err(),
        Refused::PreconditionFailed
    );
}

/// Writes of one call are carried out in their order, each on what the one before has left, and each has its own answer.
pub async fn writes_of_one_call_see_each_other(backend: &dyn Backend) {
    let store = backend.open().await;
    let writes = vec![
        create("d", &json!({}), &json!({})),
        reported(Slot(1), &json!({ "n": 1 }), 1),
        service(
            "d",
            &json!({ "tags": { "t": 1 } }),
            Match::Etag(Etag(1).to_string()),
            2,
        ),
        service(
            "d",
            &json!({ "tags": { "t": 2 } }),
            Match::Etag(Etag(1).to_string()),
            3,
        ),
        reported(Slot(1), &json!({ "n": 2 }), 4),
    ];
    let results = store.write(writes).await.unwrap();
    let told: Vec<_> = results
        .iter()
        .map(|result| match result {
            Ok(Written::Twin(change)) => Ok((
                change.seq.0,
                change.record.twin.version,
                change.record.twin.reported.version,
            )),
            Ok(other) => panic!("not a change: {other:?}"),
            Err(refused) => Err(refused.clone()),
        })
        .collect();
    assert_eq!(
        told,
        [
            Ok((1, 2, 1)),
            Ok((2, 3, 2)),
            Ok((3, 4, 2)),
            Err(Refused::PreconditionFailed),
            Ok((4, 5, 3))
        ]
    );
    let record = store.device(&name("d")).await.unwrap().unwrap();
    assert_eq!(
        (
            &record.twin.tags["t"],
            &record.twin.reported.values["n"],
            record.seq
        ),
        (&json!(1), &json!(2), Seq(4))
    );
    assert_eq!(store.history(&name("d"), None, 9).await.unwrap().len(), 4);
}

/// A write that breaks a rule changes neither the twin nor the history nor the sequence, and its neighbors are not hurt.
pub async fn a_refused_write_leaves_nothing(backend: &dyn Backend) {
    let store = backend.open().await;
    let slot = device(&store, "d").await.slot;
    let before = store.device(&name("d")).await.unwrap().unwrap();
    let large = json!({ "a": 1, "b": "x".repeat(5_000) });
    let results = store
        .write(vec![
            reported(slot, &large, 1),
            reported(Slot(77), &json!({ "a": 1 }), 1),
        ])
        .await
        .unwrap();
    assert!(matches!(
        results[0],
        Err(Refused::Twin(TwinError::Value(_)))
    ));
    assert!(matches!(results[1], Err(Refused::NotFound)));
    assert_eq!(store.device(&name("d")).await.unwrap().unwrap(), before);
    assert_eq!(
        (
            store.last_seq().await.unwrap(),
            store.history(&name("d"), None, 9).await.unwrap().len()
        ),
        (Seq(1), 1)
    );
    let mixed = vec![
        reported(slot, &large, 2),
        reported(slot, &json!({ "ok": 1 }), 2),
    ];
    let results = store.write(mixed).await.unwrap();
    assert!(results[0].is_err() && results[1].is_ok());
    assert_eq!(
        store
            .device(&name("d"))
            .await
            .unwrap()
            .unwrap()
            .twin
            .reported
            .values,
        map(&json!({ "ok": 1 }))
    );
    assert!(store.write(Vec::new()).await.unwrap().is_empty());
}

/// Many callers write the same few devices; nobody's write is lost and everybody sees its own.
pub async fn callers_at_once_each_get_their_own_answers(backend: &dyn Backend) {
    const DEVICES: usize = 3;
    const CALLERS: usize = 24;
    const CALLS: usize = 5;
    let store = backend.open().await;
    let mut slots = Vec::new();
    for number in 0..DEVICES {
        slots.push(device(&store, &format!("d-{number}")).await.slot);
    }
    let call = |caller: usize| {
        let (store, slots) = (Arc::clone(&store), slots.clone());
        async move {
            for round in 0..CALLS {
                let key = format!("c{caller}");
                let writes = slots
                    .iter()
                    .map(|slot| reported(*slot, &json!({ key.as_str(): round }), 1))
                    .collect();
                for result in store.write(writes).await.unwrap() {
                    let Ok(Written::Twin(change)) = result else {
                        panic!("refused")
                    };
                    assert_eq!(change.record.twin.reported.values[&key], round);
                }
            }
        }
    };
    futures::future::join_all((0..CALLERS).map(call)).await;
    for slot in &slots {
        let record = store.records(&[*slot]).await.unwrap().remove(0);
        assert_eq!(record.twin.reported.version, 1 + (CALLERS * CALLS) as u64);
        assert!(
            (0..CALLERS)
                .all(|caller| record.twin.reported.values[&format!("c{caller}")] == CALLS - 1)
        );
    }
    assert_eq!(
        store.last_seq().await.unwrap().0,
        (DEVICES + DEVICES * CALLERS * CALLS) as u64
    );
}

#[derive(Default)]
struct Recorder(Mutex<Vec<Committed>>);

impl Observer for Recorder {
    fn committed(&self, changes: &[Committed]) {
        self.0.lock().unwrap().extend_from_slice(changes);
    }
}

/// When a caller is answered the observer has heard already, of each change once, in the order of the sequence.
pub async fn observers_hear_first_and_in_order(backend: &dyn Backend) {
    let store = backend.open().await;
    device(&store, "early").await;
    let recorder = Arc::new(Recorder::default());
    store.observe(Arc::<Recorder>::clone(&recorder));
    let slot = device(&store, "d").await.slot;
    for n in 0..4 {
        let change = change(&store, reported(slot, &json!({ "n": n }), n)).await;
        assert_eq!(recorder.0.lock().unwrap().last().unwrap().seq(), change.seq);
    }
    write(&store, reported(Slot(99), &json!({ "n": 1 }), 9))
        .await
        .unwrap_err();
    change(&store, reported(slot, &json!({}), 9)).await;
    write(&store, delete("d", 9)).await.unwrap();
    let heard = recorder.0.lock().unwrap();
    assert_eq!(
        heard
            .iter()
            .map(|change| change.seq().0)
            .collect::<Vec<_>>(),
        [2, 3, 4, 5, 6, 7]
    );
    assert!(
        matches!(&heard[0], Committed::Twin(change) if change.created && change.record.slot == slot)
    );
    assert!(
        matches!(&heard[5], Committed::Deleted { slot: gone, device_id, .. } if *gone == slot && device_id.as_str() == "d")
    );
}

/// The later of two times wins, and neither version nor sequence moves.
pub async fn activity_is_written_behind_and_only_forward(backend: &dyn Backend) {
    let store = backend.open().await;
    let slot = device(&store, "d").await.slot;
    store
        .touch_activity(&[(slot, at(20)), (slot, at(10))])
        .await
        .unwrap();
    store
        .touch_activity(&[(slot, at(15)), (slot, Timestamp::NEVER)])
        .await
        .unwrap();
    store.touch_activity(&[]).await.unwrap();
    let record = store.device(&name("d")).await.unwrap().unwrap();
    assert_eq!(
        (record.last_activity, record.seq, record.twin.version),
        (at(20), Seq(1), 2)
    );
    change(&store, reported(slot, &json!({ "x": 1 }), 21)).await;
    let record = store.device(&name("d")).await.unwrap().unwrap();
    assert_eq!(record.last_activity, at(20));
}

/// After closing, nothing is written and the caller is told so.
pub async fn a_closed_store_is_busy(backend: &dyn Backend) {
    let store = backend.open().await;
    device(&store, "d").await;
    store.close().await;
    let refused = store.write(vec![create("e", &json!({}), &json!({}))]).await;
    assert!(matches!(refused, Err(Error::Busy)));
    assert!(matches!(
        store.set_meta("key", "value").await,
        Err(Error::Busy)
    ));
    store.close().await;
}
