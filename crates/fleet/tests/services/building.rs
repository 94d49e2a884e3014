//! The time after a start while the columns are being built: questions are told how far that is, and no
//! documents are read instead.

use std::sync::Arc;
use std::time::Duration;

use fleet::Fleet;
use fleet::access::Permission;
use fleet::monitor::{Building, By, Find, Page, PageAt, QueryError, Sort};
use serde_json::json;
use store::Store;
use twin::id::Match;
use twin::scheme::PropertyType;

use crate::held::Held;
use crate::world::{World, admin, id, opened, service, supervisor};

const DEVICES: u64 = 30;
const BATCH: u64 = 10;

/// A fleet of which nothing is in the columns yet, over the store of a world that has been running.
async fn starting(service_wait: Duration) -> (World, Fleet, Arc<Held>) {
    let world = World::new().await;
    world.declare("tags.level", PropertyType::Number).await;
    for number in 0..DEVICES {
        let level = json!({ "level": number % 3, "other": number % 3 });
        world
            .device_with(&format!("d{number:02}"), level, json!({}))
            .await;
    }
    let held = Held::new(Arc::clone(&world.store));
    let store: Arc<dyn Store> = Arc::clone(&held) as _;
    let fleet = opened(&store, &world.clock, |limits| {
        limits.console_columns_wait = Duration::ZERO;
        limits.service_columns_wait = service_wait;
        limits.rebuild_batch_rows = usize::try_from(BATCH).unwrap();
    })
    .await;
    (world, fleet, held)
}

/// Longer than any test takes.
const LONG: Duration = Duration::from_hours(1);

async fn building(fleet: &Fleet) -> Option<Building> {
    match fleet.monitor().count(&admin(), "tags.level = 1").await {
        Ok(_) => None,
        Err(QueryError::Building(building)) => Some(building),
        Err(error) => panic!("{error}"),
    }
}

/// Lets batches pass until so many devices are in the columns.
async fn reads(fleet: &Fleet, held: &Held, done: u64) -> Building {
    held.lets(1);
    loop {
        match building(fleet).await {
            Some(building) if building.done >= done => return building,
            Some(_) => tokio::task::yield_now().await,
            None => panic!("the columns are whole"),
        }
    }
}

fn names(page: &Page) -> Vec<String> {
    let names = page.records.iter();
    names
        .map(|live| live.record.identity.device_id.to_string())
        .collect()
}

async fn page(fleet: &Fleet, descending: bool, at: PageAt<&str>) -> Page {
    let find = Find {
        sort: vec![Sort {
            path: "deviceId".to_owned(),
            descending,
        }],
        at,
        limit: 12,
        ..Find::default()
    };
    fleet.monitor().find(&supervisor(), find).await.unwrap()
}

#[tokio::test]
async fn a_question_is_told_how_far_the_columns_are_and_reads_no_documents() {
    let (world, fleet, held) = starting(Duration::ZERO).await;
    let monitor = fleet.monitor();
    let building = reads(&fleet, &held, BATCH).await;
    assert_eq!((building.done, building.total), (BATCH, DEVICES));
    assert_eq!(monitor.freshness().building, Some(building));

    let by_level = Find {
        sort: vec![Sort {
            path: "tags.level".to_owned(),
            descending: false,
        }],
        limit: 10,
        ..Find::default()
    };
    for find in [
        by_level,
        Find {
            condition: "tags.level = 1",
            limit: 10,
            ..Find::default()
        },
        // Not declared either: it is read from documents later, not now.
        Find {
            condition: "tags.other = 1",
            limit: 10,
            ..Find::default()
        },
    ] {
        let answer = monitor.find(&admin(), find).await;
        assert!(matches!(answer, Err(QueryError::Building(_))), "{answer:?}");
    }
    let facets = monitor.facets(&admin(), "", &["tags.level"], 5).await;
    assert!(matches!(facets, Err(QueryError::Building(_))));
    let reader = service(&[Permission::ServiceConnect]);
    for query in [
        "SELECT * FROM devices WHERE tags.level = 1",
        "SELECT COUNT() AS n FROM devices",
    ] {
        let rows = monitor.run_query(&reader, query, None, None).await;
        assert!(matches!(rows, Err(QueryError::Building(_))), "{query}");
    }
    assert_eq!(held.passes(), 0);

    held.opens();
    monitor.columns_complete().await;
    assert_eq!(monitor.freshness().building, None);
    assert_eq!(
        monitor.count(&admin(), "tags.level = 1").await.unwrap(),
        DEVICES / 3
    );
    assert_eq!(held.passes(), 0, "the columns answer");
    drop(world);
}

#[tokio::test]
async fn what_has_no_column_is_read_from_documents_in_one_pass_once_the_columns_are_there() {
    let (world, fleet, held) = starting(Duration::ZERO).await;
    held.opens();
    fleet.monitor().columns_complete().await;
    let mut at = PageAt::First;
    let mut later;
    loop {
        let find = Find {
            condition: "tags.other = 1",
            sort: vec![Sort {
                path: "tags.other".to_owned(),
                descending: false,
            }],
            at,
            limit: 4,
        };
        let page = fleet.monitor().find(&admin(), find).await.unwrap();
        assert_eq!((page.answered.by, page.total), (By::Scan, DEVICES / 3));
        assert_eq!(held.passes(), 1);
        match page.later {
            None => break,
            Some(next) => later = next,
        }
        at = PageAt::After(&later);
    }
    drop(world);
}

