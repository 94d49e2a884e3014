//! Declared properties and their columns.

use fleet::Error;
use fleet::monitor::By;
use serde_json::json;
use twin::scheme::{Property, PropertyType};

use crate::world::{World, admin, operator, supervisor};

fn property(path: &str) -> Property {
    Property {
        path: path.to_owned(),
        kind: PropertyType::String,
        title: "Region".to_owned(),
        unit: String::new(),
        description: String::new(),
    }
}

/// By what a count of the condition is found.
async fn found_by(world: &World, condition: &str) -> (u64, By) {
    let find = fleet::monitor::Find {
        condition,
        limit: 1,
        ..fleet::monitor::Find::default()
    };
    let page = world
        .fleet
        .monitor()
        .find(&supervisor(), find)
        .await
        .unwrap();
    (page.total, page.answered.by)
}

#[tokio::test]
async fn a_declared_property_is_answered_by_its_column() {
    let world = World::new().await;
    for (name, region) in [("d1", "North"), ("d2", "South"), ("d3", "North")] {
        world
            .device_with(name, json!({ "region": region }), json!({}))
            .await;
    }
    assert_eq!(
        found_by(&world, "tags.region = 'North'").await,
        (2, By::Scan)
    );
    world.declare("tags.region", PropertyType::String).await;
    assert_eq!(
        found_by(&world, "tags.region = 'North'").await,
        (2, By::Columns)
    );
    world.tag("d2", json!({ "region": "North" })).await;
    assert_eq!(
        found_by(&world, "tags.region = 'North'").await,
        (3, By::Columns)
    );
    world
        .fleet
        .plan()
        .drop_property(&operator(), "tags.region")
        .await
        .unwrap();
    assert_eq!(
        found_by(&world, "tags.region = 'North'").await,
        (3, By::Scan)
    );
    let again = world
        .fleet
        .plan()
        .drop_property(&operator(), "tags.region")
        .await;
    assert!(matches!(again, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn declarations_survive_a_restart_and_are_audited() {
    let world = World::new().await;
    let before = world.audit().await.len();
    world
        .device_with("d1", json!({ "region": "North" }), json!({}))
        .await;
    world.declare("tags.region", PropertyType::String).await;
    world.declare("desired.mode", PropertyType::String).await;
    world
        .fleet
        .plan()
        .drop_property(&admin(), "properties.desired.mode")
        .await
        .unwrap();
    let actions: Vec<_> = world
        .audited_since(before)
        .await
        .into_iter()
        .map(|(action, target, _)| (action, target))
        .collect();
    let said: Vec<_> = actions
        .iter()
        .map(|(action, target)| (action.as_str(), target.as_str()))
        .collect();
    assert_eq!(
        said[1..],
        [
            ("property.declare", "tags.region"),
            ("property.declare", "properties.desired.mode"),
            ("property.drop", "properties.desired.mode")
        ]
    );
    let world = world.reopened().await;
    assert_eq!(
        found_by(&world, "tags.region = 'North'").await,
        (1, By::Columns)
    );
    let declared = world.fleet.plan().declared(&supervisor()).await.unwrap();
    assert_eq!(declared.len(), 1);
    let column = declared[0].column.as_ref().unwrap();
    assert_eq!(
        (column.is_building, column.distinct, column.present),
        (false, Some(1), 1)
    );
}

#[tokio::test]
async fn only_properties_of_twins_can_be_declared_and_only_by_operators() {
    let world = World::new().await;
    for path in [
        "status",
        "deviceId",
        "tags",
        "properties.desired",
        "desired.$version",
        "a b",
        "",
        "drift.count",
    ] {
        let refused = world.fleet.plan().declare(&admin(), property(path)).await;
        assert!(
            matches!(refused, Err(Error::Invalid(_))),
            "{path}: {refused:?}"
        );
    }
    let refused = world
        .fleet
        .plan()
        .declare(&supervisor(), property("tags.region"))
        .await;
    assert!(matches!(refused, Err(Error::Denied(_))));
    assert!(
        world
            .fleet
            .plan()
            .declared(&admin())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_title_can_be_changed_without_building_again() {
    let world = World::new().await;
    world.declare("tags.region", PropertyType::String).await;
    world
        .fleet
        .plan()
        .declare(&admin(), property("tags.region"))
        .await
        .unwrap();
    let declared = world.fleet.plan().declared(&admin()).await.unwrap();
    assert_eq!(declared[0].property.title, "Region");
    assert!(!declared[0].column.as_ref().unwrap().is_building);
}

#[tokio::test]
async fn the_schema_knows_what_is_declared_and_what_is_seen() {
    let world = World::new().await;
    for number in 0..4 {
        let tags =
            json!({ "region": if number == 0 { "South" } else { "North" }, "floor": number });
        world
            .device_with(&format!("d{number}"), tags, json!({}))
            .await;
    }
    world.device("d4").await;
    world
        .fleet
        .plan()
        .declare(&admin(), property("tags.region"))
        .await
        .unwrap();
    world.declare("tags.region", PropertyType::String).await;
    let schema = world.fleet.monitor().schema().await;
    let region = schema.find("tags.region").unwrap();
    assert!(region.declared);
    assert!((region.share - 0.8).abs() < 1e-9);
    assert_eq!(
        region.values,
        [("'North'".to_owned(), 3), ("'South'".to_owned(), 1)]
    );
    let floor = schema.find("tags.floor").unwrap();
    assert!(!floor.declared);
    assert_eq!(floor.kind, PropertyType::Number);
    assert!((floor.share - 0.8).abs() < 1e-9);
    let status = schema.find("status").unwrap();
    assert_eq!(status.values, [("'enabled'".to_owned(), 5)]);
}
