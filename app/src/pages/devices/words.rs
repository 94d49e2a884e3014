//! What the list says in words: pure, the same on both sides.

use std::time::Duration;

use query::{Fix, Problem as QueryProblem};
use twin::time::Timestamp;

use crate::api::devices::{Answered, Building, Page, Reading, Row, Shows};
use crate::format;
use crate::ui::Is;

/// `18,206 in 38 ms`, and how when it was slow.
pub(super) fn answer(total: u64, answered: &Answered) -> String {
    let took = format::took(Duration::from_micros(answered.took_us));
    let how = if answered.is_by_scan {
        ", read from documents"
    } else {
        ""
    };
    format!("{} in {took}{how}", format::count(total))
}

/// `Rows 201–400 of 18,206`.
pub(super) fn rows(page: &Page) -> String {
    let count = page.rows.len() as u64;
    let total = format::count(page.total);
    match count {
        0 => format!("No rows of {total}"),
        1 => format!("Row {} of {total}", format::count(page.before + 1)),
        _ => format!(
            "Rows {}–{} of {total}",
            format::count(page.before + 1),
            format::count(page.before + count)
        ),
    }
}

/// How far the index is; `None` when it is whole.
pub(super) fn progress(building: Option<Building>) -> String {
    match building {
        None => "The index is whole.".to_owned(),
        Some(Building { total: 0, .. }) => "The index is being built.".to_owned(),
        Some(Building { done, total }) => format!(
            "The index is being built: {} of {} devices read.",
            format::count(done.min(total)),
            format::count(total)
        ),
    }
}

/// How far reading documents is.
pub(super) fn reading(reading: &Reading, is_cancelled: bool) -> String {
    let Reading {
        read,
        of,
        matched,
        is_waiting,
    } = *reading;
    let far = format!(
        "{} of {} read, {} {} so far.",
        format::count(read),
        format::count(of),
        format::count(matched),
        if matched == 1 { "matches" } else { "match" }
    );
    if is_cancelled {
        format!("Cancelled: {far}")
    } else if is_waiting {
        "Waiting until other questions have read their documents.".to_owned()
    } else {
        format!("Reading documents… {far}")
    }
}

/// The line of a condition that a problem is in, and marks under its place.
pub(super) fn pointed(condition: &str, problem: &QueryProblem) -> String {
    let shown = problem.render(condition);
    let (line, below) = shown.split_once('\n').unwrap_or((&shown, ""));
    let is_mark = |letter: &char| [' ', '^'].contains(letter);
    let marks: String = below.chars().take_while(is_mark).collect();
    format!("{line}\n{}", marks.trim_end())
}

/// The condition with a fix in place.
pub(super) fn apply(condition: &str, fix: &Fix) -> String {
    let mut fixed = condition.to_owned();
    if fixed.get(fix.span.clone()).is_some() {
        fixed.replace_range(fix.span.clone(), &fix.replacement);
    }
    fixed
}

/// How a device stands, by its worst: refused, drifting, silent, in line.
pub(super) fn standing(row: &Row, now: Timestamp) -> (Is, &'static str) {
    const SILENT_AFTER: Duration = Duration::from_hours(24);
    let is_silent = !row.is_connected && now.since(row.last_activity) > SILENT_AFTER;
    if row.refused > 0 {
        (Is::Fault, "Refused")
    } else if row.differs > 0 {
        (Is::Drift, "Drifting")
    } else if !row.is_enabled {
        (Is::Paused, "Disabled")
    } else if is_silent {
        (Is::Silent, "Silent")
    } else {
        (Is::Converged, "Converged")
    }
}

/// `Holstein / Kiel-Gaarden`.
pub(super) fn place(row: &Row) -> String {
    let parts: Vec<&str> = [&row.region, &row.site]
        .into_iter()
        .filter_map(|part| part.as_deref())
        .collect();
    if parts.is_empty() {
        format::UNKNOWN.to_owned()
    } else {
        parts.join(" / ")
    }
}

/// How wide a column is, by name.
pub(super) const fn width(shows: Shows) -> &'static str {
    match shows {
        Shows::State => "state",
        Shows::Site => "site",
        Shows::Firmware => "firmware",
        Shows::Signal => "signal",
        Shows::Differs | Shows::LastReport => "short",
        Shows::Since => "brief",
        Shows::Cell(_) => "cell",
    }
}

