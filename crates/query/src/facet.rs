//! Facets: choosing values of a property by rewriting the text of a condition, and reading from it what is chosen.
//!
//! A facet offers terms: `path = value` for the values of a property, or conditions of its own such as `IS_DRIFTING()`. A
//! condition says a facet when exactly one of its parts (joined by `AND`) is made of nothing but such terms: one of them,
//! several joined by `OR`, or `path IN [..]`. That part is what choosing rewrites; whatever else stands in the text stays.
//!
//! ```
//! use query::Path;
//! use query::facet::Facet;
//!
//! let region = Facet::of_values(Path::parse("tags.region").unwrap());
//! let jutland = region.value(&"Jutland".into()).unwrap();
//! let text = "IS_DRIFTING() AND tags.region = 'Holstein'";
//! assert_eq!(
//!     region.toggled(text, &jutland).as_deref(),
//!     Some("IS_DRIFTING() AND tags.region IN ['Holstein', 'Jutland']")
//! );
//! ```
//!
//! It counts nothing; the counts of a facet are those of [`Facet::rest`] with each of its terms.

use twin::Value;

use crate::ast::{BinaryOp, Expr, ExprKind, Literal};
use crate::functions;
use crate::parser::parse_condition;
use crate::path::Path;

/// What can be chosen together.
#[derive(Clone, Debug, PartialEq)]
pub struct Facet {
    /// The property whose values are terms, if it is about one.
    path: Option<Path>,
    /// Terms that are written as they are.
    conditions: Vec<Expr>,
}

/// What a condition says of a facet.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// Nothing that the facet offers.
    Nothing,
    /// Any of these terms, in the order of the text; at least one.
    Any(Vec<Expr>),
    /// More than one part speaks of it: there is no one part to rewrite.
    TooMuch,
}

impl Facet {
    /// The values of a property, and being without one.
    pub fn of_values(path: Path) -> Self {
        let conditions = missing(&path).into_iter().collect();
        Self {
            path: Some(path),
            conditions,
        }
    }

    /// Some conditions.
    pub fn of_conditions(conditions: Vec<Expr>) -> Self {
        Self {
            path: None,
            conditions,
        }
    }

    /// The property it is about; `None` for conditions.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_ref()
    }

    /// The term of a value; `None` for arrays and objects, which cannot be compared, and for a facet of conditions.
    pub fn value(&self, value: &Value) -> Option<Expr> {
        let literal = match value {
            Value::Null => Literal::Null,
            Value::Bool(value) => Literal::Bool(*value),
            Value::Number(number) => Literal::Number(number.as_f64()?),
            Value::String(text) => Literal::String(text.clone()),
            Value::Array(_) | Value::Object(_) => return None,
        };
        Some(is(self.path.as_ref()?, literal))
    }

    /// The term of being without a value; `None` for a facet of conditions.
    pub fn missing(&self) -> Option<&Expr> {
        self.path.as_ref().and(self.conditions.first())
    }

    /// What a condition says of this facet.
    pub fn said(&self, condition: Option<&Expr>) -> Said {
        match self.own(&parts(condition)) {
            Own::Nowhere => Said::Nothing,
            Own::At(_, terms) => Said::Any(terms),
            Own::Often => Said::TooMuch,
        }
    }

    /// The condition without what it says of this facet; all of it when it says too much.
    pub fn rest(&self, condition: Option<&Expr>) -> Option<Expr> {
        let mut parts = parts(condition);
        if let Own::At(at, _) = self.own(&parts) {
            parts.remove(at);
        }
        Expr::join(BinaryOp::And, parts.into_iter().cloned().collect())
    }

    /// The text of the condition with a term chosen, or not any more if it was; in its canonical form. `None` when the text
    /// cannot be read, and when it says too much of this facet.
    pub fn toggled(&self, text: &str, term: &Expr) -> Option<String> {
        let parsed = parse_condition(text);
        if !parsed.problems.is_empty() {
            return None;
        }
        let mut parts: Vec<_> = parts(parsed.condition.as_ref());
        let (at, mut terms) = match self.own(&parts) {
            Own::Nowhere => (parts.len(), Vec::new()),
            Own::At(at, terms) => {
                parts.remove(at);
                (at, terms)
            }
            Own::Often => return None,
        };
        match terms.iter().position(|known| known == term) {
            Some(known) => drop(terms.remove(known)),
            None => terms.push(term.clone()),
        }
        let mut parts: Vec<_> = parts.into_iter().cloned().collect();
        if let Some(part) = self.any(terms) {
            parts.insert(at, part);
        }
        let mut text =
            Expr::join(BinaryOp::And, parts).map_or(String::new(), |all| all.to_string());
        let order: Vec<_> = parsed.order_by.iter().map(ToString::to_string).collect();
        if !order.is_empty() {
            if !text.is_empty() {
                text.push(' ');
            }
            text += "ORDER BY ";
            text += &order.join(", ");
        }
        Some(text)
    }

    /// Where in the parts of a condition this facet is spoken of.
    fn own(&self, parts: &[&Expr]) -> Own {
        let mut found = Own::Nowhere;
        for (at, part) in parts.iter().enumerate() {
            if let Some(terms) = self.terms(part) {
                found = match found {
                    Own::Nowhere => Own::At(at, terms),
                    Own::At(..) | Own::Often => return Own::Often,
                };
            }
        }
        found
    }

    /// The terms that a part joins by `OR`, each once; `None` when something else is among them.
    fn terms(&self, part: &Expr) -> Option<Vec<Expr>> {
        let mut terms: Vec<Expr> = Vec::new();
        let mut add = |term: Expr| {
            if !terms.contains(&term) {
                terms.push(term);
            }
        };
        for part in part.parts(BinaryOp::Or) {
            match (&part.kind, self.path.as_ref()) {
                (
                    ExprKind::Binary {
                        op: BinaryOp::Eq,
                        left,
                        right,
                    },
                    Some(path),
                ) => add(is(path, compared(path, left, right)?)),
                (
                    ExprKind::In {
                        value,
                        list,
                        is_negated: false,
                    },
                    Some(path),
                ) if !list.is_empty() => {
                    for item in list {
                        add(is(path, compared(path, value, item)?));
                    }
                }
                _ if self.conditions.contains(part) => add(part.clone()),
                _ => return None,
            }
        }
        Some(terms)
    }

    /// A part that says any of the terms; `None` without any.
    fn any(&self, terms: Vec<Expr>) -> Option<Expr> {
        let (values, mut any): (Vec<_>, Vec<_>) = terms
            .into_iter()
            .partition(|term| !self.conditions.contains(term));
        let listed = match (self.path.as_ref(), values.len()) {
            (Some(path), 2..) => Some(Expr::made(ExprKind::In {
                value: Box::new(Expr::made(ExprKind::Path(path.clone()))),
                list: values.into_iter().filter_map(right_side).collect(),
                is_negated: false,
            })),
            _ => values.into_iter().next(),
        };
        any.splice(0..0, listed);
        Expr::join(BinaryOp::Or, any)
    }
}

