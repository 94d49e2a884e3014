//! The figures of the fleet: what is counted, under which name, and the query behind each.
//!
//! A figure is the count of its own condition, so that the number on the page and the number of the
//! list that it opens cannot differ.

use std::time::Duration;

use columns::{Columns, Selection};
use query::{Context, ast::Expr};
use serde::Serialize;

use crate::core::Core;

/// A figure of the overview.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// All devices.
    Total,
    /// Devices whose reported properties agree with what is desired.
    Converged,
    /// Devices that differ from what is desired.
    Drifting,
    /// Devices that refuse something that is desired.
    Refusing,
    /// Connected devices.
    Connected,
    /// Devices that were not heard of for a day.
    Silent,
    /// Messages from devices a second.
    Messages,
    /// The 95th percentile of the time from a command to its answer, in seconds.
    Answer,
}

impl Figure {
    /// Every figure.
    pub const ALL: [Self; 8] = [
        Self::Total,
        Self::Converged,
        Self::Drifting,
        Self::Refusing,
        Self::Connected,
        Self::Silent,
        Self::Messages,
        Self::Answer,
    ];

    /// The name that samples are stored under.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Converged => "converged",
            Self::Drifting => "drifting",
            Self::Refusing => "refusing",
            Self::Connected => "connected",
            Self::Silent => "silent",
            Self::Messages => "messages",
            Self::Answer => "answer",
        }
    }

    /// The condition whose count it is; `None` for what is measured and not counted.
    pub fn condition(self) -> Option<&'static str> {
        match self {
            Self::Total => Some("*"),
            Self::Converged => Some("NOT IS_DRIFTING()"),
            Self::Drifting => Some("IS_DRIFTING()"),
            Self::Refusing => Some("drift.refused > 0"),
            Self::Connected => Some("connectionState = 'Connected'"),
            Self::Silent => Some("lastActivityTime < ago('24h') AND createdTime < ago('24h')"),
            Self::Messages | Self::Answer => None,
        }
    }
}

/// The figures at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figures {
    /// [`Figure::Total`].
    pub total: u64,
    /// [`Figure::Converged`].
    pub converged: u64,
    /// [`Figure::Drifting`].
    pub drifting: u64,
    /// [`Figure::Refusing`].
    pub refusing: u64,
    /// [`Figure::Connected`].
    pub connected: u64,
    /// [`Figure::Silent`].
    pub silent: u64,
    /// [`Figure::Messages`].
    pub messages_per_second: f64,
    /// [`Figure::Answer`]; `None` when nothing was answered lately.
    pub answer_p95: Option<Duration>,
}

impl Figures {
    /// The value of one figure as it is sampled; `None` when there is nothing to sample.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of devices are far below 2^53"
    )]
    pub fn value(&self, figure: Figure) -> Option<f64> {
        let count = |count: u64| Some(count as f64);
        match figure {
            Figure::Total => count(self.total),
            Figure::Converged => count(self.converged),
            Figure::Drifting => count(self.drifting),
            Figure::Refusing => count(self.refusing),
            Figure::Connected => count(self.connected),
            Figure::Silent => count(self.silent),
            Figure::Messages => Some(self.messages_per_second),
            Figure::Answer => self.answer_p95.map(|p95| p95.as_secs_f64()),
        }
    }
}

/// The conditions of the counted figures, parsed once.
#[derive(Debug)]
pub(crate) struct Conditions {
    pub(crate) drifting: Option<Expr>,
    pub(crate) refusing: Option<Expr>,
    pub(crate) connected: Option<Expr>,
    pub(crate) silent: Option<Expr>,
}

/// The devices behind the counted figures.
pub(crate) struct Selections {
    pub(crate) all: Selection,
    pub(crate) drifting: Selection,
    pub(crate) refusing: Selection,
    pub(crate) connected: Selection,
    pub(crate) silent: Selection,
}

impl Conditions {
    pub(crate) fn new() -> Self {
        let parsed = |figure: Figure| query::parse_condition(figure.condition()?).condition;
        Self {
            drifting: parsed(Figure::Drifting),
            refusing: parsed(Figure::Refusing),
            connected: parsed(Figure::Connected),
            silent: parsed(Figure::Silent),
        }
    }

    /// Finds the devices of each. Built-in columns answer all of these.
    pub(crate) fn select(&self, columns: &Columns, context: Context) -> Selections {
        let of = |condition: &Option<Expr>| {
            condition
                .as_ref()
                .and_then(|condition| columns.filter(condition, &context).ok())
                .unwrap_or_default()
        };
        Selections {
            all: columns.all(),
            drifting: of(&self.drifting),
            refusing: of(&self.refusing),
            connected: of(&self.connected),
            silent: of(&self.silent),
        }
    }
}

impl Selections {
    /// The figures, with what the meters show.
    pub(crate) fn figures(&self, core: &Core) -> Figures {
        let now = core.clock.monotonic();
        let (total, drifting) = (self.all.len(), self.drifting.len());
        Figures {
            total,
            converged: total.saturating_sub(drifting),
            drifting,
            refusing: self.refusing.len(),
            connected: self.connected.len(),
            silent: self.silent.len(),
            messages_per_second: core.meters.messages_per_second(now),
            answer_p95: core.meters.latency_p95(now),
        }
    }
}
