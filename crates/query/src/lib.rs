//! The fleet query language: read, check, evaluate, complete, print, and lower for a store.
//!
//! It accepts all that IoT Hub accepts (contract section 6) and, as extensions, `ORDER BY`, `now()`, `ago('24h')`,
//! geographic functions, the drift predicates `IS_DRIFTING([path])`, `drift.count`, `drift.refused`, `drift.since`,
//! the shorthand `desired.` and `reported.`, and any name at all: `tags.[[a b]]`, `tags.['a]]b']`, `AS 'a b'`.
//!
//! ```
//! use query::{Context, parse_condition};
//! use twin::time::Timestamp;
//!
//! let parsed = parse_condition("tags.region = 'Holstein' AND desired.interval > 10");
//! assert!(parsed.problems.is_empty());
//! assert_eq!(
//!     parsed.condition.unwrap().to_string(),
//!     "tags.region = 'Holstein' AND properties.desired.interval > 10"
//! );
//! ```
//!
//! It knows no store and no network; rows answer to paths ([`Row`]), time is an argument ([`Context`]).

pub mod ast;
mod check;
mod complete;
mod eval;
pub mod facet;
pub mod functions;
mod highlight;
mod lexer;
pub mod lower;
mod nnf;
mod parser;
mod path;
mod print;
mod problem;
mod row;
mod schema;
pub mod select;
pub mod term;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use ast::{Expr, Query};
pub use check::{check, check_condition};
pub use complete::{Completion, Suggestion, SuggestionKind, complete};
pub use eval::{Context, compare, constant, eval, matches};
pub use highlight::{TokenKind, highlight};
pub use nnf::nnf;
pub use parser::{DEPTH_MAX, Parsed, ParsedCondition, parse, parse_condition};
pub use path::{Location, Path, ROOT_FIELDS};
pub use problem::{Fix, PROBLEMS_MAX, Problem, nearest};
pub use row::{DeviceRow, Row, time};
pub use schema::{PathInfo, Schema};
pub use term::Term;
