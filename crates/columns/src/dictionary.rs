//! The distinct values of a column, each with a small code and the number of rows that hold it.
//!
//! Code 0 is "undefined" and is not counted. An entry whose last row goes is reclaimed and its code given to the next
//! new value, so that a dictionary stays as large as the values that are really there.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use hashbrown::HashTable;
use twin::Value;
use twin::time::Timestamp;

use crate::arena::{Arena, Span};
use crate::beginning;
use crate::datum::Datum;

/// The code of rows without a value.
pub(crate) const UNDEFINED: u32 = 0;

/// What an entry is; its payload is a word beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Not in use: "undefined" and reclaimed codes.
    Free,
    Null,
    Bool,
    /// The bits of the number.
    Number,
    /// Milliseconds.
    Instant,
    /// A span of the arena.
    Text,
    /// Kept aside, by code.
    Composite,
}

/// The distinct values, their counts, and the way back from a value to its code.
#[derive(Debug)]
pub(crate) struct Dictionary {
    values: Values,
    counts: Vec<u32>,
    codes: HashTable<u32>,
    free: Vec<u32>,
    rows: Rows,
}

/// How many rows hold a value, by what a dense column could keep in its place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rows {
    pub(crate) numbers: usize,
    pub(crate) instants: usize,
    pub(crate) others: usize,
}

impl Rows {
    pub(crate) fn total(self) -> usize {
        self.numbers + self.instants + self.others
    }
}

/// The values, by code.
#[derive(Debug)]
struct Values {
    kinds: Vec<Kind>,
    payloads: Vec<u64>,
    /// What they begin with, so that orders need not look at each.
    beginnings: Vec<u64>,
    texts: Arena,
    /// Arrays and objects: rare in columns, exact all the same.
    composites: BTreeMap<u32, Value>,
}

impl Values {
    fn get(&self, code: u32) -> Option<Datum<'_>> {
        let payload = self.payloads[code as usize];
        match self.kinds[code as usize] {
            Kind::Free => None,
            Kind::Null => Some(Datum::Null),
            Kind::Bool => Some(Datum::Bool(payload != 0)),
            Kind::Number => Some(Datum::Number(f64::from_bits(payload))),
            Kind::Instant => Some(Datum::Instant(Timestamp::from_ms(payload.cast_signed()))),
            Kind::Text => Some(Datum::Text(self.texts.get(Span(payload)))),
            Kind::Composite => self.composites.get(&code).and_then(Datum::of),
        }
    }

    fn put(&mut self, code: u32, datum: Datum<'_>) {
        let (kind, payload) = match datum {
            Datum::Null => (Kind::Null, 0),
            Datum::Bool(bool) => (Kind::Bool, u64::from(bool)),
            Datum::Number(number) => (Kind::Number, number.to_bits()),
            Datum::Instant(instant) => (Kind::Instant, instant.as_ms().cast_unsigned()),
            Datum::Text(text) => (Kind::Text, self.texts.push(text).0),
            Datum::Array(items) => {
                self.composites.insert(code, Value::Array(items.to_vec()));
                (Kind::Composite, 0)
            }
            Datum::Object(members) => {
                self.composites.insert(code, Value::Object(members.clone()));
                (Kind::Composite, 0)
            }
        };
        self.kinds[code as usize] = kind;
        self.payloads[code as usize] = payload;
        self.beginnings[code as usize] = beginning::of_datum(datum);
    }

    fn take(&mut self, code: u32) {
        match std::mem::replace(&mut self.kinds[code as usize], Kind::Free) {
            Kind::Text => self.texts.release(Span(self.payloads[code as usize])),
            Kind::Composite => _ = self.composites.remove(&code),
            Kind::Free | Kind::Null | Kind::Bool | Kind::Number | Kind::Instant => {}
        }
        if self.texts.is_sparse() {
            self.close_holes();
        }
    }

    fn close_holes(&mut self) {
        let is_text = |kind: &Kind| *kind == Kind::Text;
        let payloads = self
            .kinds
            .iter()
            .zip(&self.payloads)
            .filter(|(kind, _)| is_text(kind));
        let mut spans: Vec<Span> = payloads.map(|(_, payload)| Span(*payload)).collect();
        self.texts.compact(spans.iter_mut());
        let texts = self
            .kinds
            .iter()
            .zip(&mut self.payloads)
            .filter(|(kind, _)| is_text(kind));
        for ((_, payload), span) in texts.zip(spans) {
            *payload = span.0;
        }
    }
}

