//! The fleet as columns in memory: the index that counts, filters, facets, groups and sorts a million devices in
//! milliseconds, on the server and in the browser.
//!
//! Every built-in field has a column, and every property that is declared. A question is answered by passes over
//! whole columns; the answer equals that of evaluating the query over all documents, in every detail.
//!
//! ```
//! use columns::Columns;
//! use query::{Path, testing};
//! use twin::id::{Seq, Slot};
//!
//! let (identity, twin, presence) = testing::example();
//! let region = Path::parse("tags.region").unwrap();
//! let mut columns = Columns::new();
//! columns.declare(&region);
//! columns.finish_build(&region);
//! columns.apply(Slot(0), Seq(1), &identity, &twin);
//! columns.set_presence(Slot(0), &presence);
//!
//! let condition = query::parse_condition("tags.region = 'Holstein' AND IS_DRIFTING()").condition.unwrap();
//! let found = columns.filter(&condition, &testing::context())?;
//! assert_eq!(found.len(), 1);
//! assert_eq!(columns.facet(&region, &found, 20)?.values, [("Holstein".into(), 1)]);
//!
//! // What is not declared has no column: the error names it, and the caller scans documents instead.
//! let condition = query::parse_condition("tags.floor = 3").condition.unwrap();
//! let unanswerable = columns.filter(&condition, &testing::context()).unwrap_err();
//! assert_eq!(unanswerable.paths, ["tags.floor"]);
//! # Ok::<(), columns::Unanswerable>(())
//! ```
//!
//! It keeps no documents, reads no store and takes no locks. It is derived: it can be thrown away and loaded again
//! while changes go on.

#![deny(missing_docs)]

mod arena;
mod beginning;
mod codes;
mod coding;
mod column;
mod columns;
mod datum;
mod dense;
mod dictionary;
mod facet;
mod field;
mod figures;
mod filter;
mod group;
mod identifiers;
#[cfg(test)]
mod laws;
mod leaf;
mod nearest;
mod order;
mod range;
#[cfg(test)]
mod rebuild;
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
pub use order::{Cursor, Page, PageAt};
pub use row::SlotRow;
pub use selection::Selection;
