//! Site gateways (`GW-9`): they carry other devices and report how they fare.

use std::time::Duration;

use rand::Rng;
use serde_json::json;
use twin::{Map, Value};

use super::vitals::{Network, Supply, Usage, Vitals};
use super::{Model, Origin, number, rounded};
use crate::chance::{Chance, Walk};
use crate::method::Answer;

/// A gateway: a number of devices behind it and a processor that carries them.
#[derive(Debug)]
pub(super) struct Gateway {
    class: String,
    vitals: Vitals,
    present: u32,
    children: u32,
    processor_pct: Walk,
}

impl Gateway {
    pub(super) fn new(origin: &Origin, chance: &mut Chance) -> Self {
        let network = if chance.random_bool(0.7) {
            Network::Ethernet
        } else {
            Network::Lte
        };
        let usage = Usage {
            share: 0.97,
            length: Duration::from_hours(2),
        };
        let present = chance.random_range(12..64);
        Self {
            class: origin.class.clone(),
            vitals: Vitals::new(origin, Supply::Mains, network, usage, chance),
            present,
            children: present,
            processor_pct: Walk::new(chance, 22.0, 9.0, (2.0, 99.0)),
        }
    }
}

impl Model for Gateway {
    fn constants(&self) -> Map {
        self.vitals.constants(&self.class)
    }

    fn advance(&mut self, elapsed: Duration, settings: &Map, chance: &mut Chance) {
        self.vitals.advance(elapsed, chance);
        self.processor_pct.advance(elapsed, chance);
        if chance.random_bool(0.05) {
            let missing = chance.random_range(0..3);
            self.children = self.present.saturating_sub(missing);
        }
        let most = number(
            settings,
            &["routing", "children_max"],
            f64::from(self.present),
        );
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the setting is checked: 1 to 256"
        )]
        let most = most as u32;
        self.children = self.children.min(most);
    }

    fn readings(&self) -> Map {
        let mut readings = self.vitals.readings();
        readings.insert(
            "children".to_owned(),
            json!({ "known": self.present, "connected": self.children }),
        );
        readings
    }

    fn telemetry(&self) -> Value {
        json!({ "processor_pct": rounded(self.processor_pct.value(), 1), "children": self.children })
    }

    fn methods(&self) -> &'static [&'static str] {
        &["countChildren"]
    }

    fn invoke(&mut self, name: &str, _payload: &Value, _chance: &mut Chance) -> Option<Answer> {
        (name == "countChildren")
            .then(|| Answer::ok(json!({ "known": self.present, "connected": self.children })))
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
    fn children_never_exceed_those_present_nor_the_setting() {
        let mut chance = seeded(1, "gateway");
        let mut gateway = Gateway::new(&Origin::of(Kind::Gateway), &mut chance);
        let Value::Object(settings) = json!({ "routing": { "children_max": 5 } }) else {
            panic!("an object")
        };
        for _ in 0..500 {
            gateway.advance(Duration::from_secs(30), &Map::new(), &mut chance);
            assert!(gateway.children <= gateway.present);
        }
        gateway.advance(Duration::from_secs(30), &settings, &mut chance);
        assert!(gateway.children <= 5);
    }
}
