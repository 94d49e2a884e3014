//! `CEILING(number)`.

use twin::scheme::PropertyType;

use super::{Function, number};

pub(super) static CEILING: Function = Function {
    name: "CEILING",
    aliases: &[],
    signature: "CEILING(number)",
    doc: "The least whole number that is not less.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| number::of(args, f64::ceil),
    refuse: None,
    lower: None,
    is_lowered_loosely: false,
    examples: &[("CEILING(1.2)", "2")],
};
