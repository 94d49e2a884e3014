//! Devices are retired into the archive, replaced, found there and brought back.

use serde_json::json;
use twin::id::{Match, Seq};
use twin::identity::Status;

use super::Backend;
use super::given::{
    ada, at, audit, create, delete, device, identity, name, reported, service, write,
};
use crate::{
    ArchiveSearch, Archived, ArchivedLine, Change, ChangeKind, Check, Event, Fate, Record, Refused,
    Replace, Restore, Retire, Retirement, Store, TwinChange, Write, Written,
};

type Shared = std::sync::Arc<dyn Store>;

fn retirement(reason: &str, seconds: Option<i64>) -> Retirement {
    Retirement {
        reason: reason.to_owned(),
        checks: vec![Check {
            name: "Connection".to_owned(),
            is_clear: false,
            sentence: "It is connected \"now\".".to_owned(),
        }],
        restorable_until: seconds.map(at),
    }
}

fn retire_as(text: &str, retirement: Retirement, seconds: i64) -> Retire {
    Retire {
        device_id: name(text),
        if_match: Match::Any,
        retirement,
        actor: ada(),
        at: at(seconds),
        audit: Some(audit("device.retire", seconds)),
    }
}

/// Retires a device that may be restored for a hundred seconds.
async fn retire(store: &Shared, text: &str, reason: &str, seconds: i64) -> Seq {
    let it = retire_as(text, retirement(reason, Some(seconds + 100)), seconds);
    match write(store, Write::Retire(Box::new(it))).await.unwrap() {
        Written::Deleted { seq, .. } => seq,
        other => panic!("not retired: {other:?}"),
    }
}

fn restore_of(number: Seq, text: &str, seconds: i64) -> Write {
    Write::Restore(Box::new(Restore {
        number,
        device_id: name(text),
        actor: ada(),
        reason: "a mistake".to_owned(),
        at: at(seconds),
        audit: Some(audit("device.restore", seconds)),
    }))
}

fn replace_of(old: &str, new: &str, fate: Fate, seconds: i64) -> Write {
    Write::Replace(Box::new(Replace {
        old: name(old),
        fate,
        new: identity(new),
        actor: ada(),
        reason: "burnt out".to_owned(),
        at: at(seconds),
        audit: Some(audit("device.replace", seconds)),
    }))
}

async fn archived(store: &Shared, number: Seq) -> Archived {
    store.archived(number).await.unwrap().unwrap()
}

async fn found(store: &Shared, search: ArchiveSearch) -> Vec<String> {
    let lines = store.search_archive(&search).await.unwrap();
    lines
        .iter()
        .map(|line| line.device_id.to_string())
        .collect()
}

async fn audits(store: &Shared) -> Vec<String> {
    let entries = store.audit(None, 100).await.unwrap();
    entries
        .into_iter()
        .map(|logged| logged.entry.action)
        .collect()
}

fn change(written: Result<Written, Refused>) -> std::sync::Arc<TwinChange> {
    match written.unwrap() {
        Written::Twin(change) => change,
        other => panic!("not a change of a device: {other:?}"),
    }
}

/// A retired device is gone like a deleted one, and the archive has it as it stood, without a key to be seen.
pub async fn a_retired_device_is_gone_and_in_the_archive(backend: &dyn Backend) {
    let store = backend.open().await;
    let slot = device(&store, "d").await.slot;
    change(write(&store, reported(slot, &json!({ "a": 1 }), 5)).await);
    store.touch_activity(&[(slot, at(6))]).await.unwrap();
    let stood = store.device(&name("d")).await.unwrap().unwrap();
    let number = retire(&store, "d", "scrapped", 10).await;

    assert_eq!(store.device(&name("d")).await.unwrap(), None);
    assert!(store.records(&[slot]).await.unwrap().is_empty());
    assert_eq!(store.device_count().await.unwrap(), 0);
    let seen = write(&store, reported(slot, &json!({ "a": 2 }), 11)).await;
    assert_eq!(seen.unwrap_err(), Refused::NotFound);

    let entry = archived(&store, number).await;
    assert_eq!(entry.record.twin, stood.twin);
    assert_eq!(entry.record.last_activity, at(6));
    assert_eq!(entry.record.slot, slot);
    let keyless = twin::identity::Identity {
        sealed_keys: None,
        ..stood.identity
    };
    assert_eq!(entry.record.identity, keyless);
    assert_eq!(entry.retirement, retirement("scrapped", Some(110)));
    assert_eq!((entry.retired_at, entry.by), (at(10), ada()));
    assert_eq!(entry.restored, None);
    assert_eq!(store.archived(Seq(number.0 + 1)).await.unwrap(), None);
    let newest = store.newest_archived(&name("d")).await.unwrap();
    assert_eq!(newest, Some(number));
    assert_eq!(store.newest_archived(&name("e")).await.unwrap(), None);
    assert_eq!(audits(&store).await, ["device.retire"]);

    let gone = write(
        &store,
        Write::Retire(Box::new(retire_as("d", retirement("x", None), 12))),
    )
    .await;
    assert_eq!(gone.unwrap_err(), Refused::NotFound);
    let store = reopened(backend, store).await;
    assert_eq!(archived(&store, number).await.retirement.reason, "scrapped");
}

