//! Sorted pages: the devices of an order next to a cursor, on either side, without sorting the fleet.
//!
//! Each key of an order gives a row a number that sorts as the values do, or nearly so, in which case equal numbers
//! are settled by the values. A sample of the rows shows how large a row of the page can be; one pass then keeps the few
//! rows that are not larger. A page before a cursor is the same in the order turned round.

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

/// A place in an order: the sort values and the identifier of a device at the end of a page.
///
/// It is good for the same order only, and stays good while devices change, come and go: the page next to it begins
/// beside the place, whether the device is still there or not.
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

    /// The device of the place.
    pub fn device_id(&self) -> &DeviceId {
        &self.device_id
    }
}

/// Which page of an order; the ends need no place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageAt<T> {
    /// The first.
    #[default]
    First,
    /// The one that begins after a place.
    After(T),
    /// The one that ends before a place.
    Before(T),
    /// The last.
    Last,
}

impl<T> PageAt<T> {
    /// The same page by a reference to its place.
    pub fn as_ref(&self) -> PageAt<&T> {
        match self {
            Self::First => PageAt::First,
            Self::After(place) => PageAt::After(place),
            Self::Before(place) => PageAt::Before(place),
            Self::Last => PageAt::Last,
        }
    }

    /// The same page by a place in another form.
    ///
    /// # Errors
    /// What `form` fails with.
    pub fn try_map<U, E>(self, form: impl FnOnce(T) -> Result<U, E>) -> Result<PageAt<U>, E> {
        Ok(match self {
            Self::First => PageAt::First,
            Self::After(place) => PageAt::After(form(place)?),
            Self::Before(place) => PageAt::Before(form(place)?),
            Self::Last => PageAt::Last,
        })
    }

    /// The place that it lies beside.
    pub fn place(self) -> Option<T> {
        match self {
            Self::First | Self::Last => None,
            Self::After(place) | Self::Before(place) => Some(place),
        }
    }

    /// Whether it is found from its end: its last rows are those next to the place.
    pub fn is_backward(&self) -> bool {
        matches!(self, Self::Before(_) | Self::Last)
    }
}

/// A page of an order and where it lies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Its devices, in order.
    pub slots: Vec<Slot>,
    /// Devices of the selection that come before the page.
    pub before: u64,
    /// The place of its first device; `None` when no device comes before it.
    pub earlier: Option<Cursor>,
    /// The place of its last device; `None` when no device comes after it.
    pub later: Option<Cursor>,
}

/// Words of a selection that are looked at to see how large the rows of a page can be.
const SAMPLE_WORDS: usize = 64;
/// So many rows are gathered at least before the surplus is dropped.
const SURPLUS_ROWS_MIN: usize = 1024;

impl Columns {
    /// At most `limit` devices of a selection: one page of an order.
    ///
    /// Rows where a key is undefined come last, whichever its direction; devices that are equal by all keys are
    /// ordered by their identifiers, ascending.
    ///
    /// # Errors
    /// [`Unanswerable`] when a key has no column.
    ///
    /// # Example
    /// ```
    /// use columns::{Columns, PageAt};
    /// # use query::testing;
    /// # use twin::id::{DeviceId, Seq, Slot};
    /// # let (mut identity, twin, _) = testing::example();
    /// # let mut columns = Columns::new();
    /// # for (slot, name) in ["a", "b", "c"].into_iter().enumerate() {
    /// #     identity.device_id = DeviceId::parse(name).unwrap();
    /// #     columns.apply(Slot(slot as u32), Seq(1), &identity, &twin);
    /// # }
    /// let all = columns.all();
    /// let first = columns.page(&[], &all, PageAt::First, 2)?;
    /// let second = columns.page(&[], &all, PageAt::After(&first.later.clone().unwrap()), 2)?;
    /// assert_eq!((second.before, second.slots.len()), (2, 1));
    /// assert_eq!(columns.page(&[], &all, PageAt::Before(&second.earlier.unwrap()), 2)?, first);
    /// # Ok::<(), columns::Unanswerable>(())
    /// ```
    pub fn page(
        &self,
        order_by: &[OrderBy],
        selection: &Selection,
        at: PageAt<&Cursor>,
        limit: usize,
    ) -> Result<Page, Unanswerable> {
        Unanswerable::check(
            order_by
                .iter()
                .map(|key| &key.path)
                .filter(|path| !self.has(path)),
        )?;
        let is_backward = at.is_backward();
        let order = Order::new(self, order_by, is_backward);
        let place = at.place().map(|cursor| order.place_of(cursor));
        let selection = selection.and(self.live());
        let Nearest { mut rows, passed } = order.nearest_rows(&selection, place.as_ref(), limit);
        let (total, found) = (selection.len(), rows.len() as u64);
        let before = if is_backward {
            rows.reverse();
            total.saturating_sub(passed + found)
        } else {
            passed
        };
        let cursor = |row: Option<&usize>| row.and_then(|row| order.cursor(*row));
        Ok(Page {
            earlier: cursor(rows.first().filter(|_| before > 0)),
            later: cursor(rows.last().filter(|_| before + found < total)),
            slots: rows.into_iter().map(slot_at).collect(),
            before,
        })
    }

    /// The first `limit` devices of a selection in an order, after the cursor if there is one; and the cursor for the
    /// next page, when there is more. As [`Columns::page`].
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
        let at = after.map_or(PageAt::First, PageAt::After);
        let page = self.page(order_by, selection, at, limit)?;
        Ok((page.slots, page.later))
    }
}

