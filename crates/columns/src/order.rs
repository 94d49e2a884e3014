//! Sorted pages: the devices of an order next to a cursor, on either side, without sorting the fleet.
//!
//! A page before a cursor is the page after it in the order turned round.

use query::ast::OrderBy;
use serde::{Deserialize, Serialize};
use twin::id::{DeviceId, Slot};

use crate::columns::Columns;
use crate::filter::Unanswerable;
use crate::nearest::{Nearest, Order};
use crate::selection::{Selection, slot_at};
use crate::sort_key::SortValue;

/// A place in an order: the sort values and the identifier of a device at the end of a page.
///
/// It is good for the same order only, and stays good while devices change, come and go: the page next to it begins
/// beside the place, whether the device is still there or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    #[serde(rename = "v")]
    pub(crate) values: Vec<SortValue>,
    #[serde(rename = "d")]
    pub(crate) device_id: DeviceId,
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
        let Nearest { mut rows, passed } = order.nearest(&selection, place.as_ref(), limit);
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

    /// The place of a device in an order, whether or not a selection holds it; `None` when there is no such device.
    ///
    /// # Errors
    /// [`Unanswerable`] when a key has no column.
    pub fn cursor(
        &self,
        order_by: &[OrderBy],
        id: &DeviceId,
    ) -> Result<Option<Cursor>, Unanswerable> {
        let paths = order_by.iter().map(|key| &key.path);
        Unanswerable::check(paths.filter(|path| !self.has(path)))?;
        let order = Order::new(self, order_by, false);
        Ok(self
            .slot_of(id)
            .and_then(|slot| order.cursor(slot.0 as usize)))
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
