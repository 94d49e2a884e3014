//! Sorted pages: the first devices of an order after a cursor, without sorting the fleet.
//!
//! Each key of an order gives a row a number that sorts as the values do, or nearly so, in which case equal numbers
//! are settled by the values. A sample of the rows shows how large a row of the page can be; one pass then keeps the few
//! rows that are not larger.

use std::cmp::Ordering;

use query::ast::OrderBy;
use serde::{Deserialize, Serialize};
use twin::id::{DeviceId, Slot};

use crate::codes::Codes;
use crate::column::Form;
use crate::columns::Columns;
use crate::field::is_device_id;
use crate::filter::Unanswerable;
use crate::selection::{Selection, WORD, bits, slot_at};
use crate::sort_key::{SortKeys, SortValue};

/// Where a page ended: the sort values and the identifier of its last device.
///
/// It is good for the same order only, and stays good while devices change, come and go: the next page begins after
/// the place, whether the device is still there or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    #[serde(rename = "v")]
    values: Vec<SortValue>,
    #[serde(rename = "d")]
    device_id: DeviceId,
}

impl Cursor {
    /// The place of a device in an order without keys: by identifiers alone.
    pub fn by_device_id(device_id: DeviceId) -> Self {
        Self {
            values: Vec::new(),
            device_id,
        }
    }

    /// The last device of the page.
    pub fn device_id(&self) -> &DeviceId {
        &self.device_id
    }
}

/// Words of a selection that are looked at to see how large the rows of a page can be.
const SAMPLE_WORDS: usize = 64;
/// So many rows are gathered at least before the surplus is dropped.
const SURPLUS_ROWS_MIN: usize = 1024;

impl Columns {
    /// The first `limit` devices of a selection in an order, after the cursor if there is one; and the cursor for the
    /// next page, when there is more.
    ///
    /// Rows where a key is undefined come last, whichever its direction; devices that are equal by all keys are
    /// ordered by their identifiers, ascending.
    ///
    /// # Errors
    /// [`Unanswerable`] when a key has no column.
    pub fn top_k(
        &self,
        order_by: &[OrderBy],
        selection: &Selection,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<(Vec<Slot>, Option<Cursor>), Unanswerable> {
        Unanswerable::check(
            order_by
                .iter()
                .map(|key| &key.path)
                .filter(|path| !self.has(path)),
        )?;
        let order = Order::new(self, order_by);
        let after = after.map(|cursor| order.place_of(cursor));
        let mut page = order.first_rows(
            &selection.and(self.live()),
            after.as_ref(),
            limit.saturating_add(1),
        );
        let cursor = (page.len() > limit)
            .then(|| page.truncate(limit))
            .and_then(|()| order.cursor(*page.last()?));
        Ok((page.into_iter().map(slot_at).collect(), cursor))
    }
}

impl Place<'_> {
    /// The number by the first key.
    fn first_number(&self) -> u64 {
        self.numbers.first().copied().unwrap_or_default()
    }
}

/// An order over the rows.
#[derive(Debug)]
struct Order<'a> {
    columns: &'a Columns,
    keys: Vec<SortKeys<'a>>,
    is_id_descending: bool,
}

/// A place in an order, where a row is or was.
#[derive(Debug)]
struct Place<'a> {
    numbers: Vec<u64>,
    values: Vec<SortValue>,
    id: &'a str,
}

impl<'a> Order<'a> {
    fn new(columns: &'a Columns, order_by: &[OrderBy]) -> Self {
        // Identifiers are unique: keys behind them decide nothing.
        let keys = order_by.iter().take_while(|key| !is_device_id(&key.path));
        let keys: Vec<_> = keys
            .filter_map(|key| Some(SortKeys::new(columns.column(&key.path)?, key.descending)))
            .collect();
        let id = order_by.iter().find(|key| is_device_id(&key.path));
        Self {
            columns,
            keys,
            is_id_descending: id.is_some_and(|key| key.descending),
        }
    }

