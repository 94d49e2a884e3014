//! `ago('24h')`.

use twin::scheme::PropertyType;
use twin::time::parse_duration;

use super::Function;
use crate::ast::{ExprKind, Literal};
use crate::term::Term;

pub(super) static AGO: Function = Function {
    name: "AGO",
    aliases: &[],
    signature: "AGO('24h')",
    doc: "The time so long before the query as ISO 8601 text: seconds s, minutes m, hours h, days d, weeks w.",
    args_min: 1,
    args_max: 1,
    returns: PropertyType::Timestamp,
    eval: |args| match args.text(0).map(|text| parse_duration(&text)) {
        Some(Ok(length)) => Term::owned_text(args.context.now.minus(length).to_string()),
        _ => Term::Undefined,
    },
    refuse: Some(|args| match &args.first()?.kind {
        ExprKind::Literal(Literal::String(text)) if parse_duration(text).is_ok() => None,
        ExprKind::Literal(_) => Some((
            0,
            "A duration is a whole number and a unit: '90s', '15m', '24h', '7d'.",
        )),
        _ => None,
    }),
    lower: None,
    is_lowered_loosely: false,
    examples: &[
        ("ago('24h')", "\"2026-11-21T12:00:00.0000000Z\""),
        ("ago('90s')", "\"2026-11-22T11:58:30.0000000Z\""),
        ("ago(tags.floor)", "undefined"),
    ],
};
