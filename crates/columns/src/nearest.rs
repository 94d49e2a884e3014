//! The rows of an order that come next after a place.
//!
//! Each key of an order gives a row a number that sorts as the values do, or nearly so, in which case equal numbers
//! are settled by the values. There are two ways to the first rows:
//!
//! - **By ranks**, when a column has few distinct values: counting the rows of each value says which values are on the
//!   page; only the rows of the last of them are looked at further, by the next key.
//! - **By a bound**, otherwise: a sample shows how large a row of the page can be, and one pass keeps the few rows that
//!   are not larger.

use std::cmp::Ordering;

use query::ast::OrderBy;

use crate::codes::{Codes, FEW_ROWS};
use crate::column::Form;
use crate::columns::Columns;
use crate::dense::Dense;
use crate::field::is_device_id;
use crate::order::Cursor;
use crate::range::Comparable;
use crate::selection::{Selection, WORD, bits, pack, slot_at};
use crate::sort_key::{Ranks, SortKeys, SortValue};

/// Words of a selection that are looked at to see how large the rows of a page can be.
const SAMPLE_WORDS: usize = 64;
/// So many rows are gathered at least before the surplus is dropped.
const SURPLUS_ROWS_MIN: usize = 1024;
/// Up to so many rows, counting their values is not worth it; fewer in tests, whose fleets are small.
const UNCOUNTED_ROWS_MAX: u64 = if cfg!(test) { 4 } else { 1024 };

/// An order over the rows, perhaps turned round.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    columns: &'a Columns,
    keys: Vec<SortKeys<'a>>,
    is_id_descending: bool,
    /// Whether the last row of the order comes first.
    is_turned: bool,
}

/// A place in an order, where a row is or was.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    /// By key, and last by the identifier.
    numbers: Vec<u64>,
    values: Vec<SortValue>,
    id: &'a str,
}

/// The first rows of an order after a place, in order, and how many lie up to the place.
#[derive(Debug, Default)]
pub(crate) struct Nearest {
    pub(crate) rows: Vec<usize>,
    pub(crate) passed: u64,
}

