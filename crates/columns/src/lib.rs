//! The fleet as columns in memory.

#![deny(missing_docs)]

mod arena;
mod codes;
mod coding;
mod column;
mod columns;
mod datum;
mod dense;
mod dictionary;
mod facet;
mod field;
mod filter;
mod group;
mod identifiers;
#[cfg(test)]
mod laws;
mod leaf;
mod order;
mod range;
mod row;
#[cfg(test)]
mod scale;
mod selection;
mod shape;
mod sort_key;

pub use columns::{Columns, LoadRow, PropertyStats};
pub use facet::Facet;
pub use field::Builtin;
pub use filter::Unanswerable;
pub use order::Cursor;
pub use row::SlotRow;
pub use selection::Selection;
