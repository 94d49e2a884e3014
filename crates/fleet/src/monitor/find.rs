//! Finding devices: a page of those that match a condition, with their number and its place among them,
//! for people.

use std::sync::Arc;

use columns::PageAt;
use query::ast::OrderBy;
use query::{Path, Problem};
use serde::{Deserialize, Serialize};
use twin::id::Slot;

use super::building::{Asker, Building};
use super::page::Asked;
use super::question::{Answered, By, Place, QueryError, Question};
use super::running::Reading;
use super::scan::{first_by_name, scan, stored_count};
use super::{Live, Monitor, cursor};
use crate::access::{Action, Principal, authorize};
use crate::core::Core;

/// Which devices to find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Find<'a> {
    /// The body of a `WHERE`, with `ORDER BY` if it follows; empty and `*` mean all.
    pub condition: &'a str,
    /// The order, instead of the condition's own; without either, devices come in the order of their ids.
    /// Devices that are equal by it come in the order of their ids too.
    pub sort: Vec<Sort>,
    /// Which page: beside the [`Page::earlier`] or [`Page::later`] of another one, or an end of the order.
    pub at: PageAt<&'a str>,
    /// Rows of a page: at most 200.
    pub limit: usize,
}

/// One key of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The path, as in a query.
    pub path: String,
    /// Largest first.
    pub descending: bool,
}

/// A page of devices.
///
/// Pages are not numbered: each begins or ends beside a place, and stays there while devices change, come
/// and go. While there are enough devices a page is full: one that would reach over the beginning is the
/// first page, and behind the end is the last.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The devices.
    pub records: Vec<Live>,
    /// How many match, on all pages.
    pub total: u64,
    /// How many of them come before this page.
    pub before: u64,
    /// How the answer was found.
    pub answered: Answered,
    /// Where the page before ends; `None` when this is the first.
    pub earlier: Option<String>,
    /// Where the next page begins; `None` when this is the last.
    pub later: Option<String>,
    /// How far the columns are, when this page did not need to wait for them.
    pub building: Option<Building>,
    /// What the condition says that does not fit the fleet: it was answered all the same.
    pub notes: Vec<Problem>,
}

/// What the text of a page's end holds.
#[derive(Serialize, Deserialize)]
struct Continuation {
    /// Of which question.
    mark: u32,
    place: Place,
    /// Devices before the place when the page was found. It counts where counting again means reading
    /// everything.
    rank: u64,
    /// All devices that matched then, if that was found by reading everything.
    total: Option<u64>,
}

impl Monitor {
    /// Finds a page of devices.
    ///
    /// # Errors
    /// [`QueryError::Building`] soon after a start, unless all devices are asked for in the order of their
    /// ids. [`QueryError::Problems`] when condition or order cannot be read, [`QueryError::Continuation`]
    /// when the page is beside a place of another question.
    pub async fn find(&self, principal: &Principal, find: Find<'_>) -> Result<Page, QueryError> {
        self.find_reading(principal, find, &Reading::default())
            .await
    }

    /// The same; `reading` says meanwhile how far reading documents is.
    pub(super) async fn find_reading(
        &self,
        principal: &Principal,
        find: Find<'_>,
        reading: &Reading,
    ) -> Result<Page, QueryError> {
        authorize(principal, Action::ReadFleet)?;
        let core = &self.core;
        let started = core.clock.monotonic();
        let mut question = Question::read(core, find.condition)?;
        if !find.sort.is_empty() {
            question.order_by = order_of(find.sort)?;
        }
        let mark = question.mark();
        let (mut rank, mut counted) = (0, None);
        let at = find.at.try_map(|text| {
            let continuation: Continuation = cursor::decode(text)?;
            (rank, counted) = (continuation.rank, continuation.total);
            let is_ours = continuation.mark == mark;
            is_ours
                .then_some(continuation.place)
                .ok_or(QueryError::Continuation)
        })?;
        let notes = match &question.condition {
            Some(condition) => query::check_condition(condition, &*self.schema().await),
            None => Vec::new(),
        };
        let asked = Asked {
            question: &question,
            at,
            rank,
            counted,
            limit: find.limit.clamp(1, core.limits.console_page_rows_max),
            asker: Asker::Person,
            reading,
        };
        let found = self.page_of(asked).await?;
        let total = (found.by == By::Scan).then_some(found.total);
        let place = |place: Option<Place>, rank| {
            place.map(|place| {
                cursor::encode(&Continuation {
                    mark,
                    place,
                    rank,
                    total,
                })
            })
        };
        Ok(Page {
            earlier: place(found.earlier, found.before),
            later: place(found.later, found.before + found.records.len() as u64),
            answered: self.answered(found.by, found.rows, started),
            records: found.records,
            total: found.total,
            before: found.before,
            building: found.building,
            notes,
        })
    }

