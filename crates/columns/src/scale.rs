//! A large made-up fleet: laws where columns are dense, wide and sampled, and how long the passes take.

use std::hint::black_box;
use std::time::{Duration, Instant};

use query::ast::OrderBy;
use query::select::Aggregator;
use query::{Expr, Path, Query, testing};
use serde_json::json;
use twin::Value;
use twin::diff::Drift;
use twin::id::{DeviceId, Etag, Seq, Slot};
use twin::identity::{AuthenticationKind, Identity, Status};
use twin::presence::Presence;
use twin::time::Timestamp;

use crate::laws::{all_pages, pages_backward, sorted};
use crate::{Builtin, Columns, LoadRow, PageAt};

const PATHS: [&str; 14] = [
    "tags.region",
    "tags.site",
    "tags.class",
    "tags.serial",
    "properties.desired.firmware.version",
    "properties.reported.firmware.version",
    "properties.reported.network.type",
    "properties.reported.network.rssi_dbm",
    "properties.reported.battery_pct",
    "properties.reported.power.source",
    "properties.reported.in_use",
    "properties.reported.position.lat",
    "properties.reported.telemetry.interval_s",
    "properties.reported.temperature",
];

/// A number from 0 to before `bound`, the same for the same row and salt.
fn chance(row: u32, salt: u32, bound: u32) -> u32 {
    let mut mixed = (u64::from(row) << 32 | u64::from(salt)).wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    u32::try_from((mixed ^ mixed >> 31) % u64::from(bound)).unwrap()
}

fn values(row: u32) -> [Option<Value>; 14] {
    let pick = |salt: u32, bound: u32| chance(row, salt, bound);
    let site = pick(1, 60);
    [
        Some(json!(
            [
                "Breda", "Holstein", "Limburg", "Jutland", "Drenthe", "Ghent", "Lille", "Emden"
            ][site as usize % 8]
        )),
        Some(json!(format!("site-{site:02}"))),
        Some(json!(
            ["AM-4", "GW-9", "FL-2", "VC-1", "TR-3"][pick(2, 5) as usize]
        )),
        Some(json!(format!("SN-{:08x}-{row}", pick(3, u32::MAX)))),
        Some(json!(format!("4.{}", pick(4, 3) + 9))),
        (pick(5, 20) > 0).then(|| json!(format!("4.{}", pick(6, 4) + 8))),
        Some(json!(
            ["lte-m", "nb-iot", "wifi", "ethernet"][pick(7, 4) as usize]
        )),
        (pick(8, 10) > 0).then(|| json!(-50 - i64::from(pick(9, 70)))),
        (pick(10, 3) > 0).then(|| json!(pick(11, 101))),
        Some(json!(["battery", "mains", "solar"][pick(12, 3) as usize])),
        Some(json!(pick(13, 5) > 0)),
        (pick(14, 8) > 0).then(|| json!(50.0 + f64::from(pick(15, 4_000_000)) / 1e6)),
        Some(json!([10, 30, 60, 300, 900, 3600][pick(16, 6) as usize])),
        match pick(17, 100) {
            0 => Some(json!("unknown")),
            1 => None,
            _ => Some(json!(f64::from(pick(18, 400_000)) / 1e4 - 10.0)),
        },
    ]
}

