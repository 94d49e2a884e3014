//! Events, messages and the audit log.

use serde_json::json;
use twin::id::{Match, Slot};

use super::Backend;
use super::given::{ada, at, audit, create, delete, device, map, name, service, write};
use crate::{
    Actor, AuditEntry, AuditTally, Event, LoggedEvent, Message, NewPerson, Refused, Write, Written,
};

/// Events of one device, newest first, in pages.
pub async fn events_are_paged_newest_first(backend: &dyn Backend) {
    let store = backend.open().await;
    let (one, other) = (
        device(&store, "one").await.slot,
        device(&store, "other").await.slot,
    );
    for n in 0..5 {
        for slot in [one, other] {
            let actor = Actor::Device(name("one"));
            let event = Event {
                at: at(n),
                kind: format!("kind-{n}"),
                actor,
                detail: json!({ "n": n }),
            };
            assert!(matches!(
                write(&store, Write::Event { slot, event }).await,
                Ok(Written::Stored)
            ));
        }
    }
    let page = store.events(&name("one"), None, 3).await.unwrap();
    assert_eq!(
        page.iter()
            .map(|logged| logged.event.kind.as_str())
            .collect::<Vec<_>>(),
        ["kind-4", "kind-3", "kind-2"]
    );
    let rest = store
        .events(&name("one"), Some(page[2].number), 3)
        .await
        .unwrap();
    assert_eq!(
        rest.iter()
            .map(|logged| logged.event.detail.clone())
            .collect::<Vec<_>>(),
        [json!({ "n": 1 }), json!({ "n": 0 })]
    );
    assert_eq!(
        (&rest[1].event.actor, rest[1].event.at),
        (&Actor::Device(name("one")), at(0))
    );
}

/// The methods that were run are found among all events.
pub async fn calls_are_paged_newest_first(backend: &dyn Backend) {
    let store = backend.open().await;
    let (one, other) = (
        device(&store, "one").await.slot,
        device(&store, "other").await.slot,
    );
    for n in 0..4 {
        for (slot, kind) in [(one, "method"), (one, "connected"), (other, "method")] {
            let event = Event {
                at: at(n),
                kind: kind.to_owned(),
                actor: Actor::Person("ada".to_owned()),
                detail: json!({ "n": n }),
            };
            write(&store, Write::Event { slot, event }).await.unwrap();
        }
    }
    let page = store.calls(&name("one"), None, 3).await.unwrap();
    let said = |page: &[LoggedEvent]| {
        let said = page
            .iter()
            .map(|logged| (logged.event.kind.clone(), logged.event.detail.clone()));
        said.collect::<Vec<_>>()
    };
    let call = |n: i64| ("method".to_owned(), json!({ "n": n }));
    assert_eq!(said(&page), [call(3), call(2), call(1)]);
    let rest = store
        .calls(&name("one"), Some(page[2].number), 3)
        .await
        .unwrap();
    assert_eq!(said(&rest), [call(0)]);
}

/// Bodies are bytes, properties keep their types.
pub async fn the_latest_messages_come_back_as_they_were(backend: &dyn Backend) {
    let store = backend.open().await;
    let slot = device(&store, "d").await.slot;
    let message = |n: u8| Message {
        enqueued_at: at(n.into()),
        properties: map(&json!({ "a b": "\u{0}\"", "n": n })),
        system: map(&json!({ "messageId": "m" })),
        body: vec![0, n, 255, b'"', b'\\'],
    };
    let writes = (0..4)
        .map(|n| Write::Message {
            slot,
            message: message(n),
        })
        .collect();
    assert!(store.write(writes).await.unwrap().iter().all(Result::is_ok));
    let empty = Message {
        body: Vec::new(),
        ..message(4)
    };
    write(
        &store,
        Write::Message {
            slot,
            message: empty.clone(),
        },
    )
    .await
    .unwrap();
    assert_eq!(
        store.latest_messages(&name("d"), 3).await.unwrap(),
        [empty.clone(), message(3), message(2)]
    );
    let page = store.messages_before(&name("d"), None, 2, 4).await.unwrap();
    let cut = Message {
        body: Vec::new(),
        ..message(3)
    };
    let said: Vec<_> = page
        .iter()
        .map(|logged| (logged.body_bytes, logged.message.clone()))
        .collect();
    assert_eq!(said, [(0, empty), (5, cut)]);
    let rest = store
        .messages_before(&name("d"), Some(page[1].number), 2, 5)
        .await
        .unwrap();
    assert_eq!(rest[0].message, message(2));
}

