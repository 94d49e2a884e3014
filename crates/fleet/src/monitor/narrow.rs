//! Narrowing a condition: what can be chosen beside a list of devices, how many each choice would give, and the text of
//! the condition with it.
//!
//! Everything is counted from the columns in one pass. The counts of a facet leave out what the condition says of that
//! facet itself, so each is the count of what choosing it alone would find.

use columns::{Columns, Selection};
use query::ast::Expr;
use query::facet::{Facet, Said};
use query::{Context, Path};
use twin::Value;
use twin::scheme::Property;

use super::Monitor;
use super::building::Asker;
use super::question::{QueryError, Question};
use crate::access::{Action, Principal, authorize};
use crate::index::Index;
use crate::internals::Column;

/// Values offered of one property.
const VALUES_MAX: usize = 24;
/// A declared property is offered when it has at most so many different values.
const DISTINCT_MAX: usize = 200;
/// Declared properties offered.
const PROPERTIES_MAX: usize = 12;
/// How a device stands to what is asked of it.
const DRIFT: [&str; 3] = ["IS_DRIFTING()", "drift.refused > 0", "NOT IS_DRIFTING()"];
/// Fields of every device whose values are few.
const FIELDS: [&str; 2] = ["connectionState", "status"];

/// What can be chosen for a condition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Narrowing {
    /// By what; empty when documents would have to be read to count.
    pub by: Vec<Narrow>,
    /// Properties of the condition that have no column; with any, nothing is counted.
    pub uncounted: Vec<String>,
}

/// The choices of one facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrow {
    /// The property; `None` for how devices stand to what is asked of them.
    pub path: Option<String>,
    /// What people call the property; empty when it has no title.
    pub title: String,
    /// The choices: the most frequent ones, and those that are chosen.
    pub choices: Vec<Choice>,
    /// Values that are not among them.
    pub more: u64,
    /// Devices that match the rest of the condition.
    pub devices: u64,
    /// Whether the text says more of it than choices can.
    pub is_opaque: bool,
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it is.
    pub is: Chosen,
    /// The condition that it is, as text.
    pub term: String,
    /// Devices that have it, of those that match the rest of the condition.
    pub devices: u64,
    /// Whether the text chooses it.
    pub is_chosen: bool,
    /// The text with this turned round; `None` when the text cannot be rewritten, and for what cannot be chosen.
    pub to: Option<String>,
}

/// What a choice is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// This value.
    Value(Value),
    /// No value.
    Missing,
    /// The condition itself.
    Condition,
}

/// A facet that is asked about.
struct Asked {
    facet: Facet,
    path: Option<Path>,
    title: String,
    said: Said,
    rest: Option<Expr>,
}

impl Monitor {
    /// What can be chosen beside the devices of a condition: how they stand to what is asked of them, declared properties
    /// with few values, connection and status.
    ///
    /// # Errors
    /// [`QueryError::Building`] soon after a start; [`QueryError::Problems`] when the condition cannot be read.
    pub async fn narrow(&self, principal: &Principal, text: &str) -> Result<Narrowing, QueryError> {
        authorize(principal, Action::ReadFleet)?;
        let question = Question::read(&self.core, text)?;
        let declared = self.core.store.declared().await?;
        let columns = Index::stand(&self.core).await.columns;
        let asked = asked(&question, &declared, &columns);
        let (condition, context) = (question.condition.clone(), question.context);
        let text = text.to_owned();
        let narrowed = self.core.ask_columns(Asker::Person, move |columns| {
            let mut by = Vec::with_capacity(asked.len());
            // What is said of no facet is the same set for all that are not spoken of.
            let all = select(columns, condition.as_ref(), context)?;
            for asked in &asked {
                let own;
                let rest = if asked.said == Said::Nothing {
                    &all
                } else {
                    own = select(columns, asked.rest.as_ref(), context)?;
                    &own
                };
                by.push(narrow(columns, asked, rest, &text, context)?);
            }
            Some(by)
        });
        if let Some(by) = narrowed.await? {
            return Ok(Narrowing {
                by,
                uncounted: Vec::new(),
            });
        }
        let paths = question.condition.as_ref().map(Expr::paths);
        let paths: Vec<Path> = paths.unwrap_or_default().into_iter().cloned().collect();
        let uncounted = self.core.index.pass(&self.core, move |columns| {
            let is_uncounted = |path: &&Path| !columns.has(path);
            let mut uncounted: Vec<_> = paths
                .iter()
                .filter(is_uncounted)
                .map(Path::to_string)
                .collect();
            uncounted.sort();
            uncounted.dedup();
            uncounted
        });
        Ok(Narrowing {
            by: Vec::new(),
            uncounted: uncounted.await,
        })
    }
}

