//! The overview as the fleet counts it, in the console's words.

use fleet::access::{Action, authorize};
use fleet::monitor::{Figure, Overview as Counted};
use twin::time::Timestamp;

use super::{Cell, Field, Figures, Overview, Recent, Region};
use crate::api::{Caller, Problem};
use crate::live::protocol::Pulse;

impl Caller {
    /// The figures, at most a second old.
    pub(crate) async fn overview(&self) -> Result<Overview, Problem> {
        authorize(&self.principal, Action::ReadFleet)?;
        Ok(overview_of(&*self.fleet.monitor().overview().await))
    }

    /// The squares, at most a second old.
    pub(crate) async fn field(&self) -> Result<Field, Problem> {
        authorize(&self.principal, Action::ReadFleet)?;
        Ok(field_of(&*self.fleet.monitor().overview().await))
    }

    /// How busy the fleet is.
    pub(crate) async fn pulse(&self) -> Result<Pulse, Problem> {
        authorize(&self.principal, Action::ReadFleet)?;
        let counted = self.fleet.monitor().overview().await;
        Ok(Pulse {
            // Not a part of them as if it were all.
            devices: counted
                .freshness
                .is_complete()
                .then_some(counted.figures.total),
            messages_per_second: counted.figures.messages_per_second,
            behind_ms: 0,
        })
    }
}

fn overview_of(counted: &Counted) -> Overview {
    let figures = &counted.figures;
    let recent = |figure| {
        let line = counted.sparklines.iter().find(|line| line.figure == figure);
        line.map(|line| line.points.clone()).unwrap_or_default()
    };
    let values = |figure| recent(figure).into_iter().map(|(_, value)| value).collect();
    Overview {
        as_of: counted.at,
        seq: counted.seq.0,
        is_complete: counted.freshness.is_complete(),
        figures: Figures {
            devices: figures.total,
            connected: figures.connected,
            converged: figures.converged,
            drifting: figures.drifting,
            refusing: figures.refusing,
            silent: figures.silent,
            messages_per_second: figures.messages_per_second,
            answer_ms: figures
                .answer_p95
                .and_then(|p95| u64::try_from(p95.as_millis()).ok()),
        },
        recent: Recent {
            since: first_sample(counted).unwrap_or(counted.at),
            converged: shares(&recent(Figure::Converged), &recent(Figure::Total))
                .into_iter()
                .map(|(_, share)| share)
                .collect(),
            drifting: values(Figure::Drifting),
            connected: values(Figure::Connected),
            connected_share: shares(&recent(Figure::Connected), &recent(Figure::Total)),
            silent: values(Figure::Silent),
            messages: values(Figure::Messages),
            answer: values(Figure::Answer),
        },
        regions: counted
            .regions
            .iter()
            .map(|region| Region {
                name: region.name.clone(),
                devices: region.counts.devices,
                converged: region.counts.devices.saturating_sub(region.counts.drifting),
            })
            .collect(),
    }
}

fn field_of(counted: &Counted) -> Field {
    let few = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    let cell = |cell: &fleet::monitor::Cell| Cell {
        devices: few(cell.counts.devices),
        drifting: few(cell.counts.drifting),
        refusing: few(cell.counts.refusing),
        connected: few(cell.counts.connected),
        silent: few(cell.counts.silent),
        first: cell.first.as_str().to_owned(),
        last: cell.last.as_str().to_owned(),
    };
    Field {
        as_of: counted.at,
        square: u32::try_from(counted.neighbors).unwrap_or(u32::MAX),
        regions: counted
            .regions
            .iter()
            .map(|region| (region.name.clone(), region.cells.iter().map(cell).collect()))
            .collect(),
    }
}

/// When the first stretch with a sample begins.
fn first_sample(counted: &Counted) -> Option<Timestamp> {
    let begins = counted
        .sparklines
        .iter()
        .filter_map(|line| line.points.first());
    begins.map(|(at, _)| *at).min()
}

/// One course as shares of another, where both have a point.
fn shares(parts: &[(Timestamp, f64)], wholes: &[(Timestamp, f64)]) -> Vec<(Timestamp, f64)> {
    let share = |(at, part): &(Timestamp, f64)| {
        let (_, whole) = wholes.iter().find(|(other, _)| other == at)?;
        (*whole > 0.0).then(|| (*at, part / whole))
    };
    parts.iter().filter_map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conditions;

    #[test]
    fn a_figure_opens_the_query_that_it_counts() {
        for (figure, condition) in [
            (Figure::Converged, conditions::CONVERGED),
            (Figure::Drifting, conditions::DRIFTING),
            (Figure::Refusing, conditions::REFUSING),
            (Figure::Connected, conditions::CONNECTED),
            (Figure::Silent, conditions::SILENT),
        ] {
            assert_eq!(figure.condition(), Some(condition));
        }
    }

    #[test]
    fn shares_need_both_points() {
        let at = Timestamp::from_ms;
        let parts = [(at(0), 1.0), (at(10), 5.0), (at(20), 0.0)];
        let wholes = [(at(0), 2.0), (at(10), 10.0), (at(20), 0.0)];
        assert_eq!(shares(&parts, &wholes), [(at(0), 0.5), (at(10), 0.5)]);
        assert_eq!(shares(&parts, &[(at(10), 5.0)]), [(at(10), 1.0)]);
    }
}