/// What a device holds in a further column.
pub(super) fn cell(row: &Row, at: usize) -> String {
    let cell = row.cells.get(at);
    cell.cloned().unwrap_or_else(|| format::UNKNOWN.to_owned())
}

/// How many of four bars a signal fills: one from −110 dBm, four from −75 dBm.
pub(super) fn bars(rssi_dbm: f64) -> usize {
    [-110.0, -95.0, -85.0, -75.0]
        .iter()
        .filter(|least| rssi_dbm >= **least)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        Row {
            id: "a".into(),
            seq: 1,
            is_enabled: true,
            is_connected: false,
            last_activity: Timestamp::NEVER,
            differs: 0,
            refused: 0,
            since: None,
            region: None,
            site: None,
            class: None,
            firmware_desired: None,
            firmware_reported: None,
            rssi_dbm: None,
            cells: Vec::new(),
        }
    }

    #[test]
    fn the_worst_state_is_said() {
        let now = Timestamp::from_ms(1_000_000_000);
        let row = row();
        assert_eq!(standing(&row, now).1, "Silent");
        assert_eq!(
            standing(
                &Row {
                    is_connected: true,
                    ..row.clone()
                },
                now
            )
            .1,
            "Converged"
        );
        assert_eq!(
            standing(
                &Row {
                    differs: 2,
                    ..row.clone()
                },
                now
            )
            .1,
            "Drifting"
        );
        assert_eq!(
            standing(
                &Row {
                    differs: 2,
                    refused: 1,
                    ..row.clone()
                },
                now
            )
            .1,
            "Refused"
        );
        assert_eq!(
            standing(
                &Row {
                    is_enabled: false,
                    ..row.clone()
                },
                now
            )
            .1,
            "Disabled"
        );
        assert_eq!(place(&row), format::UNKNOWN);
    }

    #[test]
    fn a_problem_is_pointed_at_and_said_elsewhere() {
        let first = |text| query::parse_condition(text).problems.into_iter().next();
        let problem = |text| first(text).unwrap();
        let text = "tags.region == 'Holstein'";
        assert_eq!(
            pointed(text, &problem(text)),
            "tags.region == 'Holstein'\n            ^^"
        );
        let text = "status = 'enabled'\n  AND tags.region == 'ü'";
        assert_eq!(
            pointed(text, &problem(text)),
            "  AND tags.region == 'ü'\n                  ^^"
        );
    }

    #[test]
    fn rows_are_counted_from_one() {
        let page = |before, rows, total| Page {
            rows: vec![row(); rows],
            columns: Vec::new(),
            sort: "deviceId".into(),
            sorted: "Sorted by device".into(),
            total,
            before,
            answered: Answered {
                is_by_scan: false,
                took_us: 1,
            },
            earlier: None,
            later: None,
            building: None,
            as_of: Timestamp::NEVER,
        };
        assert_eq!(rows(&page(0, 200, 18_206)), "Rows 1–200 of 18,206");
        assert_eq!(
            rows(&page(18_200, 6, 18_206)),
            "Rows 18,201–18,206 of 18,206"
        );
        assert_eq!(rows(&page(0, 1, 1)), "Row 1 of 1");
    }

    #[test]
    fn progress_is_said_in_devices_when_they_are_counted() {
        let said = |done, total| progress(Some(Building { done, total }));
        assert_eq!(
            said(430_000, 1_000_000),
            "The index is being built: 430,000 of 1,000,000 devices read."
        );
        assert_eq!(said(0, 0), "The index is being built.");
        assert_eq!(progress(None), "The index is whole.");
    }

    #[test]
    fn reading_is_told_in_devices() {
        let reading = Reading {
            read: 12_000,
            of: 1_000_000,
            matched: 37,
            is_waiting: false,
        };
        assert_eq!(
            super::reading(&reading, false),
            "Reading documents… 12,000 of 1,000,000 read, 37 match so far."
        );
        assert_eq!(
            super::reading(&reading, true),
            "Cancelled: 12,000 of 1,000,000 read, 37 match so far."
        );
        let waiting = Reading {
            is_waiting: true,
            ..reading
        };
        assert!(super::reading(&waiting, false).starts_with("Waiting"));
    }

    #[test]
    fn a_signal_has_no_to_four_bars() {
        assert_eq!(
            [-120.0, -105.0, -90.0, -80.0, -60.0].map(bars),
            [0, 1, 2, 3, 4]
        );
    }
}
