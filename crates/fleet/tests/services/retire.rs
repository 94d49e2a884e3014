//! Devices are retired with checks and a reason, replaced, found in the archive and restored.

use std::time::Duration;

use fleet::Error;
use fleet::retire::{Decommission, OldDevice, Replacement};
use serde_json::json;
use store::ArchiveSearch;
use twin::id::{DeviceId, Match, Seq};
use twin::identity::Status;

use crate::world::{START, Told, World, id, operator, supervisor};

fn because(reason: &str) -> Decommission {
    Decommission {
        reason: reason.to_owned(),
        is_final: false,
        if_match: Match::Any,
    }
}

fn by(new: &str, old: OldDevice) -> Replacement {
    Replacement {
        new_id: id(new),
        keys: None,
        old,
        reason: "burnt out".to_owned(),
    }
}

async fn retire(world: &World, name: &str, how: Decommission) -> Seq {
    let retire = world.fleet.retire();
    retire
        .decommission(&operator(), &id(name), how)
        .await
        .unwrap()
}

/// The primary key that lets a device in; `None` when it is unknown.
async fn key(world: &World, name: &str) -> Option<Vec<u8>> {
    let provision = world.fleet.provision();
    let credentials = provision.credentials(&id(name)).await.unwrap();
    credentials.map(|credentials| credentials.primary_key.clone())
}

async fn count(world: &World, condition: &str) -> u64 {
    let monitor = world.fleet.monitor();
    monitor.count(&operator(), condition).await.unwrap()
}

