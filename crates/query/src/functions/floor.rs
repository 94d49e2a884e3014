//! `FLOOR(number)`.

use twin::scheme::PropertyType;

use super::{Function, number};

pub(super) static FLOOR: Function = Function {
    name: "FLOOR",
    aliases: &[],
    signature: "FLOOR(number)",
    doc: "The greatest whole number that is not more.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| number::of(args, f64::floor),
    refuse: None,
    lower: None,
    is_lowered_loosely: false,
    examples: &[("FLOOR(1.8)", "1")],
};
