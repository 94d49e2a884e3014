//! Answers that columns cannot give: documents are read, as many as may match, and each is evaluated.

use std::cmp::Ordering;

use query::ast::{Expr, OrderBy};
use query::term::total_order;
use query::{Context, DeviceRow, Row, Term};
use serde::{Deserialize, Serialize};
use twin::Value;
use twin::id::{DeviceId, Slot};

use super::{Live, completed};
use crate::core::Core;

/// Whether to read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Go {
    On,
    Stop,
}

impl Live {
    /// The device as the query language sees it.
    pub fn row(&self) -> DeviceRow<'_> {
        DeviceRow::new(&self.record.identity, &self.record.twin, &self.presence)
    }
}

/// Reads the devices that match, in the order of their names, after the one named, until told to stop.
/// Gives how many documents were read.
pub(super) async fn scan(
    core: &Core,
    condition: Option<&Expr>,
    context: &Context,
    mut after: Option<DeviceId>,
    mut each: impl FnMut(Live) -> Go,
) -> Result<u64, store::Error> {
    let lowered = query::lower::lower(condition, context);
    let limit = core.limits.scan_batch_rows;
    let mut read = 0;
    loop {
        let records = core
            .store
            .select(&lowered.predicate, after.as_ref(), limit)
            .await?;
        let is_last = records.len() < limit;
        after = records
            .last()
            .map(|record| record.identity.device_id.clone());
        read += records.len() as u64;
        for live in completed(core, records) {
            let matches =
                condition.is_none_or(|condition| query::matches(condition, &live.row(), context));
            if matches && each(live) == Go::Stop {
                return Ok(read);
            }
        }
        if is_last {
            return Ok(read);
        }
    }
}

/// The place of a row in an order: the values that it is ordered by, and its slot to break ties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Key {
    values: Vec<Option<Value>>,
    slot: Slot,
}

/// The first rows of an order, after a place in it.
pub(super) struct First<'a> {
    order_by: &'a [OrderBy],
    after: Option<Key>,
    limit: usize,
    rows: Vec<(Key, Live)>,
}

impl<'a> First<'a> {
    pub(super) fn new(order_by: &'a [OrderBy], after: Option<Key>, limit: usize) -> Self {
        Self {
            order_by,
            after,
            limit,
            rows: Vec::new(),
        }
    }

    /// Takes a row in, if it is among the first so far.
    pub(super) fn push(&mut self, live: Live) {
        let row = live.row();
        let values = self
            .order_by
            .iter()
            .map(|key| row.get(&key.path).to_value())
            .collect();
        let key = Key {
            values,
            slot: live.record.slot,
        };
        let is_before = |after: &Key| self.compare(&key, after).is_le();
        if self.after.as_ref().is_some_and(is_before) {
            return;
        }
        self.rows.push((key, live));
        // Sorting now and then, not at each row, keeps the cost of a row constant.
        if self.rows.len() > 2 * self.limit + 1_024 {
            self.cut();
        }
    }

    /// The rows, in order, and the place of the last when there are more.
    pub(super) fn finish(mut self) -> (Vec<Live>, Option<Key>) {
        let is_more = self.rows.len() > self.limit;
        self.cut();
        let next = is_more
            .then(|| self.rows.last().map(|(key, _)| key.clone()))
            .flatten();
        (self.rows.into_iter().map(|(_, live)| live).collect(), next)
    }

    fn cut(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_by(|(one, _), (other, _)| self.compare(one, other));
        rows.truncate(self.limit);
        self.rows = rows;
    }

    fn compare(&self, one: &Key, other: &Key) -> Ordering {
        let values = one.values.iter().zip(&other.values);
        let by_value = self
            .order_by
            .iter()
            .zip(values)
            .map(|(key, (one, other))| compare_values(one.as_ref(), other.as_ref(), key.descending))
            .find(|order| order.is_ne());
        by_value.unwrap_or_else(|| one.slot.cmp(&other.slot))
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
