//! Hints that commits and connections give to open pages.

use std::sync::Arc;
use std::time::Duration;

use fleet::live::Interests;
use serde_json::json;
use twin::Map;
use twin::id::{DeviceId, Match};

use crate::world::{START, World, admin, id};

#[tokio::test]
async fn what_is_acknowledged_has_been_hinted() {
    let world = World::new().await;
    let slot = world.device("d1").await.record.slot;
    world.device("d2").await;
    let mut feed = world.fleet.live().feed();
    feed.set_interests(Interests {
        devices: vec![id("d1")],
        ..Interests::default()
    });
    world.tag("d2", json!({ "a": 1 })).await;
    world.report(slot, json!({ "a": 1 })).await;
    let dirty = feed.next().await;
    assert_eq!(dirty.devices, [id("d1")]);
    assert_eq!(dirty.seq, world.store.last_seq().await.unwrap());
    world
        .fleet
        .monitor()
        .connected(slot, &id("d1"), START)
        .await;
    assert_eq!(feed.next().await.devices, [id("d1")]);
    world
        .fleet
        .provision()
        .delete(&admin(), &id("d1"), Match::Any, None)
        .await
        .unwrap();
    assert_eq!(feed.next().await.devices, [id("d1")]);
}

#[tokio::test]
async fn a_page_resumes_after_a_break_but_not_across_a_restart() {
    let world = World::new().await;
    world.device("d1").await;
    let seen = world.store.last_seq().await.unwrap();
    world.tag("d1", json!({ "a": 1 })).await;
    let interests = Interests {
        devices: vec![id("d1"), id("d2")],
        ..Interests::default()
    };
    let mut feed = world.fleet.live().feed_since(seen);
    feed.set_interests(interests.clone());
    let dirty = feed.next().await;
    assert_eq!(
        (dirty.devices.as_slice(), dirty.lost),
        (&[id("d1")][..], false)
    );

    let world = world.reopened().await;
    let mut feed = world.fleet.live().feed_since(dirty.seq);
    feed.set_interests(interests);
    let dirty = feed.next().await;
    assert!(dirty.lost && dirty.devices.len() == 2);
}

/// An outlet with a bug.
struct Faulty;

#[async_trait::async_trait]
impl fleet::Outlet for Faulty {
    fn desired_changed(&self, device: &DeviceId, _: Arc<Map>, _: u64) {
        panic!("as an outlet with a bug would, for {device}");
    }

    async fn invoke(
        &self,
        _: &DeviceId,
        _: fleet::MethodRequest,
        _: Duration,
    ) -> Result<fleet::MethodAnswer, fleet::MethodError> {
        Err(fleet::MethodError::Disconnected)
    }

    async fn wait_online(&self, _: &DeviceId, _: Duration) -> bool {
        false
    }

    fn disconnect(&self, _: &DeviceId, _: &str) {}
}

#[tokio::test]
async fn a_bug_in_what_follows_a_commit_costs_a_rebuild_and_nothing_else() {
    let world = World::new().await;
    for name in ["d1", "d2", "d3"] {
        world.device(name).await;
    }
    let fleet = world.beside(|_| ()).await;
    fleet.monitor().columns_complete().await;
    assert!(fleet.set_outlet(Arc::new(Faulty)));
    let mut feed = fleet.live().feed();
    feed.set_interests(Interests {
        devices: vec![id("d3")],
        ..Interests::default()
    });
    // Both fleets follow the same store: the first one still answers, the second one has the bug.
    world.desire("d1", json!({ "mode": "on" })).await;
    world.desire("d2", json!({ "mode": "on" })).await;
    let drifting = fleet
        .monitor()
        .count(&admin(), "IS_DRIFTING()")
        .await
        .unwrap();
    assert_eq!(drifting, 2);
    assert!(feed.next().await.lost);
    fleet.monitor().columns_complete().await;
    let drifting = fleet
        .monitor()
        .count(&admin(), "IS_DRIFTING()")
        .await
        .unwrap();
    assert_eq!(drifting, 2);
}
