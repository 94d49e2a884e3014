//! `IS_NULL(value)`.

use twin::scheme::PropertyType;

use super::Function;
use crate::lower::ValueKind;
use crate::term::Term;

pub(super) static IS_NULL: Function = Function {
    name: "IS_NULL",
    aliases: &["ISNULL"],
    signature: "IS_NULL(value)",
    doc: "Whether this is the explicit null.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Boolean,
    eval: |args| Term::Bool(matches!(args.term(0), Term::Null)),
    refuse: None,
    lower: Some(|call| call.kind(ValueKind::Null)),
    is_lowered_loosely: false,
    examples: &[
        ("IS_NULL(null)", "true"),
        ("IS_NULL(tags.nothing)", "false"),
    ],
};
