//! Hints that commits and connections give to open pages.

use fleet::live::Interests;
use serde_json::json;
use twin::id::Match;

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
