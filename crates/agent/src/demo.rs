//! The demonstration fleet: which devices there are, where they stand and what is asked of them.
//!
//! Plain data from a seed: [`fleet`] describes the devices, the server registers them, a [`crate::swarm`] plays them.
//! Most are up to date; a part of the fleet was delivered with an older firmware and has something to do at first.

mod places;

use std::collections::HashSet;

use rand::Rng;
use serde_json::{Value, json};
use twin::Map;

use crate::chance::{Chance, seeded, weighted};
use crate::model::{Kind, Origin, object};
use places::{REGIONS, Region, Site};

/// One device of the demonstration fleet.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoDevice {
    /// Its id, such as `am4-5c31-46e8-0a`.
    pub id: String,
    /// Its tags: region, site, class, customer, cell, group and date of installation.
    pub tags: Map,
    /// What is asked of it.
    pub desired: Map,
    /// What it is: model, class, place and the firmware it was delivered with.
    pub origin: Origin,
}

/// A product class.
struct Class {
    name: &'static str,
    kind: Kind,
    /// Its firmware versions, newest first.
    firmware: &'static [&'static str],
}

/// The classes with their shares of the fleet.
const CLASSES: &[(Class, f64)] = &[
    (
        Class {
            name: "AM-4",
            kind: Kind::Meter,
            firmware: &["4.12.0", "4.11.3", "4.10.8"],
        },
        0.40,
    ),
    (
        Class {
            name: "AM-3",
            kind: Kind::Meter,
            firmware: &["3.9.2", "3.9.0", "3.7.5"],
        },
        0.18,
    ),
    (
        Class {
            name: "FL-2",
            kind: Kind::Meter,
            firmware: &["2.6.1", "2.5.4"],
        },
        0.15,
    ),
    (
        Class {
            name: "VC-1",
            kind: Kind::Valve,
            firmware: &["1.8.0", "1.7.3"],
        },
        0.09,
    ),
    (
        Class {
            name: "TR-3",
            kind: Kind::Tracker,
            firmware: &["3.3.1", "3.2.0"],
        },
        0.07,
    ),
    (
        Class {
            name: "GW-9",
            kind: Kind::Gateway,
            firmware: &["9.4.2", "9.4.0"],
        },
        0.06,
    ),
    (
        Class {
            name: "CM-2",
            kind: Kind::Camera,
            firmware: &["2.2.0", "2.1.5"],
        },
        0.05,
    ),
];

const CUSTOMERS: &[(&str, f64)] = &[
    ("Northwater Utilities", 0.62),
    ("Frisian Heat", 0.14),
    ("Baltic Mains", 0.14),
    ("Somme Valley Water", 0.10),
];

/// Share of the fleet that is asked for the newest firmware; the rest is asked for an older one, to be rolled out to.
const ASKED_FOR_NEWEST: f64 = 0.74;
/// Share of the fleet that was delivered with a version older than the one it is asked for.
const DELIVERED_BEHIND: f64 = 0.12;

/// Describes `n` devices; the same seed describes the same ones, and more of them with a greater `n`.
pub fn fleet(n: usize, seed: u64) -> Vec<DemoDevice> {
    let mut chance = seeded(seed, "demonstration fleet");
    let mut ids = HashSet::with_capacity(n);
    let mut devices = Vec::with_capacity(n);
    while devices.len() < n {
        let Some(device) = device(&mut chance) else {
            break;
        };
        if ids.insert(device.id.clone()) {
            devices.push(device);
        }
    }
    devices
}

/// The kind of a device of the demonstration fleet by its id; a meter when the id is not of that form.
pub fn kind_of(id: &str) -> Kind {
    CLASSES
        .iter()
        .find(|(class, _)| id.starts_with(&prefix(class.name)))
        .map_or(Kind::Meter, |(class, _)| class.kind)
}

/// The start of the ids of a class: `am4-` for `AM-4`.
fn prefix(class: &str) -> String {
    format!("{}-", class.to_lowercase().replace('-', ""))
}

/// `None` only if there were no classes, regions or sites to choose from.
fn device(chance: &mut Chance) -> Option<DemoDevice> {
    let class = weighted(chance, CLASSES)?;
    let region = weighted(chance, REGIONS)?;
    let site = &region.sites[chance.random_range(0..region.sites.len())];
    let (asked, delivered) = versions(class, chance);
    let (a, b, c): (u16, u16, u8) = (chance.random(), chance.random(), chance.random());
    Some(DemoDevice {
        id: format!("{}{a:04x}-{b:04x}-{c:02x}", prefix(class.name)),
        tags: tags(class, region, site, chance)?,
        desired: desired(class, asked, chance),
        origin: Origin {
            kind: class.kind,
            class: class.name.to_owned(),
            home: site.position,
            carrier: region.carrier.to_owned(),
            firmware: delivered.to_owned(),
        },
    })
}

/// The version a device is asked for, and the one it was delivered with.
fn versions(class: &Class, chance: &mut Chance) -> (&'static str, &'static str) {
    let oldest = class.firmware.len() - 1;
    let asked = if chance.random_bool(ASKED_FOR_NEWEST) {
        0
    } else {
        chance.random_range(0..=oldest)
    };
    let behind = usize::from(chance.random_bool(DELIVERED_BEHIND));
    (
        class.firmware[asked],
        class.firmware[(asked + behind).min(oldest)],
    )
}

