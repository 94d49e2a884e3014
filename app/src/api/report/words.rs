//! What a report says, in words: rules that turn its figures into sentences. Pure.

use fleet::monitor::Counts;
use fleet::report::{Change as Changed, Compared, Dip, Length, Period, Question, Report};
use store::Actor;
use twin::time::Timestamp;

use super::{Change, Decide, Figure, Part, Region, Sheet, Wrong, line};
use crate::{conditions, format};

/// The report as its page shows it.
pub(super) fn sheet(report: &Report, host_name: &str) -> Sheet {
    let period = report.period;
    let next = period.next();
    Sheet {
        period: period.to_string(),
        title: period.title(),
        meta: vec![
            host_name.to_owned(),
            format::plural(report.now.total, "device", "devices"),
            format!("made {}", format::instant(report.at)),
        ],
        lengths: lengths(report),
        previous: period.previous().to_string(),
        next: (next.begins() <= report.at).then(|| next.to_string()),
        lead: lead(report),
        figures: figures(report),
        decide: report
            .decisions
            .iter()
            .map(|it| decide(it.question, it.devices))
            .collect(),
        course: course(report),
        line: line::line(&report.course, period),
        regions: regions(report),
        regions_note: report.other_regions.map_or_else(String::new, |(count, _)| {
            format!(
                "{} smaller regions are summed up",
                format::count(count as u64)
            )
        }),
        enrolled: linked(
            format::plural(report.enrolled.0, "device", "devices"),
            report.enrolled.1.clone(),
        ),
        retired: retired(report.retired),
        changes: report.changes.iter().map(change).collect(),
        changes_note: left_out(report.changes_left_out, "further kind", "further kinds"),
        wrong: wrong(report),
        wrong_note: wrong_note(report),
        colophon: colophon(),
    }
}

fn text(text: impl Into<String>) -> Part {
    Part {
        text: text.into(),
        condition: None,
    }
}

fn linked(text: impl Into<String>, condition: impl Into<String>) -> Part {
    Part {
        text: text.into(),
        condition: Some(condition.into()),
    }
}

const fn noun(length: Length) -> &'static str {
    match length {
        Length::Day => "day",
        Length::Week => "week",
        Length::Month => "month",
    }
}

/// The last moment of the period that has passed, as day, week and month.
fn lengths(report: &Report) -> Vec<(String, String, bool)> {
    let last = Timestamp::from_ms(report.period.ends().as_ms() - 1).min(report.at);
    let last = last.max(report.period.begins());
    let choice = |length: Length| {
        let name = match length {
            Length::Day => "Day",
            Length::Week => "Week",
            Length::Month => "Month",
        };
        let is_current = length == report.period.length();
        let period = if is_current {
            report.period
        } else {
            Period::holding(length, last)
        };
        (name.to_owned(), period.to_string(), is_current)
    };
    Length::ALL.into_iter().map(choice).collect()
}

/// The day and the minute, in the words of the period's scale.
fn when(at: Timestamp, length: Length) -> String {
    match length {
        Length::Day => format::clock(at),
        Length::Week | Length::Month => format!("{}, {}", format::month_day(at), format::clock(at)),
    }
}

fn lead(report: &Report) -> Vec<Part> {
    let length = report.period.length();
    let unit = noun(length);
    let mut said = Vec::new();
    let against = |compared: Compared| {
        compared.before.map_or_else(String::new, |before| {
            format!(", against {} the {unit} before", format::percent(before, 1))
        })
    };
    match (report.converged.value, report.connected.value) {
        (Some(converged), Some(connected)) => said.push(text(format!(
            "On average {} of devices were as they should be{}, and {} were connected{}. {}",
            format::percent(converged, 1),
            against(report.converged),
            format::percent(connected, 1),
            against(report.connected),
            interruptions(report),
        ))),
        _ if report.period.begins() > report.at => {
            said.push(text(format!("This {unit} has not begun.")));
        }
        _ => said.push(text(format!("Nothing was measured in this {unit}."))),
    }
    if let Some(since) = since(report) {
        said.push(text(format!(" {since}")));
    }
    let now = &report.now;
    said.extend([
        text(" Now "),
        linked(format::count(now.connected), conditions::CONNECTED),
        text(format!(
            " of {} connected, and ",
            format::plural(now.total, "device is", "devices are")
        )),
        linked(format::count(now.drifting), conditions::DRIFTING),
        text(match now.drifting {
            1 => " differs from what was asked.",
            _ => " differ from what was asked.",
        }),
    ]);
    said.push(text(match report.decisions.len() {
        0 => " Nothing needs a decision from you.".to_owned(),
        1 => " One thing needs a decision from you.".to_owned(),
        count => format!(" {count} things need a decision from you."),
    }));
    said
}

