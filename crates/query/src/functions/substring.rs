//! `SUBSTRING(text, start[, length])`.

use twin::scheme::PropertyType;

use super::{Function, text};
use crate::term::Term;

pub(super) static SUBSTRING: Function = Function {
    name: "SUBSTRING",
    aliases: &[],
    signature: "SUBSTRING(text, start[, length])",
    doc: "The part of the text from a position, counted from 0; to the end without a length.",
    args_min: 2,
    args_max: 3,
    returns: PropertyType::String,
    eval: |args| {
        let (Some(text), Some(start)) = (args.text(0), args.number(1).and_then(text::position))
        else {
            return Term::Undefined;
        };
        let rest = text.chars().skip(start);
        match (args.exprs.len(), args.number(2).and_then(text::position)) {
            (2, _) => Term::owned_text(rest.collect()),
            (_, Some(length)) => Term::owned_text(rest.take(length).collect()),
            _ => Term::Undefined,
        }
    },
    refuse: None,
    lower: None,
    is_lowered_loosely: false,
    examples: &[
        ("SUBSTRING('abcdef', 2)", "\"cdef\""),
        ("SUBSTRING('abcdef', 2, 2)", "\"cd\""),
        ("SUBSTRING('a', -1)", "undefined"),
    ],
};
