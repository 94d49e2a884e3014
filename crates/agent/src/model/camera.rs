//! Site cameras (`CM-2`): in use while something moves in front of them.

use std::time::Duration;

use rand::Rng;
use serde_json::json;
use twin::{Map, Value};

use super::vitals::{Network, Supply, Usage, Vitals};
use super::{Model, Origin, number, rounded};
use crate::chance::{Chance, Walk};
use crate::method::Answer;

/// Frames a second from the factory.
const FRAMES_S: f64 = 15.0;
/// Bytes of one still picture, about.
const PICTURE_BYTES: f64 = 240_000.0;

/// A camera: a stream, and a card that fills.
#[derive(Debug)]
pub(super) struct Camera {
    class: String,
    vitals: Vitals,
    frames_s: f64,
    detail: Walk,
    storage_used_pct: f64,
    pictures: u32,
}

impl Camera {
    pub(super) fn new(origin: &Origin, chance: &mut Chance) -> Self {
        let network = if chance.random_bool(0.6) {
            Network::WiFi
        } else {
            Network::Lte
        };
        let usage = Usage {
            share: 0.2,
            length: Duration::from_secs(90),
        };
        Self {
            class: origin.class.clone(),
            vitals: Vitals::new(origin, Supply::Mains, network, usage, chance),
            frames_s: FRAMES_S,
            detail: Walk::new(chance, 1.0, 0.2, (0.3, 2.0)),
            storage_used_pct: chance.random_range(5.0..95.0),
            pictures: 0,
        }
    }
}

impl Model for Camera {
    fn constants(&self) -> Map {
        self.vitals.constants(&self.class)
    }

    fn advance(&mut self, elapsed: Duration, settings: &Map, chance: &mut Chance) {
        self.vitals.advance(elapsed, chance);
        self.detail.advance(elapsed, chance);
        self.frames_s = number(settings, &["video", "frames_s"], FRAMES_S);
        if self.vitals.in_use {
            self.storage_used_pct += self.frames_s * elapsed.as_secs_f64() * 2e-5;
        }
        if self.storage_used_pct > 97.0 {
            // The oldest recordings make room.
            self.storage_used_pct = 80.0;
        }
    }

    fn readings(&self) -> Map {
        let mut readings = self.vitals.readings();
        readings.insert(
            "storage_used_pct".to_owned(),
            rounded(self.storage_used_pct, 0),
        );
        readings
    }

    fn telemetry(&self) -> Value {
        let frames_s = if self.vitals.in_use {
            self.frames_s
        } else {
            1.0
        };
        json!({
            "motion": self.vitals.in_use,
            "frames_s": rounded(frames_s, 0),
            "stream_kbit_s": rounded(frames_s * 95.0 * self.detail.value(), 0),
        })
    }

    fn methods(&self) -> &'static [&'static str] {
        &["takePicture"]
    }

    fn invoke(&mut self, name: &str, _payload: &Value, _chance: &mut Chance) -> Option<Answer> {
        if name != "takePicture" {
            return None;
        }
        self.pictures += 1;
        let size = PICTURE_BYTES * self.detail.value();
        Some(Answer::ok(json!({
            "picture": self.pictures, "width_px": 1_920, "height_px": 1_080, "size_bytes": rounded(size, 0),
        })))
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
    fn the_card_makes_room_before_it_is_full() {
        let mut chance = seeded(1, "camera");
        let mut camera = Camera::new(&Origin::of(Kind::Camera), &mut chance);
        for _ in 0..5_000 {
            camera.vitals.in_use = true;
            camera.advance(Duration::from_secs(30), &Map::new(), &mut chance);
            assert!(camera.storage_used_pct < 98.0);
        }
    }

    #[test]
    fn pictures_are_counted() {
        let mut chance = seeded(2, "camera");
        let mut camera = Camera::new(&Origin::of(Kind::Camera), &mut chance);
        for expected in 1..4 {
            let answer = camera
                .invoke("takePicture", &Value::Null, &mut chance)
                .unwrap();
            assert_eq!(answer.payload["picture"], json!(expected));
        }
    }
}