impl<'a> Order<'a> {
    pub(crate) fn new(columns: &'a Columns, order_by: &[OrderBy], is_turned: bool) -> Self {
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

    /// The place of a cursor. One of another order leads to some place or other.
    pub(crate) fn place_of<'c>(&self, cursor: &'c Cursor) -> Place<'c> {
        let id = cursor.device_id.as_str();
        let undefined = std::iter::repeat(&SortValue::Undefined);
        let values = cursor.values.iter().chain(undefined).take(self.keys.len());
        let values: Vec<SortValue> = values.cloned().collect();
        let numbers = self.keys.iter().zip(&values);
        let numbers = numbers.map(|(keys, value)| keys.number_of(value));
        Place {
            numbers: numbers.chain([self.id_number(id)]).collect(),
            values,
            id,
        }
    }

    /// The cursor of the place where a row is.
    pub(crate) fn cursor(&self, row: usize) -> Option<Cursor> {
        Some(Cursor {
            values: self.values(row),
            device_id: self.columns.device_id(slot_at(row))?,
        })
    }

    /// The first rows in order, after the place if there is one.
    pub(crate) fn nearest(
        &self,
        rows: &Selection,
        after: Option<&Place<'_>>,
        limit: usize,
    ) -> Nearest {
        self.nearest_by(0, rows, after, limit)
    }

    /// The same for rows, and a place, that are equal by the keys before `depth`.
    fn nearest_by(
        &self,
        depth: usize,
        rows: &Selection,
        after: Option<&Place<'_>>,
        limit: usize,
    ) -> Nearest {
        let search = Search {
            order: self,
            depth,
            after,
            limit,
        };
        let Some(keys) = self.keys.get(depth) else {
            let flip = if self.is_id_descending { u64::MAX } else { 0 };
            let beginnings = self.columns.identifiers.beginnings();
            return search.within_bound(beginnings, rows, &[], |beginning| beginning ^ flip);
        };
        match (keys.column().form(), keys.ranks()) {
            (Form::Coded { codes, .. }, Some(ranks)) if rows.len() > UNCOUNTED_ROWS_MAX => {
                search.by_ranks(keys, ranks, codes, rows)
            }
            (Form::Coded { codes, .. }, _) => {
                match codes {
                    Codes::U8(codes) => search
                        .within_bound(codes, rows, &[], |code| keys.number_of_code(code.into())),
                    Codes::U16(codes) => search
                        .within_bound(codes, rows, &[], |code| keys.number_of_code(code.into())),
                    Codes::U32(codes) => {
                        search.within_bound(codes, rows, &[], |code| keys.number_of_code(code))
                    }
                }
            }
            (Form::Numbers(dense), _) => search.by_cells(keys, dense, rows),
            (Form::Instants(dense), _) => search.by_cells(keys, dense, rows),
        }
    }

    fn id(&self, row: usize) -> &'a str {
        self.columns.identifiers.get(row)
    }

    fn id_number(&self, id: &str) -> u64 {
        let number = self.columns.identifiers.beginning_of(id);
        if self.is_id_descending {
            !number
        } else {
            number
        }
    }

    fn values(&self, row: usize) -> Vec<SortValue> {
        self.keys.iter().map(|keys| keys.value(row)).collect()
    }

    fn place_at(&self, row: usize) -> Place<'a> {
        let id = self.id(row);
        let numbers = self.keys.iter().map(|keys| keys.number(row));
        Place {
            numbers: numbers.chain([self.id_number(id)]).collect(),
            values: self.values(row),
            id,
        }
    }

    /// A number so that numbers sort as this order does.
    #[inline]
    fn turned(&self, number: u64) -> u64 {
        if self.is_turned { !number } else { number }
    }

    /// The order of two rows whose numbers are equal up to a key.
    fn compare(&self, depth: usize, row: usize, other: usize) -> Ordering {
        let mut keys = self.keys.iter().skip(depth);
        let settled = keys
            .next()
            .map_or(Ordering::Equal, |keys| keys.settle(row, other));
        let by_others = |order: Ordering, keys: &SortKeys<'_>| {
            order
                .then_with(|| keys.number(row).cmp(&keys.number(other)))
                .then_with(|| keys.settle(row, other))
        };
        let order = keys.fold(settled, by_others);
        self.directed(order.then_with(|| self.compare_ids(self.id(row), self.id(other))))
    }

    /// The order of a row and a place whose numbers are equal up to a key.
    fn compare_with(&self, depth: usize, row: usize, place: &Place<'_>) -> Ordering {
        let at_place = place.numbers.iter().zip(&place.values);
        let mut keys = self.keys.iter().zip(at_place).skip(depth);
        let settled = keys.next().map_or(Ordering::Equal, |(keys, (_, value))| {
            keys.settle_with(row, value)
        });
        let order = keys.fold(settled, |order, (keys, (number, value))| {
            order
                .then_with(|| keys.number(row).cmp(number))
                .then_with(|| keys.settle_with(row, value))
        });
        self.directed(order.then_with(|| self.compare_ids(self.id(row), place.id)))
    }

    fn directed(&self, order: Ordering) -> Ordering {
        if self.is_turned {
            order.reverse()
        } else {
            order
        }
    }

    fn compare_ids(&self, id: &str, other: &str) -> Ordering {
        if self.is_id_descending {
            other.cmp(id)
        } else {
            id.cmp(other)
        }
    }
}

/// What is looked for among rows that are equal by the keys before `depth`.
#[derive(Clone, Copy, Debug)]
struct Search<'s, 'a> {
    order: &'s Order<'a>,
    depth: usize,
    after: Option<&'s Place<'s>>,
    limit: usize,
}

impl Search<'_, '_> {
    /// The number by this key of the place that the rows come after.
    fn after_number(&self) -> Option<u64> {
        let place = self.after?;
        Some(self.order.turned(place.numbers[self.depth]))
    }

