//! Monitor: the fleet as a whole.

mod attention;
mod courses;
mod field;
mod figures;
mod listed;
mod motion;
mod overview;

pub use overview::OverviewPage;
