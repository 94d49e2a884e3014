//! `UPPER(text)`.

use twin::scheme::PropertyType;

use super::Function;
use crate::term::Term;

pub(super) static UPPER: Function = Function {
    name: "UPPER",
    aliases: &[],
    signature: "UPPER(text)",
    doc: "The text in upper case.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::String,
    eval: |args| {
        args.text(0).map_or(Term::Undefined, |text| {
            Term::owned_text(text.to_uppercase())
        })
    },
    refuse: None,
    lower: None,
    is_lowered_loosely: false,
    examples: &[("UPPER('AbC')", "\"ABC\"")],
};
