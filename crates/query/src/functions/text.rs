//! Functions over texts. Positions and lengths count characters.

use twin::scheme::PropertyType;

use super::{Args, Function};
use crate::term::Term;

/// The longest text that a function makes, in bytes.
const TEXT_BYTES_MAX: usize = 65_536;

/// A test of two texts.
fn test<'a>(args: &Args<'a, '_>, test: fn(&str, &str) -> bool) -> Term<'a> {
    match (args.text(0), args.text(1)) {
        (Some(text), Some(part)) => Term::Bool(test(&text, &part)),
        _ => Term::Undefined,
    }
}

pub(super) static STARTSWITH: Function = Function {
    name: "STARTSWITH",
    aliases: &["STARTS_WITH"],
    signature: "STARTSWITH(text, prefix)",
    doc: "Whether the text begins with the prefix.",
    args_min: 2,
    args_max: 2,
    returns: PropertyType::Boolean,
    eval: |args| test(args, |text, part| text.starts_with(part)),
    examples: &[
        ("STARTSWITH(tags.region, 'Hol')", "true"),
        ("starts_with(tags.region, 'x')", "false"),
        ("STARTSWITH(1, 'x')", "undefined"),
    ],
};

pub(super) static ENDSWITH: Function = Function {
    name: "ENDSWITH",
    aliases: &["ENDS_WITH"],
    signature: "ENDSWITH(text, suffix)",
    doc: "Whether the text ends with the suffix.",
    args_min: 2,
    args_max: 2,
    returns: PropertyType::Boolean,
    eval: |args| test(args, |text, part| text.ends_with(part)),
    examples: &[
        ("ENDSWITH(tags.region, 'stein')", "true"),
        ("ENDS_WITH(tags.nothing, 'a')", "undefined"),
    ],
};

pub(super) static CONTAINS: Function = Function {
    name: "CONTAINS",
    aliases: &[],
    signature: "CONTAINS(text, part)",
    doc: "Whether the text contains the part.",
    args_min: 2,
    args_max: 2,
    returns: PropertyType::Boolean,
    eval: |args| test(args, |text, part| text.contains(part)),
    examples: &[
        ("CONTAINS(tags.region, 'lst')", "true"),
        ("CONTAINS(tags.region, 'xyz')", "false"),
    ],
};

pub(super) static CONCAT: Function = Function {
    name: "CONCAT",
    aliases: &[],
    signature: "CONCAT(text, text, …)",
    doc: "The texts one after the other.",
    args_min: 2,
    args_max: 16,
    returns: PropertyType::String,
    eval: |args| {
        let mut joined = String::new();
        for at in 0..args.exprs.len() {
            match args.text(at) {
                Some(text) if joined.len() + text.len() <= TEXT_BYTES_MAX => joined += &text,
                _ => return Term::Undefined,
            }
        }
        Term::owned_text(joined)
    },
    examples: &[
        ("CONCAT('a', 'b', 'c')", "\"abc\""),
        ("CONCAT('a', 1)", "undefined"),
    ],
};

pub(super) static LENGTH: Function = Function {
    name: "LENGTH",
    aliases: &[],
    signature: "LENGTH(text)",
    doc: "How many characters the text has.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| {
        args.text(0).map_or(Term::Undefined, |text| {
            Term::Number(count(text.chars().count()))
        })
    },
    examples: &[("LENGTH('Grün')", "4"), ("LENGTH(1)", "undefined")],
};

pub(super) static LOWER: Function = Function {
    name: "LOWER",
    aliases: &[],
    signature: "LOWER(text)",
    doc: "The text in lower case.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::String,
    eval: |args| {
        args.text(0).map_or(Term::Undefined, |text| {
            Term::owned_text(text.to_lowercase())
        })
    },
    examples: &[("LOWER('AbC')", "\"abc\""), ("LOWER(1)", "undefined")],
};

pub(super) static UPPER: Function = Function {
    name: "UPPER",
    aliases: &[],
    signature: "UPPER(text)",
    doc: "The text in upper case.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::String,
    eval: |args| {
        args.text(0).map_or(Term::Undefined, |text| {
            Term::owned_text(text.to_uppercase())
        })
    },
    examples: &[("UPPER('AbC')", "\"ABC\"")],
};

pub(super) static SUBSTRING: Function = Function {
    name: "SUBSTRING",
    aliases: &[],
    signature: "SUBSTRING(text, start[, length])",
    doc: "The part of the text from a position, counted from 0; to the end without a length.",
    args_min: 2,
    args_max: 3,
    returns: PropertyType::String,
    eval: |args| {
        let (Some(text), Some(start)) = (args.text(0), args.number(1).and_then(position)) else {
            return Term::Undefined;
        };
        let rest = text.chars().skip(start);
        match (args.exprs.len(), args.number(2).and_then(position)) {
            (2, _) => Term::owned_text(rest.collect()),
            (_, Some(length)) => Term::owned_text(rest.take(length).collect()),
            _ => Term::Undefined,
        }
    },
    examples: &[
        ("SUBSTRING('abcdef', 2)", "\"cdef\""),
        ("SUBSTRING('abcdef', 2, 2)", "\"cd\""),
        ("SUBSTRING('a', -1)", "undefined"),
    ],
};

pub(super) static INDEX_OF: Function = Function {
    name: "INDEX_OF",
    aliases: &["INDEXOF"],
    signature: "INDEX_OF(text, part)",
    doc: "Where the part first stands in the text, counted from 0; -1 when it does not.",
    args_min: 2,
    args_max: 2,
    returns: PropertyType::Number,
    eval: |args| match (args.text(0), args.text(1)) {
        (Some(text), Some(part)) => Term::Number(
            text.find(part.as_ref())
                .map_or(-1.0, |at| count(text[..at].chars().count())),
        ),
        _ => Term::Undefined,
    },
    examples: &[("INDEX_OF('aüb', 'b')", "2"), ("INDEX_OF('ab', 'x')", "-1")],
};

#[expect(
    clippy::cast_precision_loss,
    reason = "texts are far shorter than 2^53 characters"
)]
fn count(number: usize) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked: whole and within the longest text"
)]
fn position(number: f64) -> Option<usize> {
    const MOST: f64 = 1e9;
    (number >= 0.0 && number.fract() == 0.0 && number <= MOST).then_some(number as usize)
}
