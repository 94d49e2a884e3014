//! A page of an order, gathered while documents are read in another order.
//!
//! It follows the same rules as the columns do: rows without a value last, names break ties.

use std::cmp::Ordering;

use columns::PageAt;
use query::ast::OrderBy;
use query::term::total_order;
use query::{Location, Path, Row, Term};
use serde::{Deserialize, Serialize};
use twin::Value;
use twin::id::DeviceId;

use super::Live;

/// Rows that are gathered beyond a page before the surplus is dropped.
const SURPLUS_ROWS: usize = 1_024;

/// An order of devices.
#[derive(Debug, Clone)]
pub(super) struct Order {
    keys: Vec<OrderBy>,
    is_name_descending: bool,
}

impl Order {
    /// The order of these keys, then by name.
    pub(super) fn of(order_by: &[OrderBy]) -> Self {
        // Names are unique: keys behind them decide nothing.
        let keys = order_by.iter().take_while(|key| !is_name(&key.path));
        let name = order_by.iter().find(|key| is_name(&key.path));
        Self {
            keys: keys.cloned().collect(),
            is_name_descending: name.is_some_and(|name| name.descending),
        }
    }

    /// Whether names alone decide.
    pub(super) fn is_by_name(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether devices that are equal otherwise come in descending order of their names.
    pub(super) fn is_name_descending(&self) -> bool {
        self.is_name_descending
    }

    fn key(&self, live: &Live) -> Key {
        let row = live.row();
        let values = self
            .keys
            .iter()
            .map(|key| row.get(&key.path).to_value())
            .collect();
        Key {
            values,
            device_id: live.record.identity.device_id.clone(),
        }
    }

    fn compare(&self, one: &Key, other: &Key) -> Ordering {
        let values = one.values.iter().zip(&other.values);
        let by_value = self
            .keys
            .iter()
            .zip(values)
            .map(|(key, (one, other))| compare_values(one.as_ref(), other.as_ref(), key.descending))
            .find(|order| order.is_ne());
        by_value.unwrap_or_else(|| {
            let by_name = one.device_id.cmp(&other.device_id);
            if self.is_name_descending {
                by_name.reverse()
            } else {
                by_name
            }
        })
    }
}

fn is_name(path: &Path) -> bool {
    path.location() == Location::Root("deviceId")
}

/// The place of a row in an order: the values that it is ordered by, and its name to break ties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Key {
    values: Vec<Option<Value>>,
    pub(super) device_id: DeviceId,
}

impl Key {
    /// A place in an order by names alone.
    pub(super) fn of(device_id: DeviceId) -> Self {
        Self {
            values: Vec::new(),
            device_id,
        }
    }
}

/// A page of an order, and where it lies.
pub(super) struct Gathered {
    /// The rows, in order.
    pub(super) rows: Vec<Live>,
    /// How many rows there are on all pages, and before this one.
    pub(super) total: u64,
    pub(super) before: u64,
    /// The places of the first and the last row, where there are more beyond.
    pub(super) earlier: Option<Key>,
    pub(super) later: Option<Key>,
}

/// Gathers one page from rows that come in any order.
pub(super) struct Gather<'a> {
    order: &'a Order,
    limit: usize,
    is_backward: bool,
    place: Option<Key>,
    total: u64,
    /// The rows beyond the place, nearest first.
    beyond: Nearest,
    /// The rows up to the place: what fills a page that would be cut short by the end of the order.
    rest: Nearest,
}

impl<'a> Gather<'a> {
    pub(super) fn new(order: &'a Order, at: PageAt<Key>, limit: usize) -> Self {
        let is_backward = at.is_backward();
        Self {
            order,
            limit,
            is_backward,
            place: at.place(),
            total: 0,
            beyond: Nearest::new(is_backward),
            rest: Nearest::new(!is_backward),
        }
    }

    /// Takes a row in, if it is among the nearest so far.
    pub(super) fn push(&mut self, live: Live) {
        self.total += 1;
        let key = self.order.key(&live);
        let is_beyond = self.place.as_ref().is_none_or(|place| {
            let order = self.order.compare(&key, place);
            if self.is_backward {
                order.is_lt()
            } else {
                order.is_gt()
            }
        });
        let side = if is_beyond {
            &mut self.beyond
        } else {
            &mut self.rest
        };
        side.push(self.order, self.limit, key, live);
    }

    /// The page. With `fills`, an end of the order that lies beside the place does not cut it short.
    pub(super) fn finish(self, fills: bool) -> Gathered {
        let (order, limit, total) = (self.order, self.limit, self.total);
        let (beyond, passed) = (self.beyond.seen, self.rest.seen);
        let mut rows = self.beyond.finish(order, limit);
        let mut rest = self.rest.finish(order, limit);
        let before;
        if self.is_backward {
            before = beyond - rows.len() as u64;
            rows.reverse();
            if fills {
                rest.truncate(limit.saturating_sub(rows.len()));
                rows.append(&mut rest);
            }
        } else if fills && rows.is_empty() {
            rest.reverse();
            rows = rest;
            before = total - rows.len() as u64;
        } else {
            before = passed;
        }
        let end = before + rows.len() as u64;
        let place = |row: Option<&(Key, Live)>| row.map(|(key, _)| key.clone());
        Gathered {
            earlier: place(rows.first().filter(|_| before > 0)),
            later: place(rows.last().filter(|_| end < total)),
            rows: rows.into_iter().map(|(_, live)| live).collect(),
            total,
            before,
        }
    }
}

/// The first rows of an order, or the last ones.
struct Nearest {
    is_backward: bool,
    rows: Vec<(Key, Live)>,
    seen: u64,
}

impl Nearest {
    const fn new(is_backward: bool) -> Self {
        Self {
            is_backward,
            rows: Vec::new(),
            seen: 0,
        }
    }

    fn push(&mut self, order: &Order, limit: usize, key: Key, live: Live) {
        self.seen += 1;
        self.rows.push((key, live));
        // Sorting now and then, not at each row, keeps the cost of a row constant.
        if self.rows.len() > 2 * limit + SURPLUS_ROWS {
            self.cut(order, limit);
        }
    }

    /// The rows, nearest first.
    fn finish(mut self, order: &Order, limit: usize) -> Vec<(Key, Live)> {
        self.cut(order, limit);
        self.rows
    }

    fn cut(&mut self, order: &Order, limit: usize) {
        let is_backward = self.is_backward;
        self.rows.sort_by(|(one, _), (other, _)| {
            let order = order.compare(one, other);
            if is_backward { order.reverse() } else { order }
        });
        self.rows.truncate(limit);
    }
}

/// Rows without a value come last in either direction.
pub(super) fn compare_values(
    one: Option<&Value>,
    other: Option<&Value>,
    descending: bool,
) -> Ordering {
    match (one, other) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(one), Some(other)) => {
            let order = total_order(&Term::of(one), &Term::of(other));
            if descending { order.reverse() } else { order }
        }
    }
}