    fn id(&self, row: usize) -> &'a str {
        self.columns.identifiers.get(row)
    }

    fn place_of<'c>(&self, cursor: &'c Cursor) -> Place<'c> {
        let numbers = self
            .keys
            .iter()
            .zip(&cursor.values)
            .map(|(keys, value)| keys.number_of(value))
            .collect();
        Place {
            numbers,
            values: cursor.values.clone(),
            id: cursor.device_id.as_str(),
        }
    }

    fn place_at(&self, row: usize) -> Place<'a> {
        Place {
            numbers: self.keys.iter().map(|keys| keys.number(row)).collect(),
            values: self.keys.iter().map(|keys| keys.value(row)).collect(),
            id: self.id(row),
        }
    }

    fn cursor(&self, row: usize) -> Option<Cursor> {
        let values = self.keys.iter().map(|keys| keys.value(row)).collect();
        Some(Cursor {
            values,
            device_id: self.columns.device_id(slot_at(row))?,
        })
    }
    /// The first rows in order, after the place if there is one.
    fn first_rows(&self, rows: &Selection, after: Option<&Place<'_>>, limit: usize) -> Vec<usize> {
        let Some(first) = self.keys.first() else {
            return self.gather(rows, after, limit, |_| 0);
        };
        let table = first.table();
        match first.column().form() {
            Form::Coded {
                codes: Codes::U8(codes),
                ..
            } => self.gather(rows, after, limit, |row| table[usize::from(codes[row])]),
            Form::Coded {
                codes: Codes::U16(codes),
                ..
            } => self.gather(rows, after, limit, |row| table[usize::from(codes[row])]),
            Form::Coded {
                codes: Codes::U32(codes),
                ..
            } => self.gather(rows, after, limit, |row| table[codes[row] as usize]),
            Form::Numbers(dense) => {
                self.gather(rows, after, limit, |row| first.number_in(dense, row))
            }
            Form::Instants(dense) => {
                self.gather(rows, after, limit, |row| first.number_in(dense, row))
            }
        }
    }

    /// The same, with the number of each row by the first key.
    fn gather(
        &self,
        rows: &Selection,
        after: Option<&Place<'_>>,
        limit: usize,
        first: impl Fn(usize) -> u64,
    ) -> Vec<usize> {
        let mut page = Page {
            order: self,
            after,
            limit,
            bound: None,
            rows: Vec::new(),
        };
        let step = rows.words().len() / SAMPLE_WORDS;
        if step > 1 {
            for (index, word) in rows.words().iter().enumerate().step_by(step) {
                bits(*word)
                    .map(|bit| index * WORD + bit)
                    .for_each(|row| page.offer(first(row), row));
            }
            page.drop_surplus();
            page.rows.clear();
        }
        for (index, word) in rows.words().iter().enumerate() {
            bits(*word)
                .map(|bit| index * WORD + bit)
                .for_each(|row| page.offer(first(row), row));
        }
        page.finish()
    }

    /// The order of two rows whose first numbers are equal.
    fn compare(&self, row: usize, other: usize) -> Ordering {
        for (index, keys) in self.keys.iter().enumerate() {
            let numbers = if index == 0 {
                Ordering::Equal
            } else {
                keys.number(row).cmp(&keys.number(other))
            };
            let order = numbers.then_with(|| keys.settle(row, other));
            if order.is_ne() {
                return order;
            }
        }
        self.compare_ids(self.id(row), self.id(other))
    }

    /// The order of a row and a place whose first numbers are equal.
    fn compare_with(&self, row: usize, place: &Place<'_>) -> Ordering {
        for (index, ((keys, number), value)) in self
            .keys
            .iter()
            .zip(&place.numbers)
            .zip(&place.values)
            .enumerate()
        {
            let numbers = if index == 0 {
                Ordering::Equal
            } else {
                keys.number(row).cmp(number)
            };
            let order = numbers.then_with(|| keys.settle_with(row, value));
            if order.is_ne() {
                return order;
            }
        }
        self.compare_ids(self.id(row), place.id)
    }

    fn compare_ids(&self, id: &str, other: &str) -> Ordering {
        if self.is_id_descending {
            other.cmp(id)
        } else {
            id.cmp(other)
        }
    }
}

/// The first rows of an order, gathered from rows in any order.
#[derive(Debug)]
struct Page<'a, 'p> {
    order: &'p Order<'a>,
    after: Option<&'p Place<'p>>,
    limit: usize,
    /// No row behind this one is on the page.
    bound: Option<Place<'a>>,
    /// Rows with their first number, among them the page's so far.
    rows: Vec<(u64, usize)>,
}

