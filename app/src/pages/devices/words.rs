//! What the list says in words: pure, the same on both sides.

use std::time::Duration;

use query::Fix;
use twin::time::Timestamp;

use crate::api::devices::{Answered, Row};
use crate::api::{Code, Problem};
use crate::format;
use crate::ui::Is;

/// `18,206 in 38 ms`, and how when it was slow.
pub(super) fn answer(total: u64, answered: &Answered) -> String {
    let took = format::took(Duration::from_micros(answered.took_us));
    let how = if answered.by_columns {
        ""
    } else {
        ", read from documents"
    };
    format!("{} in {took}{how}", format::count(total))
}

/// What is wrong with a condition that cannot be read, as the problem of the page.
pub(super) fn unreadable(condition: &str) -> Option<Problem> {
    let problem = query::parse_condition(condition)
        .problems
        .into_iter()
        .next()?;
    let help = problem.help.unwrap_or_default();
    Some(
        Problem::new(
            Code::Invalid,
            format!("{} {help}", problem.message).trim_end(),
        )
        .at("q"),
    )
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
    const SILENT_AFTER: Duration = Duration::from_secs(24 * 3_600);
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

    #[test]
    fn the_worst_state_is_said() {
        let now = Timestamp::from_ms(1_000_000_000);
        let row = Row {
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
        };
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
    fn a_signal_has_no_to_four_bars() {
        assert_eq!(
            [-120.0, -105.0, -90.0, -80.0, -60.0].map(bars),
            [0, 1, 2, 3, 4]
        );
    }
}
