//! `LOWER(text)`.

use twin::scheme::PropertyType;

use super::Function;
use crate::term::Term;

pub(super) static LOWER: Function = Function {
    name: "LOWER",
    aliases: &[],
    signature: "LOWER(text)",
    doc: "The text in lower case.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::String,
    eval: |args| {
        args.text(0).map_or(Term::Undefined, |text| {
            Term::owned_text(text.to_lowercase())
        })
    },
    refuse: None,
    lower: None,
    is_lowered_loosely: false,
    examples: &[("LOWER('AbC')", "\"abc\""), ("LOWER(1)", "undefined")],
};
