//! The overview: the fleet's figures, its regions and its field of squares, as one picture.
//!
//! It is computed from the columns at most once a second, only when somebody asks, and whoever asks
//! meanwhile waits for the same picture.

use std::sync::Arc;
use std::time::Duration;

use columns::Columns;
use query::Context;
use serde::Serialize;
use store::Job;
use twin::id::Seq;
use twin::time::Timestamp;

use super::Monitor;
use super::checks::{Finding, Selected};
use super::field::{Field, Marks, Region};
use super::figures::{Conditions, Figure, Figures};
use super::firmware::{Firmware, Mix};
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

const WEEK: Duration = Duration::from_hours(7 * 24);
/// How often the course of a week ago is read: it moves slowly.
const WEEK_AGO_EVERY: Duration = Duration::from_mins(1);
/// Stretches of the eight days that are asked for.
const WEEK_BUCKETS_MAX: u128 = 50_000;

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
    /// The course of [`Figure::Connected`] and [`Figure::Total`] over the same time a week earlier; empty points when
    /// nothing was sampled then.
    pub week_ago: Vec<Sparkline>,
    /// What needs a person, worst and oldest first; nothing until every device is accounted for.
    pub findings: Vec<Finding>,
    /// Firmware by class, largest class first; nothing when its properties are not declared.
    pub firmware: Vec<Mix>,
    /// Jobs that have not ended, newest first.
    #[serde(skip)]
    pub jobs: Vec<Job>,
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

/// What is read from the store for an overview, most of it less often than the figures.
struct Courses {
    jobs: Vec<Job>,
    sparklines: Vec<Sparkline>,
    week_ago: Vec<Sparkline>,
    firmware: Arc<Firmware>,
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
    week_ago: Option<(Duration, Vec<Sparkline>)>,
    firmware: Option<(Duration, Arc<Firmware>)>,
}

impl Overviews {
    pub(super) fn new(conditions: Arc<Conditions>) -> Self {
        Self {
            conditions,
            state: tokio::sync::Mutex::default(),
        }
    }

    /// Lets the next one who asks have it computed anew.
    pub(super) async fn forget(&self) {
        self.state.lock().await.latest = None;
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
        let courses = Courses {
            jobs: self.jobs_under_way(&state).await,
            sparklines: self.sparklines(&mut state).await,
            week_ago: self.week_ago(&mut state).await,
            firmware: self.firmware(&mut state).await,
        };
        if let Err(error) = self.checks.look(core).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "What needs a person could not be looked at."
            );
        }
        let (field, overview) = self.compute(Arc::clone(&state.field), courses).await;
        state.field = field;
        state.latest = Some((started, Arc::clone(&overview)));
        metrics::histogram!("monitor.overview.computed_seconds")
            .record(core.clock.monotonic().saturating_sub(started));
        overview
    }

    async fn compute(&self, field: Arc<Field>, courses: Courses) -> (Arc<Field>, Arc<Overview>) {
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
        let around = self.checks.around();
        let select = move |columns: &Columns| {
            let context = Context { now: at };
            let selected = Selected::of(columns, &around, context);
            (conditions.select(columns, context), selected)
        };
        let (selections, selected) = core.index.pass(core, select).await;
        let figures = selections.figures(core);
        let findings = if freshness.is_complete() {
            self.checks.findings(core, &selected, at)
        } else {
            Vec::new()
        };
        let marks = Marks {
            behind: Arc::clone(&courses.firmware.behind),
            attention: selected.any(),
        };
        let (counted, cells_max) = (Arc::clone(&field), core.limits.overview_cells_max);
        let (neighbors, regions) =
            aside(move || counted.count(&selections, &marks, cells_max)).await;
        let overview = Overview {
            at,
            seq: freshness.seq,
            freshness,
            figures,
            regions,
            neighbors,
            sparklines: courses.sparklines,
            week_ago: courses.week_ago,
            findings,
            firmware: courses.firmware.mixes.clone(),
            jobs: courses.jobs,
        };
        (field, Arc::new(overview))
    }

    /// The jobs under way; those of the last overview while they cannot be read, for none of them has ended by that.
    async fn jobs_under_way(&self, state: &State) -> Vec<Job> {
        self.core.store.open_jobs().await.unwrap_or_else(|error| {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "The jobs under way could not be read."
            );
            let latest = state.latest.as_ref();
            latest.map_or_else(Vec::new, |(_, overview)| overview.jobs.clone())
        })
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

    /// The course of connections a week ago, read again now and then.
    async fn week_ago(&self, state: &mut State) -> Vec<Sparkline> {
        let now = self.core.clock.monotonic();
        if let Some((read_at, week_ago)) = &state.week_ago
            && now.saturating_sub(*read_at) < WEEK_AGO_EVERY
        {
            return week_ago.clone();
        }
        // Before there are samples the time that they span is not known.
        let Some((_, sparklines)) = state.sparklines.as_ref() else {
            return Vec::new();
        };
        let Some(from) = sparklines.first().map(|line| line.from) else {
            return Vec::new();
        };
        match self.read_week_ago(from).await {
            Ok(week_ago) => {
                state.week_ago = Some((now, week_ago.clone()));
                week_ago
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "The course of a week ago could not be read."
                );
                Vec::new()
            }
        }
    }

    /// Samples of a week ago are kept in stretches of minutes; they are found by asking for all since then.
    async fn read_week_ago(&self, from: Timestamp) -> Result<Vec<Sparkline>, store::Error> {
        let to = self.core.clock.now();
        let (begin, end) = (from.minus(WEEK), to.minus(WEEK));
        let span = to.since(from).max(Duration::from_mins(1));
        let width = span.as_millis() / SPARKLINE_POINTS as u128;
        let buckets = (to.since(begin).as_millis() / width.max(1)).min(WEEK_BUCKETS_MAX);
        let mut lines = Vec::new();
        for figure in [Figure::Connected, Figure::Total] {
            let all = self.core.store.figure_range(
                figure.as_str(),
                begin,
                to,
                usize::try_from(buckets).unwrap_or(SPARKLINE_POINTS),
            );
            let then = all.await?.into_iter().filter(|bucket| bucket.at < end);
            lines.push(Sparkline {
                figure,
                from: begin,
                points: then.map(|bucket| (bucket.at, bucket.mean)).collect(),
            });
        }
        Ok(lines)
    }

    /// Firmware by class, counted again now and then.
    async fn firmware(&self, state: &mut State) -> Arc<Firmware> {
        let core = &self.core;
        let now = core.clock.monotonic();
        if let Some((counted_at, firmware)) = &state.firmware
            && now.saturating_sub(*counted_at) < core.limits.checks_interval
        {
            return Arc::clone(firmware);
        }
        let firmware = Arc::new(core.index.pass(core, Firmware::of).await);
        state.firmware = Some((now, Arc::clone(&firmware)));
        firmware
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
