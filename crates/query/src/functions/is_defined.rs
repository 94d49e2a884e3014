//! `IS_DEFINED(path)`.

use twin::scheme::PropertyType;

use super::Function;
use crate::lower::Predicate;
use crate::term::Term;

pub(super) static IS_DEFINED: Function = Function {
    name: "IS_DEFINED",
    aliases: &["ISDEFINED"],
    signature: "IS_DEFINED(path)",
    doc: "Whether the device has this property, whatever its value.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Boolean,
    eval: |args| Term::Bool(args.term(0).is_defined()),
    refuse: None,
    lower: Some(|call| {
        Some(Predicate::Defined {
            field: call.field(0)?,
            is_negated: call.is_negated,
        })
    }),
    is_lowered_loosely: false,
    examples: &[
        ("IS_DEFINED(tags.region)", "true"),
        ("IS_DEFINED(tags.nothing)", "false"),
        ("is_defined(tags)", "true"),
    ],
};
