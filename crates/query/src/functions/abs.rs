//! `ABS(number)`.

use twin::scheme::PropertyType;

use super::{Function, number};

pub(super) static ABS: Function = Function {
    name: "ABS",
    aliases: &[],
    signature: "ABS(number)",
    doc: "The number without its sign.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| number::of(args, f64::abs),
    refuse: None,
    lower: None,
    is_lowered_loosely: false,
    examples: &[("ABS(-3)", "3"), ("ABS('x')", "undefined")],
};
