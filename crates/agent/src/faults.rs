//! What is wrong with a device: drawn once from its seed, the same ever after.
//!
//! Faults are kept apart from models so that any model can have any of them. They are what makes a fleet worth
//! managing: a refused setting, one that is never answered, a slow device, a silent one, one that loses power, one
//! whose updates fail.

use std::time::Duration;

use rand::Rng;
use serde_json::json;
use twin::Value;

use crate::chance::{Chance, between, weighted};
use crate::device::firmware::{Failure, Stage};
use crate::model::{Kind, Refusal};
use crate::profile::FaultShares;

/// A setting that a device refuses, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refuses {
    /// Dotted path of the setting.
    pub path: &'static str,
    /// What the acknowledgment says.
    pub refusal: Refusal,
    /// What the device holds instead, from the factory.
    pub holds: Value,
}

/// When and why a device's firmware updates fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirmwareFault {
    /// The stage that fails; `None`: the new version does not start, and the device rolls back.
    pub stage: Option<Stage>,
    /// What the device says.
    pub failure: Failure,
}

/// How a silent device keeps away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It never connects.
    Always,
    /// It is away for a spell, then present for one, and so on.
    Spells {
        /// Time away.
        away: Duration,
        /// Time present.
        present: Duration,
    },
}

/// Everything that is wrong with one device.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    /// A setting that it refuses.
    pub refuses: Option<Refuses>,
    /// Dotted path of a setting that it never answers for.
    pub ignores: Option<&'static str>,
    /// Whether it takes minutes to take anything over.
    pub is_slow: bool,
    /// How it keeps away.
    pub silence: Option<Silence>,
    /// Mean time between two losses of power.
    pub loses_power_every: Option<Duration>,
    /// How its firmware updates fail.
    pub firmware: Option<FirmwareFault>,
}

impl Faults {
    /// Draws the faults of a device of `kind`.
    ///
    /// The number of draws from `chance` does not depend on the shares, so that raising one share leaves the other
    /// faults of every device as they were.
    pub fn draw(shares: &FaultShares, kind: Kind, chance: &mut Chance) -> Self {
        let mut has = |share: f64| chance.random::<f64>() < share;
        let present = [
            has(shares.refuses),
            has(shares.ignores),
            has(shares.slow),
            has(shares.silent),
            has(shares.loses_power),
            has(shares.firmware_fails),
        ];
        let (refuses, ignores) = (draw_refusal(kind, chance), draw_ignored(kind, chance));
        let (silence, firmware) = (draw_silence(chance), draw_firmware(chance));
        let power_every = between(chance, Duration::from_mins(4), Duration::from_mins(15));
        Self {
            refuses: present[0].then_some(refuses),
            ignores: present[1].then_some(ignores),
            is_slow: present[2],
            silence: present[3].then_some(silence),
            loses_power_every: present[4].then_some(power_every),
            firmware: present[5].then_some(firmware),
        }
    }

    /// How the device refuses the setting at `path`, if it does.
    pub fn refusal(&self, path: &str) -> Option<&Refuses> {
        self.refuses.as_ref().filter(|refuses| refuses.path == path)
    }

    /// Whether the device never answers for the setting at `path`.
    pub fn is_ignored(&self, path: &str) -> bool {
        self.ignores == Some(path)
    }

    /// The failure of a firmware update that ends `stage` (`None`: the first start of the new version).
    pub fn firmware_failure(&self, stage: Option<Stage>) -> Option<&Failure> {
        self.firmware
            .as_ref()
            .filter(|fault| fault.stage == stage)
            .map(|fault| &fault.failure)
    }
}

fn draw_refusal(kind: Kind, chance: &mut Chance) -> Refuses {
    let choices: Vec<(&'static str, Value, i64, &'static str)> = match kind {
        Kind::Meter => vec![
            (
                "safety.valve_lock",
                json!(false),
                409,
                "cover_open: tamper switch is open, close the cover before locking",
            ),
            (
                "metering.tariff_table",
                json!(117),
                507,
                "no_space: log partition is full, the table needs 2.1 MB",
            ),
            (
                "metering.upload_window",
                json!("00:00–06:00"),
                422,
                "clock_unset: no time since the last battery change",
            ),
        ],
        Kind::Gateway => vec![(
            "routing.children_max",
            json!(64),
            409,
            "in_use: more children are connected than that",
        )],
        Kind::Valve => vec![
            (
                "valve.position_pct",
                json!(100),
                423,
                "blocked: the motor draws too much current, the valve is stuck",
            ),
            (
                "safety.close_on_loss",
                json!(false),
                409,
                "no_reserve: the capacitor does not hold a charge",
            ),
        ],
        Kind::Camera => vec![(
            "video.frames_s",
            json!(15),
            503,
            "too_warm: the encoder is throttled",
        )],
        Kind::Tracker => vec![(
            "geofence.radius_km",
            json!(0),
            422,
            "no_fix: position is not known well enough",
        )],
    };
    let index = chance.random_range(0..choices.len());
    let (path, holds, code, description) = choices[index].clone();
    Refuses {
        path,
        holds,
        refusal: Refusal {
            code,
            description: description.to_owned(),
        },
    }
}

