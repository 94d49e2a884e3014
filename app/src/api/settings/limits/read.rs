//! The limits of the fleet and the configuration of the server, written with their units.

use std::time::Duration;

use fleet::Limits;
use fleet::access::{Action, PASSWORD_CHARS_MIN, authorize};
use leptos::prelude::use_context;
use store::Keep;

use super::{Group, Setting};
use crate::api::settings::Machine;
use crate::api::{Caller, Problem};
use crate::format;

impl Caller {
    /// Every value in force: first what was configured, then what is part of this version.
    pub(crate) fn limits(&self) -> Result<Vec<Group>, Problem> {
        authorize(&self.principal, Action::ReadInternals)?;
        let limits = self.fleet.limits();
        let machine = use_context::<Machine>();
        let mut groups = machine.map_or_else(Vec::new, |machine| machine.configured.to_vec());
        groups.extend([
            kept(limits),
            sign_in(limits),
            queries(limits),
            registry(limits),
            checks(limits),
            pace(limits),
        ]);
        Ok(groups)
    }
}

fn kept(limits: &Limits) -> Group {
    let retention = &limits.retention;
    let rule = |keep: Keep| {
        format!(
            "{} or {} rows, whichever is reached first",
            time(keep.age_max),
            format::count(keep.rows_max)
        )
    };
    group(
        "retention",
        "Retention",
        vec![
            built_in("History of twins", rule(retention.history)),
            built_in("Events of devices", rule(retention.events)),
            built_in("Messages of devices", rule(retention.messages)),
            built_in("Audit log", rule(retention.audit)),
            built_in(
                "Retired devices can be restored for",
                time(limits.restore_grace),
            ),
            built_in(
                "Between two rounds of pruning",
                time(limits.retention_interval),
            ),
            built_in(
                "Rows removed at once",
                format::plural(u64::from(retention.batch_rows_max), "row", "rows"),
            ),
        ],
    )
}

fn sign_in(limits: &Limits) -> Group {
    let tries = |tries: u32| amount(tries as usize, "try", "tries");
    group(
        "sign-in",
        "Sign-in and sessions",
        vec![
            built_in("A session ends when unused for", time(limits.session_idle)),
            built_in(
                "A session ends at the age of",
                time(limits.session_absolute),
            ),
            built_in(
                "Shortest password",
                amount(PASSWORD_CHARS_MIN, "character", "characters"),
            ),
            built_in(
                "Wrong passwords for a name",
                tries(limits.sign_in_tries_per_name),
            ),
            built_in(
                "Wrong passwords from an address",
                tries(limits.sign_in_tries_per_address),
            ),
            built_in("First wait after that", time(limits.sign_in_wait)),
            built_in("Longest wait", time(limits.sign_in_wait_max)),
            built_in(
                "Passwords computed at once",
                amount(limits.password_workers, "password", "passwords"),
            ),
        ],
    )
}

fn queries(limits: &Limits) -> Group {
    group(
        "queries",
        "Queries",
        vec![
            built_in(
                "Longest query",
                amount(limits.query_chars_max, "character", "characters"),
            ),
            built_in(
                "Page of the console",
                amount(limits.console_page_rows_max, "row", "rows"),
            ),
            built_in(
                "Page of a service query",
                amount(limits.service_page_rows_max, "row", "rows"),
            ),
            built_in(
                "Rows of a grouped answer",
                amount(limits.group_rows_max, "row", "rows"),
            ),
            built_in(
                "Declared properties",
                amount(limits.declared_properties_max, "property", "properties"),
            ),
            built_in(
                "A service query waits for the index",
                time(limits.service_columns_wait),
            ),
        ],
    )
}

fn registry(limits: &Limits) -> Group {
    group(
        "registry",
        "Devices",
        vec![
            built_in(
                "Devices in one list",
                amount(limits.list_rows_max, "device", "devices"),
            ),
            built_in(
                "Devices in one bulk call",
                amount(limits.bulk_rows_max, "device", "devices"),
            ),
            built_in(
                "Devices retired at once",
                amount(limits.retire_rows_max, "device", "devices"),
            ),
            built_in(
                "Methods under way at once",
                amount(limits.methods_in_flight_max, "method", "methods"),
            ),
            built_in(
                "Credentials in memory",
                amount(limits.credentials_max, "device", "devices"),
            ),
        ],
    )
}

fn checks(limits: &Limits) -> Group {
    group(
        "checks",
        "What needs a person",
        vec![
            built_in(
                "A device that may connect is silent for",
                time(limits.check_silent_after),
            ),
            built_in(
                "A device differs from what was asked for",
                time(limits.check_drifting_after),
            ),
            built_in(
                "A device that was not let in tries again within",
                time(limits.check_not_admitted_for),
            ),
            built_in(
                "The hub’s certificate is valid for less than",
                time(limits.check_certificate_left_min),
            ),
            built_in(
                "The volume of the database has less left than",
                format::bytes(limits.check_free_bytes_min),
            ),
            built_in(
                "A check is over when it has not held for",
                time(limits.check_settle),
            ),
            built_in("Between two looks", time(limits.checks_interval)),
        ],
    )
}

fn pace(limits: &Limits) -> Group {
    group(
        "pace",
        "Pace",
        vec![
            built_in("Between two messages to a page", time(limits.live_interval)),
            built_in(
                "Between two figures of the overview",
                time(limits.overview_interval),
            ),
            built_in(
                "Between two samples of history",
                time(limits.figures_interval),
            ),
            built_in(
                "Between two writes of last activity",
                time(limits.activity_interval),
            ),
        ],
    )
}

fn group(id: &str, title: &str, settings: Vec<Setting>) -> Group {
    Group {
        id: id.to_owned(),
        title: title.to_owned(),
        settings,
    }
}

fn built_in(name: &str, value: String) -> Setting {
    Setting {
        name: name.to_owned(),
        value,
        flag: None,
    }
}

fn amount(number: usize, one: &str, many: &str) -> String {
    format::plural(u64::try_from(number).unwrap_or(u64::MAX), one, many)
}

/// A length of time in its largest whole unit.
fn time(length: Duration) -> String {
    if length < Duration::from_secs(1) {
        return format!("{} ms", length.as_millis());
    }
    let seconds = length.as_secs();
    let (unit, one, many) = match seconds {
        _ if seconds.is_multiple_of(86_400) => (86_400, "day", "days"),
        _ if seconds.is_multiple_of(3_600) => (3_600, "hour", "hours"),
        _ if seconds.is_multiple_of(60) => (60, "minute", "minutes"),
        _ => (1, "second", "seconds"),
    };
    format::plural(seconds / unit, one, many)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_their_largest_whole_unit() {
        let said = |seconds| time(Duration::from_secs(seconds));
        assert_eq!(said(30 * 86_400), "30 days");
        assert_eq!(said(12 * 3_600), "12 hours");
        assert_eq!(said(90), "90 seconds");
        assert_eq!(said(60), "1 minute");
        assert_eq!(time(Duration::from_millis(250)), "250 ms");
    }

    #[test]
    fn retention_says_both_bounds() {
        let group = kept(&Limits::default());
        assert_eq!(
            group.settings[0].value,
            "30 days or 5,000,000 rows, whichever is reached first"
        );
    }
}
