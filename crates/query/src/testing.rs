//! Random devices and random texts for law tests, here and in the crates that answer queries by other means.
//!
//! Names and values are few, so that conditions often meet devices; among them are those that are easily confused or
//! hard to write.

use proptest::prelude::*;
use serde_json::json;
use twin::document::{Change, ServiceChange, Twin};
use twin::id::DeviceId;
use twin::identity::{AuthenticationKind, Identity, Status};
use twin::limits::{INTEGER_MAX, INTEGER_MIN};
use twin::presence::Presence;
use twin::time::Timestamp;
use twin::{Map, Value};

use crate::eval::Context;

mod broken;
mod conditions;
mod spelling;
mod trees;

pub use broken::broken;
pub use conditions::{condition, path};
pub use spelling::respelled;
pub use trees::{query, tree};

/// The names of the properties of random devices, at every level.
pub const NAMES: [&str; 7] = ["x", "y", "z", "group", "a-b", "2nd", "ü'(]]"];

/// Noon on 22 November 2026.
const NOW_MS: i64 = 1_795_348_800_000;

/// The time of queries in tests.
pub fn context() -> Context {
    Context {
        now: Timestamp::from_ms(NOW_MS),
    }
}

/// One device.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its identity.
    pub identity: Identity,
    /// Its twin.
    pub twin: Twin,
    /// Its presence.
    pub presence: Presence,
}

/// The device of examples: in Holstein, drifting in its firmware.
///
/// # Panics
/// Never: the document is within all limits.
pub fn example() -> (Identity, Twin, Presence) {
    let tags = json!({ "region": "Holstein", "floor": 3, "on": true });
    let desired = json!({ "firmware": { "version": "2" }, "telemetry": { "interval_s": 10 } });
    let reported = json!({
        "firmware": { "version": "1" }, "telemetry": { "interval_s": 10 }, "position": { "lat": 54.321, "lon": 10.135 },
        "list": [1, 2],
    });
    let device = device("example", true, &tags, &desired, &reported, (true, 5));
    (device.identity, device.twin, device.presence)
}

fn map(value: &Value) -> Map {
    value.as_object().cloned().unwrap_or_default()
}

#[expect(
    clippy::expect_used,
    reason = "generated documents are within all limits"
)]
fn device(
    id: &str,
    is_enabled: bool,
    tags: &Value,
    desired: &Value,
    reported: &Value,
    presence: (bool, i64),
) -> Device {
    let at = |hours: i64| Timestamp::from_ms(NOW_MS - hours * 3_600_000);
    let mut twin = Twin::new(at(100));
    let change = ServiceChange {
        tags: Some(Change::Replace(map(tags))),
        desired: Some(Change::Replace(map(desired))),
    };
    twin.apply_service(&change, at(50)).expect("within limits");
    twin.apply_reported(&map(reported), None, at(40))
        .expect("within limits");
    let identity = Identity {
        device_id: DeviceId::parse(id).expect("a plain id"),
        generation_id: "1".to_owned(),
        etag: 7,
        status: if is_enabled {
            Status::Enabled
        } else {
            Status::Disabled
        },
        status_reason: (!is_enabled).then(|| "stolen".to_owned()),
        status_updated_at: at(60),
        created_at: at(100),
        authentication: AuthenticationKind::Sas,
        thumbprints: ((!is_enabled).then(|| "AB12".to_owned()), None),
        sealed_keys: None,
        connection_state_updated_at: Timestamp::NEVER,
    };
    let (connected, hours) = presence;
    Device {
        identity,
        twin,
        presence: Presence {
            connected,
            last_activity: at(hours),
            since: at(hours),
        },
    }
}

/// Random devices: few names and few values, so that conditions often meet them; values of all types at one path.
pub fn devices(most: usize) -> impl Strategy<Value = Vec<Device>> {
    prop::collection::vec(
        (
            any::<bool>(),
            section(),
            section(),
            section(),
            any::<bool>(),
            0..80_i64,
        ),
        1..most,
    )
    .prop_map(|all| {
        let each = |(number, (enabled, tags, desired, reported, connected, hours)): (usize, _)| {
            device(
                &format!("d-{number:03}"),
                enabled,
                &tags,
                &desired,
                &reported,
                (connected, hours),
            )
        };
        all.into_iter().enumerate().map(each).collect()
    })
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => prop::sample::select(vec!["a", "b", "ab", "B", "4.11", "ü'\\", ""]).prop_map(Value::from),
        1 => prop::sample::select(vec![
            "1", "true", "null", "[1]", "{}", "😀", "e\u{301}", "\u{e9}", "a\u{1}\n", "a\u{0}", "%", "2026-11-20",
            "2026-11-21T06:00:00.0000000Z",
        ]).prop_map(Value::from),
        3 => prop::sample::select(vec![-1, 0, 1, 2, 10]).prop_map(Value::from),
        1 => prop::sample::select(vec![0.5, -2.25, 1e9, 0.1 + 0.2, -0.0]).prop_map(Value::from),
        1 => prop::sample::select(vec![1e300, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, 4_503_599_627_370_497.5])
            .prop_map(Value::from),
        1 => prop::sample::select(vec![INTEGER_MIN, INTEGER_MAX]).prop_map(Value::from),
        2 => any::<bool>().prop_map(Value::from),
    ]
}

fn section() -> impl Strategy<Value = Value> {
    let array = prop::sample::select(vec![
        json!([1, "a"]),
        json!([]),
        json!([null, [{ "x": 1 }]]),
    ]);
    let members = |inner: BoxedStrategy<Value>| {
        prop::collection::btree_map(name(), inner, 0..3).prop_map(|map| json!(map))
    };
    let leaf = prop_oneof![6 => scalar(), 1 => array, 1 => Just(json!({}))].boxed();
    let object = members(prop_oneof![3 => leaf.clone(), 1 => members(leaf.clone())].boxed());
    let member = prop_oneof![3 => leaf, 1 => object];
    let position = prop::option::weighted(0.2, position());
    (prop::collection::btree_map(name(), member, 0..4), position).prop_map(|(mut map, position)| {
        map.extend(position.map(|position| ("position".to_owned(), position)));
        json!(map)
    })
}

/// A place on the Earth, or what looks like one.
fn position() -> impl Strategy<Value = Value> {
    let coordinate = || {
        prop_oneof![
            6 => prop::sample::select(vec![54.3, 10.1, 0.0, 89.99, -90.0, 180.0]).prop_map(Value::from),
            1 => prop::sample::select(vec![270.0, -1e9]).prop_map(Value::from),
            1 => scalar(),
        ]
    };
    (coordinate(), coordinate()).prop_map(|(lat, lon)| json!({ "lat": lat, "lon": lon }))
}

fn name() -> impl Strategy<Value = String> {
    let common = prop::sample::select(NAMES[..3].to_vec());
    let odd = prop::sample::select(NAMES[3..].to_vec());
    prop_oneof![3 => common, 1 => odd].prop_map(str::to_owned)
}
