//! Groups: conditions with names, counted.

use fleet::Error;
use fleet::plan::Counted;
use serde_json::json;
use store::{GroupId, Saved};
use twin::scheme::PropertyType;

use crate::world::{World, admin, operator, supervisor};

fn saved(name: &str, condition: &str) -> Saved {
    Saved {
        name: name.to_owned(),
        condition: condition.to_owned(),
        ..Saved::default()
    }
}

/// Three devices in the north, one in the south.
async fn regions() -> World {
    let world =
        World::with(|limits| limits.overview_interval = std::time::Duration::from_secs(1)).await;
    world.declare("tags.region", PropertyType::String).await;
    for (name, region) in [("a", "N"), ("b", "N"), ("c", "N"), ("d", "S")] {
        let tags = json!({ "region": region, "floor": 1 });
        world.device_with(name, tags, json!({})).await;
    }
    world
}

async fn counts(world: &World) -> Vec<(String, Option<u64>)> {
    let counted = world.fleet.plan().groups(&supervisor()).await.unwrap();
    let line = |counted: &Counted| (counted.group.saved.name.clone(), counted.devices);
    counted.iter().map(line).collect()
}

#[tokio::test]
async fn a_group_is_counted_live_and_equals_its_query() {
    let world = regions().await;
    let plan = world.fleet.plan();
    for (name, condition) in [
        ("North", "tags.region = 'N'"),
        ("all", ""),
        ("Ground floor", "tags.floor = 0"),
    ] {
        plan.create_group(&operator(), saved(name, condition))
            .await
            .unwrap();
    }
    let of = |north, all| {
        [
            ("all".to_owned(), Some(all)),
            // Documents would have to be read.
            ("Ground floor".to_owned(), None),
            ("North".to_owned(), Some(north)),
        ]
    };
    assert_eq!(counts(&world).await, of(3, 4));
    let monitor = world.fleet.monitor();
    assert_eq!(
        monitor
            .count(&supervisor(), "tags.region = 'N'")
            .await
            .unwrap(),
        3
    );

    // Within a second everybody sees the same count, after it the next.
    world
        .device_with("e", json!({ "region": "N" }), json!({}))
        .await;
    assert_eq!(counts(&world).await, of(3, 4));
    world.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(counts(&world).await, of(4, 5));
}

#[tokio::test]
async fn a_group_is_changed_by_whoever_saw_it_last_and_deleted_with_a_reason() {
    let world = regions().await;
    let plan = world.fleet.plan();
    let before = world.audit().await.len();
    let id = plan
        .create_group(&operator(), saved(" North ", " tags.region = 'N' "))
        .await
        .unwrap();
    let group = plan.group(&supervisor(), id).await.unwrap();
    assert_eq!(group.saved, saved("North", "tags.region = 'N'"));
    assert_eq!((group.revision, group.created_by.as_str()), (1, "olga"));

    let south = saved("South", "tags.region = 'S'");
    plan.change_group(&admin(), id, 1, south.clone())
        .await
        .unwrap();
    let stale = plan.change_group(&operator(), id, 1, saved("N", "")).await;
    assert!(matches!(stale, Err(Error::PreconditionFailed)));
    assert_eq!(plan.group(&supervisor(), id).await.unwrap().saved, south);
    assert_eq!(counts(&world).await, [("South".to_owned(), Some(1))]);

    let silent = plan.delete_group(&operator(), id, " ").await;
    assert!(matches!(silent, Err(Error::Invalid(_))));
    plan.delete_group(&operator(), id, "Nobody looks at it")
        .await
        .unwrap();
    assert!(counts(&world).await.is_empty());
    for gone in [
        plan.delete_group(&operator(), id, "again").await,
        plan.change_group(&operator(), id, 2, saved("x", "")).await,
        plan.group(&operator(), id).await.map(drop),
    ] {
        assert!(matches!(gone, Err(Error::NotFound { .. })));
    }
    let line =
        |action: &str, target: &str| (action.to_owned(), target.to_owned(), "done".to_owned());
    assert_eq!(
        world.audited_since(before).await,
        [
            line("group.create", "North"),
            line("group.change", "South"),
            line("group.delete", "South"),
        ]
    );
    let last = world.audit().await.pop().unwrap();
    assert_eq!(last.reason.as_deref(), Some("Nobody looks at it"));
}

#[tokio::test]
async fn what_cannot_be_a_group_is_refused_with_the_reason() {
    let world = regions().await;
    let plan = world.fleet.plan();
    plan.create_group(&operator(), saved("North", ""))
        .await
        .unwrap();
    let refused = async |saved: Saved| {
        plan.create_group(&operator(), saved)
            .await
            .unwrap_err()
            .to_string()
    };
    for (wrong, says) in [
        (saved(" ", ""), "no name"),
        (saved("a\nb", ""), "one line"),
        (saved(&"n".repeat(101), ""), "longer than 100 characters"),
        (saved("x", "tags.region = "), "cannot be read"),
        (
            saved("x", "status = 'enabled' ORDER BY deviceId"),
            "leave out ORDER BY",
        ),
        (saved("NORTH", ""), "exists already"),
        (
            Saved {
                sort: "1 + 1".to_owned(),
                ..saved("x", "")
            },
            "not a path",
        ),
        (
            Saved {
                columns: vec!["tags.".to_owned()],
                ..saved("x", "")
            },
            "can be a column",
        ),
        (
            Saved {
                columns: vec!["tags.a".to_owned(); 25],
                ..saved("x", "")
            },
            "at most 24 columns",
        ),
    ] {
        let said = refused(wrong).await;
        assert!(said.contains(says), "{said}");
    }
    let denied = plan.create_group(&supervisor(), saved("x", "")).await;
    assert!(matches!(denied, Err(Error::Denied(_))));
    let denied = plan.delete_group(&supervisor(), GroupId(1), "why").await;
    assert!(matches!(denied, Err(Error::Denied(_))));
}