fn fleet(devices: u32) -> Columns {
    let paths = PATHS.map(|path| Path::parse(path).unwrap());
    let mut columns = Columns::with_capacity(devices as usize + 1);
    for path in &paths {
        columns.declare(path);
        columns.finish_build(path);
    }
    for row in 0..devices {
        let drifting = u32::from(chance(row, 30, 12) == 0);
        let at = |salt: u32| {
            Timestamp::from_ms(1_795_000_000_000 + i64::from(chance(row, salt, 300_000_000)))
        };
        let identity = Identity {
            device_id: DeviceId::parse(&format!("am4-{:06}-{row}", chance(row, 31, 1_000_000)))
                .unwrap(),
            generation_id: "1".to_owned(),
            etag: 1,
            status: if chance(row, 32, 50) == 0 {
                Status::Disabled
            } else {
                Status::Enabled
            },
            status_reason: None,
            status_updated_at: Timestamp::NEVER,
            created_at: Timestamp::from_ms(1_790_000_000_000 + i64::from(row / 100)),
            authentication: AuthenticationKind::Sas,
            thumbprints: (None, None),
            sealed_keys: None,
            connection_state_updated_at: Timestamp::NEVER,
        };
        columns.load(&LoadRow {
            slot: Slot(row + 1),
            seq: Seq(u64::from(row) + 1),
            builtin: Builtin {
                identity: &identity,
                etag: Etag(u64::from(chance(row, 33, 9))),
                version: u64::from(chance(row, 34, 8_000)),
                desired_version: u64::from(chance(row, 35, 9)),
                reported_version: u64::from(chance(row, 36, 8_000)),
                model_id: "",
                drift: Drift {
                    count: drifting,
                    refused: 0,
                    since: (drifting == 1).then(|| at(37)),
                },
            },
            last_activity: Timestamp::NEVER,
            paths: &paths,
            values: &values(row),
        });
        let presence = Presence {
            connected: chance(row, 38, 10) > 0,
            last_activity: at(39),
            since: at(39),
        };
        columns.set_presence(Slot(row + 1), &presence);
    }
    columns
}

fn condition(text: &str) -> Expr {
    let parsed = query::parse_condition(text);
    assert_eq!(parsed.problems, [], "{text}");
    parsed.condition.unwrap()
}

fn order(text: &str) -> Vec<OrderBy> {
    query::parse_condition(&format!("* ORDER BY {text}")).order_by
}

fn figures(text: &str) -> Query {
    let parsed = query::parse(text);
    assert_eq!(parsed.problems, [], "{text}");
    parsed.query
}

const CONDITIONS: [&str; 26] = [
    "drift.since IN ['2026-11-18T11:06:40.005', '2026-11-21T14:17:33.6880000Z'] OR createdTime NIN ['2026-09-21T14:13:20.005']",
    "STARTSWITH(lastActivityTime, '2026-11-20') AND CONTAINS(deviceId, '77')",
    "tags.region = 'Holstein'",
    "tags.region = 'Holstein' AND reported.firmware.version = '4.9'",
    "tags.region IN ['Breda', 'Emden', 'Atlantis'] AND NOT reported.in_use",
    "reported.battery_pct < 20 AND reported.power.source != 'mains'",
    "desired.firmware.version != reported.firmware.version",
    "NOT IS_DEFINED(reported.firmware.version) OR IS_DRIFTING()",
    "reported.position.lat > 51.5 AND reported.position.lat <= 52",
    "reported.temperature >= 15.5 OR reported.temperature = 'unknown'",
    "reported.temperature != 'unknown'",
    "NOT (reported.temperature > 0)",
    "IS_STRING(reported.temperature)",
    "NOT IS_DEFINED(reported.temperature)",
    "reported.temperature IN [1, 2.5, 'unknown']",
    "reported.temperature + 1 > 20",
    "reported.temperature > reported.battery_pct",
    "lastActivityTime < ago('24h')",
    "connectionState = 'Disconnected' AND lastActivityTime > '2026-11-20'",
    "STARTSWITH(tags.serial, 'SN-00')",
    "tags.serial > 'SN-f' OR version = 77",
    "STARTSWITH(deviceId, 'am4-00')",
    "deviceId IN ['am4-000001-1', 'nobody']",
    "createdTime >= '2026-09-22T00:00:00.05' AND status = 'disabled'",
    "drift.since > '2026-11-21' AND NOT tags.class = 'AM-4'",
    "reported.network.rssi_dbm / 2 < -50 OR desired.$version > 6",
];