fn interruptions(report: &Report) -> String {
    let gravest = report
        .dips
        .iter()
        .max_by(|one, other| one.devices.total_cmp(&other.devices));
    let Some(dip) = gravest else {
        return "The connections held.".to_owned();
    };
    let one = format!(
        "{}, when up to {} away {}",
        when(dip.from, report.period.length()),
        away(dip),
        lasted(dip)
    );
    match report.dips.len() {
        1 => format!("One interruption: {one}."),
        count => format!("{count} interruptions; the gravest: {one}."),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of devices, rounded"
)]
fn away(dip: &Dip) -> String {
    format::plural(
        dip.devices.round().max(0.0) as u64,
        "device was",
        "devices were",
    )
}

fn lasted(dip: &Dip) -> String {
    let length = format::duration(dip.to.since(dip.from));
    if dip.is_open {
        format!("for {length} so far")
    } else {
        format!("for {length}")
    }
}

/// From when on, where that is not the beginning.
fn since(report: &Report) -> Option<String> {
    let (from, _) = report.measured?;
    let late =
        from.since(report.period.begins()) > report.course.step && from > report.period.begins();
    late.then(|| format!("Measured since {} UTC.", when(from, report.period.length())))
}

fn figures(report: &Report) -> Vec<Figure> {
    let unit = noun(report.period.length());
    let share = |name: &str, compared: Compared, now: Part| {
        let figure = compared.value.map(|value| format::percent_figure(value, 1));
        let note = compared.difference().map(|difference| {
            let points = difference * 100.0;
            format!("{} points on the {unit} before", change_of(points, 1))
        });
        Figure {
            name: name.to_owned(),
            unit: figure.as_ref().map_or("", |_| "%").to_owned(),
            figure: figure.unwrap_or_else(|| format::UNKNOWN.to_owned()),
            note: note.unwrap_or_else(|| format!("mean of the {unit}")),
            now,
        }
    };
    let count = |name: &str, compared: Compared, now: Part| {
        let note = compared.difference();
        let note = note
            .map(|difference| format!("{} on the {unit} before", change_of(difference.round(), 0)));
        Figure {
            name: name.to_owned(),
            figure: compared.value.map_or_else(
                || format::UNKNOWN.to_owned(),
                |value| format::decimal(value.round(), 0),
            ),
            unit: String::new(),
            note: note.unwrap_or_else(|| {
                if report.is_running {
                    "as last measured".to_owned()
                } else {
                    format!("at the end of the {unit}")
                }
            }),
            now,
        }
    };
    let now = &report.now;
    let part =
        |part: u64, condition: &str| linked(format!("now {}", format::count(part)), condition);
    vec![
        share(
            "As they should be",
            report.converged,
            part(now.converged, conditions::CONVERGED),
        ),
        share(
            "Connected",
            report.connected,
            part(now.connected, conditions::CONNECTED),
        ),
        count("Devices", report.devices, part(now.total, "")),
        count(
            "Silent over a day",
            report.silent,
            part(now.silent, conditions::SILENT),
        ),
    ]
}

/// `▲ 0.3`, `▼ 12`, or that nothing changed.
fn change_of(by: f64, decimals: usize) -> String {
    let written = format::decimal(by.abs(), decimals);
    if written == format::decimal(0.0, decimals) {
        format!("± {written}")
    } else if by > 0.0 {
        format!("▲ {written}")
    } else {
        format!("▼ {written}")
    }
}

fn decide(question: Question, devices: u64) -> Decide {
    let count =
        |one: &str, many: &str| linked(format::plural(devices, one, many), question.condition());
    let (words, why) = match question {
        Question::Refusing => (
            vec![
                text("Ask "),
                count("device", "devices"),
                text(if devices == 1 {
                    " for something else, or take back what it refuses?"
                } else {
                    " for something else, or take back what they refuse?"
                }),
            ],
            "Each answered that it does not do what was asked; it will not change by waiting.",
        ),
        Question::Silent => (
            vec![
                text("Visit, replace or retire "),
                count("device that is", "devices that are"),
                text(" silent for over 7 days?"),
            ],
            "They may be broken, stolen, out of reach or out of use; none of it shows from here.",
        ),
        Question::Drifting => (
            vec![
                text("Who finds out why "),
                count("device has", "devices have"),
                text(" differed from what was asked for over 7 days?"),
            ],
            "They refuse nothing, and do not do it either.",
        ),
        Question::Disabled => (
            vec![
                text("Let in again, or retire, "),
                count("device that is", "devices that are"),
                text(" disabled?"),
            ],
            "A disabled device cannot connect, and its keys stay valid for the day it may.",
        ),
    };
    Decide {
        question: words,
        why: why.to_owned(),
    }
}

