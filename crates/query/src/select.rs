//! What a query answers: projected rows, and figures over groups.
//!
//! Whoever answers a query by other means (columns) answers with equal rows; these are the rules:
//! - A member whose value is undefined is left out of its row.
//! - `COUNT()` counts rows, `COUNT(path)` rows where the path is defined. `SUM`, `AVG`, `MIN`, `MAX` take the numbers
//!   among the values; `SUM` of none is 0, the others of none are left out. A sum beyond the greatest number is null.
//! - Without `GROUP BY` there is one row. With it, one row a distinct combination, in the order of
//!   [`total_order`] over the group's values; undefined is a value of its own, and comes last.
//! - Paths beside aggregates are those of the group; a path that is not grouped by is left out.

use std::collections::{BTreeMap, BTreeSet};

use twin::{Map, Value};

use crate::ast::{Aggregate, Item, Query, Select, Source};
use crate::path::Path;
use crate::row::Row;
use crate::term::{Term, number_value, total_order};

/// The names of the members of a row, each its own: those after `AS` as they are written, of the others the second of a
/// name gets a number (`avg`, `avg_2`).
pub fn member_names(items: &[Item]) -> Vec<String> {
    let mut taken: BTreeSet<String> = items
        .iter()
        .filter_map(Item::alias)
        .map(str::to_owned)
        .collect();
    let name = |item: &Item| {
        if item.alias().is_some() {
            return item.name().to_owned();
        }
        let numbered = (2..).map(|number: usize| format!("{}_{number}", item.name()));
        let mut candidates = std::iter::once(item.name().to_owned()).chain(numbered);
        let free = candidates.find(|name| taken.insert(name.clone()));
        free.unwrap_or_default()
    };
    items.iter().map(name).collect()
}

/// The row of one document.
pub fn project(select: &Select, row: &dyn Row) -> Value {
    match select {
        Select::All => row.document(),
        Select::Items(items) => {
            let mut members = Map::new();
            for (item, name) in items.iter().zip(member_names(items)) {
                if let Item::Path { path, .. } = item
                    && let Some(value) = row.get(path).to_value()
                {
                    members.insert(name, value);
                }
            }
            Value::Object(members)
        }
    }
}

impl Query {
    /// Whether rows are figures over groups rather than documents.
    pub fn is_aggregate(&self) -> bool {
        !self.group_by.is_empty()
            || matches!(&self.select, Select::Items(items) if items.iter().any(|item| matches!(item, Item::Aggregate { .. })))
    }

    /// The kind of its rows, as `x-ms-item-type` says it (contract section 4.4).
    pub fn item_type(&self) -> &'static str {
        match (&self.select, self.source) {
            (Select::Items(_), _) => "Raw",
            (Select::All, _) if !self.group_by.is_empty() => "Raw",
            (Select::All, Source::Devices | Source::Modules) => "Twin",
            (Select::All, Source::Jobs) => "DeviceJob",
            (Select::All, Source::Enrollments) => "Enrollment",
            (Select::All, Source::EnrollmentGroups) => "EnrollmentGroup",
            (Select::All, Source::Registrations) => "DeviceRegistration",
        }
    }
}

/// Figures over groups, row by row.
#[derive(Clone, Debug)]
pub struct Aggregator<'q> {
    items: &'q [Item],
    group_by: &'q [Path],
    groups: BTreeMap<Key, Vec<Figure>>,
}

/// The values of a group, ordered as rows are.
#[derive(Clone, Debug)]
struct Key(Vec<Option<Value>>);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        compare_groups(&self.0, &other.0)
    }
}

/// The order of the rows of groups: by [`total_order`], value by value; arrays and objects by their text.
pub fn compare_groups(one: &[Option<Value>], other: &[Option<Value>]) -> std::cmp::Ordering {
    let term = |value: &Option<Value>| -> Term<'static> {
        match value {
            None => Term::Undefined,
            Some(Value::Object(_)) => Term::MadeObject(Map::new()),
            Some(Value::Array(_)) => Term::Array(std::borrow::Cow::Owned(Vec::new())),
            Some(Value::Null) => Term::Null,
            Some(Value::Bool(value)) => Term::Bool(*value),
            Some(Value::Number(number)) => number.as_f64().map_or(Term::Undefined, Term::Number),
            Some(Value::String(text)) => Term::owned_text(text.clone()),
        }
    };
    for (one, other) in one.iter().zip(other) {
        let order = total_order(&term(one), &term(other)).then_with(|| match (one, other) {
            (Some(a @ (Value::Array(_) | Value::Object(_))), Some(b)) => {
                a.to_string().cmp(&b.to_string())
            }
            _ => std::cmp::Ordering::Equal,
        });
        if order.is_ne() {
            return order;
        }
    }
    std::cmp::Ordering::Equal
}

