//! The pages beside the line: for now the inventory of parts.

mod parts;

pub use parts::PartsPage;
