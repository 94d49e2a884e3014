//! Values during evaluation: JSON and, beside it, no value at all.

use std::borrow::Cow;
use std::cmp::Ordering;

use twin::{Map, Value};

/// A value, borrowed from the document where it can be.
#[derive(Clone, Debug, PartialEq)]
pub enum Term<'a> {
    /// No value: a missing path, or an operation without meaning.
    Undefined,
    /// The explicit nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    String(Cow<'a, str>),
    /// An array of the document, or of the query.
    Array(Cow<'a, [Value]>),
    /// An object of the document.
    Object(&'a Map),
    /// An object that was made for the answer, such as metadata.
    MadeObject(Map),
}

impl<'a> Term<'a> {
    /// A value of the document.
    pub fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => number.as_f64().map_or(Self::Undefined, Self::Number),
            Value::String(text) => Self::String(Cow::Borrowed(text)),
            Value::Array(items) => Self::Array(Cow::Borrowed(items)),
            Value::Object(map) => Self::Object(map),
        }
    }

    /// A text that is borrowed.
    pub fn text(text: &'a str) -> Self {
        Self::String(Cow::Borrowed(text))
    }

    /// A text that is owned.
    pub fn owned_text(text: String) -> Self {
        Self::String(Cow::Owned(text))
    }

    /// The value as JSON; `None` when undefined. A whole number is written without a fraction.
    pub fn to_value(&self) -> Option<Value> {
        match self {
            Self::Undefined => None,
            Self::Null => Some(Value::Null),
            Self::Bool(value) => Some(Value::Bool(*value)),
            Self::Number(number) => Some(number_value(*number)),
            Self::String(text) => Some(Value::String(text.clone().into_owned())),
            Self::Array(items) => Some(Value::Array(items.to_vec())),
            Self::Object(map) => Some(Value::Object((*map).clone())),
            Self::MadeObject(map) => Some(Value::Object(map.clone())),
        }
    }

    /// Whether there is a value.
    pub fn is_defined(&self) -> bool {
        !matches!(self, Self::Undefined)
    }

    /// The truth value: true, false, or neither.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Whether two values are equal; `None` when either is undefined or they are arrays or objects, which cannot be compared.
    pub fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Undefined | Self::Array(_) | Self::Object(_) | Self::MadeObject(_), _)
            | (_, Self::Undefined | Self::Array(_) | Self::Object(_) | Self::MadeObject(_)) => None,
            (Self::Null, Self::Null) => Some(true),
            (Self::Bool(one), Self::Bool(other)) => Some(one == other),
            #[expect(clippy::float_cmp, reason = "equality of the language is exact")]
            (Self::Number(one), Self::Number(other)) => Some(one == other),
            (Self::String(one), Self::String(other)) => Some(one == other),
            _ => Some(false),
        }
    }

    /// The order of two values of one type, numbers or texts (by code points); else `None`.
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.partial_cmp(other),
            (Self::String(one), Self::String(other)) => Some(one.as_ref().cmp(other.as_ref())),
            (Self::Bool(one), Self::Bool(other)) => Some(one.cmp(other)),
            _ => None,
        }
    }
}

/// A number as JSON: whole numbers without a fraction.
pub fn number_value(number: f64) -> Value {
    const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= WHOLE_MAX {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 53 bits")]
        let whole = number as i64;
        Value::from(whole)
    } else {
        serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number)
    }
}

/// The order of `ORDER BY`: numbers, then texts, then booleans, then null, arrays and objects, then undefined.
pub fn total_order(one: &Term<'_>, other: &Term<'_>) -> Ordering {
    let class = |term: &Term<'_>| match term {
        Term::Number(_) => 0,
        Term::String(_) => 1,
        Term::Bool(_) => 2,
        Term::Null => 3,
        Term::Array(_) => 4,
        Term::Object(_) | Term::MadeObject(_) => 5,
        Term::Undefined => 6,
    };
    class(one)
        .cmp(&class(other))
        .then_with(|| one.order(other).unwrap_or(Ordering::Equal))
}
