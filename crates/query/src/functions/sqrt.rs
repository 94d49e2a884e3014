//! `SQRT(number)`.

use twin::scheme::PropertyType;

use super::{Function, number};

pub(super) static SQRT: Function = Function {
    name: "SQRT",
    aliases: &[],
    signature: "SQRT(number)",
    doc: "The square root; undefined for negative numbers.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| number::of(args, f64::sqrt),
    refuse: None,
    lower: None,
    is_lowered_loosely: false,
    examples: &[("SQRT(9)", "3"), ("SQRT(-1)", "undefined")],
};
