//! Vehicle trackers (`TR-3`): they move while the vehicle is in use.

use std::time::Duration;

use rand::Rng;
use serde_json::json;
use twin::{Map, Value};

use super::vitals::{Network, Supply, Usage, Vitals};
use super::{Model, Origin, Position, rounded};
use crate::chance::{Chance, Walk, normal};
use crate::method::Answer;

/// Kilometers in a degree of latitude.
const KM_PER_DEGREE: f64 = 111.2;
/// How far a vehicle goes from home before it turns back, degrees.
const RANGE_DEGREES: f64 = 0.35;

/// A tracker: a heading and a speed.
#[derive(Debug)]
pub(super) struct Tracker {
    class: String,
    vitals: Vitals,
    home: Position,
    speed_km_h: Walk,
    heading_degrees: f64,
}

impl Tracker {
    pub(super) fn new(origin: &Origin, chance: &mut Chance) -> Self {
        let usage = Usage {
            share: 0.45,
            length: Duration::from_mins(20),
        };
        Self {
            class: origin.class.clone(),
            vitals: Vitals::new(origin, Supply::Vehicle, Network::Lte, usage, chance),
            home: origin.home,
            speed_km_h: Walk::new(chance, 48.0, 18.0, (3.0, 110.0)),
            heading_degrees: chance.random_range(0.0..360.0),
        }
    }

    fn speed_now(&self) -> f64 {
        if self.vitals.in_use {
            self.speed_km_h.value()
        } else {
            0.0
        }
    }
}

impl Model for Tracker {
    fn constants(&self) -> Map {
        self.vitals.constants(&self.class)
    }

    fn advance(&mut self, elapsed: Duration, _settings: &Map, chance: &mut Chance) {
        self.vitals.advance(elapsed, chance);
        self.speed_km_h.advance(elapsed, chance);
        let Position { lat, lon } = self.vitals.position;
        let (north, east) = (self.home.lat - lat, self.home.lon - lon);
        self.heading_degrees = if north.hypot(east) > RANGE_DEGREES {
            east.atan2(north).to_degrees()
        } else {
            self.heading_degrees + 12.0 * normal(chance)
        }
        .rem_euclid(360.0);
        let way_degrees = self.speed_now() * elapsed.as_secs_f64() / 3_600.0 / KM_PER_DEGREE;
        let heading = self.heading_degrees.to_radians();
        self.vitals.position = Position {
            lat: lat + way_degrees * heading.cos(),
            lon: lon + way_degrees * heading.sin() / lat.to_radians().cos(),
        };
    }

    fn readings(&self) -> Map {
        self.vitals.readings()
    }

    fn telemetry(&self) -> Value {
        json!({
            "lat": rounded(self.vitals.position.lat, 5),
            "lon": rounded(self.vitals.position.lon, 5),
            "speed_km_h": rounded(self.speed_now(), 1),
            "heading_degrees": rounded(self.heading_degrees, 0),
        })
    }

    fn methods(&self) -> &'static [&'static str] {
        &["locate"]
    }

    fn invoke(&mut self, name: &str, _payload: &Value, _chance: &mut Chance) -> Option<Answer> {
        (name == "locate").then(|| Answer::ok(self.telemetry()))
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
    fn a_day_of_driving_stays_in_the_region() {
        let mut chance = seeded(1, "tracker");
        let mut tracker = Tracker::new(&Origin::of(Kind::Tracker), &mut chance);
        let mut farthest: f64 = 0.0;
        for _ in 0..5_000 {
            tracker.advance(Duration::from_secs(20), &Map::new(), &mut chance);
            let Position { lat, lon } = tracker.vitals.position;
            farthest = farthest.max((lat - tracker.home.lat).hypot(lon - tracker.home.lon));
        }
        assert!(farthest > 0.02, "it never left the yard: {farthest}");
        assert!(
            farthest < RANGE_DEGREES * 1.2,
            "it left the region: {farthest}"
        );
    }

    #[test]
    fn a_parked_vehicle_does_not_move() {
        let mut chance = seeded(2, "tracker");
        let mut tracker = Tracker::new(&Origin::of(Kind::Tracker), &mut chance);
        tracker.vitals.in_use = false;
        assert_eq!(tracker.telemetry()["speed_km_h"], json!(0.0));
    }
}
