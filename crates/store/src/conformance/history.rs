//! The past of devices and the sequence of changes.

use std::time::Duration;

use serde_json::json;
use twin::document::{Edit, SectionName};
use twin::id::{Match, Seq, Slot};
use twin::identity::Status;

use super::Backend;
use super::given::{
    ada, at, audit, change, create, delete, device, name, reported, service, write,
};
use crate::{
    Actor, Change, ChangeKind, Changes, Event, IdentityChange, IdentityEdit, Keep, Retention, Write,
};

/// Every change is there, newest first, with actor, reason, time and old to new.
pub async fn it_tells_who_what_and_when(backend: &dyn Backend) {
    let store = backend.open().await;
    let slot = device(&store, "d").await.slot;
    change(&store, reported(slot, &json!({ "a": { "b": 1 } }), 1)).await;
    change(&store, reported(slot, &json!({ "a": { "b": 2 } }), 2)).await;
    change(
        &store,
        service("d", &json!({ "tags": { "site": null } }), Match::Any, 3),
    )
    .await;
    let disable = Write::Identity {
        device_id: name("d"),
        change: IdentityChange {
            status: Some(Status::Disabled),
            ..IdentityChange::default()
        },
        if_match: Match::Any,
        actor: Actor::Service("iothubowner".to_owned()),
        reason: None,
        at: at(4),
        audit: None,
    };
    change(&store, disable).await;

    let past = store.history(&name("d"), None, 10).await.unwrap();
    assert_eq!(
        past.iter()
            .map(|entry| (entry.seq.0, entry.at))
            .collect::<Vec<_>>(),
        [(5, at(4)), (4, at(3)), (3, at(2)), (2, at(1)), (1, at(0))]
    );
    assert_eq!(past[0].actor, Actor::Service("iothubowner".to_owned()));
    let edit = IdentityEdit {
        field: "status".to_owned(),
        old: Some(json!("enabled")),
        new: Some(json!("disabled")),
    };
    assert_eq!(
        (&past[0].identity_edits[..], past[0].edits.len()),
        (&[edit][..], 0)
    );
    let edit = |section, path: &str, old, new| Edit {
        section,
        path: path.to_owned(),
        old,
        new,
    };
    assert_eq!(
        (&past[1].actor, past[1].reason.as_deref()),
        (&ada(), Some("a reason"))
    );
    assert_eq!(
        past[1].edits,
        [edit(
            SectionName::Tags,
            "site",
            Some(json!("Breda-West")),
            None
        )]
    );
    assert_eq!(
        (
            &past[2].actor,
            past[2].reported_version,
            past[2].desired_version
        ),
        (&Actor::Device(name("d")), 3, 1)
    );
    assert_eq!(
        past[2].edits,
        [edit(
            SectionName::Reported,
            "a.b",
            Some(json!(1)),
            Some(json!(2))
        )]
    );
    assert_eq!(
        past[3].edits,
        [edit(SectionName::Reported, "a.b", None, Some(json!(1)))]
    );
    assert_eq!(
        (past[4].kind, past[3].kind),
        (ChangeKind::Created, ChangeKind::Changed)
    );
    assert!(
        store
            .history(&name("nobody"), None, 10)
            .await
            .unwrap()
            .is_empty()
    );
}

/// Pages follow each other without gap or overlap, whatever else is written in between.
pub async fn it_is_read_in_pages(backend: &dyn Backend) {
    let store = backend.open().await;
    let (one, other) = (
        device(&store, "one").await.slot,
        device(&store, "other").await.slot,
    );
    for n in 0..5 {
        change(&store, reported(one, &json!({ "n": n }), n)).await;
        change(&store, reported(other, &json!({ "n": n }), n)).await;
    }
    let mut seqs = Vec::new();
    let mut before = None;
    loop {
        let page = store.history(&name("one"), before, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 2);
        before = Some(last.seq);
        seqs.extend(page.iter().map(|entry| entry.seq.0));
        change(&store, reported(one, &json!({ "n": 100 }), 9)).await;
    }
    assert_eq!(seqs, [11, 9, 7, 5, 3, 1]);
    // A place that is none of the device's own changes.
    let page = store.history(&name("one"), Some(Seq(10)), 2).await.unwrap();
    assert_eq!(
        page.iter().map(|entry| entry.seq.0).collect::<Vec<_>>(),
        [9, 7]
    );
}

/// What happened to a device of the same name before is not this one's past.
pub async fn a_new_device_of_an_old_name_has_its_own(backend: &dyn Backend) {
    let store = backend.open().await;
    let slot = device(&store, "d").await.slot;
    change(&store, reported(slot, &json!({ "n": 1 }), 1)).await;
    write(&store, delete("d", 2)).await.unwrap();
    assert!(
        store
            .history(&name("d"), None, 10)
            .await
            .unwrap()
            .is_empty()
    );
    device(&store, "d").await;
    let past = store.history(&name("d"), None, 10).await.unwrap();
    assert_eq!(
        past.iter()
            .map(|entry| (entry.seq.0, entry.kind))
            .collect::<Vec<_>>(),
        [(4, ChangeKind::Created)]
    );
}

