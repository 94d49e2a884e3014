//! Twins (contract section 4.3).

pub(super) mod change;
pub(super) mod get;