#[tokio::test]
async fn all_devices_by_name_are_there_at_once_and_paging_goes_on_in_the_columns() {
    let (world, fleet, held) = starting(Duration::ZERO).await;
    for descending in [false, true] {
        let mut expected: Vec<_> = (0..DEVICES).map(|number| format!("d{number:02}")).collect();
        if descending {
            expected.reverse();
        }
        let first = page(&fleet, descending, PageAt::First).await;
        assert_eq!(names(&first), expected[..12]);
        assert_eq!((first.before, first.total), (0, DEVICES));
        assert_eq!(first.answered.by, By::Store);
        assert_eq!(first.earlier, None);
        assert_eq!(first.building.map(|building| building.total), Some(DEVICES));
        let second = page(
            &fleet,
            descending,
            PageAt::After(first.later.as_deref().unwrap()),
        )
        .await;
        assert_eq!(
            (names(&second), second.before),
            (expected[12..24].to_vec(), 12)
        );
        let back = page(
            &fleet,
            descending,
            PageAt::Before(second.earlier.as_deref().unwrap()),
        )
        .await;
        assert_eq!((names(&back), back.before), (names(&first), 0));
        let last = page(&fleet, descending, PageAt::Last).await;
        assert_eq!((names(&last), last.before), (expected[18..].to_vec(), 18));
        assert_eq!(last.later, None);
        let short = page(
            &fleet,
            descending,
            PageAt::Before(last.earlier.as_deref().unwrap()),
        )
        .await;
        assert_eq!((names(&short), short.before), (expected[6..18].to_vec(), 6));
        let filled = page(
            &fleet,
            descending,
            PageAt::Before(short.earlier.as_deref().unwrap()),
        )
        .await;
        assert_eq!(
            names(&filled),
            names(&first),
            "a page at the beginning is full"
        );
    }
    assert_eq!(fleet.monitor().count(&admin(), "*").await.unwrap(), DEVICES);
    let first = page(&fleet, false, PageAt::First).await;
    held.opens();
    fleet.monitor().columns_complete().await;
    let second = page(
        &fleet,
        false,
        PageAt::After(first.later.as_deref().unwrap()),
    )
    .await;
    assert_eq!((second.answered.by, second.building), (By::Columns, None));
    assert_eq!((second.before, second.total), (12, DEVICES));
    assert_eq!(held.passes(), 0);
    drop(world);
}

#[tokio::test]
async fn a_page_behind_devices_that_are_gone_is_the_last() {
    let (world, fleet, held) = starting(Duration::ZERO).await;
    let first = page(&fleet, false, PageAt::First).await;
    let after = PageAt::After(first.later.as_deref().unwrap());
    for number in 11..DEVICES {
        let gone = id(&format!("d{number:02}"));
        let provision = fleet.provision();
        provision
            .delete(&admin(), &gone, Match::Any, None)
            .await
            .unwrap();
    }
    let last = page(&fleet, false, after).await;
    assert_eq!((last.records.len(), last.before, last.total), (11, 0, 11));
    held.opens();
    fleet.monitor().columns_complete().await;
    let same = page(&fleet, false, after).await;
    assert_eq!((names(&same), same.before), (names(&last), 0));
    drop(world);
}

#[tokio::test]
async fn a_service_query_waits_for_the_columns() {
    let (world, fleet, held) = starting(LONG).await;
    let asking = {
        let fleet = fleet.clone();
        tokio::spawn(async move {
            let reader = service(&[Permission::ServiceConnect]);
            let query = "SELECT COUNT() AS n FROM devices WHERE tags.level = 2";
            fleet.monitor().run_query(&reader, query, None, None).await
        })
    };
    reads(&fleet, &held, BATCH).await;
    assert!(!asking.is_finished());
    held.opens();
    let rows = asking.await.unwrap().unwrap();
    assert_eq!(rows.rows, [json!({ "n": DEVICES / 3 })]);
    assert_eq!((rows.answered.by, held.passes()), (By::Columns, 0));
    drop(world);
}

#[tokio::test]
async fn service_clients_page_through_all_devices_at_once() {
    let (world, fleet, held) = starting(LONG).await;
    let reader = service(&[Permission::ServiceConnect]);
    let (mut all, mut next) = (Vec::new(), None::<String>);
    loop {
        let query = "SELECT deviceId FROM devices";
        let rows = fleet
            .monitor()
            .run_query(&reader, query, next.as_deref(), Some(7));
        let rows = rows.await.unwrap();
        assert_eq!(rows.answered.by, By::Store);
        all.extend(rows.rows);
        next = rows.continuation;
        if next.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (0..DEVICES)
        .map(|number| json!({ "deviceId": format!("d{number:02}") }))
        .collect();
    assert_eq!(all, expected);
    assert_eq!(held.passes(), 0);
    drop(world);
}
