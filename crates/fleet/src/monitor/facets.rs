//! Facets: for some properties, which values the devices of a condition have, and how often.
//!
//! The counts of a facet leave out which values of that property the condition chooses, so that they say what
//! choosing another value would give.

use std::collections::HashMap;

use query::ast::Expr;
use query::facet::Facet as Choosable;
use query::{Context, Path, Problem, Row};
use serde::Serialize;
use twin::Value;

use super::Monitor;
use super::building::Asker;
use super::question::{Answered, By, QueryError, Question};
use super::running::Reading;
use super::scan::scan;
use crate::access::{Action, Principal, authorize};

/// Values kept of one facet while documents are read; further ones are counted as distinct only.
const SCANNED_VALUES_MAX: usize = 10_000;

/// The facets of a condition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Facets {
    /// One for each path, in the order asked for.
    pub facets: Vec<Facet>,
    /// How they were found.
    pub answered: Answered,
}

/// The values of one property.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Facet {
    /// The property, canonically written.
    pub path: String,
    /// The most frequent values with the number of devices, most frequent first.
    pub values: Vec<(Value, u64)>,
    /// Devices without a value.
    pub missing: u64,
    /// How many different values there are.
    pub distinct: usize,
}

impl Monitor {
    /// The most frequent values of each path among the devices of a condition.
    ///
    /// # Errors
    /// [`QueryError::Building`] soon after a start.
    pub async fn facets(
        &self,
        principal: &Principal,
        condition: &str,
        paths: &[&str],
        top: usize,
    ) -> Result<Facets, QueryError> {
        authorize(principal, Action::ReadFleet)?;
        let started = self.core.clock.monotonic();
        let question = Question::read(&self.core, condition)?;
        let asked = paths
            .iter()
            .map(|text| {
                let path = Path::parse(text).ok_or_else(|| not_a_path(text))?;
                let relaxed = Choosable::of_values(path.clone()).rest(question.condition.as_ref());
                Ok((path, relaxed))
            })
            .collect::<Result<Vec<_>, QueryError>>()?;
        let context = question.context;
        let by_columns = asked.clone();
        let answer = self
            .core
            .ask_columns(Asker::Person, move |columns| {
                let all = columns.all();
                let facet = |(path, condition): &(Path, Option<Expr>)| {
                    let selection = match condition {
                        None => all.clone(),
                        Some(condition) => columns.filter(condition, &context).ok()?,
                    };
                    let facet = columns.facet(path, &selection, top).ok()?;
                    Some(Facet {
                        path: path.to_string(),
                        values: facet.values,
                        missing: facet.missing,
                        distinct: facet.distinct,
                    })
                };
                let facets = by_columns.iter().map(facet).collect::<Option<Vec<_>>>()?;
                Some((facets, all.len()))
            })
            .await?;
        let (facets, by, rows) = if let Some((facets, rows)) = answer {
            (facets, By::Columns, rows)
        } else {
            let (facets, rows) = self.facets_by_scan(&question, &asked, top).await?;
            (facets, By::Scan, rows)
        };
        Ok(Facets {
            facets,
            answered: self.answered(by, rows, started),
        })
    }

    async fn facets_by_scan(
        &self,
        question: &Question,
        asked: &[(Path, Option<Expr>)],
        top: usize,
    ) -> Result<(Vec<Facet>, u64), QueryError> {
        let common = asked
            .iter()
            .fold(question.condition.clone(), |rest, (path, _)| {
                Choosable::of_values(path.clone()).rest(rest.as_ref())
            });
        let context = question.context;
        let mut counts: Vec<_> = asked.iter().map(|_| Counting::default()).collect();
        let each = |live: super::Live| {
            let row = live.row();
            for ((path, relaxed), counting) in asked.iter().zip(&mut counts) {
                if is_match(relaxed.as_ref(), &row, context) {
                    counting.add(row.get(path).to_value());
                }
            }
        };
        let read = scan(
            &self.core,
            common.as_ref(),
            &context,
            &Reading::default(),
            each,
        )
        .await?;
        let facets = asked.iter().zip(counts);
        Ok((
            facets
                .map(|((path, _), counting)| counting.finish(path, top))
                .collect(),
            read,
        ))
    }
}

/// The counts of one facet while documents are read.
#[derive(Default)]
struct Counting {
    /// By the value's JSON text, which is equal for equal values.
    counts: HashMap<String, (Value, u64)>,
    missing: u64,
}

impl Counting {
    fn add(&mut self, value: Option<Value>) {
        let Some(value) = value else {
            self.missing += 1;
            return;
        };
        let text = value.to_string();
        if self.counts.len() < SCANNED_VALUES_MAX || self.counts.contains_key(&text) {
            self.counts.entry(text).or_insert((value, 0)).1 += 1;
        }
    }

    fn finish(self, path: &Path, top: usize) -> Facet {
        let distinct = self.counts.len();
        let mut values: Vec<_> = self.counts.into_iter().collect();
        values.sort_by(|(one_text, (_, one)), (other_text, (_, other))| {
            other.cmp(one).then_with(|| one_text.cmp(other_text))
        });
        Facet {
            path: path.to_string(),
            values: values
                .into_iter()
                .take(top)
                .map(|(_, counted)| counted)
                .collect(),
            missing: self.missing,
            distinct,
        }
    }
}

fn is_match(condition: Option<&Expr>, row: &dyn Row, context: Context) -> bool {
    condition.is_none_or(|condition| query::matches(condition, row, &context))
}

fn not_a_path(text: &str) -> QueryError {
    QueryError::Problems {
        text: text.to_owned(),
        problems: vec![Problem::new(0..text.len(), "This is not a path.")],
    }
}
