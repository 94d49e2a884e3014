//! `IS_OBJECT(value)`.

use twin::scheme::PropertyType;

use super::Function;
use crate::lower::ValueKind;
use crate::term::Term;

pub(super) static IS_OBJECT: Function = Function {
    name: "IS_OBJECT",
    aliases: &["ISOBJECT"],
    signature: "IS_OBJECT(value)",
    doc: "Whether this is an object.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Boolean,
    eval: |args| {
        Term::Bool(matches!(
            args.term(0),
            Term::Object(_) | Term::MadeObject(_)
        ))
    },
    refuse: None,
    lower: Some(|call| call.kind(ValueKind::Object)),
    is_lowered_loosely: false,
    examples: &[
        ("IS_OBJECT(tags)", "true"),
        ("IS_OBJECT(tags.region)", "false"),
    ],
};
