//! `POWER(base, exponent)`.

use twin::scheme::PropertyType;

use super::{Function, number};
use crate::term::Term;

pub(super) static POWER: Function = Function {
    name: "POWER",
    aliases: &[],
    signature: "POWER(base, exponent)",
    doc: "The base to the power of the exponent.",
    args_min: 2,
    args_max: 2,
    returns: PropertyType::Number,
    eval: |args| match (args.number(0), args.number(1)) {
        (Some(base), Some(exponent)) => number::finite(base.powf(exponent)),
        _ => Term::Undefined,
    },
    refuse: None,
    lower: None,
    is_lowered_loosely: false,
    examples: &[("POWER(2, 10)", "1024"), ("POWER(0, -1)", "undefined")],
};
