//! Questions: the columns, the scan of documents and plain evaluation give the same answers, page by page.
//!
//! Each value is in the twin twice: below a declared path, which the columns answer, and below one that
//! is not, which only a scan can answer. The same question is then asked of both.

use std::time::Duration;

use fleet::Fleet;
use fleet::access::Permission;
use fleet::clock::{Rng, SeededRng};
use fleet::monitor::{By, DeviceEvent, Find, Page, PageAt, QueryError, Rows, Sort};
use fleet::provision::NewDevice;
use serde_json::{Value, json};
use twin::Map;
use twin::id::{Match, Slot};
use twin::scheme::PropertyType;

use crate::world::{START, World, admin, id, map, service, supervisor};

const DEVICES: usize = 150;

fn reported(slot: Slot, patch: Value) -> DeviceEvent {
    DeviceEvent::Reported {
        slot,
        patch: map(patch),
        expected_version: None,
    }
}

/// A fleet of devices with all sorts of values, seeded.
async fn varied() -> World {
    let world = World::new().await;
    world.declare("tags.known.v", PropertyType::Mixed).await;
    world.declare("tags.known.w", PropertyType::Mixed).await;
    let rng = SeededRng::new(7);
    let draw = || {
        let mut byte = [0];
        rng.fill(&mut byte);
        usize::from(byte[0])
    };
    let values = [
        json!(1),
        json!(2.5),
        json!(-3),
        json!(40),
        json!("a"),
        json!("b"),
        json!("10"),
        json!(true),
        json!(false),
        json!([1, 2]),
        json!({ "x": 1 }),
    ];
    for ten in 0..DEVICES / 10 {
        let device = |number: usize| {
            let mut tags = Map::new();
            for key in ["v", "w"] {
                // Some have no value at all.
                if let Some(value) = values.get(draw() % (values.len() + 2)) {
                    tags.insert(key.to_owned(), value.clone());
                }
            }
            NewDevice {
                tags: map(json!({ "known": tags, "other": tags })),
                desired: map(json!({ "on": true })),
                ..NewDevice::new(id(&format!("d{number:03}")))
            }
        };
        let new = (10 * ten..10 * (ten + 1)).map(device).collect();
        let created = world
            .fleet
            .provision()
            .create_many(&admin(), new)
            .await
            .unwrap();
        let records: Vec<_> = created
            .into_iter()
            .map(|created| created.unwrap().record)
            .collect();
        let reports = records.iter().filter(|_| draw() % 3 > 0);
        let reports = reports.map(|record| reported(record.slot, json!({ "on": draw() % 2 == 0 })));
        let monitor = world.fleet.monitor();
        monitor.ingest(reports.collect()).await;
        let connections = records.iter().filter(|_| draw() % 2 == 0);
        let connections = connections
            .map(|record| monitor.connected(record.slot, &record.identity.device_id, START));
        futures::future::join_all(connections).await;
        world.clock.advance(Duration::from_mins(10));
    }
    world
}

/// Conditions and orders, with `$` where the two halves of the twin differ.
const CONDITIONS: [&str; 28] = [
    "",
    "$.v = 1",
    "$.v != 1",
    "$.v > 1 AND $.w < 3",
    "$.v = 'a' OR $.w = 'a'",
    "NOT ($.v = 'a')",
    "$.v IN [1, 'b', true]",
    "$.v NIN [1, 'b', true]",
    "IS_DEFINED($.v)",
    "NOT IS_DEFINED($.v)",
    "IS_NUMBER($.v) AND $.v * 2 > 4",
    "IS_STRING($.v) AND STARTSWITH($.v, 'a')",
    "IS_ARRAY($.v) OR IS_OBJECT($.w)",
    "$.v",
    "NOT $.v",
    "$.v = $.w",
    "$.v < $.w",
    "IS_DEFINED($.v) AND connectionState = 'Connected'",
    "IS_DEFINED($.v) AND connectionState != 'Connected'",
    "IS_DEFINED($.w) AND IS_DRIFTING()",
    "IS_DEFINED($.w) AND NOT IS_DRIFTING()",
    "IS_DEFINED($.w) AND drift.count >= 1",
    "IS_DEFINED($.v) AND lastActivityTime > '2026'",
    "IS_DEFINED($.v) AND lastActivityTime > ago('40m')",
    "$.v > 0 OR deviceId > 'd100'",
    "$.v > 0 OR status = 'enabled'",
    "deviceId IN ['d001', 'd002', 'zzz'] AND ($.v = 1 OR true)",
    "$.v = 1 AND $.v = 2",
];

