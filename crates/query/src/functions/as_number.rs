//! `AS_NUMBER(text)`.

use twin::scheme::PropertyType;

use super::Function;
use crate::term::Term;

pub(super) static AS_NUMBER: Function = Function {
    name: "AS_NUMBER",
    aliases: &["ASNUMBER"],
    signature: "AS_NUMBER(text)",
    doc: "The number that a text writes, or a number as it is.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| match args.term(0) {
        Term::Number(number) => Term::Number(number),
        Term::String(text) => match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Term::Number(number),
            _ => Term::Undefined,
        },
        _ => Term::Undefined,
    },
    refuse: None,
    lower: None,
    is_lowered_loosely: false,
    examples: &[
        ("AS_NUMBER('4.5')", "4.5"),
        ("AS_NUMBER(3)", "3"),
        ("AS_NUMBER('x')", "undefined"),
    ],
};