fn tags(class: &Class, region: &Region, site: &Site, chance: &mut Chance) -> Option<Map> {
    let (year, month, day) = (
        chance.random_range(2021..2027),
        chance.random_range(1..=12),
        chance.random_range(1..=28),
    );
    let quarter = (month + 2) / 3;
    Some(object!({
        "region": region.name,
        "site": site.name,
        "class": class.name,
        "customer": weighted(chance, CUSTOMERS)?,
        "cell": format!("{:04}", chance.random_range(100..600)),
        "group": format!("{}{year}-q{quarter}", prefix(class.name)),
        "installed": format!("{year}-{month:02}-{day:02}"),
    }))
}

/// What a device of a class is asked for.
fn desired(class: &Class, firmware: &str, chance: &mut Chance) -> Map {
    let level = weighted(chance, &[("warn", 0.9), ("info", 0.1)])
        .copied()
        .unwrap_or("warn");
    let mut desired = object!({
        "firmware": { "version": firmware, "channel": "stable" },
        "telemetry": { "interval_s": chance.random_range(5..=15), "level": level },
    });
    let own: Value = match class.kind {
        Kind::Meter => json!({
            "metering": { "interval_s": 900, "tariff_table": 118, "upload_window": "02:00–04:00" },
            "safety": { "valve_lock": true, "leak_alarm_l_h": 12 },
            "network": { "apn": "meter.northwater" },
        }),
        Kind::Gateway => {
            json!({ "routing": { "children_max": 64 }, "network": { "apn": "site.northwater" } })
        }
        Kind::Valve => json!({
            "valve": { "position_pct": pick(chance, &[0, 25, 50, 100, 100, 100]) },
            "safety": { "close_on_loss": true },
        }),
        Kind::Camera => json!({ "video": { "frames_s": pick(chance, &[5, 10, 15]) } }),
        Kind::Tracker => json!({ "geofence": { "radius_km": 40 } }),
    };
    if let Value::Object(own) = own {
        desired.extend(own);
    }
    desired
}

/// One of some numbers, each as likely as the others.
fn pick(chance: &mut Chance, numbers: &[u32]) -> u32 {
    numbers[chance.random_range(0..numbers.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn shares(of: impl Fn(&DemoDevice) -> String) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for device in fleet(2_000, 7) {
            *counts.entry(of(&device)).or_default() += 1;
        }
        counts
    }

    #[test]
    fn the_same_seed_describes_the_same_fleet_and_a_larger_one_begins_alike() {
        assert_eq!(fleet(50, 3), fleet(50, 3));
        assert_eq!(fleet(50, 3)[..], fleet(80, 3)[..50]);
        assert_ne!(fleet(50, 3), fleet(50, 4));
    }

    #[test]
    fn ids_are_unique_valid_and_tell_the_kind() {
        let devices = fleet(2_000, 7);
        let ids: HashSet<&str> = devices.iter().map(|device| device.id.as_str()).collect();
        assert_eq!(ids.len(), 2_000);
        for device in &devices {
            twin::id::DeviceId::parse(&device.id).unwrap();
            assert_eq!(kind_of(&device.id), device.origin.kind);
        }
        assert_eq!(kind_of("somebody-else"), Kind::Meter);
    }

    #[test]
    fn every_class_and_region_is_there_in_its_share() {
        let classes = shares(|device| device.tags["class"].as_str().unwrap().to_owned());
        assert_eq!(classes.len(), CLASSES.len());
        assert!((700..900).contains(&classes["AM-4"]), "{classes:?}");
        let regions = shares(|device| device.tags["region"].as_str().unwrap().to_owned());
        assert_eq!(regions.len(), 8);
        assert!(regions.values().all(|count| *count > 80), "{regions:?}");
        assert_eq!(
            shares(|device| device.origin.kind.to_string()).len(),
            Kind::ALL.len()
        );
    }

    #[test]
    fn most_run_what_they_are_asked_and_some_are_behind() {
        let behind = fleet(2_000, 7)
            .iter()
            .filter(|device| device.desired["firmware"]["version"] != json!(device.origin.firmware))
            .count();
        assert!((140..300).contains(&behind), "{behind} of 2,000 are behind");
    }

    #[test]
    fn what_is_asked_is_what_devices_accept_and_twins_hold() {
        for device in fleet(500, 1) {
            for (path, value) in crate::device::desired::leaves(&device.desired) {
                crate::model::check(device.origin.kind, &path, value.unwrap()).unwrap();
            }
            let body = json!({ "tags": device.tags, "properties": { "desired": device.desired } });
            let change = twin::document::ServiceChange::from_patch_body(&body).unwrap();
            let mut twin = twin::document::Twin::new(twin::time::Timestamp::from_ms(0));
            twin.apply_service(&change, twin::time::Timestamp::from_ms(1))
                .unwrap();
        }
    }

    #[test]
    fn what_a_device_may_refuse_or_ignore_is_asked_of_it() {
        use crate::faults::Faults;
        use crate::profile::FaultShares;
        let shares = FaultShares {
            refuses: 1.0,
            ignores: 1.0,
            ..FaultShares::none()
        };
        for device in fleet(500, 2) {
            let faults = Faults::draw(&shares, device.origin.kind, &mut seeded(2, &device.id));
            for path in [faults.refuses.unwrap().path, faults.ignores.unwrap()] {
                let parts: Vec<&str> = path.split('.').collect();
                assert!(
                    twin::value::lookup(&device.desired, &parts).is_some(),
                    "{} is not asked for {path}",
                    device.id
                );
            }
        }
    }
}
