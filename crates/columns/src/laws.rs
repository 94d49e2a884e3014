//! Laws: whatever columns answer, the documents answer too. Random devices and conditions; every law runs over
//! dictionaries and over dense columns.

use std::cmp::Ordering;

use proptest::prelude::*;
use query::ast::OrderBy;
use query::select::Aggregator;
use query::term::total_order;
use query::testing::{self, Device};
use query::{DeviceRow, Expr, Path, Row, Term};
use twin::Value;
use twin::id::{Seq, Slot};

use crate::{Columns, Cursor, PageAt, Selection};

/// Which forms the columns of a case have.
#[derive(Clone, Copy, Debug)]
enum Forms {
    Dictionaries,
    Dense,
}

fn forms() -> impl Strategy<Value = Forms> {
    prop::sample::select(vec![Forms::Dictionaries, Forms::Dense])
}

/// Every path that random conditions ask for and that can be declared, one and some two levels deep.
pub(crate) fn declared() -> Vec<Path> {
    let deep = ["x", "group"];
    let mut paths = Vec::new();
    for section in [
        &["tags"][..],
        &["properties", "desired"],
        &["properties", "reported"],
    ] {
        for name in testing::NAMES {
            paths.push(Path::new(section.iter().copied().chain([name])));
            for inner in deep {
                paths.push(Path::new(section.iter().copied().chain([name, inner])));
            }
        }
    }
    paths
}

pub(crate) fn slot_of(index: usize) -> Slot {
    Slot(u32::try_from(index * 3 + 1).unwrap())
}

fn columns_of(devices: &[Device], forms: Forms) -> Columns {
    let mut columns = Columns::new();
    for path in declared() {
        assert!(columns.declare(&path));
        columns.finish_build(&path);
    }
    for (index, device) in devices.iter().enumerate() {
        columns.apply(slot_of(index), Seq(1), &device.identity, &device.twin);
        columns.set_presence(slot_of(index), &device.presence);
    }
    if matches!(forms, Forms::Dense) {
        columns.make_dense();
    }
    columns
}

pub(crate) fn row(device: &Device) -> DeviceRow<'_> {
    DeviceRow::new(&device.identity, &device.twin, &device.presence)
}

