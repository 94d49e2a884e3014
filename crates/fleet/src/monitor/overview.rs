//! The overview: the fleet's figures, its regions and its field of squares, as one picture.
//!
//! It is computed from the columns at most once a second, only when somebody asks, and whoever asks
//! meanwhile waits for the same picture.

use std::sync::Arc;
use std::time::Duration;

use columns::Columns;
use query::Context;
use serde::Serialize;
use twin::id::Seq;
use twin::time::Timestamp;

use super::Monitor;
use super::field::{Field, Region};
use super::figures::{Conditions, Figure, Figures};
use super::freshness::Freshness;
use crate::index::aside;

/// Points of a sparkline, at most.
const SPARKLINE_POINTS: usize = 40;
/// The times that sparklines may show. They show the shortest that has room for all samples, or the
/// longest.
const SPANS: [Duration; 4] = [
    Duration::from_mins(10),
    Duration::from_hours(1),
    Duration::from_hours(6),
    Duration::from_hours(24),
];

/// The fleet at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overview {
    /// When it was computed.
    pub at: Timestamp,
    /// The last change that it accounts for.
    pub seq: Seq,
    /// Whether it accounts for the whole fleet yet.
    pub freshness: Freshness,
    /// The figures.
    pub figures: Figures,
    /// The regions with their squares, by name; one without a name when `tags.region` is not declared.
    pub regions: Vec<Region>,
    /// Devices in a square, at most.
    pub neighbors: usize,
    /// The course of each figure.
    pub sparklines: Vec<Sparkline>,
}

/// The course of a figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sparkline {
    /// Which figure.
    pub figure: Figure,
    /// When the line begins; it ends now.
    pub from: Timestamp,
    /// Means of equal stretches of time, oldest first; stretches without a sample are left out.
    pub points: Vec<(Timestamp, f64)>,
}

/// What computing overviews remembers.
#[derive(Debug)]
pub(super) struct Overviews {
    conditions: Arc<Conditions>,
    /// Held while one is computed: that is what makes everybody wait for the same one.
    state: tokio::sync::Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    latest: Option<(Duration, Arc<Overview>)>,
    field: Arc<Field>,
    sparklines: Option<(Duration, Vec<Sparkline>)>,
}

impl Overviews {
    pub(super) fn new(conditions: Arc<Conditions>) -> Self {
        Self {
            conditions,
            state: tokio::sync::Mutex::default(),
        }
    }
}

impl Monitor {
    /// The overview, at most a second old.
    ///
    /// While the columns are being rebuilt it shows what is loaded; see [`Overview::freshness`].
    pub async fn overview(&self) -> Arc<Overview> {
        let core = &self.core;
        let mut state = self.overviews.state.lock().await;
        if let Some((computed_at, overview)) = &state.latest {
            let age = core.clock.monotonic().saturating_sub(*computed_at);
            if age < core.limits.overview_interval {
                return Arc::clone(overview);
            }
        }
        let started = core.clock.monotonic();
        let sparklines = self.sparklines(&mut state).await;
        let (field, overview) = self.compute(Arc::clone(&state.field), sparklines).await;
        state.field = field;
        state.latest = Some((started, Arc::clone(&overview)));
        metrics::histogram!("monitor.overview.computed_seconds")
            .record(core.clock.monotonic().saturating_sub(started));
        overview
    }

    async fn compute(
        &self,
        field: Arc<Field>,
        sparklines: Vec<Sparkline>,
    ) -> (Arc<Field>, Arc<Overview>) {
        let core = &self.core;
        let layout = core.index.layout();
        let field = if field.is_stale(layout, core.clock.monotonic()) {
            Arc::new(Field::lay_out(core, layout).await)
        } else {
            field
        };
        let freshness = self.freshness();
        let at = core.clock.now();
        let conditions = Arc::clone(&self.overviews.conditions);
        let select = move |columns: &Columns| conditions.select(columns, Context { now: at });
        let selections = core.index.pass(core, select).await;
        let figures = selections.figures(core);
        let (counted, cells_max) = (Arc::clone(&field), core.limits.overview_cells_max);
        let (neighbors, regions) = aside(move || counted.count(&selections, cells_max)).await;
        let overview = Overview {
            at,
            seq: freshness.seq,
            freshness,
            figures,
            regions,
            neighbors,
            sparklines,
        };
        (field, Arc::new(overview))
    }

    /// The course of every figure, read again when a new sample may be there.
    async fn sparklines(&self, state: &mut State) -> Vec<Sparkline> {
        let core = &self.core;
        let now = core.clock.monotonic();
        if let Some((read_at, sparklines)) = &state.sparklines
            && now.saturating_sub(*read_at) < core.limits.figures_interval
        {
            return sparklines.clone();
        }
        match self.read_sparklines().await {
            Ok(sparklines) => {
                state.sparklines = Some((now, sparklines.clone()));
                sparklines
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "The course of the figures could not be read."
                );
                Vec::new()
            }
        }
    }

    async fn read_sparklines(&self) -> Result<Vec<Sparkline>, store::Error> {
        let store = &self.core.store;
        let to = self.core.clock.now();
        let [.., longest] = SPANS;
        let mut from = to.minus(longest);
        for span in SPANS {
            let name = Figure::Total.as_str();
            let older = store.figure_range(name, to.minus(longest), to.minus(span), 1);
            if older.await?.is_empty() {
                from = to.minus(span);
                break;
            }
        }
        let mut sparklines = Vec::with_capacity(Figure::ALL.len());
        for figure in Figure::ALL {
            let buckets = store
                .figure_range(figure.as_str(), from, to, SPARKLINE_POINTS)
                .await?;
            sparklines.push(Sparkline {
                figure,
                from,
                points: buckets
                    .iter()
                    .map(|bucket| (bucket.at, bucket.mean))
                    .collect(),
            });
        }
        Ok(sparklines)
    }
}