const ORDERS: [&str; 5] = [
    "",
    "ORDER BY $.v",
    "ORDER BY $.v DESC, $.w",
    "ORDER BY connectionState, $.w DESC",
    "ORDER BY deviceId DESC",
];

async fn page(world: &World, condition: &str, at: PageAt<&str>) -> Page {
    let find = Find {
        condition,
        at,
        limit: 40,
        ..Find::default()
    };
    world
        .fleet
        .monitor()
        .find(&supervisor(), find)
        .await
        .unwrap()
}

fn names(page: &Page) -> Vec<String> {
    let records = page.records.iter();
    records
        .map(|live| live.record.identity.device_id.to_string())
        .collect()
}

/// The names on all pages, the total that every page said, and by what they were found. Going back over
/// the pages gives the same ones.
async fn all_pages(world: &World, condition: &str) -> (Vec<String>, u64, By) {
    let mut pages = vec![page(world, condition, PageAt::First).await];
    loop {
        let last = pages.last().unwrap();
        let before: usize = pages
            .iter()
            .rev()
            .skip(1)
            .map(|page| page.records.len())
            .sum();
        assert_eq!(last.before, before as u64, "{condition}");
        assert_eq!(last.earlier.is_some(), before > 0, "{condition}");
        let Some(later) = last.later.clone() else {
            break;
        };
        assert_eq!(last.records.len(), 40, "{condition}");
        pages.push(page(world, condition, PageAt::After(&later)).await);
    }
    for (earlier, later) in pages.iter().zip(pages.iter().skip(1)) {
        let place = PageAt::Before(later.earlier.as_deref().unwrap());
        let back = page(world, condition, place).await;
        assert_eq!(names(&back), names(earlier), "{condition}");
        assert_eq!(back.before, earlier.before, "{condition}");
        assert_eq!(back.later.is_some(), earlier.later.is_some(), "{condition}");
    }
    let all: Vec<_> = pages.iter().flat_map(names).collect();
    let last = page(world, condition, PageAt::Last).await;
    assert_eq!(
        names(&last),
        all[all.len().saturating_sub(40)..],
        "{condition}"
    );
    assert_eq!(
        (last.before + last.records.len() as u64, last.later),
        (last.total, None)
    );
    (all, last.total, last.answered.by)
}

/// What plain evaluation of every document gives, sorted by name.
async fn evaluated(world: &World, condition: &str) -> Vec<String> {
    let condition = query::parse_condition(condition).condition;
    let context = query::Context {
        now: world.fleet.clock().now(),
    };
    let mut names = Vec::new();
    for record in world.store.page(None, 10_000).await.unwrap() {
        let name = record.identity.device_id.to_string();
        let live = world.live(&name).await.unwrap();
        if condition
            .as_ref()
            .is_none_or(|condition| query::matches(condition, &live.row(), &context))
        {
            names.push(name);
        }
    }
    names
}

#[tokio::test]
async fn columns_scan_and_evaluation_find_the_same_devices_in_the_same_order() {
    let world = varied().await;
    let mut scanned = 0;
    for condition in CONDITIONS {
        let expected = evaluated(&world, &condition.replace('$', "tags.known")).await;
        for order in ORDERS {
            let text = format!("{condition} {order}");
            let known = text.replace('$', "tags.known");
            let other = text.replace('$', "tags.other");
            let (by_columns, total, by) = all_pages(&world, &known).await;
            assert_eq!(by, By::Columns, "{known}");
            assert_eq!(total, by_columns.len() as u64, "{known}");
            let (by_scan, total, by) = all_pages(&world, &other).await;
            scanned += usize::from(by == By::Scan);
            assert_eq!(total, by_scan.len() as u64, "{other}");
            assert_eq!(by_columns, by_scan, "{text}");
            let mut sorted = by_columns.clone();
            sorted.sort();
            assert_eq!(sorted, expected, "{known}");
        }
        let count = world
            .fleet
            .monitor()
            .count(&supervisor(), &condition.replace('$', "tags.other"))
            .await
            .unwrap();
        assert_eq!(count, expected.len() as u64, "{condition}");
    }
    assert!(
        scanned > 120,
        "{scanned} of the questions were answered by scan"
    );
}

async fn rows(fleet: &Fleet, text: &str, continuation: Option<&str>, page: usize) -> Rows {
    let reader = service(&[Permission::ServiceConnect]);
    fleet
        .monitor()
        .run_query(&reader, text, continuation, Some(page))
        .await
        .unwrap()
}

