//! Which desired values a device accepts.
//!
//! A device takes over whatever it is asked for, except the settings listed here, whose range it knows. A value out
//! of range is refused with a Plug and Play acknowledgment, so that the person who asked sees why.

use std::fmt::Write as _;

use twin::Value;

use super::Kind;

/// Why a device does not take over a desired value: the `ac` and `ad` of its acknowledgment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Status of the acknowledgment, 400 and above.
    pub code: i64,
    /// The reason, for a person.
    pub description: String,
}

/// A number that must lie in a range.
struct Range {
    kind: Option<Kind>,
    path: &'static str,
    low: f64,
    high: f64,
    unit: &'static str,
    /// What the device uses when it was never asked.
    factory: f64,
}

const RANGES: &[Range] = &[
    Range {
        kind: None,
        path: "telemetry.interval_s",
        low: 1.0,
        high: 86_400.0,
        unit: "s",
        factory: 10.0,
    },
    Range {
        kind: Some(Kind::Meter),
        path: "metering.interval_s",
        low: 60.0,
        high: 86_400.0,
        unit: "s",
        factory: 900.0,
    },
    Range {
        kind: Some(Kind::Meter),
        path: "safety.leak_alarm_l_h",
        low: 1.0,
        high: 5_000.0,
        unit: "l/h",
        factory: 12.0,
    },
    Range {
        kind: Some(Kind::Valve),
        path: "valve.position_pct",
        low: 0.0,
        high: 100.0,
        unit: "%",
        factory: 100.0,
    },
    Range {
        kind: Some(Kind::Camera),
        path: "video.frames_s",
        low: 1.0,
        high: 60.0,
        unit: "frames a second",
        factory: 15.0,
    },
    Range {
        kind: Some(Kind::Gateway),
        path: "routing.children_max",
        low: 1.0,
        high: 256.0,
        unit: "devices",
        factory: 64.0,
    },
];

/// Whether a device of `kind` can take over `value` at the dotted `path`.
///
/// # Errors
/// A [`Refusal`] with code 400 that names the range, and what the device holds from the factory.
pub fn check(kind: Kind, path: &str, value: &Value) -> Result<(), (Refusal, Value)> {
    let range = RANGES
        .iter()
        .find(|range| range.path == path && range.kind.is_none_or(|only| only == kind));
    let Some(range) = range else { return Ok(()) };
    if value
        .as_f64()
        .is_some_and(|number| (range.low..=range.high).contains(&number))
    {
        return Ok(());
    }
    let mut description = format!(
        "out_of_range: {path} takes {} to {} {}",
        range.low, range.high, range.unit
    );
    if !value.is_number() {
        let _ = write!(description, ", and must be a number");
    }
    Err((
        Refusal {
            code: 400,
            description,
        },
        Value::from(range.factory),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ranges_are_kept_and_unknown_settings_pass() {
        let table = [
            (Kind::Meter, "telemetry.interval_s", json!(1), true),
            (Kind::Meter, "telemetry.interval_s", json!(0), false),
            (Kind::Camera, "telemetry.interval_s", json!("fast"), false),
            (Kind::Valve, "valve.position_pct", json!(100), true),
            (Kind::Valve, "valve.position_pct", json!(100.5), false),
            (Kind::Meter, "valve.position_pct", json!(900), true),
            (Kind::Tracker, "whatever.else", json!([1, 2]), true),
        ];
        for (kind, path, value, accepted) in table {
            assert_eq!(
                check(kind, path, &value).is_ok(),
                accepted,
                "{kind} {path} {value}"
            );
        }
    }

    #[test]
    fn a_refusal_says_what_would_be_accepted() {
        let (refusal, holds) =
            check(Kind::Valve, "valve.position_pct", &json!("open")).unwrap_err();
        assert_eq!(holds, json!(100.0));
        assert_eq!(refusal.code, 400);
        assert_eq!(
            refusal.description,
            "out_of_range: valve.position_pct takes 0 to 100 %, and must be a number"
        );
    }
}