/// The conclusion of the chart, and how it is measured.
fn course(report: &Report) -> (String, String) {
    let unit = noun(report.period.length());
    let shares = || report.course.stretches.iter().map(|stretch| stretch.share);
    let (Some(low), Some(high)) = (shares().reduce(f64::min), shares().reduce(f64::max)) else {
        return (
            format!("Connected through the {unit}: not measured"),
            String::new(),
        );
    };
    let conclusion = match report
        .dips
        .iter()
        .min_by(|one, other| one.least.total_cmp(&other.least))
    {
        Some(dip) => format!(
            "Connected through the {unit}: down to {} on {}",
            format::percent(dip.least, 1),
            when(dip.from, Length::Week)
        ),
        None if format::percent(low, 1) == format::percent(high, 1) => {
            format!("Connected through the {unit}: {}", format::percent(low, 1))
        }
        None => format!(
            "Connected through the {unit}: between {} and {}",
            format::percent(low, 1),
            format::percent(high, 1)
        ),
    };
    let step = format::duration(report.course.step);
    (conclusion, format!("share of the fleet, means of {step}"))
}

fn regions(report: &Report) -> Vec<Region> {
    let row = |name: String, condition: Option<String>, counts: &Counts| Region {
        name,
        condition,
        devices: format::count(counts.devices),
        connected: format::share(counts.connected, counts.devices, 1),
        converged: format::share(
            counts.devices.saturating_sub(counts.drifting),
            counts.devices,
            1,
        ),
        silent: format::count(counts.silent),
    };
    let named = |(name, counts): &(Option<String>, Counts)| {
        let condition = conditions::region(name.as_deref());
        let name = name
            .clone()
            .unwrap_or_else(|| "Without a region".to_owned());
        row(name, Some(condition), counts)
    };
    let mut rows: Vec<_> = report.regions.iter().map(named).collect();
    if let Some((count, counts)) = &report.other_regions {
        let name = format!("{} smaller regions", format::count(*count as u64));
        rows.push(row(name, None, counts));
    }
    rows
}

fn retired(devices: u64) -> String {
    if devices == 0 {
        return "No device was retired.".to_owned();
    }
    let devices = format::plural(devices, "device was", "devices were");
    format!("{devices} retired.")
}

fn change(change: &Changed) -> Change {
    let what = match change.action.as_str() {
        "device.create" => "Devices enrolled",
        "device.update" => "Identities of devices changed",
        "device.retire" => "Devices retired",
        "device.replace" => "Devices replaced",
        "device.restore" => "Retired devices restored",
        "device.delete" => "Devices deleted",
        "twin.change" => "Tags or desired properties changed",
        "method.invoke" => "Methods called",
        "job.start" => "Jobs started",
        "job.cancel" => "Jobs canceled",
        "job.undo" => "Jobs undone",
        "group.create" => "Groups created",
        "group.change" => "Groups changed",
        "group.delete" => "Groups deleted",
        "property.declare" => "Properties declared",
        "property.change" => "Declared properties changed",
        "property.drop" => "Declared properties dropped",
        "person.create" => "People invited",
        "person.update" => "People changed",
        "person.delete" => "People removed",
        "person.password" => "Passwords set",
        "policy.create" => "Policies made",
        "policy.renew_key" => "Keys of policies renewed",
        // What has no sentence yet goes by its name in the audit log.
        other => other,
    };
    let who = match &change.actor {
        Actor::Person(name) => name.clone(),
        Actor::Service(policy) => format!("Service clients ({policy})"),
        Actor::Device(id) => id.to_string(),
        Actor::System(part) => format!("The system ({part})"),
        Actor::Job { job, by } => format!("Job {job}, started by {by}"),
    };
    Change {
        what: what.to_owned(),
        who,
        done: format::count(change.done),
        not_done: if change.not_done > 0 {
            format::count(change.not_done)
        } else {
            String::new()
        },
        reason: change.reason.clone().unwrap_or_default(),
    }
}

