//! Reconcilers at work, and the end of it all.

use std::sync::Arc;
use std::time::Duration;

use fleet::provision::NewDevice;
use serde_json::json;
use store::Keep;
use twin::scheme::{Property, PropertyType};

use crate::world::{START, World, admin, id, supervisor};

#[tokio::test]
async fn a_command_does_what_it_is_asked_and_nothing_by_itself() {
    let world = World::new().await;
    world.device("pump-1").await;
    let command = world.command().await;
    let region = Property {
        path: "tags.region".to_owned(),
        kind: PropertyType::String,
        title: String::new(),
        unit: String::new(),
        description: String::new(),
    };
    command.plan().declare(&admin(), region).await.unwrap();
    let keys = command.provision().keys(&admin(), &id("pump-1")).await;
    assert!(keys.unwrap().is_some());
    let new = NewDevice::new(id("pump-2"));
    command.provision().create(&admin(), new).await.unwrap();

    let internals = command.internals(&admin()).await.unwrap();
    assert!(
        internals.reconcilers.is_empty(),
        "nothing samples or prunes"
    );
    assert!(
        command.monitor().freshness().building.is_some(),
        "nothing is rebuilt"
    );
    assert!(command.shutdown(Duration::from_secs(5)).await);
}

/// Reconcilers that run as often as the runtime lets them.
async fn busy(change: impl FnOnce(&mut fleet::Limits)) -> World {
    World::with(|limits| {
        let often = Duration::from_millis(1);
        limits.figures_interval = often;
        limits.checks_interval = often;
        limits.activity_interval = often;
        limits.retention_interval = often;
        change(limits);
    })
    .await
}

/// Waits until a reconciler has run `runs` times more.
async fn runs(world: &World, name: &str, runs: u64) {
    let count = async || {
        let internals = world.fleet.internals(&admin()).await.unwrap();
        let status = internals
            .reconcilers
            .into_iter()
            .find(|status| status.name == name)
            .unwrap();
        assert!(status.runs == 0 || status.outcome.is_ok(), "{status:?}");
        status.runs
    };
    let enough = count().await + runs;
    while count().await < enough {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn figures_are_sampled_into_sparklines() {
    let world = busy(|_| ()).await;
    world.device("d1").await;
    runs(&world, "figures.sampling", 2).await;
    world.clock.advance(Duration::from_secs(20));
    runs(&world, "figures.sampling", 2).await;
    world.clock.advance(Duration::from_secs(20));
    let overview = world.fleet.monitor().overview().await;
    let total = overview
        .sparklines
        .iter()
        .find(|line| line.figure.as_str() == "total")
        .unwrap();
    assert!(total.points.len() >= 2, "{total:?}");
    assert!((total.points.last().unwrap().1 - 1.0).abs() < 1e-9);
    assert_eq!(total.from, overview.at.minus(Duration::from_mins(10)));
}

#[tokio::test]
async fn last_activity_is_written_behind() {
    let world = busy(|_| ()).await;
    let slot = world.device("d1").await.record.slot;
    world
        .fleet
        .monitor()
        .heard(slot, START.plus(Duration::from_secs(9)));
    runs(&world, "activity.write_behind", 2).await;
    let record = world.store.device(&id("d1")).await.unwrap().unwrap();
    assert_eq!(record.last_activity, START.plus(Duration::from_secs(9)));
}

#[tokio::test]
async fn the_past_is_forgotten_in_time() {
    let keep = Keep {
        rows_max: 3,
        age_max: Duration::from_hours(1),
    };
    let world = busy(|limits| limits.retention.history = keep).await;
    world.device("d1").await;
    for step in 0..10 {
        world.tag("d1", json!({ "step": step })).await;
    }
    runs(&world, "store.retention", 2).await;
    let history = world.store.history(&id("d1"), None, 100).await.unwrap();
    assert_eq!(history.len(), 3);
}

#[tokio::test]
async fn expired_sessions_are_removed() {
    let world = busy(|_| ()).await;
    let access = world.fleet.access();
    access
        .ensure_admin(Some("administrator".to_owned()))
        .await
        .unwrap();
    let from = "192.0.2.1".parse().unwrap();
    access
        .sign_in("admin", "administrator", from)
        .await
        .unwrap();
    world.clock.advance(Duration::from_hours(13));
    let expired = || async {
        let internals = world.fleet.internals(&admin()).await.unwrap();
        let status = internals
            .reconcilers
            .into_iter()
            .find(|status| status.name == "access.session_expiry");
        status.unwrap().outcome == Ok("removed 1 expired sessions".to_owned())
    };
    while !expired().await {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_inside_can_be_looked_at() {
    let world = World::new().await;
    let internals = world.fleet.internals(&supervisor()).await.unwrap();
    assert_eq!((internals.opened_at, internals.connected), (START, 0));
    let before = world.fleet.database(&supervisor()).await.unwrap();
    world.device("d1").await;
    let after = world.fleet.database(&supervisor()).await.unwrap();
    assert!(after.seq > before.seq);
    assert_eq!(after.condition.writes, before.condition.writes + 1);
    assert!(after.condition.database_bytes > 0);
    let device = fleet::Principal::Device(id("d1"));
    assert!(matches!(
        world.fleet.database(&device).await,
        Err(fleet::Error::Denied(_))
    ));
    let names: Vec<_> = internals
        .reconcilers
        .iter()
        .map(|status| status.name)
        .collect();
    assert_eq!(
        names,
        [
            "access.session_expiry",
            "activity.write_behind",
            "checks.keeping",
            "figures.sampling",
            "jobs.running",
            "store.retention"
        ]
    );
    let queues: Vec<_> = internals.queues.iter().map(|queue| queue.name).collect();
    assert_eq!(
        queues,
        [
            "store.writes",
            "store.calls",
            "live.hints",
            "device.answers",
            "activity.unwritten",
            "access.passwords",
            "configure.methods"
        ]
    );
    for queue in &internals.queues {
        assert!(queue.depth <= queue.bound, "{queue:?}");
        assert_eq!(queue.stalls, 0, "{queue:?}");
    }
    assert!(internals.freshness.is_complete());
}

#[tokio::test]
async fn a_fleet_that_nobody_holds_ends_its_work() {
    let world = World::new().await;
    let store = Arc::clone(&world.store);
    let held = Arc::strong_count(&store);
    assert!(world.fleet.shutdown(Duration::from_secs(5)).await);
    assert!(world.fleet.tasks().running().is_empty());
    drop(world);
    assert!(Arc::strong_count(&store) < held);
    assert_eq!(Arc::strong_count(&store), 1, "nothing of the fleet is left");
}
