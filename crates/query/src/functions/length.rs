//! `LENGTH(text)`.

use twin::scheme::PropertyType;

use super::{Function, text};
use crate::term::Term;

pub(super) static LENGTH: Function = Function {
    name: "LENGTH",
    aliases: &[],
    signature: "LENGTH(text)",
    doc: "How many characters the text has.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| {
        args.text(0).map_or(Term::Undefined, |text| {
            Term::Number(text::count(text.chars().count()))
        })
    },
    refuse: None,
    lower: None,
    is_lowered_loosely: false,
    examples: &[("LENGTH('Grün')", "4"), ("LENGTH(1)", "undefined")],
};