    /// How many devices match a condition.
    ///
    /// # Errors
    /// [`QueryError::Building`] soon after a start, unless all devices are counted.
    pub async fn count(&self, principal: &Principal, condition: &str) -> Result<u64, QueryError> {
        authorize(principal, Action::ReadFleet)?;
        count(&self.core, condition, Asker::Person).await
    }

    pub(super) fn answered(&self, by: By, rows: u64, started: std::time::Duration) -> Answered {
        let took = self.core.clock.monotonic().saturating_sub(started);
        metrics::histogram!("monitor.query.answered_seconds", "by" => by.name()).record(took);
        Answered { by, rows, took }
    }
}

/// How many devices match a condition; the caller has been authorized.
pub(crate) async fn count(
    core: &Arc<Core>,
    condition: &str,
    asker: Asker,
) -> Result<u64, QueryError> {
    let question = Question::read(core, condition)?;
    if question.condition.is_none() && !core.index.is_complete() {
        return Ok(core.store.device_count().await?);
    }
    let (condition, context) = (question.condition.clone(), question.context);
    let counted = core
        .ask_columns(asker, move |columns| match &condition {
            None => Some(columns.all().len()),
            Some(condition) => Some(columns.filter(condition, &context).ok()?.len()),
        })
        .await?;
    if let Some(count) = counted {
        return Ok(count);
    }
    let condition = question.condition.as_ref();
    if let Some(count) = stored_count(core, condition, &context).await? {
        return Ok(count);
    }
    let mut count = 0;
    scan(core, condition, &context, &Reading::default(), |_| {
        count += 1;
    })
    .await?;
    Ok(count)
}

/// How many devices match, when the columns can tell.
pub(crate) async fn count_in_columns(
    core: &Arc<Core>,
    condition: &str,
) -> Result<Option<u64>, QueryError> {
    let question = Question::read(core, condition)?;
    core.ask_columns(Asker::Person, move |columns| {
        let condition = question.condition.as_ref()?;
        Some(columns.filter(condition, &question.context).ok()?.len())
    })
    .await
}

/// The numbers of all devices that match at a moment, ascending; the caller has been authorized. A number takes four bytes: a million are no matter.
pub(crate) async fn matching_slots(
    core: &Arc<Core>,
    condition: &str,
    now: twin::time::Timestamp,
) -> Result<Vec<Slot>, QueryError> {
    let question = Question {
        context: query::Context { now },
        ..Question::read(core, condition)?
    };
    let (condition, context) = (question.condition.clone(), question.context);
    let slots = core
        .ask_columns(Asker::Service, move |columns| {
            Some(match &condition {
                None => columns.all().iter().collect::<Vec<_>>(),
                Some(condition) => columns.filter(condition, &context).ok()?.iter().collect(),
            })
        })
        .await?;
    if let Some(slots) = slots {
        return Ok(slots);
    }
    let mut slots = Vec::new();
    let each = |live: Live| slots.push(live.record.slot);
    let condition = question.condition.as_ref();
    scan(core, condition, &context, &Reading::default(), each).await?;
    slots.sort_unstable();
    Ok(slots)
}

/// The first devices that match, in the order of their names; the caller has been authorized.
pub(crate) async fn first_matching(
    core: &Arc<Core>,
    condition: &str,
    wanted: usize,
) -> Result<Vec<Live>, QueryError> {
    let question = Question::read(core, condition)?;
    let condition = question.condition.as_ref();
    let (context, reading) = (&question.context, Reading::default());
    let first = first_by_name(core, condition, context, None, wanted, &reading).await?;
    Ok(first.records)
}

/// The order that a caller asked for beside the text.
pub(super) fn order_of(sort: Vec<Sort>) -> Result<Vec<OrderBy>, QueryError> {
    let key = |sort: Sort| match Path::parse(&sort.path) {
        Some(path) => Ok(OrderBy {
            path,
            descending: sort.descending,
        }),
        None => Err(QueryError::Problems {
            problems: vec![Problem::new(
                0..sort.path.len(),
                "This is not a path that devices can be ordered by.",
            )],
            text: sort.path,
        }),
    };
    sort.into_iter().map(key).collect()
}
