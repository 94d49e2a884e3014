//! Functions over numbers: undefined for anything else, and where there is no finite result.

use twin::scheme::PropertyType;

use super::{Args, Function};
use crate::term::Term;

/// A finite number, or undefined.
fn finite<'a>(number: f64) -> Term<'a> {
    if number.is_finite() {
        Term::Number(number)
    } else {
        Term::Undefined
    }
}

fn of<'a>(args: &Args<'a, '_>, function: fn(f64) -> f64) -> Term<'a> {
    args.number(0)
        .map_or(Term::Undefined, |number| finite(function(number)))
}

pub(super) static ABS: Function = Function {
    name: "ABS",
    aliases: &[],
    signature: "ABS(number)",
    doc: "The number without its sign.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| of(args, f64::abs),
    examples: &[("ABS(-3)", "3"), ("ABS('x')", "undefined")],
};

pub(super) static EXP: Function = Function {
    name: "EXP",
    aliases: &[],
    signature: "EXP(number)",
    doc: "e to the power of the number.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| of(args, f64::exp),
    examples: &[("EXP(0)", "1")],
};

pub(super) static SQUARE: Function = Function {
    name: "SQUARE",
    aliases: &[],
    signature: "SQUARE(number)",
    doc: "The number times itself.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| of(args, |number| number * number),
    examples: &[("SQUARE(3)", "9")],
};

pub(super) static SQRT: Function = Function {
    name: "SQRT",
    aliases: &[],
    signature: "SQRT(number)",
    doc: "The square root; undefined for negative numbers.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| of(args, f64::sqrt),
    examples: &[("SQRT(9)", "3"), ("SQRT(-1)", "undefined")],
};

pub(super) static CEILING: Function = Function {
    name: "CEILING",
    aliases: &[],
    signature: "CEILING(number)",
    doc: "The least whole number that is not less.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| of(args, f64::ceil),
    examples: &[("CEILING(1.2)", "2")],
};

pub(super) static FLOOR: Function = Function {
    name: "FLOOR",
    aliases: &[],
    signature: "FLOOR(number)",
    doc: "The greatest whole number that is not more.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| of(args, f64::floor),
    examples: &[("FLOOR(1.8)", "1")],
};

pub(super) static SIGN: Function = Function {
    name: "SIGN",
    aliases: &[],
    signature: "SIGN(number)",
    doc: "-1, 0 or 1.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| {
        of(
            args,
            |number| if number == 0.0 { 0.0 } else { number.signum() },
        )
    },
    examples: &[("SIGN(-7)", "-1"), ("SIGN(0)", "0")],
};

pub(super) static ROUND: Function = Function {
    name: "ROUND",
    aliases: &[],
    signature: "ROUND(number)",
    doc: "The nearest whole number, halves away from zero.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| of(args, f64::round),
    examples: &[("ROUND(2.5)", "3")],
};

pub(super) static POWER: Function = Function {
    name: "POWER",
    aliases: &[],
    signature: "POWER(base, exponent)",
    doc: "The base to the power of the exponent.",
    args_min: 2,
    args_max: 2,
    returns: PropertyType::Number,
    eval: |args| match (args.number(0), args.number(1)) {
        (Some(base), Some(exponent)) => finite(base.powf(exponent)),
        _ => Term::Undefined,
    },
    examples: &[("POWER(2, 10)", "1024"), ("POWER(0, -1)", "undefined")],
};
