//! A device in words: pure, so that both sides of hydration say the same.

use twin::diff::Kind;
use twin::time::Timestamp;
use twin::{Map, Value};

use crate::api::device::Device;
use crate::format;
use crate::ui::Is;

/// The worst of its states.
pub(super) fn worst(device: &Device) -> Is {
    let worst = device
        .differences
        .iter()
        .map(|difference| mark(&difference.kind))
        .max_by_key(|is| is.severity());
    worst
        .filter(|is| is.severity() > 0)
        .unwrap_or(Is::Converged)
}

/// The mark of a place.
pub(super) fn mark(kind: &Kind) -> Is {
    match kind {
        Kind::Agrees => Is::Converged,
        Kind::Drifting => Is::Drift,
        Kind::Waiting => Is::Desired,
        Kind::Refused { .. } => Is::Fault,
        Kind::ReportedOnly => Is::Reported,
    }
}

/// The word of a place.
pub(super) fn word(kind: &Kind) -> &'static str {
    match kind {
        Kind::Agrees => "Agrees",
        Kind::Drifting => "Drifting",
        Kind::Waiting => "Waiting",
        Kind::Refused { .. } => "Refused",
        Kind::ReportedOnly => "Reported only",
    }
}

/// `1 refused, 2 drifting`, or that all agrees.
pub(super) fn standing(device: &Device) -> String {
    let count = |is: fn(&Kind) -> bool| {
        device
            .differences
            .iter()
            .filter(|difference| is(&difference.kind))
            .count()
    };
    let parts = [
        (
            count(|kind| matches!(kind, Kind::Refused { .. })),
            "refused",
        ),
        (count(|kind| matches!(kind, Kind::Drifting)), "drifting"),
        (count(|kind| matches!(kind, Kind::Waiting)), "waiting"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    if said.is_empty() {
        "Converged".to_owned()
    } else {
        said.join(", ")
    }
}

/// Class and place, from the tags.
pub(super) fn facts(device: &Device) -> Vec<String> {
    let tag = |name: &str| {
        device
            .tags
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let place: Vec<String> = ["region", "site"].into_iter().filter_map(tag).collect();
    let place = (!place.is_empty()).then(|| place.join(" / "));
    [tag("class"), place].into_iter().flatten().collect()
}

/// `Connected 3 d 4 h, answered 6 s ago`.
pub(super) fn connection(device: &Device, now: Timestamp) -> String {
    if device.is_connected {
        let since = format::lasting(device.connection_since, now);
        format!(
            "Connected {since}, answered {}",
            format::ago(device.last_activity, now)
        )
    } else if device.last_activity.is_never() {
        "Never connected".to_owned()
    } else {
        format!(
            "Not connected, last seen {}",
            format::ago(device.last_activity, now)
        )
    }
}

/// A value as JSON on one line.
pub(super) fn value(value: &Value) -> String {
    value.to_string()
}

/// A section as JSON over several lines.
pub(super) fn pretty(section: &Map) -> String {
    serde_json::to_string_pretty(section).unwrap_or_default()
}