/// What is kept of the values of one aggregate: enough for any of them, so that partial figures can be joined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Rows, or rows where the path is defined.
    pub count: u64,
    /// Numbers among the values.
    pub numbers: u64,
    /// Their sum.
    pub sum: f64,
    /// What the sum lacks: together they have twice the digits, so that the order of the numbers does not show.
    pub sum_rest: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

impl Default for Figure {
    fn default() -> Self {
        Self {
            count: 0,
            numbers: 0,
            sum: 0.0,
            sum_rest: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }
}

impl Figure {
    /// Takes in a row without looking at a value.
    pub fn row(&mut self) {
        self.count += 1;
    }

    /// Takes in a value.
    pub fn value(&mut self, value: &Term<'_>) {
        self.count += u64::from(value.is_defined());
        if let Term::Number(number) = value {
            self.number(*number, 1);
        }
    }

    /// Takes in a number that occurs so many times, beside being counted.
    #[inline]
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of devices are far below 2^53"
    )]
    pub fn number(&mut self, number: f64, times: u64) {
        self.numbers += times;
        if times == 1 {
            self.add(number, 0.0);
        } else {
            let times = times as f64;
            let product = number * times;
            self.add(product, number.mul_add(times, -product));
        }
        self.min = self.min.min(number);
        self.max = self.max.max(number);
    }

    /// Takes in the figure of other rows.
    pub fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.numbers += other.numbers;
        self.add(other.sum, other.sum_rest);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Adds a number and its rest (Knuth's two-sum), keeping the sum the nearest number to the whole.
    #[inline]
    fn add(&mut self, number: f64, rest: f64) {
        let (sum, lost) = two_sum(self.sum, number);
        let (sum, rest) = two_sum(sum, lost + self.sum_rest + rest);
        // Beyond the greatest number there is nothing to keep.
        (self.sum, self.sum_rest) = (sum, if sum.is_finite() { rest } else { 0.0 });
    }

    /// The figure that is asked for; `None` where it has no value.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of devices are far below 2^53"
    )]
    pub fn finish(&self, function: Aggregate) -> Option<Value> {
        let some = |number: f64| (self.numbers > 0).then(|| number_value(number));
        match function {
            Aggregate::Count => Some(Value::from(self.count)),
            Aggregate::Sum => Some(number_value(self.sum)),
            Aggregate::Avg => some(self.sum / self.numbers as f64),
            Aggregate::Min => some(self.min),
            Aggregate::Max => some(self.max),
        }
    }
}

/// The sum of two numbers, and what rounding took from it.
#[inline]
fn two_sum(one: f64, other: f64) -> (f64, f64) {
    let sum = one + other;
    let added = sum - one;
    (sum, (one - (sum - added)) + (other - added))
}

impl<'q> Aggregator<'q> {
    /// An aggregator for a query of figures.
    pub fn new(query: &'q Query) -> Self {
        let items = match &query.select {
            Select::Items(items) => items.as_slice(),
            Select::All => &[],
        };
        Self {
            items,
            group_by: &query.group_by,
            groups: BTreeMap::new(),
        }
    }

    /// Takes in a row.
    pub fn push(&mut self, row: &dyn Row) {
        let key = Key(self
            .group_by
            .iter()
            .map(|path| row.get(path).to_value())
            .collect());
        let figures = self
            .groups
            .entry(key)
            .or_insert_with(|| vec![Figure::default(); self.items.len()]);
        for (item, figure) in self.items.iter().zip(figures) {
            match item {
                Item::Aggregate {
                    path: Some(path), ..
                } => figure.value(&row.get(path)),
                Item::Aggregate { path: None, .. } => figure.row(),
                Item::Path { .. } => {}
            }
        }
    }

    /// The rows.
    pub fn finish(mut self) -> Vec<Value> {
        if self.group_by.is_empty() && self.groups.is_empty() {
            self.groups
                .insert(Key(Vec::new()), vec![Figure::default(); self.items.len()]);
        }
        let (items, group_by) = (self.items, self.group_by);
        self.groups
            .into_iter()
            .map(|(Key(values), figures)| group_row(items, group_by, &values, &figures))
            .collect()
    }
}

/// The row of one group. Without items (`SELECT *`), the values of the group under their last segments.
pub fn group_row(
    items: &[Item],
    group_by: &[Path],
    values: &[Option<Value>],
    figures: &[Figure],
) -> Value {
    let mut members = Map::new();
    let of_group = |path: &Path| {
        let at = group_by.iter().position(|grouped| grouped == path)?;
        values.get(at).cloned().flatten()
    };
    if items.is_empty() {
        for path in group_by {
            if let Some(value) = of_group(path) {
                members.insert(path.last().to_owned(), value);
            }
        }
    }
    for ((item, figure), name) in items.iter().zip(figures).zip(member_names(items)) {
        let value = match item {
            Item::Path { path, .. } => of_group(path),
            Item::Aggregate { function, .. } => figure.finish(*function),
        };
        if let Some(value) = value {
            members.insert(name, value);
        }
    }
    Value::Object(members)
}
