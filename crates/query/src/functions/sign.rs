//! `SIGN(number)`.

use twin::scheme::PropertyType;

use super::{Function, number};

pub(super) static SIGN: Function = Function {
    name: "SIGN",
    aliases: &[],
    signature: "SIGN(number)",
    doc: "-1, 0 or 1.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| {
        number::of(
            args,
            |number| if number == 0.0 { 0.0 } else { number.signum() },
        )
    },
    refuse: None,
    lower: None,
    is_lowered_loosely: false,
    examples: &[("SIGN(-7)", "-1"), ("SIGN(0)", "0")],
};
