//! Lists of devices as files.

use fleet::monitor::QueryError;
use serde_json::json;
use twin::scheme::PropertyType;

use crate::world::{World, operator, service, supervisor};

async fn exported(world: &World, condition: &str) -> Vec<String> {
    let monitor = world.fleet.monitor();
    let mut export = monitor.export(&supervisor(), condition).await.unwrap();
    let mut names = Vec::new();
    while let Some(batch) = export.next().await.unwrap() {
        let batch = batch.iter();
        names.extend(batch.map(|live| live.record.identity.device_id.to_string()));
    }
    names
}

#[tokio::test]
async fn a_list_holds_each_device_of_the_condition_once_in_the_order_of_ids() {
    let world = World::with(|limits| limits.scan_batch_rows = 3).await;
    world.declare("tags.site", PropertyType::String).await;
    for number in (0..20).rev() {
        let tags = json!({ "floor": number % 2, "site": format!("s{}", number / 15) });
        world
            .device_with(&format!("d{number:02}"), tags, json!({}))
            .await;
    }
    let before = world.audit().await.len();
    for condition in [
        "",
        "tags.floor = 1",
        // The columns leave a few over, which are read by number.
        "tags.site = 's1' AND tags.floor = 0",
        "tags.site = 'none'",
        "deviceId IN ['d03', 'd11', 'no such']",
    ] {
        let names = exported(&world, condition).await;
        let monitor = world.fleet.monitor();
        let find = fleet::monitor::Find {
            condition,
            limit: 100,
            ..fleet::monitor::Find::default()
        };
        let page = monitor.find(&operator(), find).await.unwrap();
        let found: Vec<_> = page
            .records
            .iter()
            .map(|live| live.record.identity.device_id.to_string())
            .collect();
        assert_eq!(names, found, "{condition}");
    }
    let audited = world.audited_since(before).await;
    assert_eq!(audited.len(), 5);
    assert!(
        audited
            .iter()
            .all(|(action, ..)| action == "devices.export")
    );
}

#[tokio::test]
async fn only_people_take_lists_and_only_some_at_once() {
    let world = World::with(|limits| limits.exports_max = 1).await;
    let monitor = world.fleet.monitor();
    let denied = monitor.export(&service(&[]), "").await;
    assert!(matches!(denied, Err(QueryError::Denied(_))));
    let wrong = monitor.export(&supervisor(), "tags.a = ").await;
    assert!(matches!(wrong, Err(QueryError::Problems { .. })));
    let one = monitor.export(&supervisor(), "").await.unwrap();
    let other = monitor.export(&operator(), "").await;
    assert!(matches!(other, Err(QueryError::Busy)));
    drop(one);
    monitor.export(&operator(), "").await.unwrap();
}
