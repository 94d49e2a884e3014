//! What devices send, and who is connected.

use std::time::Duration;

use fleet::monitor::{DeviceEvent, Outcome, Refused};
use serde_json::json;
use store::Message;
use twin::Map;
use twin::document::TwinError;
use twin::id::{Match, Slot};
use twin::time::Timestamp;

use crate::world::{START, World, admin, id, map, supervisor};

fn message(text: &str, at: Timestamp) -> Message {
    Message {
        enqueued_at: at,
        properties: map(json!({ "level": "info" })),
        system: Map::new(),
        body: text.as_bytes().to_vec(),
    }
}

#[tokio::test]
async fn events_are_answered_in_order_when_they_are_durable() {
    let world = World::new().await;
    let (one, two) = (
        world.device("d1").await.record.slot,
        world.device("d2").await.record.slot,
    );
    let reported = |slot, patch, expected_version| DeviceEvent::Reported {
        slot,
        patch: map(patch),
        expected_version,
    };
    let answers = world
        .fleet
        .monitor()
        .ingest(vec![
            reported(one, json!({ "a": 1 }), None),
            DeviceEvent::Telemetry {
                slot: two,
                message: message("hello", START),
            },
            reported(one, json!({ "a": 2 }), Some(2)),
            reported(one, json!({ "a": 3 }), Some(2)),
            reported(Slot(77), json!({ "a": 1 }), None),
            reported(two, json!({ "a": { "$bad": 1 } }), None),
        ])
        .await;
    assert_eq!(answers[0], Ok(Outcome::Reported { version: 2 }));
    assert_eq!(answers[1], Ok(Outcome::Stored));
    assert_eq!(answers[2], Ok(Outcome::Reported { version: 3 }));
    let conflict = TwinError::VersionConflict {
        expected: 2,
        found: 3,
    };
    assert_eq!(answers[3], Err(Refused::Twin(conflict)), "stale");
    assert_eq!(answers[4], Err(Refused::NotFound));
    assert!(matches!(answers[5], Err(Refused::Twin(_))));
    let live = world.live("d1").await.unwrap();
    assert_eq!(live.record.twin.reported.values["a"], 2);
    let messages = world
        .fleet
        .monitor()
        .messages(&supervisor(), &id("d2"), 10)
        .await
        .unwrap();
    assert_eq!(messages, [message("hello", START)]);
}

#[tokio::test]
async fn a_report_sent_twice_counts_twice_and_leaves_the_same_twin() {
    let world = World::new().await;
    let slot = world.device("d1").await.record.slot;
    assert_eq!(world.report(slot, json!({ "a": 1 })).await, 2);
    assert_eq!(world.report(slot, json!({ "a": 1 })).await, 3);
    let live = world.live("d1").await.unwrap();
    assert_eq!(live.record.twin.reported.values, map(json!({ "a": 1 })));
}

#[tokio::test]
async fn a_removed_device_is_told_that_it_is_not_known() {
    let world = World::new().await;
    let slot = world.device("d1").await.record.slot;
    world
        .fleet
        .provision()
        .delete(&admin(), &id("d1"), Match::Any, None)
        .await
        .unwrap();
    let event = DeviceEvent::Telemetry {
        slot,
        message: message("late", START),
    };
    assert_eq!(
        world.fleet.monitor().ingest(vec![event]).await,
        [Err(Refused::NotFound)]
    );
}

#[tokio::test]
async fn presence_follows_connections_and_messages() {
    let world = World::new().await;
    let slot = world.device("d1").await.record.slot;
    let monitor = world.fleet.monitor();
    let presence = world.live("d1").await.unwrap().presence;
    assert!(!presence.connected && presence.last_activity.is_never());
    monitor.connected(slot, &id("d1"), START).await;
    assert_eq!(monitor.connected_count(&admin()).unwrap(), 1);
    assert_eq!(
        monitor
            .count(&admin(), "connectionState = 'Connected'")
            .await
            .unwrap(),
        1
    );
    world.clock.advance(Duration::from_mins(1));
    world.report(slot, json!({ "a": 1 })).await;
    let presence = world.live("d1").await.unwrap().presence;
    assert!(presence.connected);
    assert_eq!(presence.since, START);
    assert_eq!(presence.last_activity, START.plus(Duration::from_mins(1)));
    let last = START.plus(Duration::from_secs(70));
    monitor
        .disconnected(slot, &id("d1"), last, "the keep-alive ran out")
        .await;
    assert_eq!(monitor.connected_count(&admin()).unwrap(), 0);
    assert_eq!(
        monitor
            .count(&admin(), "connectionState = 'Connected'")
            .await
            .unwrap(),
        0
    );
    assert_eq!(world.live("d1").await.unwrap().presence.since, last);
    let events = world.store.events(&id("d1"), None, 10).await.unwrap();
    let kinds: Vec<_> = events
        .iter()
        .map(|logged| logged.event.kind.as_str())
        .collect();
    assert_eq!(kinds, ["disconnected", "connected"]);
    assert_eq!(events[0].event.detail["why"], "the keep-alive ran out");
}

#[tokio::test]
async fn last_activity_survives_a_restart() {
    let world = World::new().await;
    let slot = world.device("d1").await.record.slot;
    world.device("never").await;
    world.clock.advance(Duration::from_secs(5));
    world.report(slot, json!({ "a": 1 })).await;
    let heard = START.plus(Duration::from_secs(5));
    let world = world.reopened().await;
    assert_eq!(
        world.live("d1").await.unwrap().presence.last_activity,
        heard
    );
    let condition = format!("lastActivityTime = '{heard}'");
    assert_eq!(
        world
            .fleet
            .monitor()
            .count(&admin(), &condition)
            .await
            .unwrap(),
        1
    );
    assert!(
        world
            .live("never")
            .await
            .unwrap()
            .presence
            .last_activity
            .is_never()
    );
}

#[tokio::test]
async fn a_model_is_noted_once() {
    let world = World::new().await;
    world.device("d1").await;
    let monitor = world.fleet.monitor();
    monitor
        .announced_model(&id("d1"), "dtmi:acme:meter;1")
        .await
        .unwrap();
    let seq = world.live("d1").await.unwrap().record.seq;
    monitor
        .announced_model(&id("d1"), "dtmi:acme:meter;1")
        .await
        .unwrap();
    let record = world.live("d1").await.unwrap().record;
    assert_eq!(record.twin.model_id, "dtmi:acme:meter;1");
    assert_eq!(record.seq, seq, "nothing was written");
    assert_eq!(
        monitor
            .count(&admin(), "modelId = 'dtmi:acme:meter;1'")
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        world.outlet.told(),
        [],
        "a model is no reason to disconnect"
    );
}

#[tokio::test]
async fn a_device_reads_itself_and_nobody_else() {
    let world = World::new().await;
    world.device("d1").await;
    world.device("d2").await;
    let itself = fleet::Principal::Device(id("d1"));
    assert!(
        world
            .fleet
            .monitor()
            .record(&itself, &id("d1"))
            .await
            .unwrap()
            .is_some()
    );
    let other = world.fleet.monitor().record(&itself, &id("d2")).await;
    assert!(matches!(other, Err(fleet::Error::Denied(_))));
}
