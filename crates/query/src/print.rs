//! The canonical text of a query: reading it again gives the same tree.

use std::fmt;

use crate::ast::{BinaryOp, Expr, ExprKind, Item, Literal, OrderBy, Query, Select};
use crate::path::{is_plain, is_quotable};

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SELECT ")?;
        if let Some(top) = self.top {
            write!(f, "TOP {top} ")?;
        }
        match &self.select {
            Select::All => f.write_str("*")?,
            Select::Items(items) => join(f, items)?,
        }
        write!(f, " FROM {}", self.source.name())?;
        if let Some(condition) = &self.condition {
            write!(f, " WHERE {condition}")?;
        }
        if !self.group_by.is_empty() {
            f.write_str(" GROUP BY ")?;
            join(f, &self.group_by)?;
        }
        if !self.order_by.is_empty() {
            f.write_str(" ORDER BY ")?;
            join(f, &self.order_by)?;
        }
        Ok(())
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alias = match self {
            Self::Path { path, alias } => {
                write!(f, "{path}")?;
                alias
            }
            Self::Aggregate {
                function,
                path,
                alias,
            } => {
                let name = function.name().to_uppercase();
                match path {
                    Some(path) => write!(f, "{name}({path})")?,
                    None => write!(f, "{name}()")?,
                }
                alias
            }
        };
        match alias {
            Some(alias) if is_plain(alias) => write!(f, " AS {alias}"),
            Some(alias) if is_quotable(alias) => write!(f, " AS [[{alias}]]"),
            Some(alias) => write!(f, " AS {}", Literal::String(alias.clone())),
            None => Ok(()),
        }
    }
}

impl fmt::Display for OrderBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{}",
            self.path,
            if self.descending { " DESC" } else { "" }
        )
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, 0, f)
    }
}

/// Writes a list; a space keeps `[[` from beginning a quoted name.
fn list(items: &[Expr], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let written = items.first().map(Expr::to_string).unwrap_or_default();
    f.write_str(if written.starts_with('[') { "[ " } else { "[" })?;
    join(f, items)?;
    f.write_str("]")
}

/// Writes an expression where operators of at least `least` may stand without parentheses.
fn write(expr: &Expr, least: u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let strength = strength(expr);
    if strength < least {
        f.write_str("(")?;
        write(expr, 0, f)?;
        return f.write_str(")");
    }
    match &expr.kind {
        ExprKind::Literal(literal) => write!(f, "{literal}"),
        ExprKind::Path(path) => write!(f, "{path}"),
        ExprKind::Array(items) => list(items, f),
        ExprKind::Not(inner) => {
            f.write_str("NOT ")?;
            write(inner, 3, f)
        }
        ExprKind::Negate(inner) => {
            f.write_str("-")?;
            // Without parentheses a negated number would be read as a negative one.
            if matches!(inner.kind, ExprKind::Literal(_) | ExprKind::Negate(_)) {
                f.write_str("(")?;
                write(inner, 0, f)?;
                return f.write_str(")");
            }
            write(inner, 7, f)
        }
        ExprKind::Binary {
            op: op @ (BinaryOp::And | BinaryOp::Or),
            ..
        } => {
            for (at, part) in expr.parts(*op).into_iter().enumerate() {
                if at > 0 {
                    write!(f, " {} ", op.text())?;
                }
                write(part, strength + 1, f)?;
            }
            Ok(())
        }
        ExprKind::Binary { op, left, right } => {
            // Comparisons do not chain; the others lean to the left.
            let left_least = if op.is_comparison() {
                strength + 1
            } else {
                strength
            };
            write(left, left_least, f)?;
            write!(f, " {} ", op.text())?;
            write(right, strength + 1, f)
        }
        ExprKind::In {
            value,
            list: items,
            is_negated,
        } => {
            write(value, 5, f)?;
            f.write_str(if *is_negated { " NOT IN " } else { " IN " })?;
            list(items, f)
        }
        ExprKind::Call { function, args } => {
            write!(f, "{}(", function.name)?;
            join(f, args)?;
            f.write_str(")")
        }
    }
}

fn strength(expr: &Expr) -> u8 {
    match &expr.kind {
        ExprKind::Not(_) => 3,
        ExprKind::Binary { op, .. } => BinaryOp::strength(*op),
        ExprKind::In { .. } => 4,
        ExprKind::Negate(_) => 7,
        ExprKind::Literal(Literal::Number(number)) if number.is_sign_negative() => 7,
        _ => 8,
    }
}

fn join<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undefined => f.write_str("undefined"),
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::String(text) => {
                f.write_str("'")?;
                for letter in text.chars() {
                    match letter {
                        '\'' => f.write_str("\\'")?,
                        '\\' => f.write_str("\\\\")?,
                        letter if (letter as u32) < 0x20 => write!(f, "\\u{:04x}", letter as u32)?,
                        letter => write!(f, "{letter}")?,
                    }
                }
                f.write_str("'")
            }
        }
    }
}
