//! `EXP(number)`.

use twin::scheme::PropertyType;

use super::{Function, number};

pub(super) static EXP: Function = Function {
    name: "EXP",
    aliases: &[],
    signature: "EXP(number)",
    doc: "e to the power of the number.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| number::of(args, f64::exp),
    refuse: None,
    lower: None,
    is_lowered_loosely: false,
    examples: &[("EXP(0)", "1")],
};
