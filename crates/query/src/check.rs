//! Whether a query that can be read also makes sense for a fleet: unknown paths and values, and types that clash.
//!
//! What it finds are warnings: a property that no device has yet may come tomorrow.

use std::collections::BTreeSet;

use twin::scheme::PropertyType;

use crate::ast::{BinaryOp, Expr, ExprKind, Literal, Query};
use crate::path::{Location, Path};
use crate::problem::{Problem, nearest};
use crate::schema::Schema;

/// How many distinct values a property may have for an unknown one to be noted.
const VALUES_KNOWN_MAX: usize = 20;

/// What a query says that does not fit the fleet.
pub fn check(query: &Query, schema: &Schema) -> Vec<Problem> {
    query
        .condition
        .as_ref()
        .map(|condition| check_condition(condition, schema))
        .unwrap_or_default()
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
    let known = schema.find(&text)?;
    let is_fit = match literal {
        Literal::String(_) => matches!(
            known.kind,
            PropertyType::String | PropertyType::Timestamp | PropertyType::Mixed
        ),
        Literal::Number(_) => matches!(known.kind, PropertyType::Number | PropertyType::Mixed),
        Literal::Bool(_) => matches!(known.kind, PropertyType::Boolean | PropertyType::Mixed),
        Literal::Null | Literal::Undefined => return None,
    };
    if !is_fit {
        let kind = match known.kind {
            PropertyType::String => "texts",
            PropertyType::Timestamp => "times",
            PropertyType::Number => "numbers",
            PropertyType::Boolean => "true or false",
            PropertyType::Object => "objects",
            PropertyType::Array => "arrays",
            PropertyType::Mixed => "values of several kinds",
        };
        return Some(Problem::new(
            value.span.clone(),
            format!("{text} has {kind}; this is never equal."),
        ));
    }
    let written = literal.to_string();
    let is_complete = !known.values.is_empty() && known.values.len() < VALUES_KNOWN_MAX;
    if op != BinaryOp::Eq
        || !is_complete
        || known.kind != PropertyType::String
        || known.values.iter().any(|(value, _)| *value == written)
    {
        return None;
    }
    let meant = nearest(
        &written,
        known.values.iter().map(|(value, _)| value.as_str()),
    )?;
    Some(
        Problem::new(
            value.span.clone(),
            format!("No device has {text} = {written}."),
        )
        .help(format!("Did you mean {meant}?"))
        .replace_by(meant),
    )
}