#[tokio::test]
async fn checks_say_what_is_known_and_are_kept_as_they_stood() {
    let world = World::new().await;
    let slot = world
        .device_with("d1", json!({}), json!({ "mode": "on" }))
        .await
        .record
        .slot;
    let retire = world.fleet.retire();
    let sentences = async || -> Vec<(bool, String)> {
        let checks = retire
            .checks(&supervisor(), &id("d1"))
            .await
            .unwrap()
            .checks;
        let said = checks
            .into_iter()
            .map(|check| (check.is_clear, check.sentence));
        said.collect()
    };
    let said = sentences().await;
    assert_eq!(said[0], (true, "It never connected.".to_owned()));
    assert!(
        !said[1].0
            && said[1]
                .1
                .starts_with("1 property is not as asked, since 2026-"),
        "{said:?}"
    );
    assert_eq!(said[2].1, "It may connect until it is retired.");
    assert_eq!(said[3].1, "It proves itself by two symmetric keys.");

    world.report(slot, json!({ "mode": "on" })).await;
    let monitor = world.fleet.monitor();
    monitor.connected(slot, &id("d1"), START).await;
    let said = sentences().await;
    assert!(
        !said[0].0 && said[0].1.starts_with("Connected since 2026-"),
        "{said:?}"
    );
    assert_eq!(
        said[1],
        (
            true,
            "Everything that is asked of it is confirmed.".to_owned()
        )
    );

    let number = self::retire(&world, "d1", because(" scrapped ")).await;
    let kept = retire
        .archived(&supervisor(), number)
        .await
        .unwrap()
        .unwrap();
    let checks = kept.entry.retirement.checks.into_iter();
    let kept_said: Vec<_> = checks
        .map(|check| (check.is_clear, check.sentence))
        .collect();
    assert_eq!(kept_said, said);
    assert_eq!(kept.entry.retirement.reason, "scrapped");
    let unknown = retire.checks(&supervisor(), &id("d1")).await;
    assert!(matches!(unknown, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_retired_device_is_unknown_at_once_everywhere() {
    let world = World::new().await;
    world.device("d1").await;
    world.device("d2").await;
    assert!(key(&world, "d1").await.is_some());
    let before = world.audit().await.len();
    world.outlet.told();
    let number = retire(&world, "d1", because("scrapped")).await;

    assert_eq!(key(&world, "d1").await, None);
    assert!(world.live("d1").await.is_none());
    assert_eq!(count(&world, "").await, 1);
    assert_eq!(count(&world, "deviceId = 'd1'").await, 0);
    assert!(
        matches!(&world.outlet.told()[..], [Told::Disconnect { device, .. }] if device == "d1")
    );
    let audited = world.audited_since(before).await;
    assert_eq!(
        audited,
        [(
            "device.retire".to_owned(),
            "d1".to_owned(),
            "done".to_owned()
        )]
    );
    let entry = world.store.archived(number).await.unwrap().unwrap();
    assert_eq!(entry.record.identity.sealed_keys, None);
    let until = START.plus(Duration::from_hours(30 * 24));
    assert_eq!(entry.retirement.restorable_until, Some(until));
    // The columns that are built anew know as much.
    let world = world.reopened().await;
    assert_eq!(count(&world, "deviceId = 'd1'").await, 0);
}

#[tokio::test]
async fn what_is_refused_has_done_nothing() {
    let world = World::new().await;
    world.device("d1").await;
    let before = world.audit().await.len();
    let retire = world.fleet.retire();
    let denied = retire
        .decommission(&supervisor(), &id("d1"), because("x"))
        .await;
    assert!(matches!(denied, Err(Error::Denied(_))));
    let silent = retire
        .decommission(&operator(), &id("d1"), because(" \n"))
        .await;
    assert!(matches!(silent, Err(Error::Invalid(_))));
    let unknown = retire
        .decommission(&operator(), &id("d2"), because("x"))
        .await;
    assert!(matches!(unknown, Err(Error::NotFound { .. })));
    let stale = Decommission {
        if_match: Match::parse(Some("\"old\"")),
        ..because("x")
    };
    let stale = retire.decommission(&operator(), &id("d1"), stale).await;
    assert!(matches!(stale, Err(Error::PreconditionFailed)));
    let itself = retire
        .replace(&operator(), &id("d1"), by("d1", OldDevice::Retired))
        .await;
    assert!(matches!(itself, Err(Error::Exists { .. })));
    let bad_key = Replacement {
        keys: Some(("?".to_owned(), String::new())),
        ..by("d2", OldDevice::Blocked)
    };
    let bad_key = retire.replace(&operator(), &id("d1"), bad_key).await;
    assert!(matches!(bad_key, Err(Error::Invalid(_))));
    let many = vec![id("d1"); 201];
    let many = retire
        .decommission_many(&operator(), &many, "x", false)
        .await;
    assert!(matches!(many, Err(Error::Invalid(_))));

    assert_eq!(world.audit().await.len(), before);
    assert!(world.live("d1").await.is_some() && world.live("d2").await.is_none());
    assert!(key(&world, "d1").await.is_some());
    let archive = retire
        .archive(&operator(), ArchiveSearch::default())
        .await
        .unwrap();
    assert!(archive.lines.is_empty());
}

#[tokio::test]
async fn a_restored_device_is_let_in_with_the_keys_it_had() {
    let world = World::new().await;
    let created = world
        .device_with("d1", json!({ "site": "Breda" }), json!({ "mode": "on" }))
        .await;
    let slot = created.record.slot;
    world.report(slot, json!({ "mode": "off" })).await;
    let monitor = world.fleet.monitor();
    monitor.connected(slot, &id("d1"), START).await;
    monitor
        .disconnected(slot, &id("d1"), START, "it said so")
        .await;
    let had = key(&world, "d1").await;
    let stood = world.live("d1").await.unwrap().record;
    let number = retire(&world, "d1", because("scrapped")).await;
    world.clock.advance(Duration::from_hours(29 * 24));

    let retire = world.fleet.retire();
    let silent = retire.restore(&operator(), number, " ").await;
    assert!(matches!(silent, Err(Error::Invalid(_))));
    let denied = retire.restore(&supervisor(), number, "x").await;
    assert!(matches!(denied, Err(Error::Denied(_))));
    retire
        .restore(&operator(), number, "it was the wrong one")
        .await
        .unwrap();
    assert_eq!(key(&world, "d1").await, had);
    let is = world.live("d1").await.unwrap();
    assert_eq!(is.record.twin, stood.twin);
    assert_eq!(is.record.slot, slot);
    assert!(!is.presence.connected);
    assert_eq!(
        count(&world, "tags.site = 'Breda' AND IS_DRIFTING()").await,
        1
    );
    let again = retire.restore(&operator(), number, "x").await;
    assert!(matches!(again, Err(Error::Invalid(sentence)) if sentence.contains("before")));
    let last = world.audit().await.pop().unwrap();
    assert_eq!(
        (last.action.as_str(), last.reason.as_deref()),
        ("device.restore", Some("it was the wrong one"))
    );
    // It goes on as if nothing had been: it connects, reports, and its past is whole.
    monitor
        .connected(slot, &id("d1"), world.fleet.clock().now())
        .await;
    world.report(slot, json!({ "mode": "on" })).await;
    assert!(world.live("d1").await.unwrap().presence.connected);
    let timeline = monitor
        .timeline(&operator(), &id("d1"), None, None, 50)
        .await
        .unwrap();
    assert_eq!(timeline.entries.len(), 8);
    let world = world.reopened().await;
    assert_eq!(
        count(&world, "tags.site = 'Breda' AND NOT IS_DRIFTING()").await,
        1
    );
}

#[tokio::test]
async fn nothing_secret_remains_when_the_grace_is_over() {
    let world = World::with(|limits| limits.retention_interval = Duration::from_millis(1)).await;
    world.device("d1").await;
    world.device("d2").await;
    let first = retire(&world, "d1", because("scrapped")).await;
    let stolen = Decommission {
        is_final: true,
        ..because("stolen")
    };
    let stolen = retire(&world, "d2", stolen).await;
    let retire = world.fleet.retire();
    let never = retire.restore(&operator(), stolen, "found").await;
    assert!(matches!(never, Err(Error::Invalid(_))));

    world.clock.advance(Duration::from_hours(30 * 24));
    let late = retire.restore(&operator(), first, "found").await;
    assert!(matches!(late, Err(Error::Invalid(sentence)) if sentence.contains("no longer")));
    assert_eq!(world.store.forget_keys(START, 10).await.unwrap(), 0);
    // The reconciler does it by itself, whoever waits.
    loop {
        let entry = world.store.archived(first).await.unwrap().unwrap();
        if entry.retirement.restorable_until.is_none() {
            break;
        }
        world.clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    assert!(world.live("d1").await.is_none());
}

#[tokio::test]
async fn a_name_that_is_taken_again_keeps_the_old_device_away() {
    let world = World::new().await;
    world.device("d1").await;
    let number = retire(&world, "d1", because("scrapped")).await;
    world.device("d1").await;
    let retire = world.fleet.retire();
    let conflict = retire.restore(&operator(), number, "x").await;
    assert!(matches!(conflict, Err(Error::Exists { .. })));
    let archived = retire.archived(&operator(), number).await.unwrap().unwrap();
    assert!(archived.is_name_taken && !archived.is_restorable(START));
    assert_eq!(
        retire.newest(&operator(), &id("d1")).await.unwrap(),
        Some(number)
    );
    let found = retire
        .timeline(&operator(), number, None, 10)
        .await
        .unwrap();
    assert_eq!(found.entries.len(), 2);
}

#[tokio::test]
async fn a_new_device_takes_over_and_the_old_one_is_kept_out() {
    let world = World::new().await;
    world
        .device_with("old", json!({ "site": "Breda" }), json!({ "mode": "on" }))
        .await;
    world.outlet.told();
    let retire = world.fleet.retire();
    let replaced = retire
        .replace(&operator(), &id("old"), by("new", OldDevice::Blocked))
        .await
        .unwrap();
    assert_eq!(replaced.archived, None);
    assert!(
        matches!(&world.outlet.told()[..], [Told::Disconnect { device, .. }] if device == "old")
    );
    let old = world.live("old").await.unwrap().record.identity;
    assert_eq!(old.status, Status::Disabled);
    assert_eq!(old.status_reason.as_deref(), Some("replaced by new"));
    let new = world.live("new").await.unwrap().record;
    assert_eq!(new.twin.tags["site"], json!("Breda"));
    assert_eq!(new.twin.desired.values["mode"], json!("on"));
    let (primary, _) = replaced.device.keys.unwrap();
    assert_eq!(key(&world, "new").await.unwrap().len(), 32);
    assert_eq!(primary.len(), 44);
    let said: Vec<_> = retire.checks(&operator(), &id("old")).await.unwrap().checks;
    assert!(
        said[4].sentence.starts_with("Replaced by new on 2026-"),
        "{said:?}"
    );

    let third = retire
        .replace(&operator(), &id("new"), by("third", OldDevice::Retired))
        .await
        .unwrap();
    let archived = retire
        .archived(&operator(), third.archived.unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(archived.entry.record.identity.device_id, id("new"));
    assert_eq!(
        archived.succession.replaced_by.unwrap().device_id,
        id("third")
    );
    assert_eq!(archived.succession.replaces.unwrap().device_id, id("old"));
    assert_eq!(count(&world, "tags.site = 'Breda'").await, 2);
}

#[tokio::test]
async fn some_are_retired_at_once_and_counted() {
    let world = World::new().await;
    let names: Vec<_> = (0..5).map(|n| format!("d{n}")).collect();
    for name in &names {
        world.device(name).await;
    }
    let retire = world.fleet.retire();
    let mut ids: Vec<DeviceId> = names.iter().map(|name| id(name)).collect();
    ids.insert(2, id("nobody"));
    let results = retire
        .decommission_many(&operator(), &ids, "site closed", false)
        .await
        .unwrap();
    let done = results.iter().map(Result::is_ok).collect::<Vec<_>>();
    assert_eq!(done, [true, true, false, true, true, true]);
    let second = Duration::from_secs(1);
    let sam = supervisor();
    let between = |from, until| retire.count_between(&sam, from, until);
    assert_eq!(between(START, START.plus(second)).await.unwrap(), 5);
    assert_eq!(
        between(START.plus(second), START.plus(second))
            .await
            .unwrap(),
        0
    );

    let search = |id: &str, before| ArchiveSearch {
        id: Some(id.to_owned()),
        before,
        limit: 3,
        ..ArchiveSearch::default()
    };
    let short = retire.archive(&supervisor(), search("d1", None)).await;
    assert!(matches!(short, Err(Error::Invalid(sentence)) if sentence.contains("3 characters")));
    let all = ArchiveSearch {
        text: Some("closed".to_owned()),
        id: None,
        ..search("", None)
    };
    let page = retire.archive(&supervisor(), all.clone()).await.unwrap();
    assert_eq!(page.lines.len(), 3);
    let rest = ArchiveSearch {
        before: page.next,
        ..all
    };
    let rest = retire.archive(&supervisor(), rest).await.unwrap();
    assert_eq!((rest.lines.len(), rest.next), (2, None));
}
