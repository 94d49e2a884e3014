//! Composes a report: from what was read of the store and the columns to what a supervisor is told. Pure.

use std::cmp::Reverse;

use store::figure::Kept;
use store::{Actor, AuditTally};
use twin::time::Timestamp;

use super::course::{Course, Dip, Gap};
use super::decisions::{Decision, Question};
use super::period::Period;
use crate::monitor::{Counts, Figures};

/// Regions that are shown by name, largest first; the others are summed up.
pub(super) const REGIONS_MAX: usize = 30;
/// Kinds of changes that are shown, the most frequent first.
pub(super) const CHANGES_MAX: usize = 12;
/// Dips and gaps that are shown, the gravest of each.
pub(super) const INCIDENTS_MAX: usize = 8;

/// What a report is composed of.
#[derive(Debug, Clone)]
pub struct Given {
    /// The period.
    pub period: Period,
    /// When it was read.
    pub at: Timestamp,
    /// What is kept of the period.
    pub during: Samples,
    /// What is kept of the period before.
    pub before: Samples,
    /// The fleet's figures at [`at`](Self::at).
    pub now: Figures,
    /// The regions at that time.
    pub regions: Vec<(Option<String>, Counts)>,
    /// What a person may have to decide, with how many devices each is about.
    pub questions: Vec<(Question, u64)>,
    /// Devices that were enrolled during the period and are still there, and the condition that finds them.
    pub enrolled: (u64, String),
    /// Devices that were retired during the period, those that were restored too.
    pub retired: u64,
    /// Who did what how often during the period.
    pub tallies: Vec<AuditTally>,
}

/// The kept figures of a period.
#[derive(Debug, Clone)]
pub struct Samples {
    /// All devices.
    pub total: Kept,
    /// Connected devices.
    pub connected: Kept,
    /// Converged devices.
    pub converged: Kept,
    /// Silent devices.
    pub silent: Kept,
}

/// The fleet during a period, for those who answer for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The period.
    pub period: Period,
    /// When it was made: figures of now are of this time.
    pub at: Timestamp,
    /// Whether the period goes on.
    pub is_running: bool,
    /// From when until when there are samples; `None` when nothing was measured.
    pub measured: Option<(Timestamp, Timestamp)>,
    /// The figures of now.
    pub now: Figures,
    /// The mean share of converged devices.
    pub converged: Compared,
    /// The mean share of connected devices.
    pub connected: Compared,
    /// Devices at the end of the period.
    pub devices: Compared,
    /// Silent devices at the end of the period.
    pub silent: Compared,
    /// The course of the connected share.
    pub course: Course,
    /// What should be decided, in the order of the questions.
    pub decisions: Vec<Decision>,
    /// Regions now, largest first.
    pub regions: Vec<(Option<String>, Counts)>,
    /// The regions that are not shown, summed up, and how many they are.
    pub other_regions: Option<(usize, Counts)>,
    /// Devices that were enrolled during the period and are still there, and the condition that finds them.
    pub enrolled: (u64, String),
    /// Devices that were retired during the period, those that were restored too.
    pub retired: u64,
    /// What people, policies and the system changed, most often first.
    pub changes: Vec<Change>,
    /// Kinds of changes that are not shown.
    pub changes_left_out: usize,
    /// When fewer devices were connected than usual, in order of time.
    pub dips: Vec<Dip>,
    /// When nothing was measured, in order of time.
    pub gaps: Vec<Gap>,
    /// Dips and gaps that are not shown.
    pub incidents_left_out: usize,
}

/// A figure beside that of the period before; `None` where nothing was measured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Compared {
    /// Of this period.
    pub value: Option<f64>,
    /// Of the one before.
    pub before: Option<f64>,
}

/// What somebody did, how often.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Who.
    pub actor: Actor,
    /// What, as the audit log calls it.
    pub action: String,
    /// How often it was done.
    pub done: u64,
    /// How often it was refused or failed.
    pub not_done: u64,
    /// The newest reason that was given.
    pub reason: Option<String>,
}

impl Compared {
    /// By how much it grew.
    pub fn difference(self) -> Option<f64> {
        Some(self.value? - self.before?)
    }
}

