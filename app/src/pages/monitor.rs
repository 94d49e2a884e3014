//! Monitor: the fleet as a whole.

mod field;
mod figures;
mod overview;

pub use overview::OverviewPage;