impl Page<'_, '_> {
    #[inline]
    fn offer(&mut self, number: u64, row: usize) {
        let is_behind = |place: &Place<'_>| match number.cmp(&place.first_number()) {
            Ordering::Equal => self.order.compare_with(row, place).is_gt(),
            order => order.is_gt(),
        };
        if self.bound.as_ref().is_some_and(is_behind)
            || self.after.is_some_and(|place| !is_behind(place))
        {
            return;
        }
        self.rows.push((number, row));
        if self.rows.len() >= SURPLUS_ROWS_MIN.max(self.limit.saturating_mul(4)) {
            self.drop_surplus();
        }
    }

    /// Keeps what may be on the page, and learns where it ends at the latest.
    fn drop_surplus(&mut self) {
        if self.limit == 0 || self.rows.len() < self.limit {
            return;
        }
        let order = self.order;
        self.rows
            .select_nth_unstable_by(self.limit - 1, |a, b| compare(order, a, b));
        self.rows.truncate(self.limit);
        self.bound = self.rows.last().map(|(_, row)| order.place_at(*row));
    }

    fn finish(mut self) -> Vec<usize> {
        let order = self.order;
        self.rows.sort_unstable_by(|a, b| compare(order, a, b));
        self.rows.truncate(self.limit);
        self.rows.into_iter().map(|(_, row)| row).collect()
    }
}

fn compare(
    order: &Order<'_>,
    (number, row): &(u64, usize),
    (other_number, other): &(u64, usize),
) -> Ordering {
    number
        .cmp(other_number)
        .then_with(|| order.compare(*row, *other))
}

#[cfg(test)]
mod tests {
    use query::{Path, testing};
    use serde_json::json;
    use twin::document::Twin;
    use twin::id::Seq;
    use twin::time::Timestamp;

    use super::*;

    fn put(columns: &mut Columns, slot: u32, floor: Option<i64>) {
        let (mut identity, _, _) = testing::example();
        identity.device_id = DeviceId::parse(&format!("d{slot}")).unwrap();
        let mut twin = Twin::new(Timestamp::from_ms(0));
        if let Some(floor) = floor {
            twin.tags.insert("floor".to_owned(), json!(floor));
        }
        columns.apply(Slot(slot), Seq(1), &identity, &twin);
    }

    #[test]
    fn a_cursor_outlives_its_device_and_its_value() {
        let path = Path::parse("tags.floor").unwrap();
        for (descending, passed, first, rest) in [
            (false, 15, [0, 1], [7, 3, 4, 5]),
            (true, 35, [3, 2], [7, 0, 4, 5]),
        ] {
            let mut columns = Columns::new();
            columns.declare(&path);
            columns.finish_build(&path);
            for (slot, floor) in [Some(10), Some(20), Some(30), Some(50), None, None]
                .into_iter()
                .enumerate()
            {
                put(&mut columns, u32::try_from(slot).unwrap(), floor);
            }
            let order = [OrderBy {
                path: path.clone(),
                descending,
            }];
            let (slots, cursor) = columns.top_k(&order, &columns.all(), None, 2).unwrap();
            assert_eq!(slots, first.map(Slot));
            // The device of the cursor goes, others come before and behind it, at values that were not there.
            columns.remove(Slot(1), Seq(2));
            columns.remove(Slot(2), Seq(2));
            put(&mut columns, 7, Some(25));
            put(&mut columns, 8, Some(passed));
            let (slots, end) = columns
                .top_k(&order, &columns.all(), cursor.as_ref(), 9)
                .unwrap();
            assert_eq!((slots, end), (rest.map(Slot).to_vec(), None));
        }
    }

    #[test]
    fn an_empty_page_has_no_next() {
        let mut columns = Columns::new();
        put(&mut columns, 0, None);
        assert_eq!(
            columns.top_k(&[], &columns.all(), None, 0).unwrap(),
            (vec![], None)
        );
        assert_eq!(
            columns.top_k(&[], &Selection::default(), None, 5).unwrap(),
            (vec![], None)
        );
    }
}
