//! What happened to a device, and who asked for what it is asked for.

use std::time::Duration;

use fleet::Error;
use fleet::monitor::{Happened, TimelineEntry};
use serde_json::json;
use store::{Actor, ChangeKind};
use twin::document::ServiceChange;
use twin::id::Match;

use crate::world::{World, admin, id, operator, person, supervisor};

fn said(entry: &TimelineEntry) -> String {
    match &entry.what {
        Happened::Event(event) => event.kind.clone(),
        Happened::Changed(change) if change.kind == ChangeKind::Created => "created".to_owned(),
        Happened::Changed(change) => change
            .edits
            .iter()
            .map(|edit| format!("{} {}", edit.section.path(), edit.path))
            .chain(change.identity_edits.iter().map(|edit| edit.field.clone()))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// A device to which six things happened, a second apart.
async fn eventful() -> World {
    let world = World::new().await;
    let slot = world.device("d1").await.record.slot;
    let monitor = world.fleet.monitor();
    let second = || world.clock.advance(Duration::from_secs(1));
    second();
    monitor
        .connected(slot, &id("d1"), world.fleet.clock().now())
        .await;
    second();
    world.desire("d1", json!({ "mode": "on" })).await;
    second();
    world.report(slot, json!({ "mode": "on" })).await;
    second();
    monitor
        .disconnected(slot, &id("d1"), world.fleet.clock().now(), "it said so")
        .await;
    second();
    world.tag("d1", json!({ "site": "Breda" })).await;
    world
}

#[tokio::test]
async fn people_device_and_connections_are_one_list() {
    let world = eventful().await;
    let timeline = world
        .fleet
        .monitor()
        .timeline(&supervisor(), &id("d1"), None, 50)
        .await
        .unwrap();
    let entries: Vec<_> = timeline.entries.iter().map(said).collect();
    assert_eq!(
        entries,
        [
            "tags site",
            "disconnected",
            "properties.reported mode",
            "properties.desired mode",
            "connected",
            "created"
        ]
    );
    assert_eq!(timeline.next, None);
    assert_eq!(timeline.entries[0].actor, Actor::Person("olga".to_owned()));
    assert_eq!(timeline.entries[2].actor, Actor::Device(id("d1")));
}

#[tokio::test]
async fn pages_neither_repeat_nor_skip_whatever_is_added() {
    let world = eventful().await;
    let monitor = world.fleet.monitor();
    let mut entries = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let page = monitor
            .timeline(&supervisor(), &id("d1"), next.as_deref(), 2)
            .await
            .unwrap();
        entries.extend(page.entries.iter().map(said));
        world.tag("d1", json!({ "site": entries.len() })).await;
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(entries.len(), 6);
    assert_eq!(entries[5], "created");
    let nonsense = monitor
        .timeline(&supervisor(), &id("d1"), Some("nonsense"), 2)
        .await;
    assert!(matches!(nonsense, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn desired_properties_come_from_whoever_asked_last() {
    let world = World::new().await;
    let desired = json!({ "mode": "on", "interval": 60, "level": 1 });
    world.device_with("d1", json!({}), desired).await;
    let change = |desired| {
        ServiceChange::from_patch_body(&json!({ "properties": { "desired": desired } })).unwrap()
    };
    let mina = person("mina", fleet::access::Role::Operator);
    let configure = world.fleet.configure();
    for (who, desired, reason) in [
        (&mina, json!({ "interval": 30 }), Some("chasing alarms")),
        (
            &operator(),
            json!({ "interval": 15, "level": 2, "gone": 1 }),
            None,
        ),
        (
            &mina,
            json!({ "level": 3, "gone": null }),
            Some("chasing alarms"),
        ),
    ] {
        configure
            .change_twin(
                who,
                &id("d1"),
                change(desired),
                Match::Any,
                reason.map(str::to_owned),
            )
            .await
            .unwrap();
    }
    let origins = world
        .fleet
        .monitor()
        .origins(&supervisor(), &id("d1"))
        .await
        .unwrap();
    assert!(origins.older.is_empty());
    assert!(
        origins
            .found
            .last()
            .is_some_and(|origin| origin.is_registration)
    );
    let said: Vec<_> = origins
        .found
        .iter()
        .map(|origin| {
            (
                origin.actor.clone(),
                origin.reason.as_deref(),
                origin.paths.join(" "),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            (
                Actor::Person("mina".to_owned()),
                Some("chasing alarms"),
                "level".to_owned()
            ),
            (
                Actor::Person("olga".to_owned()),
                None,
                "interval".to_owned()
            ),
            (Actor::Person("ada".to_owned()), None, "mode".to_owned()),
        ]
    );
    let nobody = world.fleet.monitor().origins(&admin(), &id("nobody")).await;
    assert!(matches!(nobody, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn what_was_asked_before_the_kept_history_has_a_date_and_no_name() {
    let world = World::new().await;
    let slot = world.device("d1").await.record.slot;
    world
        .desire("d1", json!({ "mode": "on", "level": 1 }))
        .await;
    for number in 0..1_000 {
        world.report(slot, json!({ "count": number })).await;
    }
    world.clock.advance(Duration::from_mins(1));
    world.desire("d1", json!({ "level": 2 })).await;
    let monitor = world.fleet.monitor();
    let origins = monitor.origins(&supervisor(), &id("d1")).await.unwrap();
    let found: Vec<_> = origins.found.iter().flat_map(|o| o.paths.clone()).collect();
    assert_eq!(found, ["level"]);
    assert_eq!(origins.older, ["mode"]);
    assert_eq!(origins.read_from, Some(crate::world::START));
}
