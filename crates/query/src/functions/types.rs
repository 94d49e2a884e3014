//! What kind of value something is, and numbers from texts.

use twin::scheme::PropertyType;

use super::Function;
use crate::term::Term;

/// A test of a kind; what is undefined is of no kind.
macro_rules! kind {
    ($name:ident, $text:literal, $alias:literal, $signature:literal, $doc:literal, $pattern:pat, $examples:expr) => {
        pub(super) static $name: Function = Function {
            name: $text,
            aliases: &[$alias],
            signature: $signature,
            doc: $doc,
            args_min: 1,
            args_max: 1,
            returns: PropertyType::Boolean,
            eval: |args| Term::Bool(matches!(args.term(0), $pattern)),
            examples: $examples,
        };
    };
}

kind!(
    IS_NULL,
    "IS_NULL",
    "ISNULL",
    "IS_NULL(value)",
    "Whether this is the explicit null.",
    Term::Null,
    &[
        ("IS_NULL(null)", "true"),
        ("IS_NULL(tags.nothing)", "false")
    ]
);
kind!(
    IS_BOOL,
    "IS_BOOL",
    "ISBOOL",
    "IS_BOOL(value)",
    "Whether this is true or false.",
    Term::Bool(_),
    &[("IS_BOOL(true)", "true"), ("IS_BOOL(tags.region)", "false")]
);
kind!(
    IS_NUMBER,
    "IS_NUMBER",
    "ISNUMBER",
    "IS_NUMBER(value)",
    "Whether this is a number.",
    Term::Number(_),
    &[
        ("IS_NUMBER(tags.floor)", "true"),
        ("IS_NUMBER('1')", "false")
    ]
);
kind!(
    IS_STRING,
    "IS_STRING",
    "ISSTRING",
    "IS_STRING(value)",
    "Whether this is a text.",
    Term::String(_),
    &[
        ("IS_STRING(tags.region)", "true"),
        ("IS_STRING(1)", "false")
    ]
);
kind!(
    IS_ARRAY,
    "IS_ARRAY",
    "ISARRAY",
    "IS_ARRAY(value)",
    "Whether this is an array.",
    Term::Array(_),
    &[("IS_ARRAY([1])", "true"), ("IS_ARRAY(1)", "false")]
);
kind!(
    IS_OBJECT,
    "IS_OBJECT",
    "ISOBJECT",
    "IS_OBJECT(value)",
    "Whether this is an object.",
    Term::Object(_) | Term::MadeObject(_),
    &[
        ("IS_OBJECT(tags)", "true"),
        ("IS_OBJECT(tags.region)", "false")
    ]
);
kind!(
    IS_PRIMITIVE,
    "IS_PRIMITIVE",
    "ISPRIMITIVE",
    "IS_PRIMITIVE(value)",
    "Whether this is a text, a number, true, false or null.",
    Term::Null | Term::Bool(_) | Term::Number(_) | Term::String(_),
    &[
        ("IS_PRIMITIVE(tags.region)", "true"),
        ("IS_PRIMITIVE(tags)", "false")
    ]
);

pub(super) static AS_NUMBER: Function = Function {
    name: "AS_NUMBER",
    aliases: &["ASNUMBER"],
    signature: "AS_NUMBER(text)",
    doc: "The number that a text writes, or a number as it is.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Number,
    eval: |args| match args.term(0) {
        Term::Number(number) => Term::Number(number),
        Term::String(text) => match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Term::Number(number),
            _ => Term::Undefined,
        },
        _ => Term::Undefined,
    },
    examples: &[
        ("AS_NUMBER('4.5')", "4.5"),
        ("AS_NUMBER(3)", "3"),
        ("AS_NUMBER('x')", "undefined"),
    ],
};
