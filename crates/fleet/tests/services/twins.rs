//! Changing twins: who hears of it, in which order, and what the audit log says.

use std::sync::Arc;

use fleet::Error;
use fleet::access::Permission;
use serde_json::json;
use store::Actor;
use twin::document::ServiceChange;
use twin::id::Match;

use crate::world::{Told, World, id, operator, service, supervisor};

#[tokio::test]
async fn a_change_is_committed_audited_and_told_to_the_device() {
    let world = World::new().await;
    world.device("d1").await;
    let before = world.audit().await.len();
    world.outlet.told();
    let body =
        json!({ "tags": { "site": "Breda" }, "properties": { "desired": { "interval_s": 60 } } });
    let change = ServiceChange::from_patch_body(&body).unwrap();
    let reason = Some("as agreed".to_owned());
    let done = world
        .fleet
        .configure()
        .change_twin(&operator(), &id("d1"), change, Match::Any, reason)
        .await
        .unwrap();
    assert_eq!(done.record.twin.desired.version, 2);
    assert_eq!(
        world.outlet.told(),
        [Told::Desired {
            device: "d1".to_owned(),
            version: 2,
            notification: json!({ "interval_s": 60, "$version": 2 }),
        }]
    );
    let entries = world.audit().await.split_off(before);
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].action, "twin.change");
    assert_eq!(entries[0].actor, Actor::Person("olga".to_owned()));
    assert_eq!(entries[0].reason.as_deref(), Some("as agreed"));
}

#[tokio::test]
async fn tags_alone_are_none_of_the_devices_business() {
    let world = World::new().await;
    world.device("d1").await;
    world.outlet.told();
    world.tag("d1", json!({ "site": "Breda" })).await;
    assert_eq!(world.outlet.told(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_by_many_at_once_are_told_in_the_order_of_versions() {
    let world = Arc::new(World::new().await);
    for device in ["d1", "d2", "d3"] {
        world.device(device).await;
    }
    world.outlet.told();
    let writers = (0..60).map(|writer| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let device = ["d1", "d2", "d3"][writer % 3];
            for step in 0..5 {
                world
                    .desire(device, json!({ "value": writer * 100 + step }))
                    .await;
            }
        })
    });
    for writer in futures::future::join_all(writers).await {
        writer.unwrap();
    }
    let told = world.outlet.told();
    for device in ["d1", "d2", "d3"] {
        let versions: Vec<_> = told
            .iter()
            .filter_map(|told| match told {
                Told::Desired {
                    device: to,
                    version,
                    ..
                } if to == device => Some(*version),
                _ => None,
            })
            .collect();
        assert_eq!(versions, (2..=101).collect::<Vec<_>>(), "{device}");
    }
}

#[tokio::test]
async fn a_change_reaches_the_device_though_the_caller_goes_away() {
    let world = Arc::new(World::new().await);
    world.device("d1").await;
    world.outlet.told();
    // Polled once, so that the store has the write, and dropped before it answers.
    let mut abandoned = Box::pin(world.desire("d1", json!({ "a": 1 })));
    assert!(futures::poll!(&mut abandoned).is_pending());
    drop(abandoned);
    world.desire("d1", json!({ "a": 2 })).await;
    let versions: Vec<_> = world
        .outlet
        .told()
        .into_iter()
        .map(|told| match told {
            Told::Desired { version, .. } => version,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(versions, [2, 3]);
}

#[tokio::test]
async fn refusals_change_nothing_and_leave_no_trace() {
    let world = World::new().await;
    world.device("d1").await;
    world.outlet.told();
    let before = world.audit().await.len();
    let change = || {
        ServiceChange::from_patch_body(&json!({ "properties": { "desired": { "a": 1 } } })).unwrap()
    };
    let too_deep =
        ServiceChange::from_patch_body(&json!({ "tags": { "a": "x".repeat(5_000) } })).unwrap();
    let configure = world.fleet.configure();
    let (d1, nobody) = (id("d1"), id("nobody"));
    let stale = Match::parse(Some("\"AAAAAAAAAAk=\""));
    let writer = service(&[Permission::RegistryReadWrite]);
    let refused = [
        configure
            .change_twin(&supervisor(), &d1, change(), Match::Any, None)
            .await,
        configure
            .change_twin(&writer, &d1, change(), Match::Any, None)
            .await,
        configure
            .change_twin(&operator(), &nobody, change(), Match::Any, None)
            .await,
        configure
            .change_twin(&operator(), &d1, change(), stale, None)
            .await,
        configure
            .change_twin(&operator(), &d1, too_deep, Match::Any, None)
            .await,
    ];
    assert!(matches!(&refused[0], Err(Error::Denied(_))));
    assert!(matches!(&refused[1], Err(Error::Denied(_))));
    assert!(matches!(&refused[2], Err(Error::NotFound { .. })));
    assert!(matches!(&refused[3], Err(Error::PreconditionFailed)));
    assert!(
        matches!(&refused[4], Err(Error::Twin(_))),
        "{:?}",
        refused[4]
    );
    assert_eq!(world.audit().await.len(), before);
    assert_eq!(world.outlet.told(), []);
    assert_eq!(world.live("d1").await.unwrap().record.twin.version, 2);
}

#[tokio::test]
async fn the_etag_of_one_change_admits_the_next() {
    let world = World::new().await;
    world.device("d1").await;
    let mut etag = world.live("d1").await.unwrap().record.twin.etag.to_string();
    for step in 0..3 {
        let body = json!({ "tags": { "step": step } });
        let change = ServiceChange::from_patch_body(&body).unwrap();
        let done = world
            .fleet
            .configure()
            .change_twin(
                &operator(),
                &id("d1"),
                change,
                Match::parse(Some(&etag)),
                None,
            )
            .await
            .unwrap();
        etag = done.record.twin.etag.to_string();
    }
}