/// The devices at these places, as a selection and as rows in the order of their slots.
fn choose<'d>(devices: &'d [Device], chosen: &[bool]) -> (Selection, Vec<(Slot, DeviceRow<'d>)>) {
    let picked = || {
        devices
            .iter()
            .zip(chosen.iter().cycle())
            .enumerate()
            .filter(|(_, (_, chosen))| **chosen)
    };
    let rows = picked()
        .map(|(index, (device, _))| (slot_of(index), row(device)))
        .collect();
    (picked().map(|(index, _)| slot_of(index)).collect(), rows)
}

fn parsed(condition: &str) -> Expr {
    let parsed = query::parse_condition(condition);
    assert_eq!(parsed.problems, [], "{condition}");
    parsed.condition.unwrap()
}

/// A random path that has a column.
fn answered() -> impl Strategy<Value = Path> {
    let columns = columns_of(&[], Forms::Dictionaries);
    testing::path()
        .prop_map(|path| Path::parse(&path).unwrap())
        .prop_filter("has a column", move |path| columns.has(path))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn filters_match_what_documents_match(
        devices in testing::devices(40),
        conditions in prop::collection::vec(testing::condition(), 1..8),
        forms in forms(),
    ) {
        let columns = columns_of(&devices, forms);
        let context = testing::context();
        for condition in conditions {
            let expr = parsed(&condition);
            let matching: Selection = devices
                .iter()
                .enumerate()
                .filter(|(_, device)| query::matches(&expr, &row(device), &context))
                .map(|(index, _)| slot_of(index))
                .collect();
            match columns.filter(&expr, &context) {
                Ok(found) => prop_assert_eq!(found, matching.clone(), "{}", condition),
                Err(unanswerable) => {
                    let is_unknown = |path: &String| match Path::parse(path) {
                        Some(path) => !columns.has(&path),
                        None => path.starts_with("IS_DRIFTING("),
                    };
                    prop_assert!(!unanswerable.paths.is_empty());
                    prop_assert!(unanswerable.paths.iter().all(is_unknown), "{:?}", unanswerable);
                }
            }
            let candidates = columns.candidates(&expr, &context);
            prop_assert!(matching.minus(&candidates).is_empty(), "{}", condition);
        }
    }

    #[test]
    fn rows_say_what_documents_say(devices in testing::devices(20), path in testing::path(), forms in forms()) {
        let columns = columns_of(&devices, forms);
        let path = Path::parse(&path).unwrap();
        for (index, device) in devices.iter().enumerate() {
            let columns_row = columns.row(slot_of(index)).unwrap();
            if columns.has(&path) {
                prop_assert_eq!(columns_row.get(&path).to_value(), row(device).get(&path).to_value());
            }
            prop_assert_eq!(columns_row.drift(None), row(device).drift(None));
            prop_assert_eq!(columns.slot_of(&device.identity.device_id), Some(slot_of(index)));
        }
    }

    #[test]
    fn edits_lead_where_the_whole_device_leads(
        devices in testing::devices(8),
        forms in forms(),
        path in testing::path(),
        misses in prop::collection::vec(any::<bool>(), 8),
    ) {
        let mut columns = columns_of(&devices, forms);
        let path = Path::parse(&path).unwrap();
        let patches: Vec<_> = devices.iter().map(|device| device.twin.reported.values.clone()).collect();
        for (index, mut device) in devices.into_iter().enumerate() {
            for (seq, patch) in patches.iter().enumerate() {
                let now = testing::context().now;
                let Ok(applied) = device.twin.apply_reported(patch, None, now) else { continue };
                // Some changes are missed: the next one heals it.
                if misses.get(seq).copied().unwrap_or_default() {
                    continue;
                }
                let seq = seq as u64 + 2;
                columns.apply_edits(slot_of(index), (Seq(seq - 1), Seq(seq)), &device.identity, &device.twin, &applied.edits);
                let columns_row = columns.row(slot_of(index)).unwrap();
                if columns.has(&path) {
                    prop_assert_eq!(columns_row.get(&path).to_value(), row(&device).get(&path).to_value());
                }
            }
        }
    }

    #[test]
    fn facets_count_what_documents_hold(
        devices in testing::devices(40),
        chosen in prop::collection::vec(any::<bool>(), 1..40),
        is_whole in any::<bool>(),
        path in answered(),
        top in 0_usize..6,
        forms in forms(),
    ) {
        let columns = columns_of(&devices, forms);
        let (selection, rows) = choose(&devices, if is_whole { &[true] } else { &chosen });
        let mut counted: Vec<(Value, u64)> = Vec::new();
        let mut missing = 0;
        for (_, row) in &rows {
            match row.get(&path).to_value() {
                None => missing += 1,
                Some(value) => match counted.iter_mut().find(|(known, _)| *known == value) {
                    Some((_, count)) => *count += 1,
                    None => counted.push((value, 1)),
                },
            }
        }
        let facet = columns.facet(&path, &selection, top).unwrap();
        prop_assert_eq!(facet.missing, missing);
        prop_assert_eq!(facet.distinct, counted.len());
        prop_assert_eq!(facet.values.len(), top.min(counted.len()));
        let by_count = |(a, a_count): &(Value, u64), (b, b_count): &(Value, u64)| {
            b_count.cmp(a_count).then_with(|| total_order(&Term::of(a), &Term::of(b)))
        };
        prop_assert!(facet.values.is_sorted_by(|a, b| by_count(a, b).is_le()));
        prop_assert!(facet.values.iter().all(|value| counted.contains(value)));
        let is_shown = |value: &(Value, u64)| facet.values.contains(value);
        let least = facet.values.last();
        prop_assert!(counted.iter().all(|value| is_shown(value) || least.is_none_or(|least| by_count(least, value).is_le())));
    }

    #[test]
    fn groups_are_those_of_the_aggregator(
        devices in testing::devices(40),
        chosen in prop::collection::vec(any::<bool>(), 1..40),
        by in prop::collection::vec(answered(), 0..4),
        of in answered(),
        forms in forms(),
    ) {
        let columns = columns_of(&devices, forms);
        let (selection, rows) = choose(&devices, &chosen);
        let list = by.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let keys: Vec<String> = by.iter().enumerate().map(|(index, path)| format!("{path} AS g{index}, ")).collect();
        let select = keys.concat();
        let tail = if by.is_empty() { String::new() } else { format!("GROUP BY {list}") };
        let text = format!(
            "SELECT {select}COUNT() AS n, COUNT({of}) AS d, SUM({of}) AS s, AVG({of}) AS a, MIN({of}) AS l, MAX({of}) AS m \
             FROM devices {tail}",
        );
        let query = query::parse(&text).query;
        let mut aggregator = Aggregator::new(&query);
        for (_, row) in &rows {
            aggregator.push(row);
        }
        prop_assert_eq!(columns.group(&query, &selection).unwrap(), aggregator.finish(), "{}", text);
    }

    #[test]
    fn pages_follow_the_order(
        devices in testing::devices(40),
        chosen in prop::collection::vec(any::<bool>(), 1..40),
        keys in prop::collection::vec((answered(), any::<bool>()), 0..3),
        limit in 1_usize..9,
        forms in forms(),
    ) {
        let columns = columns_of(&devices, forms);
        let (selection, rows) = choose(&devices, &chosen);
        let order_by: Vec<OrderBy> = keys.into_iter().map(|(path, descending)| OrderBy { path, descending }).collect();
        let sorted = sorted(&order_by, rows);
        let back = pages_backward(&columns, &order_by, &selection, limit);
        prop_assert_eq!(all_pages(&columns, &order_by, &selection, limit), &sorted[..]);
        prop_assert_eq!(back, sorted);
    }
}

/// The slots of rows in an order, by comparing rows.
pub(crate) fn sorted<R: Row>(order_by: &[OrderBy], mut rows: Vec<(Slot, R)>) -> Vec<Slot> {
    let device_id = Path::new(["deviceId"]);
    rows.sort_by(|(_, a), (_, b)| {
        let by_key = |key: &OrderBy| {
            let (a, b) = (a.get(&key.path), b.get(&key.path));
            match (a.is_defined(), b.is_defined()) {
                (true, true) if key.descending => total_order(&b, &a),
                (true, true) => total_order(&a, &b),
                (a, b) => b.cmp(&a),
            }
        };
        let by_keys = order_by
            .iter()
            .map(by_key)
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal);
        by_keys.then_with(|| total_order(&a.get(&device_id), &b.get(&device_id)))
    });
    rows.into_iter().map(|(slot, _)| slot).collect()
}

