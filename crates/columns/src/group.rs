//! Figures over groups: the rows of [`query::select::Aggregator`], from columns.

use query::ast::{Item, Select};
use query::select::{Figure, compare_groups, group_row};
use query::{Path, Query};
use twin::Value;

use crate::codes::code_at;
use crate::coding::{Coding, Entries, Ids, Numbering, mix};
use crate::columns::Columns;
use crate::datum::Datum;
use crate::field::is_device_id;
use crate::figures::figures;
use crate::filter::Unanswerable;
use crate::selection::{Selection, WORD};

/// The most combinations of values that are numbered by arithmetic; more are numbered as they are met.
const COMBINATIONS_MAX: usize = 1 << 16;

impl Columns {
    /// The rows of a query of figures over some devices: what [`query::select::Aggregator`] answers when it is given
    /// their documents in the order of their slots. The query's condition, order and `TOP` are the caller's.
    ///
    /// # Errors
    /// [`Unanswerable`] when the query groups by, or computes over, paths without a column.
    pub fn group(&self, query: &Query, selection: &Selection) -> Result<Vec<Value>, Unanswerable> {
        let items = match &query.select {
            Select::Items(items) => items.as_slice(),
            Select::All => &[],
        };
        let unknown = query
            .group_by
            .iter()
            .chain(items.iter().filter_map(figure_path))
            .filter(|path| !self.has(path));
        Unanswerable::check(unknown)?;
        let selection = selection.and(self.live());
        let groups = Groups::new(self, &query.group_by, &selection);
        let counts = groups.ids.histogram(groups.bound, &selection);
        let figures: Vec<Vec<Figure>> = items
            .iter()
            .map(|item| self.figures(item, &groups, &counts, &selection))
            .collect();

        let is_whole = query.group_by.is_empty();
        let ids = (0..)
            .zip(&counts)
            .filter(|(_, count)| **count > 0 || is_whole)
            .map(|(id, _)| id);
        let mut keyed: Vec<(Vec<Option<Value>>, u32)> =
            ids.map(|id| (groups.values(id), id)).collect();
        keyed.sort_by(|(a, _), (b, _)| compare_groups(a, b));
        let row = |(values, id): (Vec<Option<Value>>, u32)| {
            let figures: Vec<Figure> = figures.iter().map(|of_item| of_item[id as usize]).collect();
            group_row(items, &query.group_by, &values, &figures)
        };
        Ok(keyed.into_iter().map(row).collect())
    }

    /// The figure of an item for each group.
    fn figures(
        &self,
        item: &Item,
        groups: &Groups<'_>,
        counts: &[u32],
        selection: &Selection,
    ) -> Vec<Figure> {
        let counted = || {
            counts
                .iter()
                .map(|count| Figure {
                    count: u64::from(*count),
                    ..Figure::default()
                })
                .collect()
        };
        match figure_path(item).map(|path| (is_device_id(path), self.column(path))) {
            None | Some((true, _) | (_, None)) => counted(),
            Some((false, Some(column))) => figures(column, &groups.ids, groups.bound, selection),
        }
    }
}

/// The path that an item computes over.
fn figure_path(item: &Item) -> Option<&Path> {
    match item {
        Item::Aggregate { path, .. } => path.as_ref(),
        Item::Path { .. } => None,
    }
}

/// A number for each selected row such that rows of one group share it.
#[derive(Debug)]
struct Groups<'a> {
    ids: Ids<'a>,
    bound: usize,
    /// The values of the paths, and how the number so far and the number of the path made the next.
    steps: Vec<(Entries<'a>, Step)>,
}

/// How two numbers were made one.
#[derive(Debug)]
enum Step {
    /// The first, plus so many times the second.
    Stride(u32),
    /// Numbered as met.
    Met(Vec<(u32, u32)>),
}

impl<'a> Groups<'a> {
    fn new(columns: &'a Columns, paths: &[Path], selection: &Selection) -> Self {
        let mut groups = Self {
            ids: Ids::One,
            bound: 1,
            steps: Vec::new(),
        };
        for coding in paths
            .iter()
            .filter_map(|path| Coding::of(columns, path, selection))
        {
            groups.divide(coding, selection);
        }
        groups
    }

    /// Divides the groups by the values of one more path.
    fn divide(&mut self, coding: Coding<'a>, selection: &Selection) {
        let Coding {
            ids: divisions,
            entries,
        } = coding;
        let stride = code_at(self.bound);
        let product = self.bound.saturating_mul(entries.bound());
        let (ids, bound, step) = if matches!(self.ids, Ids::One) {
            (divisions, entries.bound(), Step::Stride(stride))
        } else {
            let mut ids = vec![0; selection.words().len() * WORD];
            divisions.each(selection, |row, division| ids[row] = division);
            if product <= COMBINATIONS_MAX {
                self.ids
                    .each(selection, |row, id| ids[row] = id + ids[row] * stride);
                (Ids::Made(ids), product, Step::Stride(stride))
            } else {
                let mut met = Vec::new();
                let mut numbering = Numbering::default();
                self.ids.each(selection, |row, id| {
                    let pair = (id, ids[row]);
                    let next = code_at(met.len());
                    ids[row] = numbering.number(
                        pair,
                        mix(u64::from(pair.0) << 32 | u64::from(pair.1)),
                        next,
                    );
                    if ids[row] == next {
                        met.push(pair);
                    }
                });
                (Ids::Made(ids), met.len(), Step::Met(met))
            }
        };
        self.ids = ids;
        self.bound = bound;
        self.steps.push((entries, step));
    }

    /// The values of a group, path by path.
    fn values(&self, id: u32) -> Vec<Option<Value>> {
        let mut rest = id;
        let mut values: Vec<_> = self
            .steps
            .iter()
            .rev()
            .map(|(entries, step)| {
                let (before, of_path) = match step {
                    Step::Stride(stride) => (rest % stride, rest / stride),
                    Step::Met(pairs) => pairs[rest as usize],
                };
                rest = before;
                entries.get(of_path).map(Datum::to_value)
            })
            .collect();
        values.reverse();
        values
    }
}
