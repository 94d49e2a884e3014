//! What functions over texts share. Positions and lengths count characters.

use super::Args;
use crate::term::Term;

/// The longest text that a function makes, in bytes.
pub(super) const BYTES_MAX: usize = 65_536;

/// A test of two texts.
pub(super) fn test<'a>(args: &Args<'a, '_>, test: fn(&str, &str) -> bool) -> Term<'a> {
    match (args.text(0), args.text(1)) {
        (Some(text), Some(part)) => Term::Bool(test(&text, &part)),
        _ => Term::Undefined,
    }
}

/// A number of characters.
#[expect(
    clippy::cast_precision_loss,
    reason = "texts are far shorter than 2^53 characters"
)]
pub(super) fn count(number: usize) -> f64 {
    number as f64
}

/// A number as a position; `None` when it is none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked: whole and within the longest text"
)]
pub(super) fn position(number: f64) -> Option<usize> {
    const MOST: f64 = 1e9;
    (number >= 0.0 && number.fract() == 0.0 && number <= MOST).then_some(number as usize)
}