/// A stale etag refuses a retirement, and nothing of it stays: no entry, no line in the audit log.
pub async fn a_refused_retirement_leaves_nothing(backend: &dyn Backend) {
    let store = backend.open().await;
    let before = device(&store, "d").await;
    let mut it = retire_as("d", retirement("x", Some(100)), 1);
    it.if_match = Match::parse(Some("\"no\""));
    let refused = write(&store, Write::Retire(Box::new(it)))
        .await
        .unwrap_err();
    assert_eq!(refused, Refused::PreconditionFailed);
    device(&store, "e").await;
    let fate = Fate::Retired(retirement("x", Some(100)));
    for (old, new, why) in [("d", "e", Refused::Exists), ("f", "g", Refused::NotFound)] {
        let refused = write(&store, replace_of(old, new, fate.clone(), 2)).await;
        assert_eq!(refused.unwrap_err(), why);
    }
    assert_eq!(
        store.device(&name("d")).await.unwrap().as_ref(),
        Some(&*before)
    );
    assert!(found(&store, everything()).await.is_empty());
    assert!(audits(&store).await.is_empty());
    assert_eq!(store.device_count().await.unwrap(), 2);
}

/// A restored device is the one that left: its twin, its number, its keys and its history.
pub async fn a_restored_device_is_the_one_that_left(backend: &dyn Backend) {
    let store = backend.open().await;
    let slot = device(&store, "d").await.slot;
    change(
        write(
            &store,
            service("d", &json!({ "tags": { "x": 1 } }), Match::Any, 3),
        )
        .await,
    );
    change(write(&store, reported(slot, &json!({ "a": { "b": 1 } }), 5)).await);
    let event = Event {
        at: at(6),
        kind: "connected".to_owned(),
        actor: ada(),
        detail: json!(null),
    };
    write(&store, Write::Event { slot, event }).await.unwrap();
    store.touch_activity(&[(slot, at(6))]).await.unwrap();
    let stood = store.device(&name("d")).await.unwrap().unwrap();
    let number = retire(&store, "d", "scrapped", 10).await;

    let back = change(write(&store, restore_of(number, "d", 109)).await);
    assert!(back.created);
    assert_eq!(back.before, number);
    let is = store.device(&name("d")).await.unwrap().unwrap();
    let mut expected = Record {
        seq: back.seq,
        ..stood
    };
    expected.identity.etag += 1;
    assert_eq!(is, expected);
    assert_eq!(is.identity.sealed_keys, identity("d").sealed_keys);

    let history = store.history(&name("d"), None, 10).await.unwrap();
    let kinds: Vec<_> = history.iter().map(|entry| entry.kind).collect();
    assert_eq!(
        kinds,
        [
            ChangeKind::Created,
            ChangeKind::Deleted,
            ChangeKind::Changed,
            ChangeKind::Changed,
            ChangeKind::Created
        ]
    );
    assert_eq!(history[0].identity_edits[0].field, "restored");
    assert_eq!(history[0].reason.as_deref(), Some("a mistake"));
    let older = store
        .history(&name("d"), Some(history[1].seq), 10)
        .await
        .unwrap();
    assert_eq!(older, history[2..]);
    assert_eq!(store.events(&name("d"), None, 10).await.unwrap().len(), 1);

    let entry = archived(&store, number).await;
    assert_eq!(entry.restored, Some((at(109), ada())));
    assert_eq!(entry.retirement.restorable_until, None);
    let again = write(&store, restore_of(number, "d", 109)).await;
    assert_eq!(again.unwrap_err(), Refused::NotFound);
    change(write(&store, reported(slot, &json!({ "a": null }), 120)).await);
}

