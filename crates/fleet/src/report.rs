//! Reports: the fleet during a day, a week or a month, for those who answer for it.
//!
//! What was is told from stored samples of the figures and from the audit log; what is now, from the columns. Nothing
//! is kept for reports alone, and what is read for one does not grow with the fleet: at most some two thousand
//! stretches of each figure, and a bounded number of audit entries.

use std::sync::Arc;

use store::Store;
use twin::time::Timestamp;

use crate::access::{Action, Principal, authorize};
use crate::core::Core;
use crate::monitor::{Figure, Monitor, QueryError};

mod compose;
mod course;
mod decisions;
mod period;

pub use compose::{Change, Compared, Given, Report, Samples};
pub use course::{Course, DIP_BEGINS, DIP_DEVICES_MIN, DIP_ENDS, Dip, Gap, Stretch};
pub use decisions::{Decision, LASTING, Question};
pub use period::{Length, Period};

/// Audit entries of a period that are looked at, the newest.
pub const AUDIT_ENTRIES_MAX: usize = 100_000;
/// Tallies of them that are read.
const TALLIES_MAX: usize = 200;

/// Makes reports.
#[derive(Debug)]
pub struct Reports {
    core: Arc<Core>,
}

impl Reports {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// The report of a period. That of one that has not begun says that nothing was measured.
    ///
    /// # Errors
    /// [`QueryError::Building`] soon after a start, while the devices are not all counted; [`QueryError::Denied`], or
    /// when the store does not answer.
    pub async fn fleet(
        &self,
        principal: &Principal,
        monitor: &Monitor,
        period: Period,
    ) -> Result<Report, QueryError> {
        authorize(principal, Action::ReadFleet)?;
        authorize(principal, Action::ReadAudit)?;
        let core = &self.core;
        let at = core.clock.now();
        let (from, to) = (period.begins(), period.ends());
        let enrolled = format!("createdTime >= '{from}' AND createdTime < '{to}'");
        let mut questions = Vec::with_capacity(Question::ALL.len());
        for question in Question::ALL {
            let devices = monitor.count(principal, question.condition()).await?;
            questions.push((question, devices));
        }
        let enrolled = (monitor.count(principal, &enrolled).await?, enrolled);
        let overview = monitor.overview().await;
        let region = |region: &crate::monitor::Region| (region.name.clone(), region.counts);
        let given = Given {
            period,
            at,
            during: self.samples(period, at).await?,
            before: self.samples(period.previous(), at).await?,
            now: overview.figures,
            regions: overview.regions.iter().map(region).collect(),
            questions,
            enrolled,
            retired: core.store.retired_between(from, to).await?,
            tallies: core
                .store
                .audit_tally(from, to, AUDIT_ENTRIES_MAX, TALLIES_MAX)
                .await?,
        };
        Ok(crate::index::aside(move || Report::compose(given)).await)
    }

    async fn samples(&self, period: Period, now: Timestamp) -> Result<Samples, store::Error> {
        let store: &Arc<dyn Store> = &self.core.store;
        let (from, to) = (period.begins(), period.ends());
        let kept = |figure: Figure| store.figure_kept(figure.as_str(), from, to, now);
        Ok(Samples {
            total: kept(Figure::Total).await?,
            connected: kept(Figure::Connected).await?,
            converged: kept(Figure::Converged).await?,
            silent: kept(Figure::Silent).await?,
        })
    }
}
