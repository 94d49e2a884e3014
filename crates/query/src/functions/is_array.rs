//! `IS_ARRAY(value)`.

use twin::scheme::PropertyType;

use super::Function;
use crate::lower::ValueKind;
use crate::term::Term;

pub(super) static IS_ARRAY: Function = Function {
    name: "IS_ARRAY",
    aliases: &["ISARRAY"],
    signature: "IS_ARRAY(value)",
    doc: "Whether this is an array.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Boolean,
    eval: |args| Term::Bool(matches!(args.term(0), Term::Array(_))),
    refuse: None,
    lower: Some(|call| call.kind(ValueKind::Array)),
    is_lowered_loosely: false,
    examples: &[("IS_ARRAY([1])", "true"), ("IS_ARRAY(1)", "false")],
};