impl Report {
    /// Composes the report.
    pub fn compose(given: Given) -> Self {
        let share = |of: fn(&Samples) -> &Kept| {
            let course = |samples: &Samples| Course::of(of(samples), &samples.total);
            (course(&given.during), course(&given.before))
        };
        let (converged, converged_before) = share(|samples| &samples.converged);
        let (connected, connected_before) = share(|samples| &samples.connected);
        let last = |of: fn(&Samples) -> &Kept| Compared {
            value: of(&given.during).buckets.last().map(|last| last.mean),
            before: of(&given.before).buckets.last().map(|last| last.mean),
        };
        let (devices, silent) = (
            last(|samples| &samples.total),
            last(|samples| &samples.silent),
        );
        let (regions, other_regions) = shown_regions(given.regions);
        let (changes, changes_left_out) = changes(given.tallies);
        let (mut dips, mut gaps) = (connected.dips(), connected.gaps());
        let found = dips.len() + gaps.len();
        keep_gravest(&mut dips, |dip| dip.devices, |dip| dip.from);
        keep_gravest(
            &mut gaps,
            |gap| gap.to.since(gap.from).as_secs_f64(),
            |gap| gap.from,
        );
        Self {
            period: given.period,
            at: given.at,
            is_running: given.at < given.period.ends(),
            measured: connected.measured(),
            now: given.now,
            converged: Compared {
                value: converged.mean(),
                before: converged_before.mean(),
            },
            connected: Compared {
                value: connected.mean(),
                before: connected_before.mean(),
            },
            devices,
            silent,
            course: connected,
            decisions: Decision::of(given.questions),
            regions,
            other_regions,
            enrolled: given.enrolled,
            retired: given.retired,
            changes,
            changes_left_out,
            incidents_left_out: found - dips.len() - gaps.len(),
            dips,
            gaps,
        }
    }
}

fn keep_gravest<T>(all: &mut Vec<T>, gravity: fn(&T) -> f64, from: fn(&T) -> Timestamp) {
    all.sort_by(|one, other| gravity(other).total_cmp(&gravity(one)));
    all.truncate(INCIDENTS_MAX);
    all.sort_by_key(from);
}

type Regions = Vec<(Option<String>, Counts)>;

fn shown_regions(mut regions: Regions) -> (Regions, Option<(usize, Counts)>) {
    regions.retain(|(_, counts)| counts.devices > 0);
    regions.sort_by(|(one_name, one), (other_name, other)| {
        (Reverse(one.devices), one_name.is_none(), one_name).cmp(&(
            Reverse(other.devices),
            other_name.is_none(),
            other_name,
        ))
    });
    let others = regions.split_off(regions.len().min(REGIONS_MAX));
    let sum = others
        .iter()
        .fold(Counts::default(), |sum, (_, counts)| sum.plus(*counts));
    let others = (!others.is_empty()).then_some((others.len(), sum));
    (regions, others)
}

