//! Asks the fleet for a report.

use fleet::report::{Length, Period};

use super::{Sheet, words};
use crate::api::{Caller, Code, Problem, refuse};

impl Caller {
    /// The report of a period; of the running week when the text is empty.
    pub(crate) async fn report(&self, period: &str) -> Result<Sheet, Problem> {
        let period = if period.is_empty() {
            Period::holding(Length::Week, self.fleet.clock().now())
        } else {
            Period::parse(period).ok_or_else(|| no_period(period))?
        };
        let (fleet, principal) = (&self.fleet, &self.principal);
        let report = fleet.reports().fleet(principal, fleet.monitor(), period);
        Ok(words::sheet(&report.await?, fleet.host_name()))
    }
}

fn no_period(text: &str) -> Problem {
    refuse(Problem::new(
        Code::NotFound,
        format!(
            "'{text}' is no period. A day is written 2026-11-22, a week 2026-W47, a month 2026-11."
        ),
    ))
}
