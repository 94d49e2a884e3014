//! Finding devices: a page of those that match a condition, with their number, for people.

use std::sync::Arc;

use columns::Cursor;
use query::ast::OrderBy;
use query::{Path, Problem};
use serde::{Deserialize, Serialize};
use twin::id::DeviceId;

use super::question::{Answered, By, Place, QueryError, Question};
use super::scan::{First, Key, first_by_name, scan, stored_count};
use super::{Live, Monitor, completed, cursor};
use crate::access::{Action, Principal, authorize};
use crate::core::Core;

/// Which devices to find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Find<'a> {
    /// The body of a `WHERE`, with `ORDER BY` if it follows; empty and `*` mean all.
    pub condition: &'a str,
    /// The order, instead of the condition's own; without either, devices come in no particular order
    /// that stays the same from page to page.
    pub sort: Vec<Sort>,
    /// The [`Page::next`] of the page before.
    pub after: Option<&'a str>,
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
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The devices.
    pub records: Vec<Live>,
    /// How many match, on all pages.
    pub total: u64,
    /// How the answer was found.
    pub answered: Answered,
    /// Where the next page begins; `None` when there is no more.
    pub next: Option<String>,
    /// What the condition says that does not fit the fleet: it was answered all the same.
    pub notes: Vec<Problem>,
}

/// What the text of a page's end holds.
#[derive(Serialize, Deserialize)]
struct Continuation {
    /// Of which question.
    mark: u32,
    place: Place,
    /// Counted once, on the first page, when counting means reading everything.
    total: Option<u64>,
}

/// The devices of a page and how they were found.
pub(super) struct Found {
    pub(super) records: Vec<Live>,
    pub(super) total: u64,
    pub(super) by: By,
    pub(super) rows: u64,
    pub(super) place: Option<Place>,
}

impl Monitor {
    /// Finds a page of devices.
    pub async fn find(&self, principal: &Principal, find: Find<'_>) -> Result<Page, QueryError> {
        authorize(principal, Action::ReadFleet)?;
        let core = &self.core;
        let started = core.clock.monotonic();
        let mut question = Question::read(core, find.condition)?;
        if !find.sort.is_empty() {
            question.order_by = order_of(find.sort)?;
        }
        let limit = find.limit.clamp(1, core.limits.console_page_rows_max);
        let mark = question.mark();
        let (place, counted) = match find.after {
            None => (None, None),
            Some(text) => {
                let continuation: Continuation = cursor::decode(text)?;
                if continuation.mark != mark {
                    return Err(QueryError::Continuation);
                }
                (Some(continuation.place), continuation.total)
            }
        };
        let notes = match &question.condition {
            Some(condition) => query::check_condition(condition, &*self.schema().await),
            None => Vec::new(),
        };
        let found = self.page_of(&question, place, counted, limit).await?;
        Ok(Page {
            records: found.records,
            total: found.total,
            answered: self.answered(found.by, found.rows, started),
            next: found.place.map(|place| {
                let total = (found.by == By::Scan).then_some(found.total);
                cursor::encode(&Continuation { mark, place, total })
            }),
            notes,
        })
    }

    /// How many devices match a condition.
    pub async fn count(&self, principal: &Principal, condition: &str) -> Result<u64, QueryError> {
        authorize(principal, Action::ReadFleet)?;
        count(&self.core, condition).await
    }

    /// A page of what a question asks for. `counted` is how many match, when that need not be found out.
    pub(super) async fn page_of(
        &self,
        question: &Question,
        place: Option<Place>,
        counted: Option<u64>,
        limit: usize,
    ) -> Result<Found, QueryError> {
        match self
            .find_by_columns(question, place.as_ref(), limit)
            .await?
        {
            Some(found) => Ok(found),
            None => self.find_by_scan(question, place, counted, limit).await,
        }
    }

    async fn find_by_columns(
        &self,
        question: &Question,
        place: Option<&Place>,
        limit: usize,
    ) -> Result<Option<Found>, QueryError> {
        let is_ordered = !question.order_by.is_empty();
        let after = match place {
            None => None,
            Some(Place::Name(name)) if !is_ordered => Some(Cursor::by_device_id(name.clone())),
            Some(Place::Columns(cursor)) if is_ordered => Some(cursor.clone()),
            Some(Place::Key(_)) if is_ordered => return Ok(None),
            Some(_) => return Err(QueryError::Continuation),
        };
        let question = question.clone();
        let answer = self
            .core
            .ask_columns(move |columns| {
                let all = columns.all();
                let rows = all.len();
                let selection = match &question.condition {
                    None => all,
                    Some(condition) => columns.filter(condition, &question.context).ok()?,
                };
                let (slots, next) = columns
                    .top_k(&question.order_by, &selection, after.as_ref(), limit)
                    .ok()?;
                Some((slots, next, selection.len(), rows))
            })
            .await;
        let Some((slots, next, total, rows)) = answer else {
            return Ok(None);
        };
        let records = completed(&self.core, self.core.store.records(&slots).await?);
        let place = next.map(|cursor| {
            if is_ordered {
                Place::Columns(cursor)
            } else {
                Place::Name(cursor.device_id().clone())
            }
        });
        Ok(Some(Found {
            records,
            total,
            by: By::Columns,
            rows,
            place,
        }))
    }

