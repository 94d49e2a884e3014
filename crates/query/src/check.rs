//! Whether a query that can be read also makes sense for a fleet: unknown paths and values, and types that clash.
//!
//! What it finds are warnings: a property that no device has yet may come tomorrow.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use twin::scheme::PropertyType;

use crate::ast::{BinaryOp, Expr, ExprKind, Item, Literal, Query, Select, Source};
use crate::path::{Location, Path};
use crate::problem::{PROBLEMS_MAX, Problem, nearest};
use crate::schema::{PathInfo, Schema};

/// How many distinct values a property may have for an unknown one to be noted.
const VALUES_KNOWN_MAX: usize = 20;

/// What a query says that does not fit the fleet. Paths outside the condition have no place in the tree: what is said of
/// them points at the beginning.
pub fn check(query: &Query, schema: &Schema) -> Vec<Problem> {
    let mut checker = Checker::new(schema);
    if let Some(condition) = &query.condition {
        checker.condition(condition);
    }
    if query.source != Source::Devices {
        return checker.problems;
    }
    let items = match &query.select {
        Select::Items(items) => items.as_slice(),
        Select::All => &[],
    };
    let selected = items.iter().filter_map(|item| match item {
        Item::Path { path, .. } => Some(path),
        Item::Aggregate { path, .. } => path.as_ref(),
    });
    let ordered = query.order_by.iter().map(|key| &key.path);
    let paths: BTreeSet<&Path> = selected.chain(&query.group_by).chain(ordered).collect();
    for path in paths {
        // It would replace nothing.
        checker.unknown_path(path, &(0..0), false);
    }
    checker.problems
}

/// What a condition says that does not fit the fleet.
pub fn check_condition(condition: &Expr, schema: &Schema) -> Vec<Problem> {
    let mut checker = Checker::new(schema);
    checker.condition(condition);
    checker.problems
}

/// What the schema says of one path.
struct Looked<'a> {
    text: String,
    known: Option<&'a PathInfo>,
    /// Not known, nor anything below it.
    is_unknown: bool,
    /// Which path may have been meant instead.
    meant: Option<&'a str>,
}

struct Checker<'a, 'q> {
    schema: &'a Schema,
    /// Each path is looked up once.
    looked: BTreeMap<&'q Path, Looked<'a>>,
    problems: Vec<Problem>,
}

