//! Many devices at once, and devices that the server plays.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use fleet::Error;
use fleet::provision::{DeviceUpdate, NewDevice, Simulator};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use twin::id::{DeviceId, Match};
use twin::identity::Status;

use crate::world::{START, World, admin, id, map, operator, supervisor};

fn named(name: &str) -> NewDevice {
    NewDevice::new(id(name))
}

#[tokio::test]
async fn a_rehearsal_says_what_an_enrollment_does_and_writes_nothing() {
    let world = World::with(|limits| limits.create_batch_rows = 2).await;
    world.device("there").await;
    let devices = || {
        let large = NewDevice {
            tags: map(
                json!({ "a": "x".repeat(4_000), "b": "x".repeat(4_000), "c": "x".repeat(4_000) }),
            ),
            ..named("large")
        };
        let broken = NewDevice {
            keys: Some(("short".to_owned(), String::new())),
            ..named("broken")
        };
        vec![
            named("a"),
            named("there"),
            broken,
            named("a"),
            large,
            named("b"),
        ]
    };
    let audited = world.audit().await.len();
    let provision = world.fleet.provision();
    let rehearsed = provision.rehearse(&operator(), &devices()).await.unwrap();
    let refused = |outcome: &Result<(), Error>| match outcome {
        Ok(()) => "",
        Err(Error::Exists { .. }) => "exists",
        Err(Error::Invalid(_) | Error::Twin(_)) => "invalid",
        Err(other) => panic!("{other}"),
    };
    let expected = ["", "exists", "invalid", "exists", "invalid", ""];
    assert_eq!(rehearsed.iter().map(refused).collect::<Vec<_>>(), expected);
    assert_eq!(world.audit().await.len(), audited);
    assert_eq!(world.store.device_count().await.unwrap(), 1);

    let silent = provision.enroll_many(&operator(), devices(), " ").await;
    assert!(matches!(silent, Err(Error::Invalid(_))));
    let denied = provision.enroll_many(&supervisor(), devices(), "why").await;
    assert!(matches!(denied, Err(Error::Denied(_))));
    for again in [false, true] {
        let done = provision
            .enroll_many(&operator(), devices(), "delivery 7")
            .await;
        let done: Vec<_> = done.unwrap().into_iter().map(|one| one.map(drop)).collect();
        let expected = if again {
            ["exists", "exists", "invalid", "exists", "invalid", "exists"]
        } else {
            expected
        };
        assert_eq!(done.iter().map(refused).collect::<Vec<_>>(), expected);
    }
    assert_eq!(world.store.device_count().await.unwrap(), 3);
    let entries = world.audit().await.into_iter().skip(audited);
    let because: Vec<_> = entries.map(|entry| (entry.target, entry.reason)).collect();
    let why = || Some("delivery 7".to_owned());
    assert_eq!(because, [("a".to_owned(), why()), ("b".to_owned(), why())]);
}

/// A simulator that tells what it plays and when it stops.
struct Told(mpsc::Sender<String>);

#[async_trait]
impl Simulator for Told {
    async fn play(&self, device: &DeviceId, connection_string: &str, stop: CancellationToken) {
        assert!(connection_string.contains(&format!("DeviceId={device};SharedAccessKey=")));
        self.0.send(format!("plays {device}")).await.unwrap();
        stop.cancelled().await;
        self.0.send(format!("stops {device}")).await.unwrap();
    }
}

async fn played(change: impl FnOnce(&mut fleet::Limits)) -> (World, mpsc::Receiver<String>) {
    let world = World::with(change).await;
    let (told, plays) = mpsc::channel(8);
    assert!(world.fleet.provision().set_simulator(Arc::new(Told(told))));
    (world, plays)
}

fn sentence(refused: Result<twin::time::Timestamp, Error>) -> String {
    refused.unwrap_err().to_string()
}

#[tokio::test]
async fn a_device_is_played_until_it_is_stopped() {
    let (world, mut plays) = played(|limits| limits.simulations_max = 1).await;
    let provision = world.fleet.provision();
    world.device("a").await;
    world.device("b").await;
    let audited = world.audit().await.len();
    let until = provision.simulate(&operator(), &id("a")).await.unwrap();
    assert_eq!(until, START.plus(Duration::from_mins(10)));
    assert_eq!(plays.recv().await.unwrap(), "plays a");
    assert_eq!(
        provision.simulate(&operator(), &id("a")).await.unwrap(),
        until
    );
    assert_eq!(provision.simulated_until(&id("a")), Some(until));
    let full = provision.simulate(&operator(), &id("b")).await;
    assert!(sentence(full).contains("Stop one of them"));

    assert!(
        provision
            .stop_simulation(&supervisor(), &id("a"))
            .await
            .is_err()
    );
    assert!(
        provision
            .stop_simulation(&operator(), &id("a"))
            .await
            .unwrap()
    );
    assert_eq!(plays.recv().await.unwrap(), "stops a");
    while provision.simulated_until(&id("a")).is_some() {
        tokio::task::yield_now().await;
    }
    assert!(
        !provision
            .stop_simulation(&operator(), &id("a"))
            .await
            .unwrap()
    );
    provision.simulate(&operator(), &id("b")).await.unwrap();
    let did: Vec<_> = world
        .audited_since(audited)
        .await
        .into_iter()
        .map(|(action, target, _)| (action, target))
        .collect();
    let line = |action: &str, target: &str| (action.to_owned(), target.to_owned());
    assert_eq!(
        did,
        [
            line("device.simulate", "a"),
            line("device.simulate.stop", "a"),
            line("device.simulate", "b")
        ]
    );
    assert_eq!(plays.recv().await.unwrap(), "plays b");
    assert!(world.fleet.shutdown(Duration::from_secs(5)).await);
    assert_eq!(plays.recv().await.unwrap(), "stops b");
}

#[tokio::test]
async fn a_device_is_played_for_a_time() {
    let (world, mut plays) =
        played(|limits| limits.simulation_for = Duration::from_millis(1)).await;
    world.device("a").await;
    let provision = world.fleet.provision();
    provision.simulate(&operator(), &id("a")).await.unwrap();
    assert_eq!(plays.recv().await.unwrap(), "plays a");
    assert_eq!(plays.recv().await.unwrap(), "stops a");
}

#[tokio::test]
async fn a_device_that_speaks_for_itself_is_not_played() {
    let (world, _plays) = played(|_| ()).await;
    let provision = world.fleet.provision();
    let device = world.device("real").await;
    world
        .report(device.record.slot, json!({ "firmware": "1" }))
        .await;
    let refused = provision.simulate(&operator(), &id("real")).await;
    assert!(sentence(refused).contains("connected by itself"));
    world
        .report(device.record.slot, json!({ "simulated": true }))
        .await;
    provision.simulate(&operator(), &id("real")).await.unwrap();

    world.device("off").await;
    let off = DeviceUpdate {
        status: Some(Status::Disabled),
        ..DeviceUpdate::default()
    };
    provision
        .update(&operator(), &id("off"), off, Match::Any)
        .await
        .unwrap();
    let refused = provision.simulate(&operator(), &id("off")).await;
    assert!(sentence(refused).contains("disabled"));
    let nobody = provision.simulate(&operator(), &id("nobody")).await;
    assert!(matches!(nobody, Err(Error::NotFound { .. })));
    let denied = provision.simulate(&supervisor(), &id("real")).await;
    assert!(matches!(denied, Err(Error::Denied(_))));

    let bare = World::new().await;
    bare.device("a").await;
    let refused = bare.fleet.provision().simulate(&admin(), &id("a")).await;
    assert!(sentence(refused).contains("simulates no devices"));
}
