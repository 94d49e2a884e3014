//! What functions over numbers share: undefined for anything else, and where there is no finite result.

use super::Args;
use crate::term::Term;

/// A finite number, or undefined.
pub(super) fn finite<'a>(number: f64) -> Term<'a> {
    if number.is_finite() {
        Term::Number(number)
    } else {
        Term::Undefined
    }
}

/// The number of the only argument, changed.
pub(super) fn of<'a>(args: &Args<'a, '_>, function: fn(f64) -> f64) -> Term<'a> {
    args.number(0)
        .map_or(Term::Undefined, |number| finite(function(number)))
}
