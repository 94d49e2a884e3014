//! Random documents for the property tests of this crate: few names, so that patches often hit what exists.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::json;

use crate::{Map, Value};

/// The object in `value`.
pub(crate) fn map_of(value: Value) -> Map {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is not an object"),
    }
}

fn key() -> impl Strategy<Value = String> + Clone {
    prop::sample::select(vec!["a", "b", "c", "d", "état"]).prop_map(str::to_owned)
}

fn scalar() -> BoxedStrategy<Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        (-3..3_i64).prop_map(Value::from),
        (-2.0..2.0_f64).prop_map(Value::from),
        "[a-cé\u{1}]{0,4}".prop_map(Value::from),
        Just(json!("2026-11-22T10:00:00Z")),
    ]
    .boxed()
}

fn array() -> BoxedStrategy<Value> {
    vec(prop_oneof![4 => scalar(), 1 => Just(Value::Null), 1 => Just(json!({ "x": null, "y": [1] }))], 0..3).prop_map(Value::from).boxed()
}

fn object(leaf: BoxedStrategy<Value>) -> BoxedStrategy<Map> {
    let member = leaf.prop_recursive(3, 24, 4, |inner| {
        btree_map(key(), inner, 0..4)
            .prop_map(|members| Value::Object(members.into_iter().collect()))
    });
    btree_map(key(), member, 0..5)
        .prop_map(|members| members.into_iter().collect())
        .boxed()
}

/// A section as the store may hold it: no null members.
pub(crate) fn section() -> BoxedStrategy<Map> {
    object(prop_oneof![4 => scalar(), 1 => array()].boxed())
}

/// A merge patch: like a section, with nulls.
pub(crate) fn patch() -> BoxedStrategy<Map> {
    object(prop_oneof![4 => scalar(), 1 => array(), 3 => Just(Value::Null)].boxed())
}
