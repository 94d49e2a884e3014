//! Whole queries, as service clients write them (contract sections 4.4, 6 and 6.5).

use columns::PageAt;
use query::Context;
use query::ast::{OrderBy, Query, Source};
use query::select::{Aggregator, project};
use serde::{Deserialize, Serialize};
use twin::Value;

use super::building::Asker;
use super::gather::compare_values;
use super::page::Asked;
use super::question::{
    Answered, By, Place, QueryError, Question, check_length, check_problems, mark,
};
use super::running::Reading;
use super::scan::scan;
use super::{Monitor, cursor};
use crate::access::{Action, Principal, authorize};

/// A page of a query's rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// The rows.
    pub rows: Vec<Value>,
    /// What they are: `Twin`, `DeviceJob` or `Raw`.
    pub item_type: &'static str,
    /// Where the next page begins; `None` when there is no more.
    pub continuation: Option<String>,
    /// How the answer was found.
    pub answered: Answered,
}

/// What a continuation holds.
#[derive(Serialize, Deserialize)]
struct Continuation {
    /// Of which query.
    mark: u32,
    at: At,
    /// How many rows `TOP` still allows.
    left: Option<u64>,
}

#[derive(Serialize, Deserialize)]
enum At {
    #[serde(rename = "d")]
    Document(Place),
    /// How many groups came before.
    #[serde(rename = "g")]
    Group(usize),
}

impl Monitor {
    /// Answers a whole query, a page at a time: at most `page` rows, and never more than a hundred.
    ///
    /// Collections that this system does not have yet (modules, jobs, enrollments) are empty.
    ///
    /// # Errors
    /// [`QueryError::Building`] when the columns are not whole soon after a start, and the question is not
    /// for all devices in the order of their names.
    pub async fn run_query(
        &self,
        principal: &Principal,
        text: &str,
        continuation: Option<&str>,
        page: Option<usize>,
    ) -> Result<Rows, QueryError> {
        authorize(principal, Action::ReadFleet)?;
        let core = &self.core;
        if text.trim().is_empty() {
            return Err(QueryError::Empty);
        }
        check_length(core, text)?;
        let parsed = query::parse(text);
        check_problems(text, parsed.problems)?;
        let query = parsed.query;
        let mark = mark(&query.to_string());
        let (at, left) = match continuation {
            None => (None, query.top),
            Some(text) => {
                let continuation: Continuation = cursor::decode(text)?;
                if continuation.mark != mark {
                    return Err(QueryError::Continuation);
                }
                (Some(continuation.at), continuation.left)
            }
        };
        let max = core.limits.service_page_rows_max;
        let page = page.unwrap_or(max).clamp(1, max);
        let page = left.map_or(page, |left| page.min(usize::try_from(left).unwrap_or(page)));
        let started = core.clock.monotonic();
        let (rows, next, by, looked_at) = if query.source != Source::Devices || page == 0 {
            (Vec::new(), None, By::Columns, 0)
        } else if query.is_aggregate() {
            self.groups(&query, at, page).await?
        } else {
            self.documents(&query, at, page).await?
        };
        let left = left.map(|left| left.saturating_sub(rows.len() as u64));
        let next = next.filter(|_| left != Some(0));
        Ok(Rows {
            item_type: query.item_type(),
            continuation: next.map(|at| cursor::encode(&Continuation { mark, at, left })),
            answered: self.answered(by, looked_at, started),
            rows,
        })
    }

    async fn documents(
        &self,
        query: &Query,
        at: Option<At>,
        page: usize,
    ) -> Result<(Vec<Value>, Option<At>, By, u64), QueryError> {
        let place = match at {
            None => None,
            Some(At::Document(place)) => Some(place),
            Some(At::Group(_)) => return Err(QueryError::Continuation),
        };
        let question = Question {
            condition: query.condition.clone(),
            order_by: query.order_by.clone(),
            context: self.context(),
        };
        let reading = Reading::default();
        let asked = Asked {
            question: &question,
            reading: &reading,
            at: place.map_or(PageAt::First, PageAt::After),
            // Nobody asks how many there are in all, or before.
            rank: 0,
            counted: Some(0),
            limit: page,
            asker: Asker::Service,
        };
        let found = self.page_of(asked).await?;
        let rows = found
            .records
            .iter()
            .map(|live| project(&query.select, &live.row()))
            .collect();
        Ok((rows, found.later.map(At::Document), found.by, found.rows))
    }

    async fn groups(
        &self,
        query: &Query,
        at: Option<At>,
        page: usize,
    ) -> Result<(Vec<Value>, Option<At>, By, u64), QueryError> {
        let skipped = match at {
            None => 0,
            Some(At::Group(skipped)) => skipped,
            Some(At::Document(_)) => return Err(QueryError::Continuation),
        };
        let (mut rows, by, looked_at) = self.all_groups(query).await?;
        let max = self.core.limits.group_rows_max;
        if rows.len() > max {
            return Err(QueryError::TooManyGroups {
                groups: rows.len(),
                max,
            });
        }
        sort_groups(&mut rows, &query.order_by);
        let end = skipped.saturating_add(page);
        let next = (rows.len() > end).then_some(At::Group(end));
        let rows = rows.into_iter().skip(skipped).take(page).collect();
        Ok((rows, next, by, looked_at))
    }

    async fn all_groups(&self, query: &Query) -> Result<(Vec<Value>, By, u64), QueryError> {
        let context = self.context();
        let asked = query.clone();
        let answer = self
            .core
            .ask_columns(Asker::Service, move |columns| {
                let all = columns.all();
                let looked_at = all.len();
                let selection = match &asked.condition {
                    None => all,
                    Some(condition) => columns.filter(condition, &context).ok()?,
                };
                let rows = columns.group(&asked, &selection).ok()?;
                Some((rows, By::Columns, looked_at))
            })
            .await?;
        if let Some(answer) = answer {
            return Ok(answer);
        }
        let mut aggregator = Aggregator::new(query);
        let each = |live: super::Live| {
            aggregator.push(&live.row());
        };
        let read = scan(
            &self.core,
            query.condition.as_ref(),
            &context,
            &Reading::default(),
            each,
        )
        .await?;
        Ok((aggregator.finish(), By::Scan, read))
    }

    fn context(&self) -> Context {
        Context {
            now: self.core.clock.now(),
        }
    }
}

/// Orders rows of groups by their own members, named by a path or by its last segment.
fn sort_groups(rows: &mut [Value], order_by: &[OrderBy]) {
    if order_by.is_empty() {
        return;
    }
    rows.sort_by(|one, other| {
        let compare = |key: &OrderBy| {
            let member = |row: &Value| {
                let members = row.as_object()?;
                members
                    .get(&key.path.to_string())
                    .or_else(|| members.get(key.path.last()))
                    .cloned()
            };
            compare_values(member(one).as_ref(), member(other).as_ref(), key.descending)
        };
        order_by
            .iter()
            .map(compare)
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
}
