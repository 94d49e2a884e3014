//! How fast the store is: durable reported patches of random devices by many callers at once, and scans beside the same in plain SQL.
//!
//! No checks of behavior and therefore ignored. Run them in release and alone:
//! `cargo test --release -p store --test throughput -- --ignored --nocapture`.

#![expect(
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "figures are what it is for"
)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use query::lower::{Comparison, Field, Predicate};
use serde_json::json;
use sqlx::{Connection as _, SqliteConnection};
use store::sqlite::SqliteStore;
use store::{Actor, Twins as _, Write, Written, sqlite};
use twin::Map;
use twin::id::{DeviceId, Slot};
use twin::identity::{AuthenticationKind, Identity, Status};
use twin::time::Timestamp;

const DEVICES: u32 = 200_000;
const CALLERS: u64 = 200;
const BATCH_MAX: u64 = 10;
const MEASURED: Duration = Duration::from_secs(10);

async fn filled(directory: &Path) -> Arc<SqliteStore> {
    let file = directory.join("tandem.db");
    let store = sqlite::open(&format!("sqlite:{}", file.display()))
        .await
        .unwrap();

    let begun = Instant::now();
    for chunk in (1..=DEVICES).collect::<Vec<_>>().chunks(5_000) {
        let writes = chunk.iter().map(|number| create(*number)).collect();
        assert!(store.write(writes).await.unwrap().iter().all(Result::is_ok));
    }
    println!(
        "created:  {:.0} devices/s",
        f64::from(DEVICES) / begun.elapsed().as_secs_f64()
    );

    let begun = Instant::now();
    for chunk in (1..=DEVICES).collect::<Vec<_>>().chunks(1_000) {
        let writes = chunk
            .iter()
            .map(|number| reported(*number, first_report(*number)))
            .collect();
        assert!(store.write(writes).await.unwrap().iter().all(Result::is_ok));
    }
    let size_mb = file.metadata().unwrap().len() >> 20;
    println!(
        "filled:   {:.0} devices/s, {size_mb} MB",
        f64::from(DEVICES) / begun.elapsed().as_secs_f64()
    );
    store
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures for some seconds"]
async fn scans() {
    const ROUNDS: u32 = 5;
    let directory = tempfile::tempdir().unwrap();
    let store = filled(directory.path()).await;
    let url = format!("sqlite:{}", directory.path().join("tandem.db").display());
    let mut plain = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query("PRAGMA mmap_size = 2147418112")
        .execute(&mut plain)
        .await
        .unwrap();
    let property = || Field::Reported(vec!["battery_pct".to_owned()]);
    let rare = Predicate::Compare {
        field: property(),
        op: Comparison::Eq,
        value: json!(55),
    };
    let never = Predicate::Compare {
        field: property(),
        op: Comparison::Eq,
        value: json!("none"),
    };
    let declared: Vec<_> = [
        "tags.region",
        "tags.site",
        "tags.class",
        "reported.firmware.version",
        "reported.battery_pct",
        "reported.network.type",
    ]
    .iter()
    .map(|path| query::Path::parse(path).unwrap())
    .collect();
    let mut best = [Duration::MAX; 5];
    for _ in 0..ROUNDS {
        let mut begun = Instant::now();
        let mut lap = |index: usize| {
            best[index] = best[index].min(begun.elapsed());
            begun = Instant::now();
        };
        let sql = "SELECT count(*) FROM device NOT INDEXED WHERE json_extract(reported, '$.battery_pct') = 55";
        let expected: i64 = sqlx::query_scalar(sql).fetch_one(&mut plain).await.unwrap();
        lap(0);
        assert_eq!(
            store.count(&rare).await.unwrap(),
            Some(u64::try_from(expected).unwrap())
        );
        lap(1);
        assert_eq!(
            store.scan(&rare, Slot(0), usize::MAX).await.unwrap().len(),
            usize::try_from(expected).unwrap()
        );
        lap(2);
        assert!(store.select(&never, None, 50).await.unwrap().is_empty());
        lap(3);
        let mut after = Slot(0);
        while let Some(last) = store
            .scan_columns(&declared, after, 5_000)
            .await
            .unwrap()
            .last()
        {
            after = last.slot;
        }
        lap(4);
    }
    let names = [
        "plain SQL count",
        "count",
        "scan with the documents of 1 in 100",
        "select of nothing",
        "columns of six properties",
    ];
    for (name, took) in names.iter().zip(best) {
        println!(
            "{name}: {:.0} ms, {:.2} µs a device",
            took.as_secs_f64() * 1e3,
            took.as_secs_f64() * 1e6 / f64::from(DEVICES)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures for half a minute"]
async fn random_reported_patches() {
    let directory = tempfile::tempdir().unwrap();
    let store = filled(directory.path()).await;

    let rows = Arc::new(AtomicUsize::new(0));
    let (begun, cpu) = (Instant::now(), cpu_s());
    let callers = (0..CALLERS).map(|caller| {
        let (store, rows) = (Arc::clone(&store), Arc::clone(&rows));
        tokio::spawn(async move {
            let mut chance = Chance(caller * 7_919 + 1);
            let mut took = Vec::new();
            while begun.elapsed() < MEASURED {
                let writes: Vec<_> = (0..=chance.below(BATCH_MAX - 1))
                    .map(|_| patch(&mut chance))
                    .collect();
                let count = writes.len();
                let asked = Instant::now();
                let results = store.write(writes).await.unwrap();
                took.push(asked.elapsed());
                assert!(
                    results
                        .iter()
                        .all(|result| matches!(result, Ok(Written::Twin(_))))
                );
                rows.fetch_add(count, Ordering::Relaxed);
            }
            took
        })
    });
    let mut took: Vec<_> = futures::future::join_all(callers)
        .await
        .into_iter()
        .flat_map(Result::unwrap)
        .collect();
    let (seconds, cpu) = (begun.elapsed().as_secs_f64(), cpu_s() - cpu);
    took.sort_unstable();
    let count = rows.load(Ordering::Relaxed) as u64;
    let rows = count as f64;
    let percentile = |share: usize| took[took.len() * share / 100].as_secs_f64() * 1e3;
    println!(
        "reported: {:.0} rows/s, {:.1} µs CPU/row, {:.1} cores, call p50 {:.1} ms, p99 {:.1} ms",
        rows / seconds,
        cpu * 1e6 / rows,
        cpu / seconds,
        percentile(50),
        percentile(99)
    );
    assert_eq!(
        store.last_seq().await.unwrap().0,
        u64::from(2 * DEVICES) + count
    );
}

fn create(number: u32) -> Write {
    let identity = Identity {
        device_id: DeviceId::parse(&format!("meter-{number:07}")).unwrap(),
        generation_id: "637131779299315265".to_owned(),
        etag: 580_089_003,
        status: Status::Enabled,
        status_reason: None,
        status_updated_at: Timestamp::NEVER,
        created_at: now(),
        authentication: AuthenticationKind::Sas,
        thumbprints: (None, None),
        sealed_keys: Some(vec![7; 116]),
        connection_state_updated_at: Timestamp::NEVER,
    };
    let tags = json!({ "region": "north", "site": "Breda-West", "class": "AM-4", "owner": "team-7", "contract": "gold", "floor": number % 9,
        "install": { "date": "2024-03-01", "by": "crew-12" } });
    let desired = json!({ "firmware": { "version": "2.5.1", "channel": "stable" }, "telemetry": { "interval_s": 60, "batch": 10 },
        "limits": { "max_w": 3000, "max_temp": 70 }, "schedule": { "on": "06:00", "off": "23:00" } });
    let actor = Actor::System("import".to_owned());
    Write::Create {
        identity,
        tags: map(tags),
        desired: map(desired),
        actor,
        at: now(),
        audit: None,
    }
}

fn first_report(number: u32) -> Map {
    map(
        json!({ "battery_pct": number % 100, "firmware": { "version": "2.4.1", "channel": "stable", "hash": "a3f5c9e1d0b2" }, "in_use": true,
        "network": { "type": "lte", "rssi_dbm": -77, "operator": "KPN", "ip": "10.2.33.4" }, "position": { "lat": 51.589, "lon": 4.774 },
        "power": { "source": "mains", "volts": 230.4 }, "telemetry": { "interval_s": 60 },
        "counters": { "boots": 12, "errors": number % 7, "uptime_s": 883_000 }, "model": "AM-4", "serial": "SN-0091827" }),
    )
}

fn patch(chance: &mut Chance) -> Write {
    let number = u32::try_from(chance.below(u64::from(DEVICES) - 1)).unwrap() + 1;
    reported(
        number,
        map(
            json!({ "battery_pct": chance.below(100), "network": { "rssi_dbm": -60 - i64::try_from(chance.below(40)).unwrap() } }),
        ),
    )
}

fn reported(number: u32, patch: Map) -> Write {
    Write::Reported {
        slot: Slot(number),
        patch,
        expected_version: None,
        at: now(),
    }
}

fn map(value: serde_json::Value) -> Map {
    serde_json::from_value(value).unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_ms(1_790_000_000_000)
}

/// Processor time of this process so far; the kernel counts in hundredths of a second.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .collect();
    let ticks = |index: usize| fields[index].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / 100.0
}

/// A sequence that looks random and is the same each time (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % (bound + 1)
    }
}