impl<'a, 'q> Checker<'a, 'q> {
    fn new(schema: &'a Schema) -> Self {
        Self {
            schema,
            looked: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    fn condition(&mut self, condition: &'q Expr) {
        condition.visit(&mut |expr| {
            if self.problems.len() >= PROBLEMS_MAX {
                return;
            }
            match &expr.kind {
                ExprKind::Path(path) => self.unknown_path(path, &expr.span, true),
                ExprKind::Binary { op, left, right } if op.is_comparison() => {
                    self.clash(left, right, *op);
                    self.clash(right, left, *op);
                }
                ExprKind::In { value, list, .. } => {
                    for item in list {
                        self.clash(value, item, BinaryOp::Eq);
                    }
                }
                _ => {}
            }
        });
        self.problems.truncate(PROBLEMS_MAX);
    }

    fn look(&mut self, path: &'q Path) -> &Looked<'a> {
        let schema = self.schema;
        self.looked.entry(path).or_insert_with(|| {
            let text = path.to_string();
            let known = schema.find(&text);
            let is_unknown = known.is_none() && is_unknown(path, &text, schema);
            let meant = is_unknown.then(|| meant(path, &text, schema)).flatten();
            Looked {
                text,
                known,
                is_unknown,
                meant,
            }
        })
    }

    fn unknown_path(&mut self, path: &'q Path, span: &Range<usize>, is_there: bool) {
        let looked = self.look(path);
        if !looked.is_unknown {
            return;
        }
        let problem = Problem::new(span.clone(), format!("No device has {}.", looked.text));
        let problem = match looked.meant {
            Some(meant) if is_there => problem
                .help(format!("Did you mean {meant}?"))
                .replace_by(meant),
            Some(meant) => problem.help(format!("Did you mean {meant}?")),
            None => problem,
        };
        self.problems.push(problem);
    }

    fn clash(&mut self, path: &'q Expr, value: &Expr, op: BinaryOp) {
        let (ExprKind::Path(path), ExprKind::Literal(literal)) = (&path.kind, &value.kind) else {
            return;
        };
        let schema = self.schema;
        let looked = self.look(path);
        let fixed = schema.fixed_values(&looked.text);
        let kind = match looked.known {
            Some(known) => known.kind,
            None if fixed.is_empty() => return,
            None => PropertyType::String,
        };
        let problem = if fits(literal, kind) {
            unknown_value(looked, &fixed, kind, literal, value, op)
        } else {
            Some(wrong_type(&looked.text, kind, value, op))
        };
        self.problems.extend(problem);
    }
}

/// Whether no device has a path, nor anything below it.
fn is_unknown(path: &Path, text: &str, schema: &Schema) -> bool {
    match path.location() {
        Location::Tags(below) | Location::Desired(below) | Location::Reported(below) => {
            let is_below = |known: &PathInfo| {
                known
                    .path
                    .strip_prefix(text)
                    .is_some_and(|rest| rest.starts_with('.'))
            };
            !below.is_empty() && !schema.paths.iter().any(is_below)
        }
        Location::Nowhere => true,
        _ => false,
    }
}

/// The path that was meant: one that is written nearly so, or one of the same last name.
fn meant<'a>(path: &Path, text: &str, schema: &'a Schema) -> Option<&'a str> {
    let names = || schema.paths.iter().map(|known| known.path.as_str());
    nearest(text, names()).or_else(|| {
        let end = path.last_text();
        let is_end = |known: &&str| {
            known
                .strip_suffix(&*end)
                .is_some_and(|rest| rest.ends_with('.'))
        };
        names().filter(is_end).min()
    })
}

fn fits(literal: &Literal, kind: PropertyType) -> bool {
    use PropertyType::{Boolean, Mixed, Number, String, Timestamp};
    match literal {
        Literal::String(_) => matches!(kind, String | Timestamp | Mixed),
        Literal::Number(_) => matches!(kind, Number | Mixed),
        Literal::Bool(_) => matches!(kind, Boolean | Mixed),
        Literal::Null | Literal::Undefined => true,
    }
}

fn wrong_type(path: &str, kind: PropertyType, value: &Expr, op: BinaryOp) -> Problem {
    let has = match kind {
        PropertyType::String => "texts",
        PropertyType::Timestamp => "times",
        PropertyType::Number => "numbers",
        PropertyType::Boolean => "true or false",
        PropertyType::Object => "objects",
        PropertyType::Array => "arrays",
        PropertyType::Mixed => "values of several kinds",
    };
    let is_composite = matches!(kind, PropertyType::Object | PropertyType::Array);
    let comes_to = never(op, is_composite);
    Problem::new(value.span.clone(), format!("{path} has {has}; {comes_to}."))
}

/// A text that no device has, when all that there are are known and one of them is near.
fn unknown_value(
    looked: &Looked<'_>,
    fixed: &[String],
    kind: PropertyType,
    literal: &Literal,
    value: &Expr,
    op: BinaryOp,
) -> Option<Problem> {
    let is_text = matches!(literal, Literal::String(_));
    if !is_text || op != BinaryOp::Eq || kind != PropertyType::String {
        return None;
    }
    let values: Vec<&str> = if fixed.is_empty() {
        let known = looked.known.into_iter().flat_map(|known| &known.values);
        known.map(|(value, _)| value.as_str()).collect()
    } else {
        fixed.iter().map(String::as_str).collect()
    };
    let written = literal.to_string();
    let are_all_known = values.len() < VALUES_KNOWN_MAX;
    if !are_all_known || values.contains(&written.as_str()) {
        return None;
    }
    let path = &looked.text;
    let meant = nearest(&written, values)?;
    Some(
        Problem::new(
            value.span.clone(),
            format!("No device has {path} = {written}."),
        )
        .help(format!("Did you mean {meant}?"))
        .replace_by(meant),
    )
}

/// What a comparison of different types comes to.
const fn never(op: BinaryOp, is_composite: bool) -> &'static str {
    match op {
        _ if is_composite => "they cannot be compared",
        BinaryOp::Eq => "this is never equal",
        BinaryOp::Ne => "this is always different",
        _ => "these have no order",
    }
}