/// Where a facet is spoken of.
enum Own {
    Nowhere,
    /// In one part, with these terms.
    At(usize, Vec<Expr>),
    Often,
}

fn parts(condition: Option<&Expr>) -> Vec<&Expr> {
    condition.map_or_else(Vec::new, |condition| condition.parts(BinaryOp::And))
}

/// `path = literal`.
fn is(path: &Path, literal: Literal) -> Expr {
    Expr::made(ExprKind::Binary {
        op: BinaryOp::Eq,
        left: Box::new(Expr::made(ExprKind::Path(path.clone()))),
        right: Box::new(Expr::made(ExprKind::Literal(literal))),
    })
}

/// `NOT IS_DEFINED(path)`.
fn missing(path: &Path) -> Option<Expr> {
    let function = functions::find("IS_DEFINED")?;
    let call = Expr::made(ExprKind::Call {
        function,
        args: vec![Expr::made(ExprKind::Path(path.clone()))],
    });
    Some(Expr::made(ExprKind::Not(Box::new(call))))
}

/// What the path is compared with, on whichever side it stands; `undefined` equals nothing and is no value.
fn compared(path: &Path, one: &Expr, other: &Expr) -> Option<Literal> {
    match (&one.kind, &other.kind) {
        (ExprKind::Path(named), ExprKind::Literal(literal))
        | (ExprKind::Literal(literal), ExprKind::Path(named))
            if named == path && *literal != Literal::Undefined =>
        {
            Some(literal.clone())
        }
        _ => None,
    }
}