fn left_out(count: usize, one: &str, many: &str) -> String {
    if count == 0 {
        return String::new();
    }
    format!("and {}", format::plural(count as u64, one, many))
}

fn wrong(report: &Report) -> Vec<Wrong> {
    let at = |at: Timestamp| (at, when(at, report.period.length()), format::instant(at));
    let mut all: Vec<(Timestamp, Wrong)> = Vec::new();
    for dip in &report.dips {
        let (from, time, exact) = at(dip.from);
        let sentence = format!("Up to {} away {}", away(dip), lasted(dip));
        let note = format!(
            "At its lowest {} were connected, as sampled.",
            format::percent(dip.least, 1)
        );
        all.push((
            from,
            Wrong {
                time,
                exact,
                is_gap: false,
                sentence,
                note,
            },
        ));
    }
    for gap in &report.gaps {
        let (from, time, exact) = at(gap.from);
        let sentence = format!(
            "Nothing was measured for {}",
            format::duration(gap.to.since(gap.from))
        );
        let note =
            "The server was down or still counting; what devices did meanwhile is not known."
                .to_owned();
        all.push((
            from,
            Wrong {
                time,
                exact,
                is_gap: true,
                sentence,
                note,
            },
        ));
    }
    all.sort_by_key(|(from, _)| *from);
    all.into_iter().map(|(_, wrong)| wrong).collect()
}

fn wrong_note(report: &Report) -> String {
    if report.measured.is_none() {
        return "Not known: nothing was measured.".to_owned();
    }
    if report.dips.is_empty() && report.gaps.is_empty() {
        return "Nothing that the samples show.".to_owned();
    }
    left_out(report.incidents_left_out, "lesser one", "lesser ones")
}