fn draw_ignored(kind: Kind, chance: &mut Chance) -> &'static str {
    let choices: &[&'static str] = match kind {
        Kind::Meter => &[
            "metering.tariff_table",
            "metering.interval_s",
            "telemetry.level",
        ],
        Kind::Gateway => &["routing.children_max", "telemetry.level"],
        Kind::Valve => &["safety.close_on_loss", "telemetry.level"],
        Kind::Camera => &["video.frames_s", "telemetry.level"],
        Kind::Tracker => &["geofence.radius_km", "telemetry.level"],
    };
    choices[chance.random_range(0..choices.len())]
}

fn draw_silence(chance: &mut Chance) -> Silence {
    let away = between(chance, Duration::from_mins(5), Duration::from_mins(25));
    let present = between(chance, Duration::from_mins(3), Duration::from_mins(12));
    if chance.random_bool(0.5) {
        Silence::Always
    } else {
        Silence::Spells { away, present }
    }
}

fn draw_firmware(chance: &mut Chance) -> FirmwareFault {
    let choices = [
        (
            (
                Some(Stage::Verifying),
                422,
                "signature: the downloaded image did not verify",
            ),
            2.0,
        ),
        (
            (
                Some(Stage::Downloading),
                408,
                "timeout: the download did not finish in 3 tries",
            ),
            2.0,
        ),
        (
            (
                Some(Stage::Applying),
                507,
                "no_space: log partition is full, the update needs 2.1 MB",
            ),
            4.0,
        ),
        (
            (
                None,
                500,
                "no_start: the new version did not come up, the old one was restored",
            ),
            1.0,
        ),
    ];
    let (stage, code, message) = weighted(chance, &choices).copied().unwrap_or((
        None,
        500,
        "no_start: the new version did not come up",
    ));
    FirmwareFault {
        stage,
        failure: Failure {
            code,
            message: message.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::seeded;

    fn fleet(shares: &FaultShares, n: usize) -> Vec<Faults> {
        (0..n)
            .map(|i| {
                Faults::draw(
                    shares,
                    Kind::ALL[i % 5],
                    &mut seeded(9, &format!("device-{i}")),
                )
            })
            .collect()
    }

    #[test]
    fn faults_are_as_frequent_as_their_shares() {
        let shares = FaultShares {
            refuses: 0.1,
            ..FaultShares::none()
        };
        let refusing = fleet(&shares, 5_000)
            .iter()
            .filter(|faults| faults.refuses.is_some())
            .count();
        assert!((430..570).contains(&refusing), "{refusing} of 5,000 refuse");
        assert!(
            fleet(&FaultShares::none(), 1_000)
                .iter()
                .all(|faults| *faults == Faults::default())
        );
    }

    #[test]
    fn raising_one_share_leaves_the_other_faults_as_they_were() {
        let few = fleet(
            &FaultShares {
                silent: 0.1,
                ..FaultShares::none()
            },
            500,
        );
        let many = fleet(
            &FaultShares {
                silent: 0.1,
                refuses: 0.5,
                slow: 0.9,
                ..FaultShares::none()
            },
            500,
        );
        for (few, many) in few.iter().zip(&many) {
            assert_eq!(few.silence, many.silence);
        }
    }

    #[test]
    fn a_refusal_is_for_its_path_only() {
        let shares = FaultShares {
            refuses: 1.0,
            ..FaultShares::none()
        };
        for faults in fleet(&shares, 50) {
            let path = faults.refuses.as_ref().unwrap().path;
            assert!(faults.refusal(path).unwrap().refusal.code >= 400);
            assert_eq!(faults.refusal("some.other"), None);
        }
    }

    #[test]
    fn failures_strike_at_their_stage() {
        let shares = FaultShares {
            firmware_fails: 1.0,
            ..FaultShares::none()
        };
        for faults in fleet(&shares, 200) {
            let stages = [
                Some(Stage::Downloading),
                Some(Stage::Verifying),
                Some(Stage::Applying),
                None,
            ];
            let failing = stages
                .into_iter()
                .filter(|stage| faults.firmware_failure(*stage).is_some())
                .count();
            assert_eq!(failing, 1);
        }
    }
}
