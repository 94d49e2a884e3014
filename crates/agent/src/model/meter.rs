//! Meters: electricity (`AM-3`, `AM-4`) and water flow (`FL-2`).

use std::time::Duration;

use rand::Rng;
use serde_json::json;
use twin::{Map, Value};

use super::vitals::{Network, Supply, Usage, Vitals};
use super::{Model, Origin, object, rounded};
use crate::chance::{Chance, Walk};
use crate::method::Answer;

/// What a meter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Medium {
    Electricity,
    Water,
}

/// A meter: a load that wanders, and a register that adds it up.
#[derive(Debug)]
pub(super) struct Meter {
    class: String,
    medium: Medium,
    vitals: Vitals,
    /// Watts, or liters an hour.
    load: Walk,
    /// Kilowatt-hours, or cubic meters.
    register: f64,
}

impl Meter {
    pub(super) fn new(origin: &Origin, chance: &mut Chance) -> Self {
        let medium = if origin.class.starts_with("FL") {
            Medium::Water
        } else {
            Medium::Electricity
        };
        let network = match (medium, chance.random_bool(0.3)) {
            (Medium::Water, _) | (_, true) => Network::NbIot,
            _ => Network::LteM,
        };
        let supply = if medium == Medium::Electricity && chance.random_bool(0.6) {
            Supply::Mains
        } else {
            Supply::Battery
        };
        let usage = Usage {
            share: 0.85,
            length: Duration::from_hours(1),
        };
        let load = match medium {
            Medium::Electricity => Walk::new(chance, 620.0, 280.0, (15.0, 11_000.0)),
            Medium::Water => Walk::new(chance, 38.0, 25.0, (0.0, 900.0)),
        };
        Self {
            class: origin.class.clone(),
            medium,
            vitals: Vitals::new(origin, supply, network, usage, chance),
            load,
            register: chance.random_range(500.0..42_000.0),
        }
    }

    fn load_now(&self) -> f64 {
        if self.vitals.in_use {
            self.load.value()
        } else {
            0.0
        }
    }

    fn unit(&self) -> &'static str {
        match self.medium {
            Medium::Electricity => "kWh",
            Medium::Water => "m3",
        }
    }
}

impl Model for Meter {
    fn constants(&self) -> Map {
        self.vitals.constants(&self.class)
    }

    fn advance(&mut self, elapsed: Duration, _settings: &Map, chance: &mut Chance) {
        self.vitals.advance(elapsed, chance);
        self.load.advance(elapsed, chance);
        // Watt-hours to kilowatt-hours and liters to cubic meters are both a thousandth.
        self.register += self.load_now() * elapsed.as_secs_f64() / 3_600.0 / 1_000.0;
    }

    fn readings(&self) -> Map {
        self.vitals.readings()
    }

    fn telemetry(&self) -> Value {
        match self.medium {
            Medium::Electricity => json!({
                "energy_kwh": rounded(self.register, 3),
                "power_w": rounded(self.load_now(), 0),
                "current_a": rounded(self.load_now() / 230.0, 2),
            }),
            Medium::Water => {
                json!({ "volume_m3": rounded(self.register, 3), "flow_l_h": rounded(self.load_now(), 1) })
            }
        }
    }

    fn methods(&self) -> &'static [&'static str] {
        &["readRegister"]
    }

    fn invoke(&mut self, name: &str, payload: &Value, _chance: &mut Chance) -> Option<Answer> {
        if name != "readRegister" {
            return None;
        }
        let main = match self.medium {
            Medium::Electricity => "E1.8.0",
            Medium::Water => "V1.0.0",
        };
        let register = match payload {
            Value::Null => main,
            other => match other.get("register").and_then(Value::as_str) {
                Some(register) => register,
                None => {
                    return Some(Answer::bad_request(
                        "readRegister takes {\"register\": \"…\"} or null",
                    ));
                }
            },
        };
        if register != main {
            let payload = object!({ "error": "no such register", "registers": [main] });
            return Some(Answer {
                status: 404,
                payload: Value::Object(payload),
            });
        }
        Some(Answer::ok(
            json!({ "register": main, "value": rounded(self.register, 2), "unit": self.unit() }),
        ))
    }

    fn set_mains(&mut self, present: bool) -> bool {
        self.vitals.set_mains(present)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::seeded;
    use crate::model::{Kind, build};

    #[test]
    fn the_register_only_grows_and_can_be_read() {
        let mut chance = seeded(1, "meter");
        let mut meter = Meter::new(&Origin::of(Kind::Meter), &mut chance);
        let mut before = meter.register;
        for _ in 0..1_000 {
            meter.advance(Duration::from_secs(10), &Map::new(), &mut chance);
            assert!(meter.register >= before);
            before = meter.register;
        }
        let answer = meter
            .invoke(
                "readRegister",
                &json!({ "register": "E1.8.0" }),
                &mut chance,
            )
            .unwrap();
        assert_eq!(
            answer,
            Answer::ok(json!({ "register": "E1.8.0", "value": rounded(before, 2), "unit": "kWh" }))
        );
        assert_eq!(
            meter
                .invoke("readRegister", &json!({ "register": "X" }), &mut chance)
                .unwrap()
                .status,
            404
        );
        assert_eq!(
            meter
                .invoke("readRegister", &json!([]), &mut chance)
                .unwrap()
                .status,
            400
        );
    }

    #[test]
    fn a_flow_logger_counts_water() {
        let mut chance = seeded(2, "meter");
        let origin = Origin {
            class: "FL-2".to_owned(),
            ..Origin::of(Kind::Meter)
        };
        let telemetry = build(&origin, &mut chance).telemetry();
        assert!(telemetry.get("flow_l_h").is_some(), "{telemetry}");
    }
}
