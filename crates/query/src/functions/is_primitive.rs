//! `IS_PRIMITIVE(value)`.

use twin::scheme::PropertyType;

use super::Function;
use crate::lower::ValueKind;
use crate::term::Term;

pub(super) static IS_PRIMITIVE: Function = Function {
    name: "IS_PRIMITIVE",
    aliases: &["ISPRIMITIVE"],
    signature: "IS_PRIMITIVE(value)",
    doc: "Whether this is a text, a number, true, false or null.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Boolean,
    eval: |args| {
        Term::Bool(matches!(
            args.term(0),
            Term::Null | Term::Bool(_) | Term::Number(_) | Term::String(_)
        ))
    },
    refuse: None,
    lower: Some(|call| call.kind(ValueKind::Primitive)),
    is_lowered_loosely: false,
    examples: &[
        ("IS_PRIMITIVE(tags.region)", "true"),
        ("IS_PRIMITIVE(tags)", "false"),
    ],
};