/// Changes after a place come in order; when some were forgotten, or the place is ahead of the store, the reader is told.
pub async fn a_reader_resumes_where_it_stopped(backend: &dyn Backend) {
    let store = backend.open().await;
    let since = |after| {
        let store = &store;
        async move { store.changes_since(Seq(after), 10).await.unwrap() }
    };
    assert_eq!(
        since(0).await,
        Changes {
            is_complete: true,
            changes: Vec::new()
        }
    );
    let slot = device(&store, "d").await.slot;
    device(&store, "gone").await;
    change(&store, reported(slot, &json!({ "n": 1 }), 1)).await;
    write(&store, delete("gone", 2)).await.unwrap();
    let change_of = |seq, slot, device_id: Option<&str>, kind| Change {
        seq: Seq(seq),
        slot: Slot(slot),
        device_id: device_id.map(name),
        kind,
    };
    let expected = [
        change_of(1, 1, Some("d"), ChangeKind::Created),
        change_of(2, 2, None, ChangeKind::Created),
        change_of(3, 1, Some("d"), ChangeKind::Changed),
        change_of(4, 2, None, ChangeKind::Deleted),
    ];
    assert_eq!(
        since(0).await,
        Changes {
            is_complete: true,
            changes: expected.to_vec()
        }
    );
    assert_eq!(
        since(2).await,
        Changes {
            is_complete: true,
            changes: expected[2..].to_vec()
        }
    );
    assert_eq!(
        since(4).await,
        Changes {
            is_complete: true,
            changes: Vec::new()
        }
    );
    assert_eq!(
        store.changes_since(Seq(0), 1).await.unwrap().changes,
        expected[..1]
    );
    assert!(!since(5).await.is_complete);
    store.prune(at(10), &keep(2, 1_000, 100)).await.unwrap();
    assert!(!since(1).await.is_complete);
    assert!(since(2).await.is_complete);
}

/// Neither a restart nor forgetting everything makes a number come twice.
pub async fn numbers_never_go_back(backend: &dyn Backend) {
    let store = backend.open().await;
    device(&store, "a").await;
    device(&store, "b").await;
    write(&store, delete("b", 1)).await.unwrap();
    store.prune(at(1_000), &keep(0, 0, 100)).await.unwrap();
    assert!(
        store
            .changes_since(Seq(0), 10)
            .await
            .unwrap()
            .changes
            .is_empty()
    );
    store.close().await;
    let store = backend.open().await;
    assert_eq!(store.last_seq().await.unwrap(), Seq(3));
    let record = device(&store, "c").await;
    assert_eq!((record.seq, record.slot), (Seq(4), Slot(3)));
    let past = store.history(&name("a"), None, 10).await.unwrap();
    assert!(past.is_empty());
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

fn keep(rows_max: u64, age_s: u64, batch_rows_max: u32) -> Retention {
    let keep = Keep {
        rows_max,
        age_max: Duration::from_secs(age_s),
    };
    Retention {
        history: keep,
        events: keep,
        messages: keep,
        audit: keep,
        batch_rows_max,
    }
}

/// Each log keeps at most so many and none older; one call removes at most so many, and says whether there is more.
pub async fn pruning_is_bounded_by_count_age_and_batch(backend: &dyn Backend) {
    let store = backend.open().await;
    store
        .write(
            (0..6)
                .map(|n| create(&format!("d{n}"), &json!({}), &json!({})))
                .collect(),
        )
        .await
        .unwrap();
    for n in 0..6 {
        let event = Event {
            at: at(n),
            kind: "connected".to_owned(),
            actor: ada(),
            detail: json!(null),
        };
        write(
            &store,
            Write::Event {
                slot: Slot(1),
                event,
            },
        )
        .await
        .unwrap();
        write(&store, Write::Audit(audit("test", n))).await.unwrap();
    }
    // By count, at most two a call.
    let first = store.prune(at(5), &keep(3, 1_000, 2)).await.unwrap();
    assert_eq!(
        (
            first.history,
            first.events,
            first.messages,
            first.audit,
            first.is_more
        ),
        (2, 2, 0, 2, true)
    );
    let second = store.prune(at(5), &keep(3, 1_000, 2)).await.unwrap();
    assert_eq!(
        (second.history, second.events, second.audit, second.is_more),
        (1, 1, 1, false)
    );
    assert_eq!(store.events(&name("d0"), None, 10).await.unwrap().len(), 3);
    // By age: what is older than one second goes.
    let third = store.prune(at(5), &keep(100, 1, 10)).await.unwrap();
    assert_eq!(
        (third.history, third.events, third.audit, third.is_more),
        (3, 1, 1, false)
    );
    let left = store.audit(None, 10).await.unwrap();
    assert_eq!(
        left.iter()
            .map(|logged| logged.entry.at)
            .collect::<Vec<_>>(),
        [at(5), at(4)]
    );
    assert!(
        store
            .history(&name("d5"), None, 10)
            .await
            .unwrap()
            .is_empty()
    );
}