/// What changed the fleet or who may change it. Signing in and looking at keys change nothing, and what devices do
/// themselves is no change of ours.
fn changes(tallies: Vec<AuditTally>) -> (Vec<Change>, usize) {
    let is_change = |tally: &AuditTally| {
        !tally.action.starts_with("session.")
            && !tally.action.contains(".read")
            && !matches!(tally.actor, Actor::Device(_))
    };
    let change = |tally: AuditTally| Change {
        done: tally.entries.saturating_sub(tally.not_done),
        not_done: tally.not_done,
        actor: tally.actor,
        action: tally.action,
        reason: tally.reason,
    };
    let mut changes: Vec<_> = tallies.into_iter().filter(is_change).map(change).collect();
    let left_out = changes.len().saturating_sub(CHANGES_MAX);
    changes.truncate(CHANGES_MAX);
    (changes, left_out)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use store::Bucket;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn period() -> Period {
        Period::parse("2026-11-22").unwrap()
    }

    fn kept(begin: Timestamp, values: &[f64]) -> Kept {
        let bucket = |(hour, value): (u32, &f64)| Bucket {
            at: begin.plus(HOUR * hour),
            mean: *value,
            min: *value,
            max: *value,
            samples: 360,
        };
        Kept {
            step: HOUR,
            buckets: (0..).zip(values).map(bucket).collect(),
        }
    }

    fn samples(of: Period, connected: &[f64], converged: &[f64], silent: &[f64]) -> Samples {
        let begin = of.begins();
        let total: Vec<_> = connected.iter().map(|_| 100.0).collect();
        Samples {
            total: kept(begin, &total),
            connected: kept(begin, connected),
            converged: kept(begin, converged),
            silent: kept(begin, silent),
        }
    }

    fn given() -> Given {
        Given {
            period: period(),
            at: period().begins().plus(HOUR * 14),
            during: samples(
                period(),
                &[97.0, 98.0, 79.0, 98.0],
                &[90.0, 92.0, 94.0, 96.0],
                &[3.0, 3.0, 4.0, 5.0],
            ),
            before: samples(
                period().previous(),
                &[96.0, 98.0],
                &[90.0, 90.0],
                &[2.0, 2.0],
            ),
            now: Figures {
                total: 100,
                converged: 96,
                drifting: 4,
                refusing: 1,
                connected: 98,
                silent: 5,
                messages_per_second: 1.0,
                answer_p95: None,
            },
            regions: Vec::new(),
            questions: Vec::new(),
            enrolled: (0, String::new()),
            retired: 0,
            tallies: Vec::new(),
        }
    }

    #[test]
    fn figures_stand_beside_those_of_the_period_before() {
        let report = Report::compose(given());
        let near = |compared: Compared, value: f64, before: f64| {
            assert!(
                (compared.value.unwrap() - value).abs() < 1e-9,
                "{compared:?}"
            );
            assert!((compared.before.unwrap() - before).abs() < 1e-9);
        };
        near(report.connected, 0.93, 0.97);
        near(report.converged, 0.93, 0.90);
        near(report.silent, 5.0, 2.0);
        near(report.devices, 100.0, 100.0);
        assert!(report.is_running);
        let dips: Vec<_> = report.dips.iter().map(|dip| (dip.from, dip.to)).collect();
        let begin = period().begins();
        assert_eq!(dips, [(begin.plus(HOUR * 2), begin.plus(HOUR * 3))]);
        let measured = (begin, begin.plus(HOUR * 4));
        assert_eq!(report.measured, Some(measured));
    }

    #[test]
    fn what_was_not_measured_is_not_known() {
        let none = samples(period(), &[], &[], &[]);
        let report = Report::compose(Given {
            at: period().ends(),
            during: none,
            ..given()
        });
        assert_eq!(report.connected.value, None);
        assert_eq!(report.connected.difference(), None);
        assert_eq!(report.measured, None);
        assert!(!report.is_running);
        assert_eq!((report.dips.len(), report.gaps.len()), (0, 0));
    }

    #[test]
    fn large_regions_have_names_and_the_rest_is_summed_up() {
        let counts = |devices| Counts {
            devices,
            connected: devices,
            ..Counts::default()
        };
        let mut regions: Regions = (1..=REGIONS_MAX as u64)
            .map(|number| (Some(format!("r{number:02}")), counts(100 + number)))
            .collect();
        regions.extend([
            (None, counts(7)),
            (Some("s".into()), counts(7)),
            (Some("empty".into()), counts(0)),
        ]);
        let report = Report::compose(Given { regions, ..given() });
        assert_eq!(report.regions.len(), REGIONS_MAX);
        assert_eq!(report.regions[0].0.as_deref(), Some("r30"));
        assert_eq!(report.other_regions, Some((2, counts(14))));
    }

    #[test]
    fn changes_are_what_people_and_the_system_did() {
        let tally = |actor: Actor, action: &str, entries, not_done| AuditTally {
            actor,
            action: action.to_owned(),
            entries,
            not_done,
            reason: Some("why".to_owned()),
        };
        let ada = || Actor::Person("ada".to_owned());
        let report = Report::compose(Given {
            tallies: vec![
                tally(ada(), "session.begin", 40, 0),
                tally(ada(), "twin.change", 9, 2),
                tally(Actor::Service("service".to_owned()), "device.create", 5, 0),
                tally(ada(), "device.read_keys", 3, 0),
            ],
            ..given()
        });
        let shown: Vec<_> = report
            .changes
            .iter()
            .map(|change| (change.action.as_str(), change.done, change.not_done))
            .collect();
        assert_eq!(shown, [("twin.change", 7, 2), ("device.create", 5, 0)]);
        assert_eq!(report.changes_left_out, 0);
    }
}
