//! `CONCAT(text, text, …)`.

use twin::scheme::PropertyType;

use super::{Function, text};
use crate::term::Term;

pub(super) static CONCAT: Function = Function {
    name: "CONCAT",
    aliases: &[],
    signature: "CONCAT(text, text, …)",
    doc: "The texts one after the other.",
    args_min: 2,
    args_max: 16,
    returns: PropertyType::String,
    eval: |args| {
        let mut joined = String::new();
        for at in 0..args.exprs.len() {
            match args.text(at) {
                Some(text) if joined.len() + text.len() <= text::BYTES_MAX => joined += &text,
                _ => return Term::Undefined,
            }
        }
        Term::owned_text(joined)
    },
    refuse: None,
    lower: None,
    is_lowered_loosely: false,
    examples: &[
        ("CONCAT('a', 'b', 'c')", "\"abc\""),
        ("CONCAT('a', 1)", "undefined"),
    ],
};
