//! The kinds of device that the simulation knows: what each reports, measures, accepts and answers.
//!
//! A model is a small world that moves on with time: [`Model::advance`] moves it, [`Model::readings`] is what the
//! device reports about itself, [`Model::telemetry`] what it measures. It does no I/O and keeps no time of its own;
//! chance is handed in. Faults are not a model's business: see [`crate::faults`].

mod camera;
mod gateway;
mod meter;
mod settings;
mod tracker;
mod valve;
pub mod vitals;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use twin::{Map, Value};

use crate::chance::Chance;
use crate::method::Answer;

pub use settings::{Refusal, check};

/// A kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An electricity meter or a flow logger.
    Meter,
    /// A site gateway with devices of its own behind it.
    Gateway,
    /// A remotely driven valve.
    Valve,
    /// A site camera.
    Camera,
    /// A vehicle tracker.
    Tracker,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Meter,
        Self::Gateway,
        Self::Valve,
        Self::Camera,
        Self::Tracker,
    ];

    /// The name used in profiles, arguments and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Meter => "meter",
            Self::Gateway => "gateway",
            Self::Valve => "valve",
            Self::Camera => "camera",
            Self::Tracker => "tracker",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No model has this name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("no model is called {0:?}; known are meter, gateway, valve, camera and tracker")]
pub struct UnknownKind(String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownKind(name.to_owned()))
    }
}

/// A place on Earth, in degrees (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Latitude, -90 to 90.
    pub lat: f64,
    /// Longitude, -180 to 180.
    pub lon: f64,
}

/// What a device is from the factory.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// Its kind.
    pub kind: Kind,
    /// Its product class, such as `AM-4`; decides between variants of a kind.
    pub class: String,
    /// Where it was installed.
    pub home: Position,
    /// The carrier whose network it uses, when it is cellular.
    pub carrier: String,
    /// The firmware it was delivered with.
    pub firmware: String,
}

impl Origin {
    /// A device of `kind` with sensible particulars, for a single agent that nobody described further.
    pub fn of(kind: Kind) -> Self {
        let class = match kind {
            Kind::Meter => "AM-4",
            Kind::Gateway => "GW-9",
            Kind::Valve => "VC-1",
            Kind::Camera => "CM-2",
            Kind::Tracker => "TR-3",
        };
        Self {
            kind,
            class: class.to_owned(),
            home: Position {
                lat: 51.589,
                lon: 4.776,
            },
            carrier: "KPN".to_owned(),
            firmware: "4.11.3".to_owned(),
        }
    }
}

/// The behavior of one simulated device.
pub trait Model: Send {
    /// What hardly ever changes: hardware, and what the device is for.
    fn constants(&self) -> Map;

    /// Moves the device's world on by `elapsed`, under the settings that the device has taken over.
    fn advance(&mut self, elapsed: Duration, settings: &Map, chance: &mut Chance);

    /// What the device now reports about itself, rounded as a device would.
    fn readings(&self) -> Map;

    /// The body of the next telemetry message.
    fn telemetry(&self) -> Value;

    /// Names of the methods that only this model answers.
    fn methods(&self) -> &'static [&'static str];

    /// Answers one of [`Model::methods`]; `None` for any other name.
    fn invoke(&mut self, name: &str, payload: &Value, chance: &mut Chance) -> Option<Answer>;

    /// Switches between mains and battery, when the device has both; `false` when it has not.
    fn set_mains(&mut self, present: bool) -> bool;
}

/// Builds the model of a device, with its particulars drawn from `chance`.
pub fn build(origin: &Origin, chance: &mut Chance) -> Box<dyn Model> {
    match origin.kind {
        Kind::Meter => Box::new(meter::Meter::new(origin, chance)),
        Kind::Gateway => Box::new(gateway::Gateway::new(origin, chance)),
        Kind::Valve => Box::new(valve::Valve::new(origin, chance)),
        Kind::Camera => Box::new(camera::Camera::new(origin, chance)),
        Kind::Tracker => Box::new(tracker::Tracker::new(origin, chance)),
    }
}

/// A JSON object from literal members.
macro_rules! object {
    ({ $($body:tt)* }) => {
        match ::serde_json::json!({ $($body)* }) {
            ::serde_json::Value::Object(map) => map,
            _ => ::serde_json::Map::new(),
        }
    };
}
pub(crate) use object;

/// `value` rounded to `digits` decimals, as JSON.
fn rounded(value: f64, digits: i32) -> Value {
    let scale = 10_f64.powi(digits);
    let value = (value * scale).round() / scale;
    if digits == 0 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "readings are small numbers"
        )]
        return Value::from(value as i64);
    }
    Value::from(value)
}

/// A number at a path of the settings, or `default`.
pub(crate) fn number(settings: &Map, path: &[&str], default: f64) -> f64 {
    twin::value::lookup(settings, path)
        .and_then(Value::as_f64)
        .unwrap_or(default)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::seeded;

    fn play(kind: Kind, seed: u64) -> Vec<Value> {
        let mut chance = seeded(seed, kind.name());
        let mut model = build(&Origin::of(kind), &mut chance);
        let settings = Map::new();
        let mut seen = vec![Value::Object(model.constants())];
        for _ in 0..50 {
            model.advance(Duration::from_secs(20), &settings, &mut chance);
            seen.push(Value::Object(model.readings()));
            seen.push(model.telemetry());
        }
        seen
    }

    #[test]
    fn the_same_seed_plays_the_same_device() {
        for kind in Kind::ALL {
            assert_eq!(play(kind, 11), play(kind, 11), "{kind}");
            assert_ne!(play(kind, 11), play(kind, 12), "{kind}");
        }
    }

    #[test]
    fn every_model_reports_the_fields_that_the_console_shows() {
        for kind in Kind::ALL {
            let mut chance = seeded(3, "fields");
            let readings = build(&Origin::of(kind), &mut chance).readings();
            for path in [
                &["battery_pct"][..],
                &["power", "source"],
                &["network", "type"],
                &["network", "rssi_dbm"],
                &["in_use"],
                &["position", "lat"],
                &["position", "lon"],
            ] {
                assert!(
                    twin::value::lookup(&readings, path).is_some(),
                    "{kind} lacks {path:?}"
                );
            }
        }
    }

    #[test]
    fn readings_are_values_that_a_twin_accepts() {
        for kind in Kind::ALL {
            let mut twin = twin::document::Twin::new(twin::time::Timestamp::from_ms(0));
            for value in play(kind, 5) {
                let Value::Object(patch) = value else {
                    panic!("{kind} reported {value}")
                };
                twin.apply_reported(&patch, None, twin::time::Timestamp::from_ms(1))
                    .unwrap();
            }
        }
    }

    #[test]
    fn every_own_method_answers_and_others_do_not() {
        for kind in Kind::ALL {
            let mut chance = seeded(4, "methods");
            let mut model = build(&Origin::of(kind), &mut chance);
            assert!(!model.methods().is_empty());
            for name in model.methods() {
                let answer = model.invoke(name, &Value::Null, &mut chance).unwrap();
                assert!(
                    answer.status == 200 || answer.status == 400,
                    "{kind}.{name}: {answer:?}"
                );
            }
            assert_eq!(
                model.invoke("noSuchMethod", &Value::Null, &mut chance),
                None
            );
        }
    }

    #[test]
    fn names_parse_back() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert!("toaster".parse::<Kind>().is_err());
    }
}
