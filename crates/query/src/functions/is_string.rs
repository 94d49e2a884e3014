//! `IS_STRING(value)`.

use twin::scheme::PropertyType;

use super::Function;
use crate::lower::ValueKind;
use crate::term::Term;

pub(super) static IS_STRING: Function = Function {
    name: "IS_STRING",
    aliases: &["ISSTRING"],
    signature: "IS_STRING(value)",
    doc: "Whether this is a text.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Boolean,
    eval: |args| Term::Bool(matches!(args.term(0), Term::String(_))),
    refuse: None,
    lower: Some(|call| call.kind(ValueKind::String)),
    is_lowered_loosely: false,
    examples: &[
        ("IS_STRING(tags.region)", "true"),
        ("IS_STRING(1)", "false"),
    ],
};
