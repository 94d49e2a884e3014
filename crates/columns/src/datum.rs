//! One value as columns keep it: what a path yields for a device, without owning it.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use query::Term;
use twin::time::Timestamp;
use twin::{Map, Value};

/// A value of a column; "undefined" is its absence, `None`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Datum<'a> {
    Null,
    Bool(bool),
    Number(f64),
    /// The text of an instant, kept as the instant: see [`Datum::instant`].
    Instant(Timestamp),
    Text(&'a str),
    Array(&'a [Value]),
    Object(&'a Map),
}

/// The first of the instants whose texts sort as they do themselves. Before it only [`Timestamp::NEVER`] sorts so,
/// because its text has no fraction; the others of that second stay texts.
pub(crate) const FIRST_ORDERED_MS: i64 = Timestamp::NEVER.as_ms() + 1_000;

impl<'a> Datum<'a> {
    /// The datum of a JSON value.
    pub(crate) fn of(value: &'a Value) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Bool(bool) => Self::Bool(*bool),
            Value::Number(number) => Self::number(number.as_f64()?),
            Value::String(text) => Self::Text(text),
            Value::Array(items) => Self::Array(items),
            Value::Object(members) => Self::Object(members),
        })
    }

    /// The datum of a term; `None` is undefined.
    pub(crate) fn of_term(term: &'a Term<'_>) -> Option<Self> {
        Some(match term {
            Term::Undefined => return None,
            Term::Null => Self::Null,
            Term::Bool(bool) => Self::Bool(*bool),
            Term::Number(number) => Self::number(*number),
            Term::String(text) => Self::Text(text),
            Term::Array(items) => Self::Array(items),
            Term::Object(members) => Self::Object(members),
            Term::MadeObject(members) => Self::Object(members),
        })
    }

    /// A number. Nothing tells the negative zero from zero, so that it is not kept.
    pub(crate) fn number(number: f64) -> Self {
        Self::Number(number + 0.0)
    }

    /// An instant, when its text sorts as the instants do.
    pub(crate) fn instant(at: Timestamp) -> Option<Self> {
        (at.is_never() || at.as_ms() >= FIRST_ORDERED_MS).then_some(Self::Instant(at))
    }

    /// The instant of which this is the text.
    pub(crate) fn instant_of_text(text: &str) -> Option<Self> {
        let at = Timestamp::parse(text).ok()?;
        Self::instant(at).filter(|_| at.to_string() == text)
    }

    /// The term that a condition sees.
    pub(crate) fn term(self) -> Term<'a> {
        match self {
            Self::Null => Term::Null,
            Self::Bool(bool) => Term::Bool(bool),
            Self::Number(number) => Term::Number(number),
            Self::Instant(at) => query::time(at),
            Self::Text(text) => Term::text(text),
            Self::Array(items) => Term::Array(Cow::Borrowed(items)),
            Self::Object(members) => Term::Object(members),
        }
    }

    /// The JSON that a person sees.
    pub(crate) fn to_value(self) -> Value {
        self.term().to_value().unwrap_or_default()
    }

    /// The order of `ORDER BY` among defined values: [`query::term::total_order`] without making texts.
    pub(crate) fn order(self, other: Self) -> Ordering {
        self.class()
            .cmp(&other.class())
            .then_with(|| match (self, other) {
                (Self::Number(a), Self::Number(b)) => a.total_cmp(&b),
                (Self::Text(a), Self::Text(b)) => a.cmp(b),
                (Self::Instant(a), Self::Instant(b)) => a.cmp(&b),
                (Self::Instant(a), Self::Text(b)) => a.to_string().as_str().cmp(b),
                (Self::Text(a), Self::Instant(b)) => a.cmp(b.to_string().as_str()),
                (Self::Bool(a), Self::Bool(b)) => a.cmp(&b),
                _ => Ordering::Equal,
            })
    }

    /// The same, with arrays and objects, all equal to `ORDER BY`, told apart by their text.
    pub(crate) fn order_apart(self, other: Self) -> Ordering {
        self.order(other).then_with(|| match (self, other) {
            (Self::Array(_), Self::Array(_)) | (Self::Object(_), Self::Object(_)) => self
                .to_value()
                .to_string()
                .cmp(&other.to_value().to_string()),
            _ => Ordering::Equal,
        })
    }

    pub(crate) fn class(self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Text(_) | Self::Instant(_) => 1,
            Self::Bool(_) => 2,
            Self::Null => 3,
            Self::Array(_) => 4,
            Self::Object(_) => 5,
        }
    }
}

/// Sameness, not the query language's `=`: two values are the same when no condition can tell them apart.
impl PartialEq for Datum<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a.to_bits() == b.to_bits(),
            (Self::Instant(a), Self::Instant(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Array(a), Self::Array(b)) => a == b,
            (Self::Object(a), Self::Object(b)) => a == b,
            _ => false,
        }
    }
}

impl Hash for Datum<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Null => {}
            Self::Bool(bool) => bool.hash(state),
            Self::Number(number) => number.to_bits().hash(state),
            Self::Instant(instant) => instant.hash(state),
            Self::Text(text) => text.hash(state),
            Self::Array(items) => items.hash(state),
            Self::Object(members) => members.hash(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use query::term::total_order;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_is_that_of_terms() {
        let values = [
            json!(null),
            json!(true),
            json!(false),
            json!(0),
            json!(-0.0),
            json!(-7.5),
            json!(1e300),
            json!(""),
            json!("a"),
            json!("2026-11-22T10:00:00.0000000Z"),
            json!("2026-11-22"),
            json!([1]),
            json!([2]),
            json!({}),
            json!({ "a": 1 }),
        ];
        let instants = [
            Timestamp::NEVER,
            Timestamp::from_ms(FIRST_ORDERED_MS),
            Timestamp::from_ms(0),
            Timestamp::MAX,
        ];
        let data: Vec<Datum<'_>> = values
            .iter()
            .filter_map(Datum::of)
            .chain(instants.into_iter().filter_map(Datum::instant))
            .collect();
        assert_eq!(data.len(), values.len() + instants.len());
        for a in &data {
            for b in &data {
                assert_eq!(
                    a.order(*b),
                    total_order(&a.term(), &b.term()),
                    "{a:?} {b:?}"
                );
            }
        }
    }

    #[test]
    fn only_texts_of_instants_are_taken_for_instants() {
        for at in [Timestamp::NEVER, Timestamp::from_ms(1_795_348_800_123)] {
            assert_eq!(
                Datum::instant_of_text(&at.to_string()),
                Some(Datum::Instant(at))
            );
        }
        for text in [
            "2026-11-22",
            "2026-11-22T10:00:00Z",
            "0001-01-01T00:00:00.5000000Z",
            "soon",
        ] {
            assert_eq!(Datum::instant_of_text(text), None);
        }
    }
}
