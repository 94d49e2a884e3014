//! `now()`.

use twin::scheme::PropertyType;

use super::Function;
use crate::term::Term;

pub(super) static NOW: Function = Function {
    name: "NOW",
    aliases: &[],
    signature: "NOW()",
    doc: "The time of the query as ISO 8601 text, to compare with times of devices.",
    args_min: 0,
    args_max: 0,
    returns: PropertyType::Timestamp,
    eval: |args| Term::owned_text(args.context.now.to_string()),
    refuse: None,
    lower: None,
    is_lowered_loosely: false,
    examples: &[("now()", "\"2026-11-22T12:00:00.0000000Z\"")],
};
