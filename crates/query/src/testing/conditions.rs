//! Random conditions as texts, in the words that people use.

use proptest::prelude::*;

use super::{NAMES, tree};
use crate::path::Path;

/// A random path as text: root fields, properties up to three levels deep, sections, versions, metadata, drift.
pub fn path() -> impl Strategy<Value = String> {
    let section = prop::sample::select(vec![
        "tags",
        "properties.desired",
        "properties.reported",
        "desired",
        "reported",
    ]);
    let name = || prop_oneof![3 => prop::sample::select(NAMES[..3].to_vec()), 1 => prop::sample::select(NAMES.to_vec())];
    let names = prop_oneof![
        6 => name().prop_map(|name| vec![name]),
        2 => (name(), name()).prop_map(|(one, two)| vec![one, two]),
        1 => (name(), name(), name()).prop_map(|(one, two, three)| vec![one, two, three]),
        1 => prop::sample::select(vec![vec!["position"], vec!["position", "lat"], vec![]]),
    ];
    prop_oneof![
        8 => (section, names).prop_map(|(section, names)| {
            // The section is written as it is, the names as they have to be.
            let names = names.into_iter().map(|name| Path::new([name]).to_string());
            std::iter::once(section.to_owned()).chain(names).collect::<Vec<_>>().join(".").replace("..", ".")
        }),
        2 => prop::sample::select(vec![
            "deviceId", "status", "statusReason", "connectionState", "lastActivityTime", "version", "modelId", "authenticationType",
            "createdTime", "DeviceID", "properties.desired.$version", "properties.reported.$version", "drift.count",
            "drift.refused", "drift.since", "properties.desired.$metadata.$lastUpdated",
            "properties.reported.$metadata.x.$lastUpdatedVersion", "nonsense", "x509Thumbprint.primaryThumbprint",
            "X509THUMBPRINT.secondarythumbprint", "x509Thumbprint", "capabilities.iotEdge", "capabilities", "etag", "deviceEtag",
            "properties", "statusUpdateTime", "devices.tags.x", "[[tags]].[[x]]", "tags.['x']",
        ]).prop_map(str::to_owned),
    ]
}

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(vec!["'a'", "'b'", "'ab'", "'4.11'", "''", "'ü\\'\\\\'", "'Connected'", "'enabled'", "'d-001'"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec![
            "\"a\"", "\"'\"", "'\\u0061'", "'\\ud83d\\ude00'", "'😀'", "'\\u00e9'", "'a\\u0001\\u000a'", "'1'", "'true'", "'[1]'", "'%'",
        ]).prop_map(str::to_owned),
        3 => prop::sample::select(vec!["0", "1", "2", "-1", "0.5", "10"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["1e300", "1.7976931348623157e308", "5e-324", "-0", "0xA", "1e-2", "1E1", "4503599627370495"]).prop_map(str::to_owned),
        2 => prop::sample::select(vec!["true", "false", "null", "undefined"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["ago('30h')", "now()", "'2026-11-20'", "[1]", "-(1)", "LOWER('A')", "2 + 8"]).prop_map(str::to_owned),
    ]
}

/// A random condition as text; always well formed.
pub fn condition() -> impl Strategy<Value = String> {
    prop_oneof![2 => spoken(), 1 => tree().prop_map(|tree| tree.to_string())]
}

fn spoken() -> impl Strategy<Value = String> {
    let operator = || prop::sample::select(vec!["=", "!=", "<>", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        6 => (path(), operator(), literal()).prop_map(|(path, op, value)| format!("{path} {op} {value}")),
        1 => (literal(), operator(), path()).prop_map(|(value, op, path)| format!("{value} {op} {path}")),
        1 => (path(), operator(), path()).prop_map(|(one, op, other)| format!("{one} {op} {other}")),
        1 => path(),
        2 => (path(), prop::sample::select(vec!["IN", "NOT IN", "NIN"]), prop::collection::vec(literal(), 0..4))
            .prop_map(|(path, operator, list)| format!("{path} {operator} [ {}]", list.join(", "))),
        2 => (prop::sample::select(vec![
            "IS_DEFINED", "IS_NULL", "IS_BOOL", "IS_NUMBER", "IS_STRING", "IS_ARRAY", "IS_OBJECT", "IS_PRIMITIVE",
        ]), path()).prop_map(|(function, path)| format!("{function}({path})")),
        2 => (prop::sample::select(vec!["STARTSWITH", "ENDS_WITH", "CONTAINS"]), path(), literal())
            .prop_map(|(function, path, value)| format!("{function}({path}, {value})")),
        1 => (path(), literal()).prop_map(|(path, value)| format!("{path} + 1 > {value}")),
        1 => path().prop_map(|path| format!("LENGTH({path}) > 1")),
        1 => Just("IS_DRIFTING()".to_owned()),
        1 => Just("IS_DRIFTING(properties.desired.x)".to_owned()),
        1 => (prop::sample::select(vec!["reported", "tags"]), prop::sample::select(vec!["0.5", "9000", "30000"]))
            .prop_map(|(section, km)| format!("GEO_WITHIN({section}.position, 54.3, 10.1, {km})")),
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
