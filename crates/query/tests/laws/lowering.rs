//! What a store is told to look for holds wherever the condition does, and nowhere else where it is said to be exact.

use proptest::prelude::*;
use query::lower::{Comparison, Field, Lowered, Predicate, TextTest, ValueKind, lower};
use query::testing::{condition, context, devices, tree};
use query::{DeviceRow, Expr, Path, Row, Term, matches, parse_condition};
use twin::Value;

/// Whether a predicate holds for a row, read from its documentation word for word.
fn holds(predicate: &Predicate, row: &DeviceRow<'_>) -> bool {
    match predicate {
        Predicate::Always(always) => *always,
        Predicate::And(parts) => parts.iter().all(|part| holds(part, row)),
        Predicate::Or(parts) => parts.iter().any(|part| holds(part, row)),
        Predicate::Compare { field, op, value } => compares(&term(field, row), *op, value),
        Predicate::In { field, values } => {
            let found = term(field, row);
            values
                .iter()
                .any(|value| compares(&found, Comparison::Eq, value))
        }
        Predicate::Defined { field, is_negated } => term(field, row).is_defined() != *is_negated,
        Predicate::Kind {
            field,
            kind,
            is_negated,
        } => is_of(&term(field, row), *kind) != *is_negated,
        Predicate::Text {
            field,
            test,
            part,
            is_negated,
        } => match term(field, row) {
            Term::String(text) => {
                let is_there = match test {
                    TextTest::StartsWith => text.starts_with(part),
                    TextTest::EndsWith => text.ends_with(part),
                    TextTest::Contains => text.contains(part),
                };
                is_there != *is_negated
            }
            _ => false,
        },
        Predicate::Drifting { is_negated } => row.drift(None).unwrap() != *is_negated,
        Predicate::Unknown => true,
    }
}

fn term<'a>(field: &Field, row: &'a DeviceRow<'_>) -> Term<'a> {
    let below = |root: &[&str], names: &[String]| {
        let root = root.iter().map(|name| (*name).to_owned());
        Path::new(root.chain(names.iter().cloned()))
    };
    let path = match field {
        Field::Root(name) => Path::new([name]),
        Field::Tags(names) => below(&["tags"], names),
        Field::Desired(names) => below(&["properties", "desired"], names),
        Field::Reported(names) => below(&["properties", "reported"], names),
        Field::DesiredVersion => Path::new(["properties", "desired", "$version"]),
        Field::ReportedVersion => Path::new(["properties", "reported", "$version"]),
        Field::DriftCount => Path::new(["drift", "count"]),
        Field::DriftRefused => Path::new(["drift", "refused"]),
        Field::DriftSince => Path::new(["drift", "since"]),
    };
    row.get(&path)
}

fn is_of(term: &Term<'_>, kind: ValueKind) -> bool {
    match term {
        Term::Undefined => false,
        Term::Null => matches!(kind, ValueKind::Null | ValueKind::Primitive),
        Term::Bool(_) => matches!(kind, ValueKind::Bool | ValueKind::Primitive),
        Term::Number(_) => matches!(kind, ValueKind::Number | ValueKind::Primitive),
        Term::String(_) => matches!(kind, ValueKind::String | ValueKind::Primitive),
        Term::Array(_) => kind == ValueKind::Array,
        Term::Object(_) | Term::MadeObject(_) => kind == ValueKind::Object,
    }
}

/// Compares as a store would: by type and value, without the language's own comparison.
fn compares(found: &Term<'_>, op: Comparison, value: &Value) -> bool {
    let is_scalar = is_of(found, ValueKind::Primitive);
    let order = match (found, value) {
        (Term::Number(found), Value::Number(value)) => found.partial_cmp(&value.as_f64().unwrap()),
        (Term::String(found), Value::String(value)) => Some(found.as_ref().cmp(value.as_str())),
        (Term::Bool(found), Value::Bool(value)) => {
            (found == value).then_some(std::cmp::Ordering::Equal)
        }
        (Term::Null, Value::Null) => Some(std::cmp::Ordering::Equal),
        _ => None,
    };
    match op {
        Comparison::Eq => order.is_some_and(std::cmp::Ordering::is_eq),
        Comparison::Ne => is_scalar && order.is_none_or(std::cmp::Ordering::is_ne),
        Comparison::Lt => order.is_some_and(std::cmp::Ordering::is_lt),
        Comparison::Le => order.is_some_and(std::cmp::Ordering::is_le),
        Comparison::Gt => order.is_some_and(std::cmp::Ordering::is_gt),
        Comparison::Ge => order.is_some_and(std::cmp::Ordering::is_ge),
    }
}

/// What is promised of the predicates inside: orderings are of numbers and texts only, constants are scalars.
fn is_well_formed(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::And(parts) | Predicate::Or(parts) => parts.iter().all(is_well_formed),
        Predicate::Compare {
            op: Comparison::Eq | Comparison::Ne,
            value,
            ..
        } => !value.is_array() && !value.is_object(),
        Predicate::Compare { value, .. } => value.is_number() || value.is_string(),
        Predicate::In { values, .. } => values
            .iter()
            .all(|value| !value.is_array() && !value.is_object()),
        _ => true,
    }
}

fn is_kept(tree: &Expr, row: &DeviceRow<'_>) -> Result<(), TestCaseError> {
    let Lowered { predicate, exact } = lower(Some(tree), &context());
    prop_assert!(is_well_formed(&predicate), "{predicate:?}");
    let (wanted, found) = (matches(tree, row, &context()), holds(&predicate, row));
    prop_assert!(found || !wanted, "{tree} lost a row to {predicate:?}");
    prop_assert!(
        !exact || wanted == found,
        "{tree} is not exactly {predicate:?}"
    );
    Ok(())
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn predicates_hold_where_conditions_do(text in condition(), devices in devices(8)) {
        let tree = parse_condition(&text).condition.unwrap();
        for device in &devices {
            is_kept(&tree, &DeviceRow::new(&device.identity, &device.twin, &device.presence))?;
        }
    }

    #[test]
    fn predicates_hold_where_trees_do(tree in tree(), devices in devices(8)) {
        for device in &devices {
            is_kept(&tree, &DeviceRow::new(&device.identity, &device.twin, &device.presence))?;
        }
    }
}

#[test]
fn a_bare_path_is_compared_with_true() {
    let tree = parse_condition("tags.on AND NOT tags.off")
        .condition
        .unwrap();
    let lowered = lower(Some(&tree), &context());
    let Predicate::And(parts) = lowered.predicate else {
        panic!("an And")
    };
    assert!(lowered.exact);
    for (part, wanted) in parts.iter().zip([true, false]) {
        let Predicate::Compare {
            op: Comparison::Eq,
            value,
            ..
        } = part
        else {
            panic!("a comparison")
        };
        assert_eq!(*value, wanted);
    }
}
