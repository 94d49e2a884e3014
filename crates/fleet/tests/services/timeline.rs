//! What happened to a device, and who asked for what it is asked for.

use std::time::Duration;

use fleet::Error;
use fleet::monitor::{DeviceEvent, Happened, Reading, TimelineEntry, Topic};
use serde_json::json;
use store::{Actor, ChangeKind, Message};
use twin::document::ServiceChange;
use twin::id::{Match, Slot};

use crate::world::{World, admin, id, operator, person, supervisor};

fn said(entry: &TimelineEntry) -> String {
    match &entry.what {
        Happened::Event(logged) => logged.event.kind.clone(),
        Happened::Sent(logged) => String::from_utf8(logged.message.body.clone()).unwrap(),
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
        .timeline(&supervisor(), &id("d1"), None, None, 50)
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
            .timeline(&supervisor(), &id("d1"), None, next.as_deref(), 2)
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
        .timeline(&supervisor(), &id("d1"), None, Some("nonsense"), 2)
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

/// Sends a message with that body.
async fn send(world: &World, slot: Slot, body: &str) {
    let message = Message {
        enqueued_at: world.fleet.clock().now(),
        properties: twin::Map::new(),
        system: twin::Map::new(),
        body: body.as_bytes().to_vec(),
    };
    let event = DeviceEvent::Telemetry { slot, message };
    assert!(world.fleet.monitor().ingest(vec![event]).await[0].is_ok());
}

#[tokio::test]
async fn a_timeline_about_one_topic_has_all_of_it_and_nothing_else() {
    let world = eventful().await;
    let slot = world.live("d1").await.unwrap().record.slot;
    send(&world, slot, "hello").await;
    let monitor = world.fleet.monitor();
    for (topic, wanted) in [
        (
            Some(Topic::People),
            vec!["tags site", "properties.desired mode", "created"],
        ),
        (Some(Topic::Jobs), vec![]),
        (Some(Topic::Device), vec!["properties.reported mode"]),
        (Some(Topic::Connection), vec!["disconnected", "connected"]),
        (Some(Topic::Messages), vec!["hello"]),
        (
            None,
            vec![
                "tags site",
                "disconnected",
                "properties.reported mode",
                "properties.desired mode",
                "connected",
                "created",
            ],
        ),
    ] {
        let (mut found, mut next) = (Vec::new(), None::<String>);
        loop {
            let page = monitor
                .timeline(&supervisor(), &id("d1"), topic, next.as_deref(), 1)
                .await
                .unwrap();
            found.extend(page.entries.iter().map(said));
            let Some(more) = page.next else { break };
            next = Some(more);
        }
        assert_eq!(found, wanted, "{topic:?}");
    }
}

#[tokio::test]
async fn a_page_about_a_rare_topic_ends_and_says_where_to_go_on() {
    let world = World::new().await;
    let slot = world.device("d1").await.record.slot;
    for number in 0..1_050 {
        world.report(slot, json!({ "count": number })).await;
    }
    let monitor = world.fleet.monitor();
    let page = async |next: Option<String>| {
        let topic = Some(Topic::People);
        monitor
            .timeline(&supervisor(), &id("d1"), topic, next.as_deref(), 20)
            .await
            .unwrap()
    };
    let first = page(None).await;
    assert!(first.entries.is_empty() && first.next.is_some());
    let second = page(first.next).await;
    assert_eq!(
        second.entries.iter().map(said).collect::<Vec<_>>(),
        ["created"]
    );
    assert_eq!(second.next, None);
}

#[tokio::test]
async fn numbers_of_reports_and_messages_become_courses() {
    let world = World::new().await;
    let slot = world.device("d1").await.record.slot;
    for (rssi, temp) in [(-91, 14.25), (-89, 14.5), (-104, 14.75)] {
        world.clock.advance(Duration::from_mins(2));
        world
            .report(
                slot,
                json!({ "network": { "rssi_dbm": rssi, "carrier": "KPN" } }),
            )
            .await;
        send(
            &world,
            slot,
            &json!({ "temp_c": temp, "on": true, "list": [1] }).to_string(),
        )
        .await;
    }
    send(&world, slot, "no JSON").await;
    send(
        &world,
        slot,
        &json!({ "temp_c": 15.0, "filler": "x".repeat(4_000) }).to_string(),
    )
    .await;
    let monitor = world.fleet.monitor();
    let courses = monitor
        .courses(&supervisor(), &id("d1"), Some("message.temp_c"))
        .await
        .unwrap();
    let said: Vec<_> = courses
        .shown
        .iter()
        .map(|course| {
            let means: Vec<_> = course.points.iter().map(|point| point.mean).collect();
            (course.reading.key(), means, course.last.1)
        })
        .collect();
    assert_eq!(
        said,
        [
            ("message.temp_c".to_owned(), vec![14.25, 14.5, 14.75], 14.75),
            (
                "reported.network.rssi_dbm".to_owned(),
                vec![-91.0, -89.0, -104.0],
                -104.0
            ),
        ]
    );
    assert!(courses.cut_at.is_none() && courses.others.is_empty());
    assert_eq!(
        courses.shown[1].reading,
        Reading::Reported("network.rssi_dbm".to_owned())
    );
    // What is older than seven days is not shown.
    world.clock.advance(Duration::from_hours(7 * 24));
    let later = monitor
        .courses(&supervisor(), &id("d1"), None)
        .await
        .unwrap();
    assert!(later.shown.is_empty());
}