async fn all_rows(fleet: &Fleet, text: &str, page: usize) -> (Vec<Value>, By) {
    let mut all = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let rows = rows(fleet, text, next.as_deref(), page).await;
        all.extend(rows.rows);
        next = rows.continuation;
        if next.is_none() {
            return (all, rows.answered.by);
        }
    }
}

#[tokio::test]
async fn whole_queries_give_the_same_rows_by_columns_and_by_scan() {
    let world = varied().await;
    for query in [
        "SELECT deviceId, $.v FROM devices WHERE $.v > 0",
        "SELECT TOP 17 deviceId FROM devices WHERE IS_DEFINED($.v) ORDER BY $.v DESC",
        "SELECT COUNT() AS n FROM devices WHERE $.v = 1",
        "SELECT COUNT() AS n, MIN($.w) AS least, MAX($.w) AS most FROM devices",
        "SELECT $.v AS value, COUNT() AS n FROM devices GROUP BY $.v",
        "SELECT $.v AS value, connectionState, COUNT($.w) AS n FROM devices WHERE IS_DEFINED($.v) GROUP BY $.v, connectionState",
        "SELECT $.v AS value, COUNT() AS n FROM devices GROUP BY $.v ORDER BY n DESC",
        "SELECT TOP 2 $.v AS value, COUNT() AS n FROM devices GROUP BY $.v",
    ] {
        let (known, by) = all_rows(&world.fleet, &query.replace('$', "tags.known"), 10).await;
        assert_eq!(by, By::Columns, "{query}");
        let (other, by) = all_rows(&world.fleet, &query.replace('$', "tags.other"), 10).await;
        assert_eq!(by, By::Scan, "{query}");
        assert_eq!(known, other, "{query}");
        assert!(!known.is_empty(), "{query}");
    }
}

#[tokio::test]
async fn pages_of_service_queries_hold_a_hundred_rows_at_most_and_end() {
    let world = varied().await;
    let first = rows(&world.fleet, "SELECT * FROM devices", None, 1_000).await;
    assert_eq!((first.rows.len(), first.item_type), (100, "Twin"));
    assert_eq!(first.rows[0]["deviceId"], "d000");
    let second = rows(
        &world.fleet,
        "SELECT * FROM devices",
        first.continuation.as_deref(),
        100,
    )
    .await;
    assert_eq!(second.rows.len(), DEVICES - 100);
    assert_eq!(second.continuation, None);
    let top = rows(&world.fleet, "SELECT TOP 100 * FROM devices", None, 100).await;
    assert_eq!(
        (top.rows.len(), top.continuation),
        (100, None),
        "TOP ends the answer"
    );
    let raw = rows(
        &world.fleet,
        "SELECT deviceId FROM devices WHERE deviceId = 'd007'",
        None,
        5,
    )
    .await;
    assert_eq!(
        (raw.rows, raw.item_type),
        (vec![json!({ "deviceId": "d007" })], "Raw")
    );
    let modules = rows(&world.fleet, "SELECT * FROM devices.modules", None, 5).await;
    assert_eq!((modules.rows.len(), modules.continuation), (0, None));
}

#[tokio::test]
async fn pages_stay_in_place_while_devices_come_go_and_change() {
    let world = World::new().await;
    for number in 0..30 {
        world.device(&format!("d{number:02}")).await;
    }
    let find = async |at: PageAt<&str>| {
        let find = Find {
            at,
            limit: 10,
            ..Find::default()
        };
        world.fleet.monitor().find(&admin(), find).await.unwrap()
    };
    let first = find(PageAt::First).await;
    assert_eq!(names(&first).last().unwrap(), "d09");
    let provision = world.fleet.provision();
    provision
        .delete(&admin(), &id("d09"), Match::Any, None)
        .await
        .unwrap();
    provision
        .delete(&admin(), &id("d12"), Match::Any, None)
        .await
        .unwrap();
    world.device("d00a").await;
    world.device("d10a").await;
    let second = find(PageAt::After(first.later.as_deref().unwrap())).await;
    assert_eq!(
        names(&second),
        [
            "d10", "d10a", "d11", "d13", "d14", "d15", "d16", "d17", "d18", "d19"
        ]
    );
}

