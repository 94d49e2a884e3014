//! The overview as the fleet counts it, in the console's words.

use fleet::access::{Action, authorize};
use fleet::monitor::{Figure, Finding, Overview as Counted, Severity, Sparkline};
use std::time::Duration;

use twin::time::Timestamp;

use super::{Attention, Cell, Field, Figures, Grave, Mix, Moving, Overview, Recent, Region};
use crate::api::jobs::words;
use crate::api::{Caller, Problem};
use crate::live::protocol::Pulse;

/// Jobs shown on the overview, at most.
const MOVING_MAX: usize = 5;

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

    /// Firmware by class, at most some seconds old.
    pub(crate) async fn firmware(&self) -> Result<Vec<Mix>, Problem> {
        authorize(&self.principal, Action::ReadFleet)?;
        let counted = self.fleet.monitor().overview().await;
        let mix = |mix: &fleet::monitor::Mix| Mix {
            model: mix.class.clone(),
            devices: mix.devices,
            versions: mix.versions.clone(),
        };
        Ok(counted.firmware.iter().map(mix).collect())
    }

    /// Takes what a check found, or gives it back.
    pub(crate) async fn take(&self, check: String, is_taken: bool) -> Result<Overview, Problem> {
        let monitor = self.fleet.monitor();
        monitor.take(&self.principal, &check, is_taken).await?;
        self.overview().await
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
            untaken: u64::try_from(
                counted
                    .findings
                    .iter()
                    .filter(|finding| finding.taken.is_none())
                    .count(),
            )
            .unwrap_or(u64::MAX),
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
            week_ago: week_ago(&counted.week_ago),
            silent: values(Figure::Silent),
            messages: values(Figure::Messages),
            answer: values(Figure::Answer),
        },
        attention: counted.findings.iter().map(attention_of).collect(),
        moving: counted
            .jobs
            .iter()
            .rev()
            .take(MOVING_MAX)
            .map(moving_of)
            .collect(),
        jobs: u64::try_from(counted.jobs.len()).unwrap_or(u64::MAX),
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
    let cell = |before: Option<&fleet::monitor::Cell>, cell: &fleet::monitor::Cell| Cell {
        devices: few(cell.counts.devices),
        drifting: few(cell.counts.drifting),
        refusing: few(cell.counts.refusing),
        connected: few(cell.counts.connected),
        silent: few(cell.counts.silent),
        behind: few(cell.counts.behind),
        attention: few(cell.counts.attention),
        from: if cell.counts.devices == 1 {
            cell.first.as_str().to_owned()
        } else {
            between(
                before.map(|before| before.last.as_str()),
                cell.first.as_str(),
            )
            .to_owned()
        },
    };
    let cells = |cells: &[fleet::monitor::Cell]| {
        let before = std::iter::once(None).chain(cells.iter().map(Some));
        before
            .zip(cells)
            .map(|(before, now)| cell(before, now))
            .collect()
    };
    Field {
        as_of: counted.at,
        has_firmware: !counted.firmware.is_empty(),
        square: u32::try_from(counted.neighbors).unwrap_or(u32::MAX),
        regions: counted
            .regions
            .iter()
            .map(|region| (region.name.clone(), cells(&region.cells)))
            .collect(),
    }
}

/// The shortest beginning of a text that comes after the one before; nothing where there is none before.
fn between<'a>(before: Option<&str>, text: &'a str) -> &'a str {
    let Some(before) = before else {
        return "";
    };
    let mut ends = text
        .char_indices()
        .map(|(at, letter)| at + letter.len_utf8());
    let end = ends.find(|end| &text[..*end] > before);
    &text[..end.unwrap_or(text.len())]
}

fn attention_of(finding: &Finding) -> Attention {
    Attention {
        id: finding.id.to_owned(),
        grave: match finding.severity {
            Severity::Fault => Grave::Fault,
            Severity::Drift => Grave::Drift,
            Severity::Silent => Grave::Silent,
        },
        sentence: finding.sentence.clone(),
        cause: finding.cause.clone(),
        condition: finding.condition.clone(),
        since: finding.since,
        taken: finding
            .taken
            .as_ref()
            .map(|taken| (taken.by.clone(), taken.at)),
    }
}

fn moving_of(job: &store::Job) -> Moving {
    let line = words::line(job);
    Moving {
        id: line.id,
        title: line.title,
        standing: line.standing,
        state: line.state,
        progress: line.progress,
        shares: [line.done, line.flight, line.failed],
    }
}

/// The shares of a week ago, at the hours of this week.
fn week_ago(lines: &[Sparkline]) -> Vec<(Timestamp, f64)> {
    const WEEK: Duration = Duration::from_hours(7 * 24);
    let of = |figure| {
        let line = lines.iter().find(|line| line.figure == figure);
        line.map(|line| line.points.as_slice()).unwrap_or_default()
    };
    shares(of(Figure::Connected), of(Figure::Total))
        .into_iter()
        .map(|(at, share)| (at.plus(WEEK), share))
        .collect()
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
    fn a_square_begins_with_as_little_as_parts_it_from_the_one_before() {
        assert_eq!(between(None, "am3-0001"), "");
        assert_eq!(between(Some("am3-0700-66"), "am3-0703-b8"), "am3-0703");
        assert_eq!(between(Some("a"), "ab"), "ab");
        assert_eq!(between(Some("grün-1"), "grüt"), "grüt");
        for (before, text) in [("a1", "a2"), ("a", "a-"), ("x-9", "x-90")] {
            let from = between(Some(before), text);
            assert!(before < from && from <= text, "{before} {from} {text}");
        }
    }

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
