//! Declared properties and their columns.

use std::sync::Arc;

use fleet::monitor::By;
use fleet::plan::Declared;
use fleet::{Error, Fleet, Principal};
use serde_json::json;
use store::Store;
use twin::scheme::{Property, PropertyType};

use crate::held::Held;
use crate::world::{World, admin, id, opened, operator, supervisor};

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
    found_in(&world.fleet, condition).await
}

async fn found_in(fleet: &Fleet, condition: &str) -> (u64, By) {
    let find = fleet::monitor::Find {
        condition,
        limit: 1,
        ..fleet::monitor::Find::default()
    };
    let page = fleet.monitor().find(&supervisor(), find).await.unwrap();
    (page.total, page.answered.by)
}

/// The property once its column stands like this: whether it is building, and how many devices it has looked at.
async fn when(fleet: &Fleet, path: &str, is_building: bool, loaded: u64) -> Declared {
    loop {
        let declared = fleet.plan().property(&supervisor(), path).await.unwrap();
        let column = declared.column.as_ref().unwrap();
        if (column.is_building, column.loaded) == (is_building, loaded) {
            return declared;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_column_tells_how_far_it_is_and_begins_anew_when_it_is_declared_anew() {
    const PATH: &str = "tags.region";
    const NORTH: &str = "tags.region = 'North'";
    let world = World::new().await;
    for number in 0..6 {
        let tags = json!({ "region": "North" });
        world
            .device_with(&format!("d{number}"), tags, json!({}))
            .await;
    }
    let held = Held::new(Arc::clone(&world.store));
    let store: Arc<dyn Store> = Arc::clone(&held) as _;
    let fleet = opened(&store, &world.clock, |limits| limits.rebuild_batch_rows = 2).await;
    // Three batches with devices, and one that says that there are no more.
    let pass = 4;
    held.lets(pass);
    fleet.monitor().columns_complete().await;

    let plan = fleet.plan();
    plan.declare(&admin(), property(PATH)).await.unwrap();
    assert_eq!(when(&fleet, PATH, true, 0).await.devices, 6);
    held.lets(1);
    assert_eq!(when(&fleet, PATH, true, 2).await.devices, 6);
    assert_eq!(found_in(&fleet, NORTH).await, (6, By::Scan));

    // The pass that is under way has missed two devices for the new column.
    plan.drop_property(&admin(), PATH).await.unwrap();
    plan.declare(&admin(), property(PATH)).await.unwrap();
    held.lets(pass - 1);
    held.lets(1);
    when(&fleet, PATH, true, 2).await;
    assert_eq!(found_in(&fleet, NORTH).await, (6, By::Scan));
    held.opens();
    let column = when(&fleet, PATH, false, 6).await.column.unwrap();
    assert_eq!((column.present, column.distinct), (6, Some(1)));
    assert_eq!(found_in(&fleet, NORTH).await, (6, By::Columns));
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
    assert_eq!((column.loaded, declared[0].devices), (1, 1));
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
    let plan = world.fleet.plan();
    let unknown = plan
        .change_property(&admin(), property("tags.region"))
        .await;
    assert!(matches!(unknown, Err(Error::NotFound { .. })));
    world.declare("tags.region", PropertyType::String).await;
    let again = plan.declare(&admin(), property("tags.region")).await;
    assert!(matches!(again, Err(Error::Exists { .. })), "{again:?}");
    plan.change_property(&admin(), property("tags.region"))
        .await
        .unwrap();
    let declared = plan.property(&admin(), "tags.region").await.unwrap();
    assert_eq!(declared.property.title, "Region");
    assert!(!declared.column.unwrap().is_building);
}

#[tokio::test]
async fn there_is_room_for_so_many_properties_and_no_more() {
    let world = World::with(|limits| limits.declared_properties_max = 2).await;
    let plan = world.fleet.plan();
    for path in ["tags.a", "tags.b"] {
        plan.declare(&admin(), property(path)).await.unwrap();
    }
    let refused = plan.declare(&admin(), property("tags.c")).await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "2 properties are declared, and there is no room for more: drop one first."
    );
    plan.change_property(&admin(), property("tags.b"))
        .await
        .unwrap();
    plan.drop_property(&admin(), "tags.a").await.unwrap();
    plan.declare(&admin(), property("tags.c")).await.unwrap();
}

#[tokio::test]
async fn a_type_that_no_device_holds_is_refused() {
    let world = World::new().await;
    for (name, tags) in [
        (
            "d1",
            json!({ "floor": 3, "since": "2026-11-22T10:00:00Z", "odd": 1 }),
        ),
        (
            "d2",
            json!({ "floor": 4, "at": { "lat": 51.6 }, "odd": "one" }),
        ),
    ] {
        world.device_with(name, tags, json!({})).await;
    }
    let plan = world.fleet.plan();
    let of_type = |path: &str, kind| Property {
        kind,
        ..property(path)
    };
    let refused = plan
        .declare(&admin(), of_type("tags.floor", PropertyType::Boolean))
        .await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "'tags.floor' is not of type boolean: devices hold values of type number there. Declare it as number or as mixed."
    );
    for (path, kind, is_taken) in [
        ("tags.floor", PropertyType::String, false),
        ("tags.floor", PropertyType::Number, true),
        ("tags.at", PropertyType::Number, false),
        ("tags.at", PropertyType::Object, true),
        ("tags.since", PropertyType::String, true),
        // Devices disagree, so that any type may be what is meant.
        ("tags.odd", PropertyType::Number, true),
        ("tags.new", PropertyType::Array, true),
    ] {
        let declared = plan.declare(&admin(), of_type(path, kind)).await;
        assert_eq!(declared.is_ok(), is_taken, "{path} {kind}: {declared:?}");
    }
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

#[tokio::test]
async fn the_inventory_tells_what_devices_hold() {
    let world = World::new().await;
    for (name, tags, desired) in [
        (
            "d1",
            json!({ "floor": 1, "at": { "lat": 51.6 } }),
            json!({ "mode": "eco" }),
        ),
        ("d2", json!({ "floor": "one", "at": {} }), json!({})),
        ("d3", json!({ "floor": 1, "big-hall": true }), json!({})),
    ] {
        world.device_with(name, tags, desired).await;
    }
    let plan = world.fleet.plan();
    let inventory = plan.inventory(&supervisor()).await.unwrap();
    assert_eq!((inventory.sampled, inventory.devices), (3, 3));
    let found: Vec<_> = inventory
        .found
        .iter()
        .map(|found| {
            let types: Vec<_> = found.types.iter().map(|kind| kind.as_str()).collect();
            (found.path.as_str(), types.join("|"), found.present)
        })
        .collect();
    let of = |path, types: &str, present| (path, types.to_owned(), present);
    assert_eq!(
        found,
        [
            of("properties.desired.mode", "string", 1),
            of("tags.at", "object", 1),
            of("tags.at.lat", "number", 1),
            of("tags.[[big-hall]]", "boolean", 1),
            of("tags.floor", "string|number", 3),
        ]
    );
    let floor = inventory.found.last().unwrap();
    assert_eq!(floor.kind, PropertyType::Mixed);
    assert_eq!(floor.examples, [json!(1), json!("one")]);
    // Each can be declared by the path that it is shown by.
    for found in inventory.found {
        world.declare(&found.path, found.kind).await;
    }
    let device = Principal::Device(id("d1"));
    let refused = plan.inventory(&device).await;
    assert!(matches!(refused, Err(Error::Denied(_))));
}

#[tokio::test]
async fn names_that_are_no_words_are_asked_for_as_the_schema_writes_them() {
    let world = World::new().await;
    let names = [
        "chiller-water",
        "floor#2",
        "a]]b",
        "2nd",
        "größe",
        "group",
        "it's",
    ];
    let tags: serde_json::Map<_, _> = names
        .iter()
        .map(|name| ((*name).to_owned(), json!("x")))
        .collect();
    world.device_with("d1", json!(tags), json!({})).await;
    // What nobody declares is known from a sample by the same text.
    for name in &names[..4] {
        let path = query::Path::new(["tags", name]).to_string();
        world.declare(&path, PropertyType::String).await;
    }
    let schema = world.fleet.monitor().schema().await;
    for (number, name) in names.iter().enumerate() {
        let path = query::Path::new(["tags", name]).to_string();
        let known = schema.find(&path).unwrap();
        assert_eq!(known.declared, number < 4, "{path}");
        let condition = format!("{path} = 'x'");
        let tree = query::parse_condition(&condition).condition.unwrap();
        assert_eq!(query::check_condition(&tree, &schema), [], "{condition}");
        let by = if known.declared {
            By::Columns
        } else {
            By::Scan
        };
        assert_eq!(
            found_in(&world.fleet, &condition).await,
            (1, by),
            "{condition}"
        );
        let suggested = query::complete(&format!("{path} = "), path.len() + 3, &schema);
        let is_offered = suggested.items.iter().any(|item| item.insert == "'x'");
        assert_eq!(is_offered, known.declared, "{path}");
    }
}
