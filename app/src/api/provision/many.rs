//! Many devices from a file: what it would do, told before anything is written, and what was done.
//!
//! The way goes by plain forms, so that it needs no program in the page: a file is posted and its rehearsal comes back
//! as a page; the enrollment is posted with a reason, and what became of each device comes back with the way to their
//! connection strings. What is shown here is a page's worth, in finished words.

use reader::Read;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
mod desk;
#[cfg(feature = "ssr")]
mod enroll;
#[cfg(feature = "ssr")]
mod sheet;
#[cfg(feature = "ssr")]
mod words;

#[cfg(feature = "ssr")]
pub use desk::Desk;
#[cfg(feature = "ssr")]
pub use enroll::{Upload, enroll, rehearse};

/// Devices in one file, at most.
pub const ROWS_MAX: usize = 10_000;
/// Size of one file, in bytes, at most.
pub const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Rows that a page shows; the rest is counted.
pub const SHOWN_ROWS_MAX: usize = 200;

/// A file to begin with: the columns that there can be, and two devices.
pub const TEMPLATE: &str = "deviceId,status,statusReason,primaryKey,secondaryKey,primaryThumbprint,tags.site,tags.floor,desired.metering.interval_s,desired.metering.on\r\n\
    am4-0001,enabled,,,,,Breda-West,2,900,true\r\n\
    am4-0002,disabled,not yet installed,,,,Breda-West,3,900,true\r\n";

/// What stands on the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub enum Stage {
    /// Nothing was given yet.
    #[default]
    Empty,
    /// What was given cannot be taken; the sentence says why.
    Unread(String),
    /// What a file would do.
    Rehearsed(Rehearsal),
    /// What it did.
    Enrolled(Outcome),
}

/// What a file would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Rehearsal {
    /// What the enrollment names the file by.
    pub token: String,
    /// The name of the file; `pasted text` when it has none.
    pub file: String,
    /// How many rows, and of which kind.
    pub facts: Vec<String>,
    /// What will happen, a sentence each.
    pub sentences: Vec<String>,
    /// The devices that would be registered, as a button says it; `None` when there is none.
    pub enroll: Option<String>,
    /// What is wrong with the reason that was given.
    pub reason_error: Option<String>,
    /// The rows, those with a problem first.
    pub rows: Rows,
}

/// What a file did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Outcome {
    /// How many devices are enrolled, as a heading.
    pub title: String,
    /// How many rows, and what became of them.
    pub facts: Vec<String>,
    /// Where their connection strings are, once; `None` when nothing was enrolled.
    pub file: Option<ResultFile>,
    /// The rows, those with a problem first.
    pub rows: Rows,
}

/// The file of connection strings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct ResultFile {
    /// What it is named by, for as long as it waits.
    pub token: String,
    /// How many strings it holds and until when it waits.
    pub sentence: String,
}

/// A page's worth of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Rows {
    /// The rows.
    pub shown: Vec<Row>,
    /// How many more there are, in words; empty when there are none.
    pub rest: String,
}

/// One device of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Row {
    /// The line on which it begins.
    pub line: u64,
    /// Its name, as far as it has one.
    pub id: String,
    /// What becomes of it.
    pub is: RowIs,
    /// Everything that is wrong with it.
    pub wrongs: Vec<CellWrong>,
}

/// What becomes of a row.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Read,
)]
#[serde(rename_all = "snake_case")]
pub enum RowIs {
    /// It cannot be enrolled.
    Wrong,
    /// There is such a device; it stays as it is.
    There,
    /// It would be enrolled.
    New,
    /// It is enrolled.
    Done,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct CellWrong {
    /// The column, by its name in the file; empty when it is about the whole row.
    pub column: String,
    /// What is wrong, and how to mend it.
    pub sentence: String,
}