    async fn find_by_scan(
        &self,
        question: &Question,
        place: Option<Place>,
        counted: Option<u64>,
        limit: usize,
    ) -> Result<Found, QueryError> {
        let is_ordered = !question.order_by.is_empty();
        let (name, key) = match place {
            None => (None, None),
            Some(Place::Name(name)) if !is_ordered => (Some(name), None),
            Some(Place::Key(key)) if is_ordered => (None, Some(key)),
            // What the columns began in their order, only they can continue.
            Some(_) => return Err(QueryError::Continuation),
        };
        match counted {
            Some(total) if !is_ordered => self.scan_on(question, name, total, limit).await,
            _ => self.scan_all(question, name, key, limit).await,
        }
    }

    /// A page in the order of names, when it is known how many match: reading stops early.
    async fn scan_on(
        &self,
        question: &Question,
        after: Option<DeviceId>,
        total: u64,
        limit: usize,
    ) -> Result<Found, QueryError> {
        let condition = question.condition.as_ref();
        let named = first_by_name(&self.core, condition, &question.context, after, limit).await?;
        let last = named.records.last().filter(|_| named.is_more);
        Ok(Found {
            total,
            by: By::Scan,
            rows: named.read,
            place: last.map(|live| Place::Name(live.record.identity.device_id.clone())),
            records: named.records,
        })
    }

    /// A page in any order, and how many match: everything is read once.
    async fn scan_all(
        &self,
        question: &Question,
        name: Option<DeviceId>,
        key: Option<Key>,
        limit: usize,
    ) -> Result<Found, QueryError> {
        let mut first = First::new(&question.order_by, key.or_else(|| name.map(Key::of)), limit);
        let mut total = 0;
        let each = |live| {
            total += 1;
            first.push(live);
        };
        let condition = question.condition.as_ref();
        let rows = scan(&self.core, condition, &question.context, each).await?;
        let (records, next) = first.finish();
        Ok(Found {
            records,
            total,
            by: By::Scan,
            rows,
            place: next.map(|key| {
                if question.order_by.is_empty() {
                    Place::Name(key.device_id)
                } else {
                    Place::Key(key)
                }
            }),
        })
    }

    pub(super) fn answered(&self, by: By, rows: u64, started: std::time::Duration) -> Answered {
        let took = self.core.clock.monotonic().saturating_sub(started);
        let label = match by {
            By::Columns => "columns",
            By::Scan => "scan",
        };
        metrics::histogram!("monitor.query.answered_seconds", "by" => label).record(took);
        Answered { by, rows, took }
    }
}

/// How many devices match a condition; the caller has been authorized.
pub(crate) async fn count(core: &Arc<Core>, condition: &str) -> Result<u64, QueryError> {
    let question = Question::read(core, condition)?;
    let (condition, context) = (question.condition.clone(), question.context);
    let counted = core
        .ask_columns(move |columns| match &condition {
            None => Some(columns.all().len()),
            Some(condition) => Some(columns.filter(condition, &context).ok()?.len()),
        })
        .await;
    if let Some(count) = counted {
        return Ok(count);
    }
    let condition = question.condition.as_ref();
    if let Some(count) = stored_count(core, condition, &context).await? {
        return Ok(count);
    }
    let mut count = 0;
    scan(core, condition, &context, |_| count += 1).await?;
    Ok(count)
}

impl Core {
    /// Asks the columns when they hold the whole fleet, after waiting for that a little; `None` when
    /// they do not, or cannot answer.
    pub(super) async fn ask_columns<T: Send + 'static>(
        self: &Arc<Self>,
        ask: impl FnOnce(&columns::Columns) -> Option<T> + Send + 'static,
    ) -> Option<T> {
        if !self.index.is_complete() {
            let wait = self.limits.columns_wait;
            tokio::time::timeout(wait, self.index.complete())
                .await
                .ok()?;
        }
        self.index.pass(self, ask).await
    }
}

/// The order that a caller asked for beside the text.
fn order_of(sort: Vec<Sort>) -> Result<Vec<OrderBy>, QueryError> {
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
