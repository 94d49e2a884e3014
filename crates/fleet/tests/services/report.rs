//! Reports: what was comes from stored samples, what is now equals its queries, and who changed what is told.

use std::time::Duration;

use fleet::report::{Length, Period, Question};
use serde_json::json;
use twin::scheme::PropertyType;

use crate::world::{START, World, id, supervisor};

const STEP: Duration = Duration::from_mins(5);

#[tokio::test]
async fn a_report_tells_what_was_stored_and_what_is() {
    let world = World::new().await;
    world.declare("tags.region", PropertyType::String).await;
    for number in 0..4 {
        let name = format!("d{number}");
        let region = ["North", "South"][number % 2];
        let tags = json!({ "region": region });
        let device = world
            .device_with(&name, tags, json!({ "mode": "on" }))
            .await;
        if number > 0 {
            let report = json!({ "mode": "on" });
            world.report(device.record.slot, report).await;
        }
        if number > 1 {
            let slot = device.record.slot;
            world
                .fleet
                .monitor()
                .connected(slot, &id(&name), START)
                .await;
        }
    }
    world.desire("d3", json!({ "mode": "off" })).await;
    let day = Period::holding(Length::Day, START);
    // Ten stretches of yesterday: nine whole, one with a fifth away; then a gap until today.
    for (stretch, connected) in (0..).zip([99.0, 99.0, 99.0, 80.0, 99.0, 99.0, 99.0]) {
        let at = day.previous().begins().plus(STEP * stretch);
        let named = |name: &str, value| (name.to_owned(), value);
        let figures = [
            named("total", 100.0),
            named("connected", connected),
            named("converged", 90.0),
            named("silent", 2.0),
        ];
        world.store.append_figures(at, &figures).await.unwrap();
    }
    let read = |period| {
        let world = &world;
        async move {
            world
                .fleet
                .reports()
                .fleet(&supervisor(), world.fleet.monitor(), period)
                .await
                .unwrap()
        }
    };

    let yesterday = read(day.previous()).await;
    assert!(!yesterday.is_running);
    assert!((yesterday.converged.value.unwrap() - 0.9).abs() < 1e-9);
    assert_eq!(yesterday.converged.before, None);
    assert_eq!(yesterday.silent.value, Some(2.0));
    assert_eq!(yesterday.course.stretches.len(), 7);
    let [dip] = yesterday.dips.as_slice() else {
        panic!("{:?}", yesterday.dips);
    };
    assert_eq!(dip.from, day.previous().begins().plus(STEP * 3));
    assert_eq!(dip.devices.round().to_string(), "19");

    let today = read(day).await;
    assert!(today.is_running);
    let count = |condition: String| {
        let world = &world;
        async move {
            let monitor = world.fleet.monitor();
            monitor.count(&supervisor(), &condition).await.unwrap()
        }
    };
    assert_eq!(today.now.connected, 2);
    assert_eq!(
        today.now.connected,
        count("connectionState = 'Connected'".into()).await
    );
    assert_eq!(today.enrolled.0, 4);
    assert_eq!(today.enrolled.0, count(today.enrolled.1.clone()).await);
    let regions: Vec<_> = today
        .regions
        .iter()
        .map(|(name, counts)| (name.as_deref(), counts.devices, counts.connected))
        .collect();
    assert_eq!(regions, [(Some("North"), 2, 1), (Some("South"), 2, 1)]);
    let changes: Vec<_> = today
        .changes
        .iter()
        .map(|change| (change.action.as_str(), change.done))
        .collect();
    assert!(changes.contains(&("device.create", 4)), "{changes:?}");
    assert!(changes.contains(&("twin.change", 1)), "{changes:?}");
    assert_eq!(today.decisions, []);
    assert_eq!(read(day.next()).await.measured, None);

    let eight_days = Duration::from_hours(8 * 24);
    world.clock.advance(eight_days);
    let later = read(Period::holding(
        Length::Day,
        fleet::clock::Clock::now(&*world.clock),
    ))
    .await;
    let asked: Vec<_> = later
        .decisions
        .iter()
        .map(|decision| (decision.question, decision.devices))
        .collect();
    assert_eq!(asked, [(Question::Silent, 4), (Question::Drifting, 2)]);
    for (question, devices) in asked {
        assert_eq!(devices, count(question.condition().to_owned()).await);
    }
    // A day that is older than the fine samples is told from the coarse ones.
    let old = read(day.previous()).await;
    assert_eq!(old.course.step, Duration::from_hours(1));
    assert_eq!(old.course.stretches.len(), 1);
}
