//! `SQUARE(number)`.

use twin::scheme::PropertyType;

use super::{Function, number};

pub(super) static SQUARE: Function = Function {
    name: "SQUARE",
    aliases: &[],
    signature: "SQUARE(number)",
    doc: "The number times itself.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| number::of(args, |number| number * number),
    refuse: None,
    lower: None,
    is_lowered_loosely: false,
    examples: &[("SQUARE(3)", "9")],
};
