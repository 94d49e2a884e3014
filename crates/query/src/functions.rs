//! The built-in functions: one file each, one table that parser, checker, completion and documents read.
//!
//! To add one, write `functions/<name>.rs` with a [`Function`] and its examples, and add a line to [`ALL`].

use twin::scheme::PropertyType;

use crate::ast::Expr;
use crate::eval::{Context, eval};
use crate::row::Row;
use crate::term::Term;

mod ago;
mod geo_within;
mod is_defined;
mod is_drifting;
mod math;
mod now;
mod text;
mod types;

/// A built-in function.
#[derive(Debug)]
pub struct Function {
    /// Its name in canonical text.
    pub name: &'static str,
    /// Other spellings that are accepted.
    pub aliases: &'static [&'static str],
    /// How it is called, for people.
    pub signature: &'static str,
    /// What it gives, in one sentence.
    pub doc: &'static str,
    /// The fewest arguments.
    pub args_min: usize,
    /// The most arguments.
    pub args_max: usize,
    /// What it gives when it gives something.
    pub returns: PropertyType,
    /// Gives its value.
    pub eval: for<'a> fn(&Args<'a, '_>) -> Term<'a>,
    /// Calls and what they give: these are its tests.
    pub examples: &'static [(&'static str, &'static str)],
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Function {
    /// Whether it can be called with so many arguments.
    pub fn takes(&self, count: usize) -> bool {
        (self.args_min..=self.args_max).contains(&count)
    }

    /// `2 arguments`, `1 to 3 arguments`.
    pub fn arity_text(&self) -> String {
        match (self.args_min, self.args_max) {
            (1, 1) => "1 argument".to_owned(),
            (least, most) if least == most => format!("{least} arguments"),
            (least, most) => format!("{least} to {most} arguments"),
        }
    }
}

/// What a function is called with.
#[derive(Clone, Copy)]
pub struct Args<'a, 'c> {
    /// The arguments as they are written.
    pub exprs: &'a [Expr],
    /// The row they are about.
    pub row: &'a dyn Row,
    /// The time of the query.
    pub context: &'c Context,
}

impl std::fmt::Debug for Args<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Args")
            .field("exprs", &self.exprs)
            .finish_non_exhaustive()
    }
}

impl<'a> Args<'a, '_> {
    /// The value of an argument; undefined when it was left out.
    pub fn term(&self, at: usize) -> Term<'a> {
        self.exprs
            .get(at)
            .map_or(Term::Undefined, |expr| eval(expr, self.row, self.context))
    }

    /// The number of an argument.
    pub fn number(&self, at: usize) -> Option<f64> {
        match self.term(at) {
            Term::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The text of an argument.
    pub fn text(&self, at: usize) -> Option<std::borrow::Cow<'a, str>> {
        match self.term(at) {
            Term::String(text) => Some(text),
            _ => None,
        }
    }
}

/// Every built-in function.
pub static ALL: [&Function; 32] = [
    &is_defined::IS_DEFINED,
    &is_drifting::IS_DRIFTING,
    &types::IS_NULL,
    &types::IS_BOOL,
    &types::IS_NUMBER,
    &types::IS_STRING,
    &types::IS_ARRAY,
    &types::IS_OBJECT,
    &types::IS_PRIMITIVE,
    &types::AS_NUMBER,
    &text::STARTSWITH,
    &text::ENDSWITH,
    &text::CONTAINS,
    &text::CONCAT,
    &text::LENGTH,
    &text::LOWER,
    &text::UPPER,
    &text::SUBSTRING,
    &text::INDEX_OF,
    &math::ABS,
    &math::EXP,
    &math::POWER,
    &math::SQUARE,
    &math::SQRT,
    &math::CEILING,
    &math::FLOOR,
    &math::SIGN,
    &math::ROUND,
    &ago::AGO,
    &now::NOW,
    &geo_within::GEO_WITHIN,
    &geo_within::GEO_DISTANCE,
];

/// The function of a name, in any case and spelling.
pub fn find(name: &str) -> Option<&'static Function> {
    let is = |known: &&str| known.eq_ignore_ascii_case(name);
    ALL.into_iter()
        .find(|function| is(&function.name) || function.aliases.iter().any(|alias| is(&alias)))
}

/// The canonical names.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.into_iter().map(|function| function.name)
}

#[cfg(test)]
mod tests {
    use twin::identity::Identity;
    use twin::presence::Presence;

    use super::*;
    use crate::row::DeviceRow;
    use crate::testing;

    #[test]
    fn every_example_holds() {
        let (identity, twin, presence): (Identity, _, Presence) = testing::example();
        let row = DeviceRow::new(&identity, &twin, &presence);
        let context = testing::context();
        for function in ALL {
            assert!(
                !function.examples.is_empty(),
                "{} has no example",
                function.name
            );
            for (call, wanted) in function.examples {
                let parsed = crate::parse_condition(call);
                assert_eq!(parsed.problems, [], "{call}");
                let got = eval(&parsed.condition.unwrap(), &row, &context).to_value();
                let got = got.map_or_else(|| "undefined".to_owned(), |value| value.to_string());
                assert_eq!(got, *wanted, "{call}");
            }
        }
    }

    #[test]
    fn names_are_unique_in_every_spelling() {
        let mut seen = std::collections::BTreeSet::new();
        for function in ALL {
            for name in function.aliases.iter().chain([&function.name]) {
                assert!(seen.insert(name.to_uppercase()), "{name} twice");
            }
            assert!(function.signature.starts_with(function.name));
        }
    }
}