fn colophon() -> Vec<String> {
    vec![
        "As they should be: the device reports everything that is asked of it. Silent: no sign of life for 24 hours. \
         Figures of the period are means of samples every 10 seconds, kept for 5 minutes each, and for an hour each after 8 days; \
         times without samples count neither for nor against."
            .to_owned(),
        format!(
            "Went wrong: the connected share fell more than {} points below its usual (the median of the period), until less than {} was missing. \
             Figures of now open the query behind them. All times are UTC.",
            format::number(fleet::report::DIP_BEGINS * 100.0, 1),
            format::number(fleet::report::DIP_ENDS * 100.0, 1)
        ),
    ]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fleet::monitor::Figures;
    use fleet::report::{Course, Decision, Gap, Stretch};

    use super::*;

    fn report() -> Report {
        let period = Period::parse("2026-W47").unwrap();
        let step = Duration::from_hours(1);
        let stretch = |hour: u32| Stretch {
            at: period.begins().plus(step * hour),
            share: 0.96,
            least: 0.95,
            whole: 1_000.0,
            samples: 360,
        };
        let compared = |value, before| Compared {
            value: Some(value),
            before,
        };
        Report {
            period,
            at: Timestamp::parse("2026-11-22T14:06:00Z").unwrap(),
            is_running: true,
            measured: Some((period.begins(), period.begins().plus(step * 9))),
            now: Figures {
                total: 1_000,
                converged: 990,
                drifting: 10,
                refusing: 2,
                connected: 961,
                silent: 5,
                messages_per_second: 0.0,
                answer_p95: None,
            },
            converged: compared(0.969, Some(0.966)),
            connected: compared(0.96, Some(0.964)),
            devices: compared(1_000.0, Some(1_000.0)),
            silent: compared(9.0, None),
            course: Course {
                step,
                stretches: (0..9).map(stretch).collect(),
            },
            decisions: Vec::new(),
            regions: Vec::new(),
            other_regions: None,
            enrolled: (0, String::new()),
            retired: 0,
            changes: Vec::new(),
            changes_left_out: 0,
            dips: Vec::new(),
            gaps: Vec::new(),
            incidents_left_out: 0,
        }
    }

    fn dip(report: &Report) -> Dip {
        let from = report.period.begins().plus(Duration::from_hours(3));
        Dip {
            from,
            to: from.plus(Duration::from_mins(220)),
            least: 0.919,
            devices: 41.3,
            is_open: false,
        }
    }

    fn said(parts: &[Part]) -> String {
        let words: String = parts.iter().map(|part| part.text.as_str()).collect();
        words.replace(format::THIN, " ")
    }

    #[test]
    fn the_summary_says_what_was_and_what_is() {
        let calm = report();
        assert_eq!(
            said(&lead(&calm)),
            "On average 96.9 % of devices were as they should be, against 96.6 % the week before, and 96.0 % were connected, \
             against 96.4 % the week before. The connections held. Now 961 of 1,000 devices are connected, and 10 differ from \
             what was asked. Nothing needs a decision from you."
        );
        let mut stormy = report();
        stormy.dips = vec![dip(&calm)];
        stormy.decisions = vec![Decision {
            question: Question::Refusing,
            devices: 2,
        }];
        let words = said(&lead(&stormy));
        assert!(
            words.contains(
                "One interruption: 16 Nov, 03:00, when up to 41 devices were away for 3 h 40 min."
            ),
            "{words}"
        );
        assert!(
            words.ends_with("One thing needs a decision from you."),
            "{words}"
        );
        let mut empty = report();
        (empty.converged, empty.connected, empty.measured) =
            (Compared::default(), Compared::default(), None);
        assert!(said(&lead(&empty)).starts_with("Nothing was measured in this week. Now 961"));
    }

    #[test]
    fn a_late_beginning_is_said() {
        let mut report = report();
        assert_eq!(since(&report), None);
        let from = report.period.begins().plus(Duration::from_hours(38));
        report.measured = Some((from, from.plus(Duration::from_hours(5))));
        assert_eq!(
            since(&report).as_deref(),
            Some("Measured since 17 Nov, 14:00 UTC.")
        );
    }

    #[test]
    fn a_figure_says_its_time_and_opens_its_query() {
        let shown: Vec<_> = figures(&report())
            .into_iter()
            .map(|it| {
                (
                    format!("{} {}{}", it.name, it.figure, it.unit),
                    it.note,
                    it.now.condition.unwrap(),
                )
            })
            .collect();
        let of = |figure: &str, note: &str, condition: &str| {
            (figure.to_owned(), note.to_owned(), condition.to_owned())
        };
        assert_eq!(
            shown,
            [
                of(
                    "As they should be 96.9%",
                    "▲ 0.3 points on the week before",
                    conditions::CONVERGED
                ),
                of(
                    "Connected 96.0%",
                    "▼ 0.4 points on the week before",
                    conditions::CONNECTED
                ),
                of("Devices 1,000", "± 0 on the week before", ""),
                of(
                    "Silent over a day 9",
                    "as last measured",
                    conditions::SILENT
                ),
            ]
        );
    }

    #[test]
    fn what_went_wrong_is_told_in_order_and_gaps_are_no_outages() {
        let mut report = report();
        assert_eq!(wrong_note(&report), "Nothing that the samples show.");
        report.dips = vec![dip(&report)];
        let from = report.period.begins().plus(Duration::from_hours(1));
        let to = from.plus(Duration::from_hours(1));
        report.gaps = vec![Gap { from, to }];
        let told: Vec<_> = wrong(&report)
            .into_iter()
            .map(|it| (it.time, it.sentence, it.is_gap))
            .collect();
        assert_eq!(
            told,
            [
                (
                    "16 Nov, 01:00".to_owned(),
                    "Nothing was measured for 1 h".to_owned(),
                    true
                ),
                (
                    "16 Nov, 03:00".to_owned(),
                    "Up to 41 devices were away for 3 h 40 min".to_owned(),
                    false
                ),
            ]
        );
    }

    #[test]
    fn retired_devices_are_counted() {
        assert_eq!(
            [0, 1, 2].map(retired),
            [
                "No device was retired.",
                "1 device was retired.",
                "2 devices were retired."
            ]
        );
        let mut report = report();
        report.retired = 2;
        assert_eq!(sheet(&report, "hub").retired, "2 devices were retired.");
    }

    #[test]
    fn the_same_moment_is_shown_as_day_week_and_month() {
        let mut report = report();
        let periods = |report: &Report| {
            lengths(report)
                .into_iter()
                .map(|(_, period, _)| period)
                .collect::<Vec<_>>()
        };
        assert_eq!(periods(&report), ["2026-11-22", "2026-W47", "2026-11"]);
        report.period = Period::parse("2026-10").unwrap();
        assert_eq!(periods(&report), ["2026-10-31", "2026-W44", "2026-10"]);
    }
}
