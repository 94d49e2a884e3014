//! `IS_DRIFTING([path])`: whether the device answers otherwise than it is asked.

use twin::scheme::PropertyType;

use super::Function;
use crate::ast::ExprKind;
use crate::lower::Predicate;
use crate::path::Location;
use crate::term::Term;

pub(super) static IS_DRIFTING: Function = Function {
    name: "IS_DRIFTING",
    aliases: &["ISDRIFTING"],
    signature: "IS_DRIFTING([path])",
    doc: "Whether any place at or below the path differs between desired and reported; without a path, any place at all.",
    args_min: 0,
    args_max: 1,
    returns: PropertyType::Boolean,
    eval: |args| {
        let path = match args.exprs.first().map(|expr| &expr.kind) {
            None => None,
            Some(ExprKind::Path(path)) => Some(path),
            Some(_) => return Term::Undefined,
        };
        args.row.drift(path).map_or(Term::Undefined, Term::Bool)
    },
    refuse: Some(|args| {
        let is_place = match &args.first()?.kind {
            ExprKind::Path(path) => matches!(
                path.location(),
                Location::Desired(_) | Location::Reported(_)
            ),
            _ => false,
        };
        (!is_place).then_some((0, "Only places below desired and reported drift."))
    }),
    lower: Some(|call| {
        call.args.is_empty().then_some(Predicate::Drifting {
            is_negated: call.is_negated,
        })
    }),
    is_lowered_loosely: false,
    examples: &[
        ("IS_DRIFTING()", "true"),
        ("IS_DRIFTING(properties.desired.firmware)", "true"),
        ("IS_DRIFTING(desired.telemetry)", "false"),
        ("IS_DRIFTING(reported)", "true"),
    ],
};
