//! The overview: figures that equal their queries, squares, sparklines, and one computation for all.

use std::sync::Arc;
use std::time::Duration;

use fleet::monitor::{Counts, Figure};
use serde_json::json;
use twin::id::Match;
use twin::scheme::PropertyType;

use crate::world::{START, World, admin, id, supervisor};

/// Eight devices in two regions and one without; some drift, one refuses, some are connected.
async fn small() -> World {
    let world = World::new().await;
    world.declare("tags.region", PropertyType::String).await;
    for number in 0..8 {
        let region = ["North", "South"][number % 2];
        let tags = if number == 7 {
            json!({})
        } else {
            json!({ "region": region })
        };
        let name = format!("d{number}");
        let slot = world
            .device_with(&name, tags, json!({ "mode": "on" }))
            .await
            .record
            .slot;
        match number {
            0..=2 => drop(world.report(slot, json!({ "mode": "on" })).await),
            3 => drop(
                world
                    .report(
                        slot,
                        json!({ "mode": { "value": "off", "ac": 409, "av": 1, "ad": "busy" } }),
                    )
                    .await,
            ),
            _ => {}
        }
        if number < 4 {
            world
                .fleet
                .monitor()
                .connected(slot, &id(&name), START)
                .await;
        }
    }
    world
}

#[tokio::test]
async fn figures_are_the_counts_of_their_own_queries() {
    let world = small().await;
    let overview = world.fleet.monitor().overview().await;
    let figures = overview.figures;
    assert_eq!(
        (figures.total, figures.converged, figures.drifting),
        (8, 3, 5)
    );
    assert_eq!(
        (figures.refusing, figures.connected, figures.silent),
        (1, 4, 0)
    );
    assert!(overview.freshness.is_complete());
    for figure in Figure::ALL {
        if let Some(condition) = figure.condition() {
            let count = world
                .fleet
                .monitor()
                .count(&supervisor(), condition)
                .await
                .unwrap();
            assert_eq!(
                figures.value(figure),
                Some(f64::from(u32::try_from(count).unwrap())),
                "{figure:?}"
            );
        }
    }
    world.clock.advance(Duration::from_secs(24 * 3_600 + 1));
    let figures = world.fleet.monitor().overview().await.figures;
    assert_eq!(figures.silent, 8, "nobody was heard of for a day");
}

#[tokio::test]
async fn squares_show_every_device_once_by_region_and_name() {
    let world = small().await;
    let overview = world.fleet.monitor().overview().await;
    assert_eq!(overview.neighbors, 1);
    let shown: Vec<_> = overview
        .regions
        .iter()
        .map(|region| {
            let cells: Vec<_> = region
                .cells
                .iter()
                .map(|cell| cell.first.to_string())
                .collect();
            (
                region.name.as_deref(),
                cells.join(" "),
                region.counts.drifting,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (Some("North"), "d0 d2 d4 d6".to_owned(), 2),
            (Some("South"), "d1 d3 d5".to_owned(), 2),
            (None, "d7".to_owned(), 1)
        ]
    );
    let refusing = &overview.regions[1].cells[1];
    assert_eq!(
        refusing.counts,
        Counts {
            devices: 1,
            drifting: 1,
            refusing: 1,
            connected: 1,
            silent: 0,
            behind: 0,
            attention: 1
        }
    );
}

#[tokio::test]
async fn squares_hold_more_neighbors_when_there_are_many() {
    let world = World::with(|limits| limits.overview_cells_max = 10).await;
    for number in 0..95 {
        world.device(&format!("d{number:02}")).await;
    }
    let overview = world.fleet.monitor().overview().await;
    assert_eq!(overview.neighbors, 10);
    let [region] = &overview.regions[..] else {
        panic!("nothing is declared: one region without a name");
    };
    assert_eq!((region.cells.len(), region.counts.devices), (10, 95));
    let last = region.cells.last().unwrap();
    assert_eq!(
        (last.first.as_str(), last.last.as_str(), last.counts.devices),
        ("d90", "d94", 5)
    );
    let condition = format!(
        "deviceId >= '{}' AND deviceId <= '{}'",
        last.first, last.last
    );
    assert_eq!(
        world
            .fleet
            .monitor()
            .count(&admin(), &condition)
            .await
            .unwrap(),
        5
    );
}

#[tokio::test]
async fn the_layout_follows_devices_that_come_go_and_move() {
    let world = small().await;
    world.fleet.monitor().overview().await;
    world.tag("d0", json!({ "region": "South" })).await;
    world
        .fleet
        .provision()
        .delete(&admin(), &id("d1"), Match::Any, None)
        .await
        .unwrap();
    world
        .device_with("d9", json!({ "region": "North" }), json!({}))
        .await;
    world.clock.advance(Duration::from_secs(2));
    let overview = world.fleet.monitor().overview().await;
    let sizes: Vec<_> = overview
        .regions
        .iter()
        .map(|region| region.counts.devices)
        .collect();
    assert_eq!(sizes, [4, 3, 1]);
}

#[tokio::test]
async fn all_viewers_share_one_computation_a_second() {
    let world = small().await;
    let monitor = world.fleet.monitor();
    let views = futures::future::join_all((0..20).map(|_| monitor.overview())).await;
    assert!(views.iter().all(|view| Arc::ptr_eq(view, &views[0])));
    world.clock.advance(Duration::from_millis(999));
    assert!(Arc::ptr_eq(&monitor.overview().await, &views[0]));
    world.clock.advance(Duration::from_millis(1));
    assert!(!Arc::ptr_eq(&monitor.overview().await, &views[0]));
}

#[tokio::test]
async fn messages_and_answers_are_measured() {
    let world = World::new().await;
    let slot = world.device("d1").await.record.slot;
    world
        .fleet
        .monitor()
        .connected(slot, &id("d1"), START)
        .await;
    for _ in 0..10 {
        for step in 0..5 {
            world.report(slot, json!({ "step": step })).await;
        }
        world.clock.advance(Duration::from_secs(1));
    }
    let figures = world.fleet.monitor().overview().await.figures;
    assert!((figures.messages_per_second - 5.0).abs() < 1e-9);
    assert_eq!(figures.answer_p95, None);
    world.desire("d1", json!({ "mode": "on" })).await;
    world.clock.advance(Duration::from_millis(1_400));
    world.report(slot, json!({ "step": 7 })).await;
    world.report(slot, json!({ "mode": "on" })).await;
    let figures = world.fleet.monitor().overview().await.figures;
    assert_eq!(figures.answer_p95, Some(Duration::from_millis(1_400)));
}
