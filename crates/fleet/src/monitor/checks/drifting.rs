//! Drifting too long: devices that differ from what was asked for longer than the limit, without refusing it.

use super::{Around, Check, Seen, Severity, words};

#[derive(Debug)]
pub(super) struct Drifting;

impl Check for Drifting {
    fn id(&self) -> &'static str {
        "drifting"
    }

    fn severity(&self) -> Severity {
        Severity::Drift
    }

    fn condition(&self, around: &Around) -> Option<String> {
        let limit = words::ago(around.drifting_after);
        Some(format!("drift.since < {limit} AND drift.refused = 0"))
    }

    fn sentence(&self, seen: &Seen<'_>) -> Option<String> {
        let who = words::devices(seen.devices, "has", "have");
        let limit = words::time(seen.around.drifting_after);
        (seen.devices > 0).then(|| format!("{who} differed for more than {limit}"))
    }

    fn cause(&self, seen: &Seen<'_>) -> String {
        let away = seen.crowd.not_connected();
        let common = seen.crowd.in_common();
        if away.saturating_mul(10) >= seen.devices.saturating_mul(6) && seen.devices > 0 {
            let share = words::percent(away, seen.devices);
            let then = "they read what was asked when they come back.";
            return match common {
                Some(common) => format!("{share} of them are not connected; {then} {common}."),
                None => format!("{share} of them are not connected; {then}"),
            };
        }
        match common {
            Some(common) => {
                format!("{common}. They are connected and have not answered what was asked.")
            }
            None => "Most are connected and have not answered what was asked. Their software may not know the property.".to_owned(),
        }
    }
}
