//! Questions as people and services write them: reading the text, and what can be wrong with it.

use std::time::Duration;

use query::ast::{Expr, OrderBy};
use query::{Context, Problem};
use ring::digest::{SHA256, digest};
use twin::id::DeviceId;

use super::building::Building;
use super::cursor::{self, BadCursor};
use super::gather::Key;
use crate::access::Denied;
use crate::core::Core;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The text cannot be read; each problem says where and why, and some how to mend it.
    #[error("The query cannot be read: {}", first(problems))]
    Problems {
        /// The text.
        text: String,
        /// What is wrong with it; at least one.
        problems: Vec<Problem>,
    },
    /// The text is over the limit.
    #[error("The query has {chars} characters; at most {max} are read.")]
    TooLong {
        /// Its length, in characters.
        chars: usize,
        /// The limit, in characters.
        max: usize,
    },
    /// There is no text.
    #[error("The query is empty.")]
    Empty,
    /// The continuation is damaged, or belongs to another query.
    #[error("The continuation cannot be read, or belongs to another query.")]
    Continuation,
    /// There are more groups than an answer may have. The caller groups by something coarser.
    #[error("The query has {groups} groups; an answer has at most {max}.")]
    TooManyGroups {
        /// How many there are.
        groups: usize,
        /// The limit.
        max: usize,
    },
    /// It was cancelled before it was answered.
    #[error("The question was cancelled.")]
    Cancelled,
    /// The caller may not ask.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The columns do not hold the whole fleet yet. The caller tries again in a while.
    #[error("The index is being built: {} of {} devices read.", .0.done, .0.total)]
    Building(Building),
    /// The store is busy. The caller tries again.
    #[error("The service is busy.")]
    Busy,
    /// The store failed.
    #[error("The service is unavailable.")]
    Unavailable(#[source] store::Error),
}

fn first(problems: &[Problem]) -> &str {
    problems.first().map_or("", |problem| &problem.message)
}

impl From<store::Error> for QueryError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Busy => Self::Busy,
            error => Self::Unavailable(error),
        }
    }
}

impl From<BadCursor> for QueryError {
    fn from(BadCursor: BadCursor) -> Self {
        Self::Continuation
    }
}

/// Which devices, in which order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    pub(super) condition: Option<Expr>,
    pub(super) order_by: Vec<OrderBy>,
    /// The time at which it is asked.
    pub(super) context: Context,
}

impl Question {
    /// Reads the body of a `WHERE`, with `ORDER BY` if it follows.
    pub(super) fn read(core: &Core, text: &str) -> Result<Self, QueryError> {
        check_length(core, text)?;
        let parsed = query::parse_condition(text);
        check_problems(text, parsed.problems)?;
        Ok(Self {
            condition: parsed.condition,
            order_by: parsed.order_by,
            context: Context {
                now: core.clock.now(),
            },
        })
    }

    /// A number that differs for questions that differ, so that a continuation cannot be used with
    /// another question than its own.
    pub(super) fn mark(&self) -> u32 {
        let condition = self.condition.as_ref().map(ToString::to_string);
        let order = self
            .order_by
            .iter()
            .map(|key| (key.path.to_string(), key.descending));
        mark(&(condition, order.collect::<Vec<_>>()))
    }
}

/// What a text that was read says beside its condition.
pub(crate) struct Readable {
    /// Whether it says an order.
    pub(crate) is_ordered: bool,
}

/// Reads the body of a `WHERE` and asks nothing.
///
/// # Errors
/// [`QueryError::Problems`] and [`QueryError::TooLong`].
pub(crate) fn readable(core: &Core, text: &str) -> Result<Readable, QueryError> {
    let question = Question::read(core, text)?;
    Ok(Readable {
        is_ordered: !question.order_by.is_empty(),
    })
}

/// Refuses text that is too long to be read.
pub(super) fn check_length(core: &Core, text: &str) -> Result<(), QueryError> {
    let (chars, max) = (text.chars().count(), core.limits.query_chars_max);
    if chars > max {
        return Err(QueryError::TooLong { chars, max });
    }
    Ok(())
}

/// Refuses text that cannot be read.
pub(super) fn check_problems(text: &str, problems: Vec<Problem>) -> Result<(), QueryError> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(QueryError::Problems {
        text: text.to_owned(),
        problems,
    })
}

/// A short mark of a question.
pub(super) fn mark(question: &impl serde::Serialize) -> u32 {
    let text = cursor::encode(question);
    let digest = digest(&SHA256, text.as_bytes());
    digest
        .as_ref()
        .first_chunk()
        .copied()
        .map_or(0, u32::from_le_bytes)
}

/// A place beside which an answer goes on.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) enum Place {
    /// The device of this name: for answers in the order of names, however found.
    #[serde(rename = "n")]
    Name(DeviceId),
    /// A place of the columns: for answers in another order that they gave.
    #[serde(rename = "c")]
    Columns(columns::Cursor),
    /// The row that is ordered by these values: for answers in another order by scan.
    #[serde(rename = "k")]
    Key(Key),
}

/// By which an answer was found, and at what cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Answered {
    /// By what.
    pub by: By,
    /// Rows looked at: devices in the columns, or documents read.
    pub rows: u64,
    /// Time from question to answer.
    pub took: Duration,
}

/// By what an answer was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// Passes over the columns.
    Columns,
    /// Reading documents.
    Scan,
    /// An index of the store, while the columns are being built.
    Store,
}

impl By {
    /// As metrics name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Columns => "columns",
            Self::Scan => "scan",
            Self::Store => "store",
        }
    }
}