/// All pages, one after the other; each cursor goes through its text.
pub(crate) fn all_pages(
    columns: &Columns,
    order_by: &[OrderBy],
    selection: &Selection,
    limit: usize,
) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let (page, next) = columns
            .top_k(order_by, selection, after.as_ref(), limit)
            .unwrap();
        assert!(page.len() <= limit);
        slots.extend(page);
        match next {
            None => return slots,
            Some(cursor) => {
                let text = serde_json::to_string(&cursor).unwrap();
                after = Some(serde_json::from_str(&text).unwrap());
            }
        }
    }
}

/// All pages from the last to the first, put together in order; each says how many devices come before it.
pub(crate) fn pages_backward(
    columns: &Columns,
    order_by: &[OrderBy],
    selection: &Selection,
    limit: usize,
) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut at: PageAt<Cursor> = PageAt::Last;
    loop {
        let page = columns
            .page(order_by, selection, at.as_ref(), limit)
            .unwrap();
        assert!(page.slots.len() <= limit);
        let found = (page.slots.len() + slots.len()) as u64;
        assert_eq!(page.before + found, selection.len());
        slots.splice(0..0, page.slots);
        match page.earlier {
            None => return slots,
            Some(cursor) => {
                let text = serde_json::to_string(&cursor).unwrap();
                at = PageAt::Before(serde_json::from_str(&text).unwrap());
            }
        }
    }
}
