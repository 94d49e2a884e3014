//! `IS_NUMBER(value)`.

use twin::scheme::PropertyType;

use super::Function;
use crate::lower::ValueKind;
use crate::term::Term;

pub(super) static IS_NUMBER: Function = Function {
    name: "IS_NUMBER",
    aliases: &["ISNUMBER"],
    signature: "IS_NUMBER(value)",
    doc: "Whether this is a number.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Boolean,
    eval: |args| Term::Bool(matches!(args.term(0), Term::Number(_))),
    refuse: None,
    lower: Some(|call| call.kind(ValueKind::Number)),
    is_lowered_loosely: false,
    examples: &[
        ("IS_NUMBER(tags.floor)", "true"),
        ("IS_NUMBER('1')", "false"),
    ],
};
