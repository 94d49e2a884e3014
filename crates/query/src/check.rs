//! Whether a query that can be read also makes sense for a fleet: unknown paths and values, and types that clash.
//!
//! What it finds are warnings: a property that no device has yet may come tomorrow.

use std::collections::BTreeSet;

use twin::scheme::PropertyType;

use crate::ast::{BinaryOp, Expr, ExprKind, Item, Literal, Query, Select, Source};
use crate::path::{Location, Path};
use crate::problem::{Problem, nearest};
use crate::schema::Schema;

/// How many distinct values a property may have for an unknown one to be noted.
const VALUES_KNOWN_MAX: usize = 20;

/// What a query says that does not fit the fleet. Paths outside the condition have no place in the tree: what is said of
/// them points at the beginning.
pub fn check(query: &Query, schema: &Schema) -> Vec<Problem> {
    let mut problems = query
        .condition
        .as_ref()
        .map(|condition| check_condition(condition, schema))
        .unwrap_or_default();
    if query.source != Source::Devices {
        return problems;
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
    let unknown = paths.into_iter().filter_map(|path| {
        let mut problem = unknown_path(path, &Expr::made(ExprKind::Path(path.clone())), schema)?;
        // It would replace nothing.
        problem.fix = None;
        Some(problem)
    });
    problems.extend(unknown);
    problems
}

/// What a condition says that does not fit the fleet.
pub fn check_condition(condition: &Expr, schema: &Schema) -> Vec<Problem> {
    let mut problems = Vec::new();
    condition.visit(&mut |expr| match &expr.kind {
        ExprKind::Path(path) => problems.extend(unknown_path(path, expr, schema)),
        ExprKind::Binary { op, left, right } if op.is_comparison() => {
            problems.extend(clash(left, right, *op, schema));
            problems.extend(clash(right, left, *op, schema));
        }
        ExprKind::In { value, list, .. } => {
            problems.extend(
                list.iter()
                    .filter_map(|item| clash(value, item, BinaryOp::Eq, schema)),
            );
        }
        _ => {}
    });
    problems
}

fn unknown_path(path: &Path, expr: &Expr, schema: &Schema) -> Option<Problem> {
    let text = path.to_string();
    let is_known = match path.location() {
        Location::Tags(below) | Location::Desired(below) | Location::Reported(below)
            if !below.is_empty() =>
        {
            let inside = format!("{text}.");
            schema
                .paths
                .iter()
                .any(|known| known.path == text || known.path.starts_with(&inside))
        }
        Location::Nowhere => false,
        _ => true,
    };
    if is_known {
        return None;
    }
    let problem = Problem::new(expr.span.clone(), format!("No device has {text}."));
    let same_end: BTreeSet<&str> = schema
        .paths
        .iter()
        .map(|known| known.path.as_str())
        .filter(|known| known.rsplit('.').next() == Some(path.last()))
        .collect();
    let meant = nearest(&text, schema.paths.iter().map(|known| known.path.as_str()));
    let meant = meant.or_else(|| same_end.into_iter().next());
    Some(match meant {
        Some(meant) => problem
            .help(format!("Did you mean {meant}?"))
            .replace_by(meant),
        None => problem,
    })
}

fn clash(path: &Expr, value: &Expr, op: BinaryOp, schema: &Schema) -> Option<Problem> {
    let (ExprKind::Path(path), ExprKind::Literal(literal)) = (&path.kind, &value.kind) else {
        return None;
    };
    let text = path.to_string();
    let fixed = schema.fixed_values(&text);
    let (kind, values) = match schema.find(&text) {
        Some(known) => (
            known.kind,
            known
                .values
                .iter()
                .map(|(value, _)| value.clone())
                .collect(),
        ),
        None if fixed.is_empty() => return None,
        None => (PropertyType::String, Vec::new()),
    };
    let is_fit = match literal {
        Literal::String(_) => matches!(
            kind,
            PropertyType::String | PropertyType::Timestamp | PropertyType::Mixed
        ),
        Literal::Number(_) => matches!(kind, PropertyType::Number | PropertyType::Mixed),
        Literal::Bool(_) => matches!(kind, PropertyType::Boolean | PropertyType::Mixed),
        Literal::Null | Literal::Undefined => return None,
    };
    if !is_fit {
        let has = match kind {
            PropertyType::String => "texts",
            PropertyType::Timestamp => "times",
            PropertyType::Number => "numbers",
            PropertyType::Boolean => "true or false",
            PropertyType::Object => "objects",
            PropertyType::Array => "arrays",
            PropertyType::Mixed => "values of several kinds",
        };
        let comes_to = never(
            op,
            matches!(kind, PropertyType::Object | PropertyType::Array),
        );
        let message = format!("{text} has {has}; {comes_to}.");
        return Some(Problem::new(value.span.clone(), message));
    }
    let values = if fixed.is_empty() { values } else { fixed };
    let is_known =
        kind == PropertyType::String && !values.is_empty() && values.len() < VALUES_KNOWN_MAX;
    let written = literal.to_string();
    if op != BinaryOp::Eq || !is_known || values.contains(&written) {
        return None;
    }
    let meant = nearest(&written, values.iter().map(String::as_str))?;
    let message = format!("No device has {text} = {written}.");
    Some(
        Problem::new(value.span.clone(), message)
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
