//! `INDEX_OF(text, part)`.

use twin::scheme::PropertyType;

use super::{Function, text};
use crate::term::Term;

pub(super) static INDEX_OF: Function = Function {
    name: "INDEX_OF",
    aliases: &["INDEXOF"],
    signature: "INDEX_OF(text, part)",
    doc: "Where the part first stands in the text, counted from 0; -1 when it does not.",
    args_min: 2,
    args_max: 2,
    returns: PropertyType::Number,
    eval: |args| match (args.text(0), args.text(1)) {
        (Some(text), Some(part)) => Term::Number(
            text.find(part.as_ref())
                .map_or(-1.0, |at| text::count(text[..at].chars().count())),
        ),
        _ => Term::Undefined,
    },
    refuse: None,
    lower: None,
    is_lowered_loosely: false,
    examples: &[("INDEX_OF('aüb', 'b')", "2"), ("INDEX_OF('ab', 'x')", "-1")],
};
