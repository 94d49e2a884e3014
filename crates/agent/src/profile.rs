//! How lively and how faulty simulated devices are; a JSON file for `tandem-swarm`, built in for the rest.
//!
//! Every member has a default, so that a profile file names only what it changes. Durations are seconds; a pair of
//! numbers is a range from which each device draws.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::chance::{Chance, between};

/// A range of durations, in seconds: `[low, high]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "[f64; 2]", try_from = "[f64; 2]")]
pub struct Span {
    low: Duration,
    high: Duration,
}

impl Span {
    /// A range in whole seconds.
    pub const fn secs(low: u64, high: u64) -> Self {
        Self {
            low: Duration::from_secs(low),
            high: Duration::from_secs(high),
        }
    }

    /// A range in milliseconds.
    pub const fn millis(low: u64, high: u64) -> Self {
        Self {
            low: Duration::from_millis(low),
            high: Duration::from_millis(high),
        }
    }

    /// A duration drawn from the range.
    pub fn draw(&self, chance: &mut Chance) -> Duration {
        between(chance, self.low, self.high)
    }
}

impl From<Span> for [f64; 2] {
    fn from(span: Span) -> Self {
        [span.low.as_secs_f64(), span.high.as_secs_f64()]
    }
}

impl TryFrom<[f64; 2]> for Span {
    type Error = &'static str;

    fn try_from([low, high]: [f64; 2]) -> Result<Self, Self::Error> {
        match (
            Duration::try_from_secs_f64(low),
            Duration::try_from_secs_f64(high),
        ) {
            (Ok(low), Ok(high)) if low <= high => Ok(Self { low, high }),
            _ => Err("a range is two numbers of seconds, not negative, the smaller first"),
        }
    }
}

/// Pace and faults of a group of devices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// Time between two reports of readings.
    pub report_every_s: Span,
    /// Time between two telemetry messages, for a device that was not asked for `telemetry.interval_s`.
    pub telemetry_every_s: Span,
    /// Time from hearing a desired value to reporting it taken over.
    pub settle_s: Span,
    /// The same for a device with the fault `slow`.
    pub settle_slowly_s: Span,
    /// How long a restart takes.
    pub reboot_s: Span,
    /// How long the stages of a firmware update take.
    pub firmware: FirmwarePace,
    /// MQTT keep-alive.
    pub keep_alive_s: u16,
    /// Validity of a SAS token; it is renewed a little earlier.
    pub token_s: u64,
    /// Faults by share of the fleet.
    pub faults: FaultShares,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            report_every_s: Span::secs(10, 40),
            telemetry_every_s: Span::secs(5, 15),
            settle_s: Span::millis(400, 2_500),
            settle_slowly_s: Span::secs(60, 180),
            reboot_s: Span::secs(3, 8),
            firmware: FirmwarePace::default(),
            keep_alive_s: 60,
            token_s: 3_600,
            faults: FaultShares::default(),
        }
    }
}

impl Profile {
    /// A profile without faults.
    pub fn faultless() -> Self {
        Self {
            faults: FaultShares::none(),
            ..Self::default()
        }
    }

    /// Reads a profile from JSON text.
    ///
    /// # Errors
    /// Text that is not JSON, unknown members, ranges turned round.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// How long the stages of a firmware update take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FirmwarePace {
    /// The whole download.
    pub download_s: Span,
    /// Checking the image.
    pub verify_s: Span,
    /// Writing the image.
    pub apply_s: Span,
}

impl Default for FirmwarePace {
    fn default() -> Self {
        Self {
            download_s: Span::secs(25, 90),
            verify_s: Span::secs(2, 6),
            apply_s: Span::secs(5, 12),
        }
    }
}

/// Which share of the devices has which fault, each 0 to 1. A device may have several.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultShares {
    /// Refuses one setting that others of its class accept.
    pub refuses: f64,
    /// Never answers for one setting, so that it drifts.
    pub ignores: f64,
    /// Takes minutes instead of seconds to take anything over.
    pub slow: f64,
    /// Stays away for long spells.
    pub silent: f64,
    /// Loses power now and then.
    pub loses_power: f64,
    /// Fails firmware updates and stays on its version.
    pub firmware_fails: f64,
}

impl FaultShares {
    /// No faults.
    pub const fn none() -> Self {
        Self {
            refuses: 0.0,
            ignores: 0.0,
            slow: 0.0,
            silent: 0.0,
            loses_power: 0.0,
            firmware_fails: 0.0,
        }
    }
}

impl Default for FaultShares {
    fn default() -> Self {
        Self {
            refuses: 0.03,
            ignores: 0.02,
            slow: 0.05,
            silent: 0.03,
            loses_power: 0.03,
            firmware_fails: 0.08,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_only_what_it_changes() {
        let profile = Profile::parse(r#"{"report_every_s":[1,2],"faults":{"silent":1}}"#).unwrap();
        assert_eq!(profile.report_every_s, Span::secs(1, 2));
        assert!((profile.faults.silent - 1.0).abs() < f64::EPSILON);
        let others = FaultShares {
            silent: FaultShares::default().silent,
            ..profile.faults
        };
        assert_eq!(others, FaultShares::default());
        assert_eq!(profile.keep_alive_s, 60);
    }

    #[test]
    fn mistakes_are_named() {
        for text in [
            r#"{"report_evry_s":[1,2]}"#,
            r#"{"report_every_s":[2,1]}"#,
            r#"{"report_every_s":[-1,1]}"#,
            "5",
        ] {
            assert!(Profile::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_default_profile_writes_and_reads_back() {
        let text = serde_json::to_string(&Profile::default()).unwrap();
        assert_eq!(Profile::parse(&text).unwrap(), Profile::default());
    }
}