/// The facets to ask about, in the order in which they are shown.
fn asked(question: &Question, declared: &[Property], columns: &[Column]) -> Vec<Asked> {
    let condition = question.condition.as_ref();
    let ask = |facet: Facet, title: &str| Asked {
        path: facet.path().cloned(),
        title: title.to_owned(),
        said: facet.said(condition),
        rest: facet.rest(condition),
        facet,
    };
    let of_path = |text: &str, title: &str| {
        let path = Path::parse(text)?;
        Some(ask(Facet::of_values(path), title))
    };
    let drift = DRIFT
        .iter()
        .filter_map(|text| query::parse_condition(text).condition);
    let mut all = vec![ask(Facet::of_conditions(drift.collect()), "")];
    let mut properties: Vec<_> = declared
        .iter()
        .filter_map(|property| {
            let column = columns.iter().find(|one| one.path == property.path)?;
            let asked = of_path(&property.path, &property.title)?;
            let is_few = column
                .distinct
                .is_some_and(|distinct| (1..=DISTINCT_MAX).contains(&distinct));
            let is_said = asked.said != Said::Nothing;
            (!column.is_building && (is_few || is_said)).then_some((!is_said, asked))
        })
        .collect();
    // Those that the text speaks of are shown whatever else there is.
    properties.sort_by_key(|(is_silent, _)| *is_silent);
    properties.truncate(PROPERTIES_MAX);
    let order = |asked: &Asked| {
        let path = asked.path.as_ref().map(Path::to_string).unwrap_or_default();
        (!path.starts_with("tags."), path)
    };
    let mut properties: Vec<_> = properties.into_iter().map(|(_, asked)| asked).collect();
    properties.sort_by_cached_key(order);
    all.extend(properties);
    all.extend(FIELDS.iter().filter_map(|path| of_path(path, "")));
    all
}

fn select(columns: &Columns, condition: Option<&Expr>, context: Context) -> Option<Selection> {
    match condition {
        None => Some(columns.all()),
        Some(condition) => columns.filter(condition, &context).ok(),
    }
}

/// The choices of a facet among the devices that match the rest of the condition.
fn narrow(
    columns: &Columns,
    asked: &Asked,
    rest: &Selection,
    text: &str,
    context: Context,
) -> Option<Narrow> {
    let said = match &asked.said {
        Said::Any(terms) => terms.as_slice(),
        Said::Nothing | Said::TooMuch => &[],
    };
    let counted = |term: &Expr| {
        let found = columns.filter(term, &context).ok()?;
        Some(found.and(rest).len())
    };
    let choice = |is: Chosen, term: Option<&Expr>, devices: u64| Choice {
        is,
        devices,
        is_chosen: term.is_some_and(|term| said.contains(term)),
        to: term.and_then(|term| asked.facet.toggled(text, term)),
        term: term.map(ToString::to_string).unwrap_or_default(),
    };
    let mut choices = Vec::new();
    let mut more = 0;
    match &asked.path {
        None => {
            for text in DRIFT {
                let term = query::parse_condition(text).condition?;
                choices.push(choice(Chosen::Condition, Some(&term), counted(&term)?));
            }
        }
        Some(path) => {
            let found = columns.facet(path, rest, VALUES_MAX).ok()?;
            more = (found.distinct - found.values.len()) as u64;
            for (value, devices) in found.values {
                let term = asked.facet.value(&value);
                choices.push(choice(Chosen::Value(value), term.as_ref(), devices));
            }
            let missing = asked.facet.missing();
            if found.missing > 0 || missing.is_some_and(|missing| said.contains(missing)) {
                choices.push(choice(Chosen::Missing, missing, found.missing));
            }
            // What is chosen is shown, however rare it is.
            for term in said {
                if choices
                    .iter()
                    .any(|choice| choice.is_chosen && choice.term == term.to_string())
                {
                    continue;
                }
                if let Some(value) = value_of(term) {
                    let devices = counted(term)?;
                    more = more.saturating_sub(u64::from(devices > 0));
                    choices.push(choice(Chosen::Value(value), Some(term), devices));
                }
            }
        }
    }
    Some(Narrow {
        path: asked.path.as_ref().map(ToString::to_string),
        title: asked.title.clone(),
        choices,
        more,
        devices: rest.len(),
        is_opaque: asked.said == Said::TooMuch,
    })
}

/// The value of a term `path = value`.
fn value_of(term: &Expr) -> Option<Value> {
    use query::ast::{ExprKind, Literal};
    let ExprKind::Binary { right, .. } = &term.kind else {
        return None;
    };
    match &right.kind {
        ExprKind::Literal(Literal::Null) => Some(Value::Null),
        ExprKind::Literal(Literal::Bool(value)) => Some(Value::Bool(*value)),
        ExprKind::Literal(Literal::Number(number)) => Some(query::term::number_value(*number)),
        ExprKind::Literal(Literal::String(text)) => Some(Value::String(text.clone())),
        _ => None,
    }
}