    fn by_ranks(
        &self,
        keys: &SortKeys<'_>,
        ranks: &Ranks,
        codes: &Codes,
        rows: &Selection,
    ) -> Nearest {
        let Self {
            order,
            depth,
            limit,
            ..
        } = *self;
        let sieved = self.sieved(ranks, codes, rows);
        let rows = sieved.as_ref().unwrap_or(rows);
        let counts = codes.histogram(ranks.numbers().len(), rows);
        let mut found = Nearest::default();
        let after = self.after_number();
        // The values of the page: of the place itself, taken whole, and the last one.
        let (mut at_place, mut whole, mut last) =
            (Group::new(ranks), Group::new(ranks), Group::new(ranks));
        let mut room = limit as u64;
        for (number, members) in ranks.groups(order.is_turned) {
            let count: u64 = members
                .iter()
                .map(|code| u64::from(counts[*code as usize]))
                .sum();
            if count == 0 {
                continue;
            }
            match after.map_or(Ordering::Greater, |after| order.turned(number).cmp(&after)) {
                Ordering::Less => found.passed += count,
                Ordering::Equal => {
                    at_place.add(members);
                    let rows = codes.mark(&at_place.table, rows);
                    let inner = order.nearest_by(depth + 1, &rows, self.after, limit);
                    found.passed += inner.passed;
                    room -= inner.rows.len() as u64;
                    found.rows = inner.rows;
                }
                Ordering::Greater if room == 0 => break,
                Ordering::Greater if count <= room => {
                    whole.add(members);
                    room -= count;
                }
                Ordering::Greater => {
                    last.add(members);
                    break;
                }
            }
        }
        if whole.is_used {
            let first = found.rows.len();
            let whole = codes.mark(&whole.table, rows);
            found.rows.extend(whole.iter().map(|slot| slot.0 as usize));
            found.rows[first..].sort_unstable_by(|row, other| {
                let number = |row: usize| order.turned(keys.number(row));
                number(*row)
                    .cmp(&number(*other))
                    .then_with(|| order.compare(depth, *row, *other))
            });
        }
        if last.is_used {
            let rows = codes.mark(&last.table, rows);
            let room = limit - found.rows.len();
            found
                .rows
                .extend(order.nearest_by(depth + 1, &rows, None, room).rows);
        }
        found
    }

    /// The rows that a sample does not rule out; `None` when the sample is too small to say, or when all rows have to
    /// be counted because some lie before the page.
    fn sieved(&self, ranks: &Ranks, codes: &Codes, rows: &Selection) -> Option<Selection> {
        if self.after.is_some() {
            return None;
        }
        let turned = |number: &u64| self.order.turned(*number);
        let numbers = ranks.numbers();
        let step = (rows.words().len() / SAMPLE_WORDS).max(1);
        let words = rows.words().iter().enumerate().step_by(step);
        let sample = words.flat_map(|(index, word)| bits(*word).map(move |bit| index * WORD + bit));
        let mut sample: Vec<u64> = sample
            .map(|row| turned(&numbers[codes.get(row) as usize]))
            .collect();
        if sample.len() <= self.limit {
            return None;
        }
        // So many rows are not larger: no larger one is on the page.
        let (_, bound, _) = sample.select_nth_unstable(self.limit);
        let table: Vec<bool> = numbers
            .iter()
            .map(|number| turned(number) <= *bound)
            .collect();
        Some(codes.mark(&table, rows))
    }

    /// By the cells of a dense column; its exceptions are looked at one by one.
    fn by_cells<C: Comparable>(
        &self,
        keys: &SortKeys<'_>,
        dense: &Dense<C>,
        rows: &Selection,
    ) -> Nearest {
        let number = |cell| keys.number_of_cell(cell);
        if dense.exceptions_len() == 0 {
            return self.within_bound(dense.cells(), rows, &[], number);
        }
        let mut regular = rows.clone();
        let exceptions = dense
            .exceptions()
            .filter(|(row, _)| rows.contains(slot_at(*row)));
        let exceptions: Vec<_> = exceptions
            .map(|(row, datum)| {
                regular.put(row, false);
                (keys.number_beside::<C>(datum), row)
            })
            .collect();
        self.within_bound(dense.cells(), &regular, &exceptions, number)
    }

    /// By the numbers of values, of which each row has one; exceptions come beside them with their own.
    fn within_bound<C: Copy>(
        &self,
        values: &[C],
        rows: &Selection,
        exceptions: &[(u64, usize)],
        number: impl Fn(C) -> u64,
    ) -> Nearest {
        let order = self.order;
        let number = |value| order.turned(number(value));
        let mut gathering = Gathering {
            search: *self,
            after: self.after_number(),
            bound: None,
            rows: Vec::new(),
            passed: 0,
        };
        let (chunks, _) = values.as_chunks::<WORD>();
        let step = rows.words().len() / SAMPLE_WORDS;
        if step > 1 {
            for (index, word) in rows.words().iter().enumerate().step_by(step) {
                for bit in bits(*word) {
                    gathering.offer(number(chunks[index][bit]), index * WORD + bit);
                }
            }
            gathering.forget_rows();
        }
        for (number, row) in exceptions {
            gathering.offer(order.turned(*number), *row);
        }
        for ((index, word), chunk) in rows.words().iter().enumerate().zip(chunks) {
            let mut open = *word;
            if open.count_ones() >= FEW_ROWS {
                open = gathering.sift(open, chunk, number);
            }
            for bit in bits(open) {
                gathering.offer(number(chunk[bit]), index * WORD + bit);
            }
        }
        gathering.finish()
    }
}

