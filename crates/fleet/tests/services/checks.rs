//! Checks: what needs a person is found, equals its query, is taken, and outlives a restart.

use std::time::Duration;

use fleet::Error;
use fleet::monitor::{Finding, Severity};
use fleet::provision::NotAdmitted;
use serde_json::json;
use store::Taken;
use twin::scheme::PropertyType;
use twin::time::Timestamp;

use crate::world::{START, World, admin, id, operator, person, supervisor};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// A limit that no disk of a test can reach, so that only devices need a person.
async fn quiet(change: impl FnOnce(&mut fleet::Limits)) -> World {
    World::with(|limits| {
        limits.check_free_bytes_min = 0;
        change(limits);
    })
    .await
}

async fn findings(world: &World) -> Vec<Finding> {
    world.fleet.monitor().overview().await.findings.clone()
}

async fn names(world: &World) -> Vec<(&'static str, u64)> {
    let findings = findings(world).await;
    findings
        .iter()
        .map(|finding| (finding.id, finding.devices))
        .collect()
}

/// Waits until the reconciler has written what holds.
async fn kept(world: &World, expected: &[&str]) {
    loop {
        let attentions = world.store.attentions().await.unwrap();
        let ids: Vec<_> = attentions.iter().map(|one| one.id.as_str()).collect();
        if ids == expected {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn refuse(world: &World, name: &str) {
    let slot = world
        .device_with(name, json!({}), json!({ "mode": "on" }))
        .await
        .record
        .slot;
    world
        .report(
            slot,
            json!({ "mode": { "value": "off", "ac": 409, "av": 1, "ad": "busy" } }),
        )
        .await;
}

#[tokio::test]
async fn every_number_is_that_of_its_query() {
    let world = quiet(|_| ()).await;
    assert_eq!(names(&world).await, []);
    for number in 0..3 {
        refuse(&world, &format!("r{number}")).await;
    }
    for number in 0..5 {
        world
            .device_with(&format!("d{number}"), json!({}), json!({ "mode": "on" }))
            .await;
    }
    let provision = world.fleet.provision();
    provision.not_admitted(&id("d0"), NotAdmitted::WrongKey);
    provision.not_admitted(&id("nobody"), NotAdmitted::WrongKey);
    world.clock.advance(4 * HOUR + MINUTE);
    provision.not_admitted(&id("d1"), NotAdmitted::Expired);
    assert_eq!(
        names(&world).await,
        [("credentials", 1), ("refusing", 3), ("drifting", 5)]
    );
    world.clock.advance(20 * HOUR);
    let found = findings(&world).await;
    let names: Vec<_> = found.iter().map(|f| (f.id, f.devices)).collect();
    assert_eq!(names, [("refusing", 3), ("drifting", 5), ("silent", 8)]);
    for finding in &found {
        let condition = finding.condition.as_deref().unwrap();
        let count = world.fleet.monitor().count(&supervisor(), condition).await;
        assert_eq!(count.unwrap(), finding.devices, "{condition}");
    }
    assert_eq!(
        found.iter().map(|f| f.severity).collect::<Vec<_>>(),
        [Severity::Fault, Severity::Drift, Severity::Silent]
    );
}

#[tokio::test]
async fn a_device_that_is_let_in_needs_nobody() {
    let world = quiet(|_| ()).await;
    world.device("d1").await;
    let provision = world.fleet.provision();
    provision.not_admitted(&id("d1"), NotAdmitted::WrongKey);
    assert_eq!(names(&world).await, [("credentials", 1)]);
    provision.admitted(&id("d1"));
    world.clock.advance(10 * Duration::from_secs(1));
    assert_eq!(names(&world).await, []);
}

#[tokio::test]
async fn what_most_have_in_common_is_said() {
    let world = quiet(|_| ()).await;
    world.declare("tags.region", PropertyType::String).await;
    for number in 0..40 {
        let region = ["North", "South", "East", "West"][number % 4];
        let tags = json!({ "region": region });
        let name = format!("d{number:02}");
        let desired = if region == "North" || number == 1 {
            json!({ "mode": "on" })
        } else {
            json!({})
        };
        world.device_with(&name, tags, desired).await;
    }
    world.clock.advance(5 * HOUR);
    let found = findings(&world).await;
    let [drifting] = found.as_slice() else {
        panic!("one check: {found:?}");
    };
    assert_eq!(drifting.devices, 11);
    assert!(
        drifting.cause.contains(
            "90\u{2009}% of them are in region North, which has 25\u{2009}% of the fleet"
        ),
        "{}",
        drifting.cause
    );
    assert!(
        drifting.cause.contains("not connected"),
        "{}",
        drifting.cause
    );
}

#[tokio::test]
async fn since_when_and_who_outlive_a_restart() {
    let world = quiet(|limits| limits.checks_interval = Duration::from_millis(1)).await;
    refuse(&world, "d1").await;
    let since = findings(&world).await[0].since;
    assert_eq!(since, START);
    kept(&world, &["refusing"]).await;
    world.clock.advance(10 * MINUTE);
    let monitor = world.fleet.monitor();
    monitor.take(&operator(), "refusing", true).await.unwrap();
    let taken = Some(Taken {
        by: "olga".to_owned(),
        at: START.plus(10 * MINUTE),
    });
    assert_eq!(findings(&world).await[0].taken, taken);

    let world = world.reopened().await;
    world.clock.advance(MINUTE);
    let found = findings(&world).await;
    let refusing = found
        .iter()
        .find(|finding| finding.id == "refusing")
        .unwrap();
    assert_eq!((refusing.since, &refusing.taken), (since, &taken));
}

#[tokio::test]
async fn a_check_that_stops_for_a_moment_is_the_same_and_one_that_settles_is_new() {
    let world = quiet(|limits| limits.checks_interval = Duration::from_millis(1)).await;
    refuse(&world, "d1").await;
    let slot = world.live("d1").await.unwrap().record.slot;
    findings(&world).await;
    let monitor = world.fleet.monitor();
    monitor.take(&operator(), "refusing", true).await.unwrap();

    let well = json!({ "mode": { "value": "on", "ac": 200, "av": 1 } });
    let ill = json!({ "mode": { "value": "off", "ac": 409, "av": 1 } });
    world.report(slot, well.clone()).await;
    world.clock.advance(MINUTE);
    assert_eq!(findings(&world).await, []);
    world.report(slot, ill.clone()).await;
    world.clock.advance(MINUTE);
    let again = findings(&world).await;
    assert_eq!(again[0].since, START);
    assert!(again[0].taken.is_some());

    world.report(slot, well).await;
    // A look that began before the report may end after time has gone on: then it settles later.
    while !world.store.attentions().await.unwrap().is_empty() {
        world.clock.advance(MINUTE);
        tokio::task::yield_now().await;
    }
    world.report(slot, ill).await;
    world.clock.advance(MINUTE);
    let new = findings(&world).await;
    assert!(new[0].since > START && new[0].taken.is_none(), "{new:?}");
}

#[tokio::test]
async fn operators_take_and_give_back_and_nobody_takes_twice() {
    let world = quiet(|_| ()).await;
    refuse(&world, "d1").await;
    findings(&world).await;
    let monitor = world.fleet.monitor();
    let audited = world.audit().await.len();
    let denied = monitor.take(&supervisor(), "refusing", true).await;
    assert!(matches!(denied, Err(Error::Denied(_))), "{denied:?}");
    let unknown = monitor.take(&operator(), "silent", true).await;
    assert!(
        matches!(unknown, Err(Error::NotFound { .. })),
        "{unknown:?}"
    );
    monitor.take(&operator(), "refusing", true).await.unwrap();
    monitor.take(&operator(), "refusing", true).await.unwrap();
    let second = monitor.take(&admin(), "refusing", true).await;
    assert!(
        second.is_err_and(|error| error.to_string() == "olga has taken it already."),
        "who came second hears who was first"
    );
    let mina = person("mina", fleet::access::Role::Operator);
    monitor.take(&mina, "refusing", false).await.unwrap();
    assert_eq!(findings(&world).await[0].taken, None);
    let line = |action: &str| (action.to_owned(), "refusing".to_owned(), "done".to_owned());
    assert_eq!(
        world.audited_since(audited).await,
        [line("check.take"), line("check.release")]
    );
}

#[tokio::test]
async fn what_is_around_the_devices_needs_a_person_too() {
    let world = World::with(|limits| limits.check_free_bytes_min = u64::MAX).await;
    let expires_at = START.plus(5 * 24 * HOUR);
    assert!(world.fleet.set_certificate(move || expires_at));
    assert!(!world.fleet.set_certificate(|| Timestamp::NEVER));
    let found = findings(&world).await;
    let names: Vec<_> = found.iter().map(|finding| finding.id).collect();
    assert_eq!(names, ["certificate", "storage"]);
    assert_eq!(found[0].sentence, "The hub’s certificate expires in 5 days");
    assert!(found.iter().all(|finding| finding.condition.is_none()));
}

#[tokio::test]
async fn squares_and_firmware_show_what_needs_a_person_and_who_is_behind() {
    let world = quiet(|_| ()).await;
    for path in ["tags.class", "properties.reported.firmware.version"] {
        world.declare(path, PropertyType::String).await;
    }
    for (name, version) in [("a1", "1.9.0"), ("a2", "1.10.0"), ("a3", "1.10.0")] {
        let tags = json!({ "class": "AM-4" });
        let slot = world.device_with(name, tags, json!({})).await.record.slot;
        world
            .report(slot, json!({ "firmware": { "version": version } }))
            .await;
    }
    refuse(&world, "b1").await;
    let overview = world.fleet.monitor().overview().await;
    let [mix] = overview.firmware.as_slice() else {
        panic!("one class: {:?}", overview.firmware);
    };
    assert_eq!((mix.class.as_str(), mix.devices), ("AM-4", 3));
    assert_eq!(mix.usual.as_deref(), Some("1.10.0"));
    assert_eq!(
        mix.versions,
        [("1.10.0".to_owned(), 2), ("1.9.0".to_owned(), 1)]
    );
    let marked: Vec<_> = overview.regions[0]
        .cells
        .iter()
        .map(|cell| {
            (
                cell.first.as_str(),
                cell.counts.behind,
                cell.counts.attention,
            )
        })
        .collect();
    assert_eq!(
        marked,
        [("a1", 1, 0), ("a2", 0, 0), ("a3", 0, 0), ("b1", 0, 1)]
    );
}

#[tokio::test]
async fn a_week_ago_is_beside_today() {
    let world = quiet(|_| ()).await;
    let sample = |connected: f64| {
        [
            ("connected".to_owned(), connected),
            ("total".to_owned(), 10.0),
        ]
    };
    let store = &world.store;
    store.append_figures(START, &sample(4.0)).await.unwrap();
    let later = START.plus(HOUR);
    store.append_figures(later, &sample(6.0)).await.unwrap();
    world.clock.advance(7 * 24 * HOUR);
    store
        .append_figures(world.clock_now(), &sample(8.0))
        .await
        .unwrap();
    world.clock.advance(2 * HOUR);
    store
        .append_figures(world.clock_now(), &sample(9.0))
        .await
        .unwrap();
    let overview = world.fleet.monitor().overview().await;
    let line = &overview.week_ago[0];
    assert_eq!(line.figure.as_str(), "connected");
    let values: Vec<_> = line.points.iter().map(|(_, value)| *value).collect();
    assert_eq!(values, [4.0, 6.0]);
    assert!(line.points.iter().all(|(at, _)| *at < START.plus(6 * HOUR)));
}