fn right_side(term: Expr) -> Option<Expr> {
    match term.kind {
        ExprKind::Binary { right, .. } => Some(*right),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::eval::matches;
    use crate::row::DeviceRow;
    use crate::testing;

    fn region() -> Facet {
        Facet::of_values(Path::parse("tags.region").unwrap())
    }

    fn drift() -> Facet {
        let conditions = ["IS_DRIFTING()", "NOT IS_DRIFTING()", "drift.refused > 0"];
        Facet::of_conditions(conditions.map(read).into())
    }

    fn read(text: &str) -> Expr {
        parse_condition(text).condition.unwrap()
    }

    #[test]
    fn choosing_rewrites_the_one_part_that_speaks_of_it() {
        let holstein = region().value(&json!("Holstein")).unwrap();
        for (text, becomes) in [
            ("", "tags.region = 'Holstein'"),
            ("*", "tags.region = 'Holstein'"),
            ("tags.region = 'Holstein'", ""),
            ("'Holstein' = tags.region", ""),
            ("tags.region = 'A'", "tags.region IN ['A', 'Holstein']"),
            ("tags.region IN ['A', 'Holstein']", "tags.region = 'A'"),
            ("tags.region IN ['Holstein', 'Holstein']", ""),
            (
                "status = 'enabled' AND (tags.region = 'A' OR tags.region = 'B') AND tags.floor > 2",
                "status = 'enabled' AND tags.region IN ['A', 'B', 'Holstein'] AND tags.floor > 2",
            ),
            (
                "status = 'enabled' OR IS_DRIFTING()",
                "(status = 'enabled' OR IS_DRIFTING()) AND tags.region = 'Holstein'",
            ),
            (
                "NOT IS_DEFINED(tags.region)",
                "tags.region = 'Holstein' OR NOT IS_DEFINED(tags.region)",
            ),
            // What is not a choice of values stays as it is.
            (
                "tags.region != 'A' AND STARTSWITH(tags.region, 'H')",
                "tags.region != 'A' AND STARTSWITH(tags.region, 'H') AND tags.region = 'Holstein'",
            ),
            (
                "tags.region = 'A' OR tags.site = 'x'",
                "(tags.region = 'A' OR tags.site = 'x') AND tags.region = 'Holstein'",
            ),
            (
                "tags.region NOT IN ['A'] ORDER BY drift.since DESC, deviceId",
                "tags.region NOT IN ['A'] AND tags.region = 'Holstein' ORDER BY drift.since DESC, deviceId",
            ),
            (
                "tags.region = 'Holstein' ORDER BY deviceId",
                "ORDER BY deviceId",
            ),
        ] {
            assert_eq!(
                region().toggled(text, &holstein).as_deref(),
                Some(becomes),
                "{text}"
            );
        }
    }

    #[test]
    fn what_it_does_not_understand_it_leaves_alone() {
        let holstein = region().value(&json!("Holstein")).unwrap();
        for text in [
            "tags.region = ",
            "tags.region == 'A'",
            "tags.region = 'A' AND tags.region = 'B'",
        ] {
            assert_eq!(region().toggled(text, &holstein), None, "{text}");
        }
        let both = read("tags.region = 'A' AND tags.region = 'B'");
        assert_eq!(region().said(Some(&both)), Said::TooMuch);
        assert_eq!(region().rest(Some(&both)), Some(both));
        assert_eq!(region().value(&json!([1])), None);
    }

    #[test]
    fn conditions_are_chosen_like_values() {
        let [drifting, converged, refusing] =
            ["IS_DRIFTING()", "NOT IS_DRIFTING()", "drift.refused > 0"].map(read);
        let toggled = |text, term| drift().toggled(text, term).unwrap();
        assert_eq!(
            toggled("tags.a = 1", &drifting),
            "tags.a = 1 AND IS_DRIFTING()"
        );
        assert_eq!(
            toggled("is_drifting() AND tags.a = 1", &refusing),
            "(IS_DRIFTING() OR drift.refused > 0) AND tags.a = 1"
        );
        assert_eq!(toggled("not is_drifting()", &converged), "");
        let said = drift().said(Some(&read("NOT IS_DRIFTING() AND tags.a = 1")));
        assert_eq!(said, Said::Any(vec![converged]));
    }

    /// A facet of some property, and one of its terms.
    fn choice() -> impl Strategy<Value = (Facet, Expr)> {
        let value = prop::sample::select(vec![
            json!("a"),
            json!("ü'\\"),
            json!(2),
            json!(-1),
            json!(true),
            json!(null),
        ]);
        let path = testing::path().prop_filter_map("a path", |text| Path::parse(&text));
        (path, value, any::<bool>()).prop_filter_map("a term", |(path, value, is_missing)| {
            let facet = Facet::of_values(path);
            let term = if is_missing {
                facet.missing().cloned()
            } else {
                facet.value(&value)
            };
            Some((facet, term?))
        })
    }

    proptest! {
        #[test]
        fn choosing_changes_that_choice_and_nothing_else(
            (facet, term) in choice(),
            other in testing::condition(),
            first in prop::option::of(choice()),
            devices in testing::devices(4),
        ) {
            // Often the text says something of the facet already.
            let text = match first {
                Some((_, own)) if facet.terms(&own).is_some() => format!("({other}) AND {own}"),
                _ => other,
            };
            let before = parse_condition(&text).condition;
            let said = facet.said(before.as_ref());
            let Some(toggled) = facet.toggled(&text, &term) else {
                prop_assert_eq!(said, Said::TooMuch);
                return Ok(());
            };
            let parsed = parse_condition(&toggled);
            prop_assert!(parsed.problems.is_empty(), "{}", toggled);
            let after = parsed.condition;
            prop_assert_eq!(facet.rest(after.as_ref()), facet.rest(before.as_ref()));
            let terms = |said: &Said| match said {
                Said::Any(terms) => terms.clone(),
                Said::Nothing | Said::TooMuch => Vec::new(),
            };
            let (was, now) = (terms(&said), terms(&facet.said(after.as_ref())));
            prop_assert_ne!(was.contains(&term), now.contains(&term));
            let kept = |terms: &[Expr]| terms.iter().filter(|one| **one != term).count();
            prop_assert_eq!(kept(&was), kept(&now));
            // The text means its rest, and any of what is chosen.
            let context = testing::context();
            for device in &devices {
                let row = DeviceRow::new(&device.identity, &device.twin, &device.presence);
                let is = |condition: Option<&Expr>| condition.is_none_or(|one| matches(one, &row, &context));
                let any = now.is_empty() || now.iter().any(|term| is(Some(term)));
                prop_assert_eq!(is(after.as_ref()), is(facet.rest(after.as_ref()).as_ref()) && any);
            }
        }
    }
}