/// Values that are equal to an order, by code.
struct Group {
    table: Vec<bool>,
    is_used: bool,
}

impl Group {
    fn new(ranks: &Ranks) -> Self {
        Self {
            table: vec![false; ranks.numbers().len()],
            is_used: false,
        }
    }

    fn add(&mut self, codes: &[u32]) {
        self.is_used = true;
        for code in codes {
            self.table[*code as usize] = true;
        }
    }
}

/// The first rows of an order, gathered from rows in any order. Numbers are turned as the order is.
#[derive(Debug)]
struct Gathering<'s, 'a> {
    search: Search<'s, 'a>,
    after: Option<u64>,
    /// No row behind this one is on the page.
    bound: Option<(u64, Place<'a>)>,
    /// Rows with their number, among them the page's so far.
    rows: Vec<(u64, usize)>,
    /// Rows up to the place that the page begins after.
    passed: u64,
}

impl Gathering<'_, '_> {
    /// Which of 64 rows have to be offered, told by their numbers without a branch for each.
    #[inline]
    fn sift<C: Copy>(
        &mut self,
        mut open: u64,
        chunk: &[C; WORD],
        number: impl Fn(C) -> u64,
    ) -> u64 {
        if let Some(after) = self.after {
            let passed = pack(&chunk.map(|value| u8::from(number(value) < after))) & open;
            self.passed += u64::from(passed.count_ones());
            open &= !passed;
        }
        if let Some((bound, _)) = self.bound {
            open &= pack(&chunk.map(|value| u8::from(number(value) <= bound)));
        }
        open
    }

    #[inline]
    fn offer(&mut self, number: u64, row: usize) {
        let Search {
            order,
            depth,
            after,
            limit,
        } = self.search;
        let is_behind = |at: u64, place: &Place<'_>| match number.cmp(&at) {
            Ordering::Equal => order.compare_with(depth, row, place).is_gt(),
            order => order.is_gt(),
        };
        if let (Some(at), Some(place)) = (self.after, after)
            && !is_behind(at, place)
        {
            self.passed += 1;
            return;
        }
        if let Some((at, place)) = &self.bound
            && is_behind(*at, place)
        {
            return;
        }
        self.rows.push((number, row));
        if self.rows.len() >= SURPLUS_ROWS_MIN.max(limit.saturating_mul(4)) {
            self.drop_surplus();
        }
    }

    /// Keeps what may be on the page, and learns where it ends at the latest.
    fn drop_surplus(&mut self) {
        let Search {
            order,
            depth,
            limit,
            ..
        } = self.search;
        if limit == 0 || self.rows.len() < limit {
            return;
        }
        self.rows
            .select_nth_unstable_by(limit - 1, |a, b| compare(order, depth, a, b));
        self.rows.truncate(limit);
        let last = self.rows.last();
        self.bound = last.map(|(number, row)| (*number, order.place_at(*row)));
    }

    /// Forgets all but the bound: the rows will be offered again.
    fn forget_rows(&mut self) {
        self.drop_surplus();
        self.rows.clear();
        self.passed = 0;
    }

    fn finish(mut self) -> Nearest {
        let Search {
            order,
            depth,
            limit,
            ..
        } = self.search;
        self.rows
            .sort_unstable_by(|a, b| compare(order, depth, a, b));
        self.rows.truncate(limit);
        Nearest {
            rows: self.rows.into_iter().map(|(_, row)| row).collect(),
            passed: self.passed,
        }
    }
}

fn compare(
    order: &Order<'_>,
    depth: usize,
    (number, row): &(u64, usize),
    (other_number, other): &(u64, usize),
) -> Ordering {
    number
        .cmp(other_number)
        .then_with(|| order.compare(depth, *row, *other))
}