#[tokio::test]
async fn a_continuation_is_good_for_its_own_question_only() {
    let world = varied().await;
    let next = page(&world, "", PageAt::First).await.later.unwrap();
    for (condition, place) in [
        ("status = 'enabled'", next.clone()),
        ("", format!("{next}A")),
        ("", "nonsense".to_owned()),
        ("", String::new()),
    ] {
        for at in [PageAt::After(&*place), PageAt::Before(&*place)] {
            let find = Find {
                condition,
                at,
                limit: 10,
                ..Find::default()
            };
            let refused = world.fleet.monitor().find(&admin(), find).await;
            assert!(matches!(refused, Err(QueryError::Continuation)), "{place}");
        }
    }
    let refused = world
        .fleet
        .monitor()
        .run_query(&admin(), "SELECT * FROM devices", Some(&next), None)
        .await;
    assert!(matches!(refused, Err(QueryError::Continuation)));
}

#[tokio::test]
async fn problems_say_where_they_are() {
    let world = World::new().await;
    world.device("d1").await;
    let monitor = world.fleet.monitor();
    let find = Find {
        condition: "tags.a === 1",
        limit: 10,
        ..Find::default()
    };
    let Err(QueryError::Problems { text, problems }) = monitor.find(&admin(), find).await else {
        panic!("it cannot be read");
    };
    assert_eq!(text, "tags.a === 1");
    assert!(
        problems[0].span.start >= 7 && problems[0].span.end <= 10,
        "{problems:?}"
    );
    let find = Find {
        condition: "",
        sort: vec![Sort {
            path: "1 + 1".to_owned(),
            descending: true,
        }],
        limit: 10,
        ..Find::default()
    };
    assert!(matches!(
        monitor.find(&admin(), find).await,
        Err(QueryError::Problems { .. })
    ));
    for (text, is_right) in [
        ("", false),
        ("  ", false),
        ("SELECT", false),
        ("SELECT * FROM nowhere", false),
        ("SELECT * FROM devices", true),
    ] {
        let answer = monitor.run_query(&admin(), text, None, None).await;
        assert_eq!(answer.is_ok(), is_right, "{text}");
    }
    let long = format!(
        "SELECT * FROM devices WHERE tags.a = '{}'",
        "x".repeat(8_192)
    );
    assert!(matches!(
        monitor.run_query(&admin(), &long, None, None).await,
        Err(QueryError::TooLong { .. })
    ));
    let page = page(&world, "statu = 'enabled'", PageAt::First).await;
    assert!(!page.notes.is_empty(), "an unknown path is noted");
    assert_eq!(page.total, 0, "and answered");
}

#[tokio::test]
async fn sorting_beside_the_text_replaces_its_order() {
    let world = World::new().await;
    for (name, level) in [("a", 2), ("b", 3), ("c", 1)] {
        world
            .device_with(name, json!({ "level": level }), json!({}))
            .await;
    }
    let find = Find {
        condition: "ORDER BY deviceId",
        sort: vec![Sort {
            path: "tags.level".to_owned(),
            descending: true,
        }],
        limit: 10,
        ..Find::default()
    };
    let page = world.fleet.monitor().find(&admin(), find).await.unwrap();
    let names: Vec<_> = page
        .records
        .iter()
        .map(|live| live.record.identity.device_id.to_string())
        .collect();
    assert_eq!(names, ["b", "a", "c"]);
}

#[tokio::test]
async fn facets_say_what_another_choice_would_give() {
    let world = World::new().await;
    world.declare("tags.region", PropertyType::String).await;
    for (name, region, site) in [
        ("a", "N", "x"),
        ("b", "N", "y"),
        ("c", "S", "x"),
        ("d", "S", "x"),
    ] {
        world
            .device_with(name, json!({ "region": region, "site": site }), json!({}))
            .await;
    }
    world.device("e").await;
    let monitor = world.fleet.monitor();
    let facets = monitor
        .facets(
            &supervisor(),
            "tags.region = 'N'",
            &["tags.region", "status"],
            10,
        )
        .await
        .unwrap();
    assert_eq!(facets.answered.by, By::Columns);
    let region = &facets.facets[0];
    assert_eq!(region.values, [(json!("N"), 2), (json!("S"), 2)]);
    assert_eq!((region.missing, region.distinct), (1, 2));
    assert_eq!(facets.facets[1].values, [(json!("enabled"), 2)]);
    let facets = monitor
        .facets(
            &supervisor(),
            "tags.region = 'S' AND tags.site = 'x'",
            &["tags.region", "tags.site"],
            1,
        )
        .await
        .unwrap();
    assert_eq!(facets.answered.by, By::Scan);
    assert_eq!(facets.facets[0].values, [(json!("S"), 2)]);
    assert_eq!(facets.facets[0].distinct, 2);
    assert_eq!(facets.facets[1].values, [(json!("x"), 2)]);
}

