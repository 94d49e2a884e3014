//! Random devices and random conditions for law tests, here and in the crates that answer queries by other means.

use proptest::prelude::*;
use serde_json::json;
use twin::document::{Change, ServiceChange, Twin};
use twin::id::DeviceId;
use twin::identity::{AuthenticationKind, Identity, Status};
use twin::presence::Presence;
use twin::time::Timestamp;
use twin::{Map, Value};

use crate::eval::Context;

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
        thumbprints: (None, None),
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
        3 => prop::sample::select(vec![-1, 0, 1, 2, 10]).prop_map(Value::from),
        1 => prop::sample::select(vec![0.5, -2.25, 1e9]).prop_map(Value::from),
        2 => any::<bool>().prop_map(Value::from),
    ]
}

fn section() -> impl Strategy<Value = Value> {
    let member = prop_oneof![
        6 => scalar(),
        1 => Just(json!([1, "a"])),
        1 => Just(json!({})),
        2 => prop::collection::btree_map(name(), scalar(), 0..3).prop_map(|map| json!(map)),
    ];
    prop::collection::btree_map(name(), member, 0..4).prop_map(|map| json!(map))
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["x", "y", "z", "group", "a-b"]).prop_map(str::to_owned)
}

/// A random path as text: root fields, properties one or two levels deep, versions, metadata, drift.
pub fn path() -> impl Strategy<Value = String> {
    let section = || {
        prop::sample::select(vec![
            "tags",
            "properties.desired",
            "properties.reported",
            "desired",
            "reported",
        ])
    };
    let segment = |name: String| {
        if ["group", "a-b"].contains(&name.as_str()) {
            format!("[[{name}]]")
        } else {
            name
        }
    };
    prop_oneof![
        6 => (section(), name()).prop_map(move |(section, name)| format!("{section}.{}", segment(name))),
        2 => (section(), name(), name()).prop_map(move |(section, one, two)| format!("{section}.{}.{}", segment(one), segment(two))),
        2 => prop::sample::select(vec![
            "deviceId", "status", "statusReason", "connectionState", "lastActivityTime", "version", "modelId", "authenticationType",
            "createdTime", "DeviceID", "properties.desired.$version", "properties.reported.$version", "drift.count",
            "drift.refused", "drift.since", "properties.desired.$metadata.$lastUpdated", "nonsense",
        ]).prop_map(str::to_owned),
    ]
}

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(vec!["'a'", "'b'", "'ab'", "'4.11'", "''", "'ü\\'\\\\'", "'Connected'", "'enabled'", "'d-001'"]).prop_map(str::to_owned),
        3 => prop::sample::select(vec!["0", "1", "2", "-1", "0.5", "10"]).prop_map(str::to_owned),
        2 => prop::sample::select(vec!["true", "false", "null", "undefined"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["ago('30h')", "now()", "'2026-11-20'"]).prop_map(str::to_owned),
    ]
}

/// A random condition as text; always well formed.
pub fn condition() -> impl Strategy<Value = String> {
    let operator = || prop::sample::select(vec!["=", "!=", "<>", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        6 => (path(), operator(), literal()).prop_map(|(path, op, value)| format!("{path} {op} {value}")),
        1 => (literal(), operator(), path()).prop_map(|(value, op, path)| format!("{value} {op} {path}")),
        1 => (path(), operator(), path()).prop_map(|(one, op, other)| format!("{one} {op} {other}")),
        1 => path(),
        2 => (path(), any::<bool>(), prop::collection::vec(literal(), 0..4)).prop_map(|(path, not, list)| {
            format!("{path} {}IN [{}]", if not { "NOT " } else { "" }, list.join(", "))
        }),
        2 => (prop::sample::select(vec![
            "IS_DEFINED", "IS_NULL", "IS_BOOL", "IS_NUMBER", "IS_STRING", "IS_ARRAY", "IS_OBJECT", "IS_PRIMITIVE",
        ]), path()).prop_map(|(function, path)| format!("{function}({path})")),
        2 => (prop::sample::select(vec!["STARTSWITH", "ENDS_WITH", "CONTAINS"]), path(), literal())
            .prop_map(|(function, path, value)| format!("{function}({path}, {value})")),
        1 => (path(), literal()).prop_map(|(path, value)| format!("{path} + 1 > {value}")),
        1 => path().prop_map(|path| format!("LENGTH({path}) > 1")),
        1 => Just("IS_DRIFTING()".to_owned()),
        1 => Just("IS_DRIFTING(properties.desired.x)".to_owned()),
    ];
    leaf.prop_recursive(4, 16, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone())
                .prop_map(|(one, other)| format!("({one}) AND ({other})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one}) OR ({other})")),
            inner.prop_map(|one| format!("NOT ({one})")),
        ]
    })
}
