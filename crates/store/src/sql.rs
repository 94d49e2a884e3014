//! What SQL backends share: turning a predicate into the condition of a statement.
//!
//! The tree is the same everywhere; what a leaf looks like is the backend's [`Dialect`].

use query::lower::Predicate;

/// A condition with the values of its parameters, which are numbered from 1.
#[derive(Debug, PartialEq)]
pub(crate) struct Condition {
    pub(crate) text: String,
    pub(crate) binds: Vec<Bind>,
    /// Whether it is true for the rows of the predicate only.
    pub(crate) is_exact: bool,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bind {
    Int(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// How one backend writes the leaves.
pub(crate) trait Dialect {
    /// Appends a leaf: a condition that is true wherever the leaf holds. Where it is true elsewhere too, it must be appended by [`Condition::push_superset`].
    fn leaf(&self, leaf: &Predicate, out: &mut Condition);
}

impl Condition {
    /// The condition of a predicate.
    pub(crate) fn of(predicate: &Predicate, dialect: &impl Dialect) -> Self {
        let mut condition = Self {
            text: String::new(),
            binds: Vec::new(),
            is_exact: true,
        };
        condition.add(predicate, dialect);
        condition
    }

    fn add(&mut self, predicate: &Predicate, dialect: &impl Dialect) {
        match predicate {
            Predicate::Always(true) => self.push("TRUE"),
            Predicate::Unknown => self.push_superset("TRUE"),
            Predicate::Always(false) => self.push("FALSE"),
            Predicate::And(parts) => self.join(parts, " AND ", "TRUE", dialect),
            Predicate::Or(parts) => self.join(parts, " OR ", "FALSE", dialect),
            leaf => {
                self.push("(");
                dialect.leaf(leaf, self);
                self.push(")");
            }
        }
    }

    /// Joins by halves, so that many parts do not make a deep tree: databases bound its depth.
    fn join(&mut self, parts: &[Predicate], operator: &str, neutral: &str, dialect: &impl Dialect) {
        match parts {
            [] => self.push(neutral),
            [part] => self.add(part, dialect),
            _ => {
                let (left, right) = parts.split_at(parts.len() / 2);
                self.push("(");
                self.join(left, operator, neutral, dialect);
                self.push(operator);
                self.join(right, operator, neutral, dialect);
                self.push(")");
            }
        }
    }

    /// Appends text.
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends a condition that is true for more rows than the predicate.
    pub(crate) fn push_superset(&mut self, text: &str) {
        self.is_exact = false;
        self.push(text);
    }

    /// Appends a parameter.
    pub(crate) fn bind(&mut self, value: Bind) {
        self.binds.push(value);
        self.text.push('?');
        self.text.push_str(&self.binds.len().to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Numbered;

    impl Dialect for Numbered {
        fn leaf(&self, _: &Predicate, out: &mut Condition) {
            let number = i64::try_from(out.binds.len()).unwrap();
            out.bind(Bind::Int(number));
        }
    }

    fn leaf() -> Predicate {
        Predicate::Drifting { is_negated: false }
    }

    #[test]
    fn parts_are_joined_by_halves() {
        let predicate = Predicate::Or(vec![
            leaf(),
            Predicate::And(vec![leaf(), leaf(), leaf()]),
            Predicate::Unknown,
        ]);
        let condition = Condition::of(&predicate, &Numbered);
        assert_eq!(
            condition.text,
            "((?1) OR (((?2) AND ((?3) AND (?4))) OR TRUE))"
        );
        assert!(!condition.is_exact);
        assert_eq!(condition.binds, (0..4).map(Bind::Int).collect::<Vec<_>>());
        assert_eq!(
            Condition::of(&Predicate::And(Vec::new()), &Numbered).text,
            "TRUE"
        );
    }
}