#[tokio::test]
async fn rebuilt_columns_equal_those_that_followed() {
    let world = varied().await;
    for number in (0..DEVICES).step_by(7) {
        let name = format!("d{number:03}");
        world.tag(&name, json!({ "known": { "v": number } })).await;
        world.desire(&name, json!({ "mode": "new" })).await;
    }
    for number in (0..DEVICES).step_by(11) {
        let gone = id(&format!("d{number:03}"));
        world
            .fleet
            .provision()
            .delete(&admin(), &gone, Match::Any, None)
            .await
            .unwrap();
    }
    let events = (1..20).map(|slot| reported(Slot(slot), json!({ "mode": "new" })));
    world.fleet.monitor().ingest(events.collect()).await;
    // Connections do not survive a restart: they end before both pictures are taken.
    for record in world.store.page(None, 10_000).await.unwrap() {
        let now = world.fleet.clock().now();
        world
            .fleet
            .monitor()
            .disconnected(
                record.slot,
                &record.identity.device_id,
                now,
                "the test ends",
            )
            .await;
    }
    let fields = format!("{FIELDS}, connectionState, lastActivityTime");
    let followed = picture(&world.fleet, &fields).await;
    let world = world.reopened().await;
    assert_eq!(picture(&world.fleet, &fields).await, followed);
}

/// What the columns say of each device, but for its presence.
const FIELDS: &str = "deviceId, status, statusUpdateTime, createdTime, etag, version, modelId, drift.count, \
                      drift.refused, drift.since, properties.desired.$version, properties.reported.$version, \
                      tags.known.v, tags.known.w";

/// Everything that the columns say.
async fn picture(fleet: &Fleet, fields: &str) -> Value {
    let named = named(fields);
    let query = format!("SELECT {named}, COUNT() AS n FROM devices GROUP BY {fields}");
    let (rows, by) = all_rows(fleet, &query, 100).await;
    assert_eq!(by, By::Columns);
    let columns: Vec<_> = fleet
        .internals(&admin())
        .await
        .unwrap()
        .columns
        .into_iter()
        .map(|column| json!([column.path, column.distinct, column.present]))
        .collect();
    json!({ "rows": rows, "columns": columns })
}

/// The fields under names that differ: `a AS f0, b AS f1`.
fn named(fields: &str) -> String {
    let named = fields
        .split(", ")
        .enumerate()
        .map(|(number, field)| format!("{field} AS f{number}"));
    named.collect::<Vec<_>>().join(", ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_that_are_rebuilt_while_devices_change_miss_nothing() {
    let world = varied().await;
    let slots: Vec<_> = world
        .store
        .page(None, 10_000)
        .await
        .unwrap()
        .iter()
        .map(|record| record.slot)
        .collect();
    let beside = world.beside(|limits| limits.rebuild_batch_rows = 3).await;
    let mut step = 0;
    // At least one round, and more for as long as the rebuild goes on.
    while step == 0 || !beside.monitor().freshness().is_complete() {
        step += 1;
        for some in slots.chunks(10) {
            let patch = json!({ "step": step, "on": step % 2 == 0 });
            let events = some.iter().map(|slot| reported(*slot, patch.clone()));
            world.fleet.monitor().ingest(events.collect()).await;
        }
        let name = format!("new{step}");
        world
            .device_with(&name, json!({ "known": { "v": "new" } }), json!({}))
            .await;
        if step % 2 == 0 {
            let gone = id(&format!("new{}", step - 1));
            world
                .fleet
                .provision()
                .delete(&admin(), &gone, Match::Any, None)
                .await
                .unwrap();
        }
        world.tag("d007", json!({ "known": { "w": step } })).await;
    }
    beside.monitor().columns_complete().await;
    assert_eq!(
        picture(&beside, FIELDS).await,
        picture(&world.fleet, FIELDS).await
    );
}

#[tokio::test]
async fn who_may_not_ask_gets_no_answer() {
    let world = World::new().await;
    let writer = service(&[Permission::RegistryReadWrite]);
    let monitor = world.fleet.monitor();
    assert!(matches!(
        monitor.find(&writer, Find::default()).await,
        Err(QueryError::Denied(_))
    ));
    assert!(matches!(
        monitor.count(&writer, "").await,
        Err(QueryError::Denied(_))
    ));
    assert!(matches!(
        monitor.facets(&writer, "", &[], 1).await,
        Err(QueryError::Denied(_))
    ));
    let answer = monitor
        .run_query(&writer, "SELECT * FROM devices", None, None)
        .await;
    assert!(matches!(answer, Err(QueryError::Denied(_))));
}
