//! The report of a period, in finished words: what crosses is what stands on the page.

#![expect(
    missing_docs,
    reason = "the arguments of server functions become fields"
)]

use leptos::prelude::*;
use reader::Read;
use serde::{Deserialize, Serialize};

use super::Problem;
use super::exchange::Get;

#[cfg(feature = "ssr")]
mod line;
#[cfg(feature = "ssr")]
mod read;
#[cfg(feature = "ssr")]
mod words;

/// A report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Read)]
pub struct Sheet {
    /// The period as its address has it.
    pub period: String,
    /// What people call it.
    pub title: String,
    /// What stands beside the title, a line each.
    pub meta: Vec<String>,
    /// The same moment as day, week and month: the word, the period, and whether it is this one.
    pub lengths: Vec<(String, String, bool)>,
    /// The period before.
    pub previous: String,
    /// The period after, when it has begun.
    pub next: Option<String>,
    /// The summary.
    pub lead: Vec<Part>,
    /// The four figures.
    pub figures: Vec<Figure>,
    /// What needs a decision.
    pub decide: Vec<Decide>,
    /// The conclusion of the course, and how it is measured.
    pub course: (String, String),
    /// The course itself.
    pub line: Line,
    /// The regions as they are now.
    pub regions: Vec<Region>,
    /// How many regions are summed up, in words; empty for none.
    pub regions_note: String,
    /// How many were enrolled and are still there.
    pub enrolled: Part,
    /// How many were retired, in a sentence.
    pub retired: String,
    /// What was changed.
    pub changes: Vec<Change>,
    /// What is left out of it, in words; empty for nothing.
    pub changes_note: String,
    /// What went wrong.
    pub wrong: Vec<Wrong>,
    /// What is left out of it, or that nothing did; may be empty.
    pub wrong_note: String,
    /// What the words mean.
    pub colophon: Vec<String>,
}

/// A piece of a sentence; with a condition it is a figure that opens its query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Part {
    /// The words.
    pub text: String,
    /// The devices that it counts.
    pub condition: Option<String>,
}

/// A figure of the period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Figure {
    /// What is counted.
    pub name: String,
    /// The figure.
    pub figure: String,
    /// Its unit; may be empty.
    pub unit: String,
    /// The comparison.
    pub note: String,
    /// The same now, which opens its query.
    pub now: Part,
}

/// A question for a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Decide {
    /// The question.
    pub question: Vec<Part>,
    /// Why it is asked.
    pub why: String,
}

/// The points of a chart: places are shares of the width.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Read)]
pub struct Line {
    /// Place and value in percent.
    pub points: Vec<(f64, f64)>,
    /// Place and words of each label.
    pub times: Vec<(f64, String)>,
    /// The longest distance that is no gap.
    pub gap: f64,
}

/// A region now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Region {
    /// Its name.
    pub name: String,
    /// Its devices; `None` where no one query finds them.
    pub condition: Option<String>,
    /// How many.
    pub devices: String,
    /// The share that is connected.
    pub connected: String,
    /// The share that is as it should be.
    pub converged: String,
    /// How many were not heard of for a day.
    pub silent: String,
}

/// What somebody changed, how often.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Change {
    /// What.
    pub what: String,
    /// Who.
    pub who: String,
    /// How often.
    pub done: String,
    /// How often it was refused or failed; empty for never.
    pub not_done: String,
    /// The newest reason; empty when none was given.
    pub reason: String,
}

/// Something that went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Wrong {
    /// When, shortly.
    pub time: String,
    /// Exactly when.
    pub exact: String,
    /// Whether it is that nothing was measured.
    pub is_gap: bool,
    /// What.
    pub sentence: String,
    /// More of it.
    pub note: String,
}

/// The report of a period; of the running week when `period` is empty.
///
/// # Errors
/// `NotFound` for what is no period, `Unavailable` soon after a start or when the store does not answer.
#[server(name = AskReport, prefix = "/api", endpoint = "report", protocol = Get)]
pub async fn report(period: String) -> Result<Sheet, Problem> {
    super::caller()?.report(&period).await
}