/// A name that is taken, a time that is over and keys that are destroyed each keep a device from coming back.
pub async fn a_device_comes_back_only_in_time_and_to_a_free_name(backend: &dyn Backend) {
    let store = backend.open().await;
    device(&store, "d").await;
    let number = retire(&store, "d", "scrapped", 10).await;
    let late = write(&store, restore_of(number, "d", 110)).await;
    assert_eq!(late.unwrap_err(), Refused::NotFound);
    let other = write(&store, restore_of(number, "e", 20)).await;
    assert_eq!(other.unwrap_err(), Refused::NotFound);

    let second = device(&store, "d").await;
    let taken = write(&store, restore_of(number, "d", 20)).await;
    assert_eq!(taken.unwrap_err(), Refused::Exists);
    assert_eq!(
        store.device(&name("d")).await.unwrap().as_ref(),
        Some(&*second)
    );
    assert_eq!(
        archived(&store, number).await.retirement.restorable_until,
        Some(at(110))
    );
    write(&store, delete("d", 21)).await.unwrap();

    assert_eq!(store.forget_keys(at(109), 10).await.unwrap(), 0);
    assert_eq!(store.forget_keys(at(110), 10).await.unwrap(), 1);
    assert_eq!(
        archived(&store, number).await.retirement.restorable_until,
        None
    );
    // The clock of whoever asks does not bring back what is destroyed.
    let gone = write(&store, restore_of(number, "d", 20)).await;
    assert_eq!(gone.unwrap_err(), Refused::NotFound);

    device(&store, "lost").await;
    let it = retire_as("lost", retirement("stolen", None), 30);
    let Written::Deleted { seq, .. } = write(&store, Write::Retire(Box::new(it))).await.unwrap()
    else {
        panic!("not retired");
    };
    let never = write(&store, restore_of(seq, "lost", 30)).await;
    assert_eq!(never.unwrap_err(), Refused::NotFound);
}

/// The new device has tags and desired properties of the old one and none of its answers; both know of each other.
pub async fn a_new_device_takes_over(backend: &dyn Backend) {
    let store = backend.open().await;
    let old = device(&store, "old").await;
    change(write(&store, reported(old.slot, &json!({ "a": 1 }), 1)).await);
    let blocked = Fate::Blocked("replaced by new".to_owned());
    let new = change(write(&store, replace_of("old", "new", blocked, 10)).await);
    assert!(new.created);
    let twin = &new.record.twin;
    assert_eq!(twin.tags, old.twin.tags);
    assert_eq!(twin.desired.values, old.twin.desired.values);
    assert!(twin.reported.values.is_empty());
    assert_eq!((twin.version, twin.desired.version), (2, 1));
    assert_eq!(
        new.identity_edits[0].new,
        Some(json!({ "device": "old", "archived": null }))
    );
    let is = store.device(&name("old")).await.unwrap().unwrap().identity;
    assert_eq!(is.status, Status::Disabled);
    assert_eq!(is.status_reason.as_deref(), Some("replaced by new"));
    assert_eq!(audits(&store).await, ["device.replace"]);

    let of_old = store.succession(old.slot).await.unwrap();
    let by = of_old.replaced_by.unwrap();
    assert_eq!(
        (by.device_id, by.archived, by.at),
        (name("new"), None, at(10))
    );
    assert_eq!(of_old.replaces, None);

    let retired = Fate::Retired(retirement("burnt out", Some(200)));
    let third = change(write(&store, replace_of("new", "third", retired, 20)).await);
    let number = found_one(&store, "new").await.number;
    assert_eq!(
        third.identity_edits[0].new,
        Some(json!({ "device": "new", "archived": number }))
    );
    assert_eq!(third.record.twin.tags, old.twin.tags);
    assert_eq!(store.device(&name("new")).await.unwrap(), None);
    let of_new = store.succession(new.record.slot).await.unwrap();
    assert_eq!(of_new.replaces.unwrap().device_id, name("old"));
    assert_eq!(of_new.replaced_by.unwrap().device_id, name("third"));
    let of_third = store.succession(third.record.slot).await.unwrap();
    assert_eq!(of_third.replaces.unwrap().archived, Some(number));
    assert_eq!(
        found_one(&store, "new").await.replaced_by,
        Some(name("third"))
    );
}

