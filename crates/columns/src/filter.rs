//! From a condition to the devices that fulfil it.
//!
//! A condition is taken apart at `AND`, `OR` and `NOT` down to leaves. With a `NOT` carried down to the leaves, the rows
//! where a condition is exactly true are the intersection or the union of those of its parts, in three-valued logic
//! too. Parts that cost little come first; the others look only at the rows that are still open.

use std::collections::BTreeSet;

use query::ast::{BinaryOp, ExprKind};
use query::{Context, Expr, Path};

use crate::columns::Columns;
use crate::leaf::Leaf;
use crate::selection::Selection;

/// A question about paths that have no column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no column for {}: declare the property or scan the documents", paths.join(", "))]
pub struct Unanswerable {
    /// Those paths, canonically written, each once.
    pub paths: Vec<String>,
}

impl Unanswerable {
    /// A question about one path.
    pub(crate) fn of(path: &Path) -> Self {
        Self {
            paths: vec![path.to_string()],
        }
    }

    /// Fails when there are unknown paths.
    pub(crate) fn check<T: ToString>(unknown: impl IntoIterator<Item = T>) -> Result<(), Self> {
        let paths: BTreeSet<String> = unknown.into_iter().map(|path| path.to_string()).collect();
        if paths.is_empty() {
            Ok(())
        } else {
            Err(Self {
                paths: paths.into_iter().collect(),
            })
        }
    }
}

impl Columns {
    /// The devices for which a condition is exactly true.
    ///
    /// # Errors
    /// [`Unanswerable`] when the condition reads what has no column; the caller asks the store.
    pub fn filter(&self, condition: &Expr, context: &Context) -> Result<Selection, Unanswerable> {
        let (plan, unknown) = self.plan(condition, context);
        Unanswerable::check(unknown)?;
        Ok(plan.run(self.live()))
    }

    /// The devices for which a condition may be true, by what the columns know: all that fulfil it, and maybe others.
    ///
    /// When [`Columns::filter`] cannot answer and these are few, only their documents need be read.
    pub fn candidates(&self, condition: &Expr, context: &Context) -> Selection {
        self.plan(condition, context).0.run(self.live())
    }

    fn plan<'p>(&'p self, condition: &'p Expr, context: &'p Context) -> (Plan<'p>, Vec<String>) {
        let mut planner = Planner {
            columns: self,
            context,
            unknown: Vec::new(),
        };
        let plan = planner.plan(condition, true);
        (plan, planner.unknown)
    }
}

/// How a condition is answered.
#[derive(Debug)]
enum Plan<'p> {
    /// All parts hold.
    And(Vec<Plan<'p>>),
    /// Any part holds.
    Or(Vec<Plan<'p>>),
    Leaf(Leaf<'p>),
    /// What columns do not know: it may hold for every row.
    Unknown,
}

struct Planner<'p> {
    columns: &'p Columns,
    context: &'p Context,
    unknown: Vec<String>,
}

impl<'p> Planner<'p> {
    /// The plan for the rows where an expression is exactly `wanted`.
    fn plan(&mut self, expr: &'p Expr, wanted: bool) -> Plan<'p> {
        match &expr.kind {
            ExprKind::Not(inner) => self.plan(inner, !wanted),
            ExprKind::Binary {
                op: op @ (BinaryOp::And | BinaryOp::Or),
                left,
                right,
            } => {
                let mut parts = Vec::new();
                let is_and = (*op == BinaryOp::And) == wanted;
                for side in [left, right] {
                    match self.plan(side, wanted) {
                        Plan::And(inner) if is_and => parts.extend(inner),
                        Plan::Or(inner) if !is_and => parts.extend(inner),
                        part => parts.push(part),
                    }
                }
                parts.sort_by_key(Plan::cost);
                if is_and {
                    Plan::And(parts)
                } else {
                    Plan::Or(parts)
                }
            }
            _ => match Leaf::new(self.columns, expr, wanted, self.context) {
                Ok(leaf) => Plan::Leaf(leaf),
                Err(paths) => {
                    self.unknown.extend(paths);
                    Plan::Unknown
                }
            },
        }
    }
}

impl Plan<'_> {
    /// The rows of `mask` for which it holds.
    fn run(&self, mask: &Selection) -> Selection {
        match self {
            Self::Unknown => mask.clone(),
            Self::Leaf(leaf) => leaf.run(mask),
            Self::And(parts) => {
                let mut rows = mask.clone();
                for part in parts {
                    if rows.is_empty() {
                        break;
                    }
                    rows = part.run(&rows);
                }
                rows
            }
            Self::Or(parts) => {
                let mut rows = Selection::empty(mask.words().len());
                let mut open = mask.clone();
                for part in parts {
                    let found = part.run(&open);
                    open.take(&found);
                    rows.add(&found);
                }
                rows
            }
        }
    }

    /// What a look at every row costs, in no particular unit.
    fn cost(&self) -> u32 {
        match self {
            Self::Unknown => u32::MAX,
            Self::Leaf(leaf) => leaf.cost(),
            Self::And(parts) | Self::Or(parts) => parts
                .iter()
                .fold(0, |sum, part| sum.saturating_add(part.cost())),
        }
    }
}
