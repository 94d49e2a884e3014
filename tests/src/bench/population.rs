//! The fleet that is measured: as many devices of the demonstration fleet as asked for, each as it is after it has
//! reported once. A twin has about 850 bytes (tags, desired and reported as text); the same seed gives the same fleet.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use agent::chance::{Chance, seeded};
use agent::demo::{self, DemoDevice};
use agent::model;
use rand::Rng as _;
use serde_json::json;
use twin::{Map, Value};

use crate::roster::{Keyed, key};

/// Devices described at once; a batch has a seed of its own, so that memory does not grow with the fleet.
const BATCH: usize = 20_000;
/// Share of the fleet that refuses a setting.
const REFUSES: f64 = 0.01;
/// Share of the fleet that has not taken a setting over yet.
const LAGS: f64 = 0.04;

/// A device with its twin.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who it is.
    pub device: Keyed,
    /// What is known of it.
    pub tags: Map,
    /// What is asked of it.
    pub desired: Map,
    /// What it has reported.
    pub reported: Map,
}

impl Member {
    /// The size of the twin as text, bytes.
    pub fn twin_bytes(&self) -> usize {
        let sections = [&self.tags, &self.desired, &self.reported];
        sections
            .iter()
            .map(|section| serde_json::to_string(section).map_or(0, |text| text.len()))
            .sum()
    }
}

/// All devices, one after the other.
#[derive(Debug)]
pub struct Population {
    left: usize,
    seed: u64,
    batches: u64,
    batch: std::vec::IntoIter<DemoDevice>,
    chance: Chance,
    ids: HashSet<u64>,
}

impl Population {
    /// A fleet of `devices`.
    pub fn new(devices: usize, seed: u64) -> Self {
        Self {
            left: devices,
            seed,
            batches: 0,
            batch: Vec::new().into_iter(),
            chance: seeded(seed, "population"),
            ids: HashSet::with_capacity(devices),
        }
    }

    fn described(&mut self) -> DemoDevice {
        loop {
            for device in self.batch.by_ref() {
                let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(&device.id);
                if self.ids.insert(hash) {
                    return device;
                }
            }
            self.batches += 1;
            self.batch = demo::fleet(BATCH, self.seed.wrapping_add(self.batches)).into_iter();
        }
    }
}

impl Iterator for Population {
    type Item = Member;

    fn next(&mut self) -> Option<Member> {
        self.left = self.left.checked_sub(1)?;
        let described = self.described();
        let chance = &mut self.chance;
        let model = model::build(&described.origin, chance);
        let mut reported = model.constants();
        for part in [model.readings(), settings(&described.desired, chance)] {
            twin::patch::merge(&mut reported, &part);
        }
        let firmware = json!({ "version": described.origin.firmware, "channel": "stable", "status": "current" });
        reported.insert("firmware".to_owned(), firmware);
        Some(Member {
            device: Keyed {
                id: described.id,
                key: key(chance),
            },
            tags: described.tags,
            desired: described.desired,
            reported,
        })
    }
}

/// What the device has taken over of what is asked: most all of it, some a little less.
fn settings(desired: &Map, chance: &mut Chance) -> Map {
    let mut settings = desired.clone();
    settings.remove("firmware");
    if let Some(Value::Object(telemetry)) = settings.get_mut("telemetry") {
        let interval = if chance.random_bool(REFUSES) {
            json!({ "value": 60, "ac": 409, "av": 1, "ad": "not enough battery" })
        } else if chance.random_bool(LAGS) {
            json!(60)
        } else {
            return settings;
        };
        telemetry.insert("interval_s".to_owned(), interval);
    }
    settings
}

/// A reported patch as a device sends it after a reading, in the same form for every way it is written.
pub fn reading(chance: &mut Chance) -> Map {
    let reading = json!({
        "battery_pct": chance.random_range(5..=100),
        "network": { "rssi_dbm": chance.random_range(-115..=-60) },
        "temp_c": f64::from(chance.random_range(-50..=350)) / 10.0,
    });
    match reading {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_have_the_size_that_the_goals_are_stated_for() {
        let members: Vec<Member> = Population::new(2_000, 1).collect();
        let mean = members.iter().map(Member::twin_bytes).sum::<usize>() / members.len();
        assert!((800..=900).contains(&mean), "{mean} bytes");
        let ids: HashSet<&str> = members.iter().map(|m| m.device.id.as_str()).collect();
        assert_eq!(ids.len(), 2_000);
    }

    #[test]
    fn the_same_seed_gives_the_same_fleet() {
        let of = |seed| {
            let lines = Population::new(50, seed).map(|m| format!("{m:?}"));
            lines.collect::<Vec<_>>()
        };
        assert_eq!(of(3), of(3));
        assert_ne!(of(3), of(4));
    }
}
