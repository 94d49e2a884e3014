//! The built-in functions: one file each, one table that parser, checker, completion and documents read.
//!
//! To add one, write `functions/<name>.rs` with a [`Function`] and its examples, and add a line to [`ALL`].

use twin::scheme::PropertyType;

use crate::ast::Expr;
use crate::eval::{Context, eval};
use crate::lower::{Call, Predicate};
use crate::row::Row;
use crate::term::Term;

mod abs;
mod ago;
mod as_number;
mod ceiling;
mod concat;
mod contains;
mod endswith;
mod exp;
mod floor;
mod geo_within;
mod index_of;
mod is_array;
mod is_bool;
mod is_defined;
mod is_drifting;
mod is_null;
mod is_number;
mod is_object;
mod is_primitive;
mod is_string;
mod length;
mod lower;
mod now;
mod number;
mod power;
mod sign;
mod sqrt;
mod square;
mod startswith;
mod substring;
mod text;
mod upper;

/// See [`Function::refuse`].
pub type Refuse = fn(&[Expr]) -> Option<(usize, &'static str)>;

/// See [`Function::lower`].
pub type Lower = fn(&Call<'_>) -> Option<Predicate>;

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
    /// What is wrong with constant arguments that can never give anything: which one, and a sentence.
    pub refuse: Option<Refuse>,
    /// The predicate of a call that stands as a condition of its own, for stores; without it, stores read every row.
    pub lower: Option<Lower>,
    /// That predicate may hold for more rows than the call.
    pub is_lowered_loosely: bool,
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
pub static ALL: [&Function; 30] = [
    &is_defined::IS_DEFINED,
    &is_drifting::IS_DRIFTING,
    &is_null::IS_NULL,
    &is_bool::IS_BOOL,
    &is_number::IS_NUMBER,
    &is_string::IS_STRING,
    &is_array::IS_ARRAY,
    &is_object::IS_OBJECT,
    &is_primitive::IS_PRIMITIVE,
    &as_number::AS_NUMBER,
    &startswith::STARTSWITH,
    &endswith::ENDSWITH,
    &contains::CONTAINS,
    &concat::CONCAT,
    &length::LENGTH,
    &lower::LOWER,
    &upper::UPPER,
    &substring::SUBSTRING,
    &index_of::INDEX_OF,
    &abs::ABS,
    &exp::EXP,
    &power::POWER,
    &square::SQUARE,
    &sqrt::SQRT,
    &ceiling::CEILING,
    &floor::FLOOR,
    &sign::SIGN,
    &ago::AGO,
    &now::NOW,
    &geo_within::GEO_WITHIN,
];

/// The function of a name, in any case and spelling.
pub fn find(name: &str) -> Option<&'static Function> {
    let is = |known: &&str| known.eq_ignore_ascii_case(name);
    ALL.into_iter()
        .find(|function| is(&function.name) || function.aliases.iter().any(is))
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