const ORDERS: [&str; 12] = [
    "reported.network.rssi_dbm",
    "tags.class DESC, reported.battery_pct, deviceId DESC",
    "reported.in_use, tags.serial",
    "deviceId",
    "deviceId DESC",
    "reported.battery_pct DESC",
    "tags.region, reported.position.lat DESC",
    "lastActivityTime DESC",
    "tags.serial",
    "tags.serial DESC",
    "reported.temperature",
    "reported.temperature DESC, version",
];

const FIGURES: [&str; 6] = [
    "SELECT COUNT() AS n, SUM(reported.temperature) AS s, AVG(reported.battery_pct) AS a FROM devices",
    "SELECT tags.region, COUNT() AS n FROM devices GROUP BY tags.region",
    "SELECT tags.region, tags.class, AVG(reported.temperature) AS a, MIN(reported.battery_pct) AS l FROM devices GROUP BY tags.region, tags.class",
    "SELECT version, COUNT(reported.temperature) AS n FROM devices GROUP BY version, reported.battery_pct",
    "SELECT reported.temperature, MAX(version) AS m FROM devices GROUP BY reported.temperature",
    "SELECT tags.site, tags.serial, COUNT() AS n FROM devices GROUP BY tags.site, tags.serial",
];

#[test]
fn laws_hold_where_columns_are_large() {
    let columns = fleet(9_000);
    let dense = [
        "lastActivityTime",
        "version",
        "properties.reported.$version",
        "properties.reported.position.lat",
        "properties.reported.temperature",
    ];
    for stats in columns.fields().into_iter().chain(columns.properties()) {
        assert_eq!(
            stats.distinct.is_none(),
            dense.contains(&stats.path.to_string().as_str()),
            "{stats:?}"
        );
    }
    let context = testing::context();
    let rows = || {
        columns
            .all()
            .iter()
            .map(|slot| (slot, columns.row(slot).unwrap()))
            .collect::<Vec<_>>()
    };
    for text in CONDITIONS {
        let expr = condition(text);
        let matching = rows()
            .into_iter()
            .filter(|(_, row)| query::matches(&expr, row, &context))
            .map(|(slot, _)| slot);
        assert_eq!(
            columns.filter(&expr, &context).unwrap(),
            matching.collect(),
            "{text}"
        );
    }
    let some = columns
        .filter(
            &condition("tags.class IN ['AM-4', 'GW-9', 'FL-2', 'TR-3']"),
            &context,
        )
        .unwrap();
    assert!(some.len() > 6_000);
    for text in ORDERS {
        let some_rows = rows()
            .into_iter()
            .filter(|(slot, _)| some.contains(*slot))
            .collect();
        let sorted = sorted(&order(text), some_rows);
        assert_eq!(
            all_pages(&columns, &order(text), &some, 1_500),
            sorted,
            "{text}"
        );
        // Small pages go by samples and by counts; large ones hold several values whole.
        assert_eq!(
            pages_backward(&columns, &order(text), &some, 700),
            sorted,
            "{text}"
        );
    }
    for text in FIGURES {
        let query = figures(text);
        let mut aggregator = Aggregator::new(&query);
        rows()
            .iter()
            .filter(|(slot, _)| some.contains(*slot))
            .for_each(|(_, row)| aggregator.push(row));
        assert_eq!(
            columns.group(&query, &some).unwrap(),
            aggregator.finish(),
            "{text}"
        );
    }
}

/// The median of seven.
fn time<T>(mut work: impl FnMut() -> T) -> Duration {
    let mut taken: Vec<Duration> = (0..7)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed()
        })
        .collect();
    taken.sort();
    taken[3]
}

