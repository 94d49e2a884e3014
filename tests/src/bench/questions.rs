//! The questions that are measured, each in the fleet's own language and in SQL.
//!
//! Constants change from run to run, so that no answer is remembered from the run before.

use agent::chance::{Chance, seeded};
use rand::Rng as _;
use rand::seq::IndexedRandom as _;

/// Declared properties with the SQL expression that is indexed for each.
pub const DECLARED: [(&str, &str); 11] = [
    (REGION, "tags ->> '$.region'"),
    (SITE, "tags ->> '$.site'"),
    ("tags.class", "tags ->> '$.class'"),
    ("tags.customer", "tags ->> '$.customer'"),
    (
        "properties.desired.firmware.version",
        "desired ->> '$.firmware.version'",
    ),
    (VERSION, "reported ->> '$.firmware.version'"),
    (BATTERY, "reported ->> '$.battery_pct'"),
    (
        "properties.reported.network.type",
        "reported ->> '$.network.type'",
    ),
    (SIGNAL, "reported ->> '$.network.rssi_dbm'"),
    (
        "properties.reported.power.source",
        "reported ->> '$.power.source'",
    ),
    (IN_USE, "reported ->> '$.in_use'"),
];

/// Rows of a page.
pub const PAGE_ROWS: usize = 50;
/// Values of a facet.
pub const FACET_VALUES: usize = 20;
/// Where the devices are.
pub const REGION: &str = "tags.region";
/// Where in the region they are.
pub const SITE: &str = "tags.site";
/// The order of the sorted page.
pub const SIGNAL: &str = "properties.reported.network.rssi_dbm";
const VERSION: &str = "properties.reported.firmware.version";
const BATTERY: &str = "properties.reported.battery_pct";
const IN_USE: &str = "properties.reported.in_use";

const REGIONS: [&str; 8] = [
    "Jutland", "Scania", "Holstein", "Frisia", "Brabant", "Flanders", "Picardy", "Normandy",
];
const VERSIONS: [&str; 6] = ["4.12.0", "4.11.3", "3.9.2", "2.6.1", "1.8.0", "9.4.2"];

/// A condition in both languages; the SQL has its values written out, as ours has.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The body of a `WHERE` of the fleet's language.
    pub ours: String,
    /// The body of a `WHERE` of SQL.
    pub sql: String,
}

fn draw(run: usize) -> Chance {
    seeded(run as u64, "questions")
}

fn one_of(run: usize, choices: &[&'static str]) -> &'static str {
    choices.choose(&mut draw(run)).copied().unwrap_or_default()
}

/// Devices of a region whose battery is low: some in a hundred.
pub fn low_batteries(run: usize) -> Condition {
    let region = one_of(run, &REGIONS);
    let percent = draw(run).random_range(25..50);
    Condition {
        ours: format!("{REGION} = '{region}' AND {BATTERY} < {percent}"),
        sql: format!(
            "tags ->> '$.region' = '{region}' AND reported ->> '$.battery_pct' < {percent}"
        ),
    }
}

/// Devices of a firmware version with a weak signal.
pub fn weak_signals(run: usize) -> Condition {
    let version = one_of(run, &VERSIONS);
    let dbm = draw(run).random_range(-108..-80);
    Condition {
        ours: format!("{VERSION} = '{version}' AND {SIGNAL} < {dbm}"),
        sql: format!(
            "reported ->> '$.firmware.version' = '{version}' AND reported ->> '$.network.rssi_dbm' < {dbm}"
        ),
    }
}

/// Devices of a region.
pub fn of_a_region(run: usize) -> Condition {
    let region = one_of(run, &REGIONS);
    Condition {
        ours: format!("{REGION} = '{region}'"),
        sql: format!("tags ->> '$.region' = '{region}'"),
    }
}

/// Devices in use: most of the fleet. The battery's bound makes each run a question of its own.
pub fn in_use(run: usize) -> Condition {
    let percent = draw(run).random_range(2..20);
    Condition {
        ours: format!("{IN_USE} = true AND {BATTERY} > {percent}"),
        sql: format!("reported ->> '$.in_use' = 1 AND reported ->> '$.battery_pct' > {percent}"),
    }
}

/// Devices by serial number, which nobody declared: about a hundred in a million.
pub fn serial(run: usize) -> Condition {
    let serial = draw(run).random_range(1_000..9_000);
    Condition {
        ours: format!("properties.reported.hardware.serial = 'NW-{serial}'"),
        sql: format!("reported ->> '$.hardware.serial' = 'NW-{serial}'"),
    }
}

/// How many devices have each firmware version.
pub fn versions(condition: Option<&Condition>) -> (String, String) {
    let (ours, sql) = condition.map_or((String::new(), String::new()), |condition| {
        let Condition { ours, sql } = condition;
        (format!(" WHERE {ours}"), format!(" WHERE {sql}"))
    });
    (
        format!(
            "SELECT {VERSION} AS version, COUNT() AS devices FROM devices{ours} GROUP BY {VERSION}"
        ),
        format!("SELECT reported ->> '$.firmware.version', count(*) FROM device{sql} GROUP BY 1"),
    )
}

/// The most frequent values of an expression, for a facet.
pub fn facet_sql(expression: &str, condition: Option<&Condition>) -> String {
    let filter = condition.map_or("1", |condition| condition.sql.as_str());
    format!(
        "SELECT {expression} AS value, count(*) AS devices FROM device \
         WHERE {filter} AND value IS NOT NULL GROUP BY value ORDER BY devices DESC LIMIT {FACET_VALUES}"
    )
}
