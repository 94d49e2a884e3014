//! Driven valves (`VC-1`): they move to the position that is asked for.

use std::time::Duration;

use rand::Rng;
use serde_json::json;
use twin::{Map, Value};

use super::vitals::{Network, Supply, Usage, Vitals};
use super::{Model, Origin, number, rounded};
use crate::chance::{Chance, Walk};
use crate::method::Answer;

/// How fast the motor moves, percent of the way a second.
const SPEED_PCT_S: f64 = 4.0;

/// A valve: where it stands and the pressure behind it.
#[derive(Debug)]
pub(super) struct Valve {
    class: String,
    vitals: Vitals,
    position_pct: f64,
    pressure_bar: Walk,
    cycles: u32,
}

impl Valve {
    pub(super) fn new(origin: &Origin, chance: &mut Chance) -> Self {
        let supply = if chance.random_bool(0.5) {
            Supply::Solar
        } else {
            Supply::Battery
        };
        let usage = Usage {
            share: 0.4,
            length: Duration::from_mins(30),
        };
        Self {
            class: origin.class.clone(),
            vitals: Vitals::new(origin, supply, Network::LteM, usage, chance),
            position_pct: if chance.random_bool(0.7) { 100.0 } else { 0.0 },
            pressure_bar: Walk::new(chance, 4.2, 0.5, (0.0, 10.0)),
            cycles: chance.random_range(20..4_000),
        }
    }
}

impl Model for Valve {
    fn constants(&self) -> Map {
        self.vitals.constants(&self.class)
    }

    fn advance(&mut self, elapsed: Duration, settings: &Map, chance: &mut Chance) {
        self.vitals.advance(elapsed, chance);
        self.pressure_bar.advance(elapsed, chance);
        let asked = number(settings, &["valve", "position_pct"], self.position_pct);
        let reach = SPEED_PCT_S * elapsed.as_secs_f64();
        self.position_pct += (asked - self.position_pct).clamp(-reach, reach);
    }

    fn readings(&self) -> Map {
        let mut readings = self.vitals.readings();
        // `valve.position_pct` is the setting that the device took over; this is where the valve really stands.
        readings.insert(
            "opening".to_owned(),
            json!({ "actual_pct": rounded(self.position_pct, 0), "cycles": self.cycles }),
        );
        readings
    }

    fn telemetry(&self) -> Value {
        json!({ "opening_pct": rounded(self.position_pct, 0), "pressure_bar": rounded(self.pressure_bar.value(), 2) })
    }

    fn methods(&self) -> &'static [&'static str] {
        &["exercise"]
    }

    fn invoke(&mut self, name: &str, _payload: &Value, _chance: &mut Chance) -> Option<Answer> {
        if name != "exercise" {
            return None;
        }
        self.cycles += 1;
        Some(Answer::ok(
            json!({ "cycles": self.cycles, "opening_pct": rounded(self.position_pct, 0) }),
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
    use crate::model::Kind;

    #[test]
    fn the_valve_travels_to_where_it_is_asked_and_stays() {
        let mut chance = seeded(1, "valve");
        let mut valve = Valve::new(&Origin::of(Kind::Valve), &mut chance);
        valve.position_pct = 100.0;
        let Value::Object(settings) = json!({ "valve": { "position_pct": 40 } }) else {
            panic!("an object")
        };
        valve.advance(Duration::from_secs(5), &settings, &mut chance);
        assert!((valve.position_pct - 80.0).abs() < 1e-9);
        valve.advance(Duration::from_mins(1), &settings, &mut chance);
        assert_eq!(valve.readings()["opening"]["actual_pct"], json!(40));
    }
}