#[test]
#[ignore = "a measurement: cargo test -p columns --release -- --ignored --nocapture"]
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn measure_a_million_devices() {
    let start = Instant::now();
    let mut columns = fleet(1_000_000);
    let mib = |bytes: usize| bytes / 1024 / 1024;
    println!(
        "load {:?}, {} MiB",
        start.elapsed(),
        mib(columns.memory_bytes())
    );
    for stats in columns.fields().into_iter().chain(columns.properties()) {
        println!(
            "  {:>7} KiB {:>8?} {}",
            stats.memory_bytes / 1024,
            stats.distinct,
            stats.path
        );
    }
    let (identity, twin, presence) = testing::example();
    let applied = time(|| {
        for (slot, seq) in (1..=1_000).map(|slot| (Slot(slot * 900), Seq(2_000_000))) {
            columns.apply(slot, seq, &identity, &twin);
            columns.set_presence(slot, &presence);
        }
    });
    println!("apply {:.2?} each", applied / 1_000);
    let context = testing::context();
    let all = columns.all();
    for text in CONDITIONS {
        let expr = condition(text);
        let found = columns.filter(&expr, &context).unwrap().len();
        println!(
            "filter {:>10.2?} {found:>8} {text}",
            time(|| columns.filter(&expr, &context).unwrap().len())
        );
    }
    let some = columns
        .filter(&condition("reported.battery_pct < 50"), &context)
        .unwrap();
    for (name, selection) in [("all", &all), ("some", &some)] {
        for path in [
            "tags.region",
            "tags.site",
            "properties.reported.battery_pct",
            "tags.serial",
            "lastActivityTime",
        ] {
            let path = Path::parse(path).unwrap();
            let took = time(|| columns.facet(&path, selection, 20).unwrap());
            println!("facet {took:>11.2?} {name} {path}");
        }
        for text in &FIGURES[..3] {
            let query = figures(text);
            println!(
                "group {:>11.2?} {name} {text}",
                time(|| columns.group(&query, selection).unwrap())
            );
        }
        for text in ORDERS {
            let order = order(text);
            let (_, cursor) = columns.top_k(&order, selection, None, 100).unwrap();
            let next = time(|| {
                columns
                    .top_k(&order, selection, cursor.as_ref(), 100)
                    .unwrap()
            });
            let first = time(|| columns.top_k(&order, selection, None, 100).unwrap());
            println!("page {first:>12.2?} then {next:.2?} {name} {text}");
        }
    }
}

/// What is asked for over and over: the first page of an order among some devices, with the filter before it.
const PAGES: [(&str, &str); 9] = [
    ("tags.region = 'Holstein'", "reported.network.rssi_dbm"),
    ("tags.region = 'Holstein'", "reported.network.rssi_dbm DESC"),
    ("IS_DEFINED(deviceId)", "reported.network.rssi_dbm"),
    ("IS_DEFINED(deviceId)", "tags.region"),
    ("IS_DEFINED(deviceId)", "deviceId"),
    ("IS_DEFINED(deviceId)", "lastActivityTime DESC"),
    ("IS_DEFINED(deviceId)", "tags.serial"),
    ("reported.in_use", "tags.class, reported.battery_pct DESC"),
    ("tags.region = 'Holstein'", "reported.temperature, version"),
];

#[test]
#[ignore = "a measurement: cargo test -p columns --release sorted_pages -- --ignored --nocapture"]
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn measure_sorted_pages_of_a_million() {
    const RUNS: usize = 300;
    let columns = fleet(1_000_000);
    let context = testing::context();
    println!("      filter        p50        p99    slowest  first page of 50");
    for (text, by) in PAGES {
        let (expr, order) = (condition(text), order(by));
        let (mut filters, mut pages) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            let start = Instant::now();
            let selection = columns.filter(&expr, &context).unwrap();
            let filtered = start.elapsed();
            black_box(columns.page(&order, &selection, PageAt::First, 50).unwrap());
            filters.push(filtered);
            pages.push(start.elapsed().checked_sub(filtered).unwrap());
        }
        filters.sort_unstable();
        pages.sort_unstable();
        let (filter, p50, p99, slowest) = (
            filters[RUNS / 2],
            pages[RUNS / 2],
            pages[RUNS * 99 / 100],
            pages[RUNS - 1],
        );
        println!(
            "{filter:>12.1?} {p50:>10.1?} {p99:>10.1?} {slowest:>10.1?}  {text} ORDER BY {by}"
        );
    }
}
