//! `IS_BOOL(value)`.

use twin::scheme::PropertyType;

use super::Function;
use crate::lower::ValueKind;
use crate::term::Term;

pub(super) static IS_BOOL: Function = Function {
    name: "IS_BOOL",
    aliases: &["ISBOOL"],
    signature: "IS_BOOL(value)",
    doc: "Whether this is true or false.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Boolean,
    eval: |args| Term::Bool(matches!(args.term(0), Term::Bool(_))),
    refuse: None,
    lower: Some(|call| call.kind(ValueKind::Bool)),
    is_lowered_loosely: false,
    examples: &[("IS_BOOL(true)", "true"), ("IS_BOOL(tags.region)", "false")],
};