/// Entries are found by a part of the id, by words, by person and by time, in pages, newest first.
pub async fn the_archive_is_searched(backend: &dyn Backend) {
    let store = backend.open().await;
    let site = |site: &str| json!({ "site": site, "n": 4.5 });
    for (text, tags) in [
        ("am4-001", site("Breda-West")),
        ("AM4-002", site("Breda-Ost")),
        ("x9", site("Süd")),
    ] {
        write(&store, create(text, &tags, &json!({})))
            .await
            .unwrap();
    }
    let first = retire(&store, "am4-001", "lightning struck", 10).await;
    retire(&store, "AM4-002", "worn out", 86_400).await;
    let mut by_bob = retire_as("x9", retirement("worn out", None), 2 * 86_400);
    by_bob.actor = crate::Actor::Person("Bob".to_owned());
    write(&store, Write::Retire(Box::new(by_bob)))
        .await
        .unwrap();

    assert_eq!(
        found(&store, everything()).await,
        ["x9", "AM4-002", "am4-001"]
    );
    let id = |text: &str| ArchiveSearch {
        id: Some(text.to_owned()),
        ..everything()
    };
    assert_eq!(found(&store, id("m4-0")).await, ["AM4-002", "am4-001"]);
    assert_eq!(found(&store, id("m4\"-0")).await, [""; 0]);
    let text = |text: &str| ArchiveSearch {
        text: Some(text.to_owned()),
        ..everything()
    };
    assert_eq!(found(&store, text("breda")).await, ["AM4-002", "am4-001"]);
    assert_eq!(found(&store, text("west 4.5")).await, ["am4-001"]);
    assert_eq!(found(&store, text("sud")).await, ["x9"]);
    assert_eq!(found(&store, text("worn")).await, ["x9", "AM4-002"]);
    assert_eq!(found(&store, text("lightning ost")).await, [""; 0]);
    let both = ArchiveSearch {
        id: Some("AM4".to_owned()),
        ..text("ost")
    };
    assert_eq!(found(&store, both).await, ["AM4-002"]);
    let by = |who: &str| ArchiveSearch {
        by: Some(who.to_owned()),
        ..everything()
    };
    assert_eq!(found(&store, by("bob")).await, ["x9"]);
    assert_eq!(found(&store, by("nobody")).await, [""; 0]);
    let time = |from: i64, until: i64| ArchiveSearch {
        from: Some(at(from)),
        until: Some(at(until)),
        ..everything()
    };
    assert_eq!(found(&store, time(10, 86_400)).await, ["am4-001"]);
    assert_eq!(found(&store, time(11, 86_401)).await, ["AM4-002"]);
    assert_eq!(found(&store, time(-9_000, -8_000)).await, [""; 0]);
    let still = ArchiveSearch {
        restorable_at: Some(at(86_450)),
        ..everything()
    };
    assert_eq!(found(&store, still).await, ["AM4-002"]);

    let page = ArchiveSearch {
        limit: 1,
        ..id("am4")
    };
    assert_eq!(found(&store, page.clone()).await, ["AM4-002"]);
    let next = ArchiveSearch {
        before: Some(Seq(first.0 + 1)),
        ..page
    };
    assert_eq!(found(&store, next).await, ["am4-001"]);

    for (from, until, count) in [
        (0, 10, 0),
        (10, 11, 1),
        (0, 1_000_000, 3),
        (86_400, 172_801, 2),
    ] {
        assert_eq!(
            store.retired_between(at(from), at(until)).await.unwrap(),
            count
        );
    }
}

/// What happened to a retired device is read as long as retention keeps it, and ends with its retirement.
pub async fn the_past_of_a_retired_device_is_read(backend: &dyn Backend) {
    let store = backend.open().await;
    let slot = device(&store, "d").await.slot;
    for n in 1..=4 {
        change(write(&store, reported(slot, &json!({ "n": n }), n)).await);
        let event = Event {
            at: at(n),
            kind: format!("k{n}"),
            actor: ada(),
            detail: json!(n),
        };
        write(&store, Write::Event { slot, event }).await.unwrap();
    }
    let whole = store.history(&name("d"), None, 10).await.unwrap();
    let number = retire(&store, "d", "scrapped", 10).await;
    device(&store, "d").await;
    let past = store.archived_history(number, None, 10).await.unwrap();
    assert_eq!((past[0].kind, past[0].seq), (ChangeKind::Deleted, number));
    assert_eq!(past[1..], whole[..]);
    let page = store
        .archived_history(number, Some(past[1].seq), 2)
        .await
        .unwrap();
    assert_eq!(page, past[2..4]);
    let events = store.archived_events(number, None, 3).await.unwrap();
    let kinds: Vec<_> = events
        .iter()
        .map(|logged| logged.event.kind.as_str())
        .collect();
    assert_eq!(kinds, ["k4", "k3", "k2"]);
    let rest = store
        .archived_events(number, Some(events[2].number), 3)
        .await
        .unwrap();
    assert_eq!(rest.len(), 1);
    let marks: Vec<Change> = store.changes_since(Seq(0), 100).await.unwrap().changes;
    assert_eq!(marks.len(), 7);
}

async fn found_one(store: &Shared, id: &str) -> ArchivedLine {
    let search = ArchiveSearch {
        id: Some(id.to_owned()),
        ..everything()
    };
    store.search_archive(&search).await.unwrap().remove(0)
}

fn everything() -> ArchiveSearch {
    ArchiveSearch {
        limit: 100,
        ..ArchiveSearch::default()
    }
}

async fn reopened(backend: &dyn Backend, store: Shared) -> Shared {
    store.close().await;
    drop(store);
    backend.open().await
}