impl Place<'_> {
    /// The number by the first key.
    fn first_number(&self) -> u64 {
        self.numbers.first().copied().unwrap_or_default()
    }
}

/// An order over the rows, perhaps turned round.
#[derive(Debug)]
struct Order<'a> {
    columns: &'a Columns,
    keys: Vec<SortKeys<'a>>,
    is_id_descending: bool,
    /// Whether the last row of the order comes first.
    is_turned: bool,
}

/// A place in an order, where a row is or was.
#[derive(Debug)]
struct Place<'a> {
    numbers: Vec<u64>,
    values: Vec<SortValue>,
    id: &'a str,
}

impl<'a> Order<'a> {
    fn new(columns: &'a Columns, order_by: &[OrderBy], is_turned: bool) -> Self {
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
            is_turned,
        }
    }

    /// What a first number is combined with, by exclusive or, so that numbers sort as this order does.
    fn turn(&self) -> u64 {
        if self.is_turned { u64::MAX } else { 0 }
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
    fn nearest_rows(&self, rows: &Selection, after: Option<&Place<'_>>, limit: usize) -> Nearest {
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
    ) -> Nearest {
        let turn = self.turn();
        let first = |row| first(row) ^ turn;
        let mut page = Gathering {
            order: self,
            after: after.map(|place| (place.first_number() ^ turn, place)),
            limit,
            bound: None,
            rows: Vec::new(),
            passed: 0,
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
            page.passed = 0;
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
        self.directed(self.compare_forward(row, other))
    }

    /// The order of a row and a place whose first numbers are equal.
    fn compare_with(&self, row: usize, place: &Place<'_>) -> Ordering {
        self.directed(self.compare_forward_with(row, place))
    }

    fn directed(&self, order: Ordering) -> Ordering {
        if self.is_turned {
            order.reverse()
        } else {
            order
        }
    }

    fn compare_forward(&self, row: usize, other: usize) -> Ordering {
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

    fn compare_forward_with(&self, row: usize, place: &Place<'_>) -> Ordering {
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

/// The first rows of an order after a place, and how many lie up to it.
#[derive(Debug)]
struct Nearest {
    rows: Vec<usize>,
    passed: u64,
}

/// The first rows of an order, gathered from rows in any order. Numbers are turned as the order is.
#[derive(Debug)]
struct Gathering<'a, 'p> {
    order: &'p Order<'a>,
    after: Option<(u64, &'p Place<'p>)>,
    limit: usize,
    /// No row behind this one is on the page.
    bound: Option<(u64, Place<'a>)>,
    /// Rows with their first number, among them the page's so far.
    rows: Vec<(u64, usize)>,
    /// Rows up to the place that the page begins after.
    passed: u64,
}

impl Gathering<'_, '_> {
    #[inline]
    fn offer(&mut self, number: u64, row: usize) {
        let is_behind = |place_number: u64, place: &Place<'_>| match number.cmp(&place_number) {
            Ordering::Equal => self.order.compare_with(row, place).is_gt(),
            order => order.is_gt(),
        };
        if let Some((place_number, place)) = self.after
            && !is_behind(place_number, place)
        {
            self.passed += 1;
            return;
        }
        if let Some((bound_number, bound)) = &self.bound
            && is_behind(*bound_number, bound)
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
        let last = self.rows.last();
        self.bound = last.map(|(number, row)| (*number, order.place_at(*row)));
    }

    fn finish(mut self) -> Nearest {
        let order = self.order;
        self.rows.sort_unstable_by(|a, b| compare(order, a, b));
        self.rows.truncate(self.limit);
        Nearest {
            rows: self.rows.into_iter().map(|(_, row)| row).collect(),
            passed: self.passed,
        }
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
    fn a_page_before_a_place_holds_what_lies_there_now() {
        let path = Path::parse("tags.floor").unwrap();
        let mut columns = Columns::new();
        columns.declare(&path);
        columns.finish_build(&path);
        for (slot, floor) in [Some(10), Some(20), Some(20), Some(30), None, None]
            .into_iter()
            .enumerate()
        {
            put(&mut columns, u32::try_from(slot).unwrap(), floor);
        }
        for (descending, order) in [(false, [0, 1, 2, 3, 4, 5]), (true, [3, 1, 2, 0, 4, 5])] {
            let order_by = [OrderBy {
                path: path.clone(),
                descending,
            }];
            let order = order.map(Slot);
            let page = |at| columns.page(&order_by, &columns.all(), at, 2).unwrap();
            let last = page(PageAt::Last);
            assert_eq!((&last.slots[..], last.before), (&order[4..], 4));
            assert_eq!(last.later, None);
            let middle = page(PageAt::Before(last.earlier.as_ref().unwrap()));
            assert_eq!((&middle.slots[..], middle.before), (&order[2..4], 2));
            // The places of a page lead to its neighbors, from either side to the same.
            assert_eq!(page(PageAt::After(middle.later.as_ref().unwrap())), last);
            let first = page(PageAt::Before(middle.earlier.as_ref().unwrap()));
            assert_eq!(first, page(PageAt::First));
            assert_eq!((&first.slots[..], first.before), (&order[..2], 0));
            assert_eq!(first.earlier, None);
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