impl Dictionary {
    pub(crate) fn new() -> Self {
        let values = Values {
            kinds: vec![Kind::Free],
            payloads: vec![0],
            beginnings: vec![0],
            texts: Arena::default(),
            composites: BTreeMap::new(),
        };
        Self {
            values,
            counts: vec![0],
            codes: HashTable::new(),
            free: Vec::new(),
            rows: Rows::default(),
        }
    }

    /// One more than the largest code ever in use.
    pub(crate) fn bound(&self) -> usize {
        self.counts.len()
    }

    /// How many distinct values there are.
    pub(crate) fn distinct(&self) -> usize {
        self.codes.len()
    }

    /// How many rows hold each code; 0 for codes not in use, and for "undefined".
    pub(crate) fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// How many rows hold a value.
    pub(crate) fn rows(&self) -> Rows {
        self.rows
    }

    /// The value of a code; `None` for "undefined" and for codes not in use.
    pub(crate) fn get(&self, code: u32) -> Option<Datum<'_>> {
        self.values.get(code)
    }

    /// The [beginning](beginning::of_datum) of the value of a code in use.
    #[inline]
    pub(crate) fn beginning(&self, code: u32) -> u64 {
        self.values.beginnings[code as usize]
    }

    /// The codes in use with their values.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u32, Datum<'_>)> {
        (0_u32..)
            .zip(&self.counts)
            .filter_map(|(code, _)| Some((code, self.get(code)?)))
    }

    /// The code of a value, when some row holds it.
    pub(crate) fn find(&self, datum: Datum<'_>) -> Option<u32> {
        self.codes
            .find(hash(datum), |code| self.get(*code) == Some(datum))
            .copied()
    }

    /// Counts one more row for a value and returns its code.
    pub(crate) fn acquire(&mut self, datum: Option<Datum<'_>>) -> u32 {
        let Some(datum) = datum else {
            return UNDEFINED;
        };
        let code = self.find(datum).unwrap_or_else(|| self.insert(datum));
        self.counts[code as usize] += 1;
        *self.rows_like(code) += 1;
        code
    }

    /// Counts one row less for a code and reclaims the entry with its last row.
    pub(crate) fn release(&mut self, code: u32) {
        if code == UNDEFINED {
            return;
        }
        *self.rows_like(code) -= 1;
        let count = &mut self.counts[code as usize];
        *count -= 1;
        if *count == 0 {
            self.reclaim(code);
        }
    }

    fn rows_like(&mut self, code: u32) -> &mut usize {
        match self.values.kinds[code as usize] {
            Kind::Number => &mut self.rows.numbers,
            Kind::Instant => &mut self.rows.instants,
            Kind::Free | Kind::Null | Kind::Bool | Kind::Text | Kind::Composite => {
                &mut self.rows.others
            }
        }
    }

    fn insert(&mut self, datum: Datum<'_>) -> u32 {
        let Self {
            values,
            counts,
            codes,
            free,
            ..
        } = self;
        let code = free.pop().unwrap_or_else(|| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "there are no more values than slots"
            )]
            let code = counts.len() as u32;
            counts.push(0);
            values.kinds.push(Kind::Free);
            values.payloads.push(0);
            values.beginnings.push(0);
            code
        });
        values.put(code, datum);
        codes.insert_unique(hash(datum), code, |code| values.get(*code).map_or(0, hash));
        code
    }

    fn reclaim(&mut self, code: u32) {
        let hash = self.get(code).map_or(0, hash);
        if let Ok(entry) = self.codes.find_entry(hash, |other| *other == code) {
            entry.remove();
        }
        self.values.take(code);
        self.free.push(code);
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.values.kinds.capacity() * size_of::<Kind>()
            + (self.values.payloads.capacity() + self.values.beginnings.capacity())
                * size_of::<u64>()
            + self.values.texts.memory_bytes()
            + self
                .values
                .composites
                .values()
                .map(composite_bytes)
                .sum::<usize>()
            + (self.counts.capacity() + self.free.capacity()) * size_of::<u32>()
            + self.codes.allocation_size()
    }
}

/// A hash that is the same in every process.
pub(crate) fn hash(datum: Datum<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    datum.hash(&mut hasher);
    hasher.finish()
}

/// Roughly what a value holds on the heap, itself included.
fn composite_bytes(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(composite_bytes).sum(),
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| 2 * size_of::<String>() + name.len() + composite_bytes(value))
                .sum(),
        }
}