/// An entry is kept exactly when the change that it rides on is.
pub async fn audit_entries_ride_with_what_they_tell_of(backend: &dyn Backend) {
    let store = backend.open().await;
    let with_audit = |it: Write, action: &str| match it {
        Write::Create {
            identity,
            tags,
            desired,
            actor,
            at,
            ..
        } => Write::Create {
            identity,
            tags,
            desired,
            actor,
            at,
            audit: Some(audit(action, 1)),
        },
        Write::Service {
            device_id,
            change,
            if_match,
            actor,
            reason,
            at,
            ..
        } => Write::Service {
            device_id,
            change,
            if_match,
            actor,
            reason,
            at,
            audit: Some(audit(action, 2)),
        },
        other => other,
    };
    let writes = vec![
        with_audit(create("d", &json!({}), &json!({})), "created"),
        with_audit(create("d", &json!({}), &json!({})), "created again"),
        with_audit(
            service(
                "d",
                &json!({ "tags": { "x": 1 } }),
                Match::Etag("no".to_owned()),
                2,
            ),
            "changed",
        ),
        Write::Audit(audit("read keys", 3)),
    ];
    store.write(writes).await.unwrap();
    let person = NewPerson {
        name: "ada".to_owned(),
        role: "admin".to_owned(),
        password_hash: "hash".to_owned(),
        is_enabled: true,
        created_at: at(0),
        must_choose: false,
    };
    let id = store
        .insert_person(&person, Some(audit("person added", 4)))
        .await
        .unwrap();
    store
        .insert_person(&person, Some(audit("person added twice", 5)))
        .await
        .unwrap_err();
    assert!(
        store
            .delete_person(id, Some(audit("person removed", 6)))
            .await
            .unwrap()
    );
    assert!(
        !store
            .delete_person(id, Some(audit("nobody removed", 7)))
            .await
            .unwrap()
    );

    let page = store.audit(None, 3).await.unwrap();
    let actions = |page: &[crate::LoggedAudit]| {
        page.iter()
            .map(|logged| logged.entry.action.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        actions(&page),
        ["person removed", "person added", "read keys"]
    );
    assert_eq!(page[2].entry, audit("read keys", 3));
    let rest = store.audit(Some(page[2].number), 3).await.unwrap();
    assert_eq!(actions(&rest), ["created"]);
}

/// A message or an event for a device that is not there is refused, not kept for nobody.
pub async fn only_devices_that_exist_have_logs(backend: &dyn Backend) {
    let store = backend.open().await;
    let slot = device(&store, "d").await.slot;
    let message = Message {
        enqueued_at: at(0),
        properties: map(&json!({})),
        system: map(&json!({})),
        body: vec![1],
    };
    let event = Event {
        at: at(0),
        kind: "connected".to_owned(),
        actor: ada(),
        detail: json!(null),
    };
    let results = store
        .write(vec![
            Write::Message {
                slot: Slot(9),
                message: message.clone(),
            },
            Write::Event {
                slot: Slot(9),
                event: event.clone(),
            },
            Write::Message {
                slot,
                message: message.clone(),
            },
            delete("d", 1),
            Write::Message { slot, message },
            Write::Event { slot, event },
        ])
        .await
        .unwrap();
    let refused: Vec<_> = results
        .iter()
        .map(|result| matches!(result, Err(Refused::NotFound)))
        .collect();
    assert_eq!(refused, [true, true, false, false, true, true]);
    assert!(
        store
            .latest_messages(&name("d"), 10)
            .await
            .unwrap()
            .is_empty()
    );
}

/// A period's entries are counted by who did what; the newest reason that was given stays.
pub async fn the_audit_log_of_a_period_is_tallied(backend: &dyn Backend) {
    let store = backend.open().await;
    let entry = |action: &str, ms, outcome: &str, reason: Option<&str>| {
        Write::Audit(AuditEntry {
            outcome: outcome.to_owned(),
            reason: reason.map(ToOwned::to_owned),
            ..audit(action, ms)
        })
    };
    let writes = vec![
        entry("before", 9, "done", None),
        entry("change", 10, "done", Some("first")),
        entry("change", 11, "refused", Some("second")),
        entry("change", 12, "done", None),
        entry("create", 13, "done", None),
        entry("after", 20, "done", None),
    ];
    store.write(writes).await.unwrap();
    let tally = |action: &str, entries, not_done, reason: Option<&str>| AuditTally {
        actor: audit(action, 0).actor,
        action: action.to_owned(),
        entries,
        not_done,
        reason: reason.map(ToOwned::to_owned),
    };
    assert_eq!(
        store.audit_tally(at(10), at(20), 100, 10).await.unwrap(),
        [
            tally("change", 3, 1, Some("second")),
            tally("create", 1, 0, None)
        ]
    );
    assert_eq!(
        store.audit_tally(at(10), at(20), 2, 10).await.unwrap(),
        [tally("change", 1, 0, None), tally("create", 1, 0, None)],
        "only the newest are looked at"
    );
    assert_eq!(
        store.audit_tally(at(10), at(20), 100, 1).await.unwrap(),
        [tally("change", 3, 1, Some("second"))]
    );
}
