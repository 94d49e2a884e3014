//! What every device has whatever its model: battery, power, network, temperature, place, and whether it is in use.

use std::time::Duration;

use rand::Rng;
use serde_json::json;
use twin::Map;

use super::{Origin, Position, object, rounded};
use crate::chance::{Chance, Walk, normal};

/// Where a device takes its power from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supply {
    /// A battery for the device's whole life.
    Battery,
    /// Mains with a battery behind it.
    Mains,
    /// A vehicle's supply with a battery behind it.
    Vehicle,
    /// A panel that charges a battery.
    Solar,
}

impl Supply {
    /// Whether the device is fed from outside and keeps a battery for when it is not.
    fn is_fed(self) -> bool {
        matches!(self, Self::Mains | Self::Vehicle)
    }
}

/// How a device reaches the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Narrow cellular for meters.
    LteM,
    /// Narrower cellular for meters in cellars.
    NbIot,
    /// Full cellular.
    Lte,
    /// A cable; no carrier and a signal of no meaning.
    Ethernet,
    /// Wireless at the site.
    WiFi,
}

impl Network {
    fn name(self) -> &'static str {
        match self {
            Self::LteM => "lte-m",
            Self::NbIot => "nb-iot",
            Self::Lte => "lte",
            Self::Ethernet => "ethernet",
            Self::WiFi => "wifi",
        }
    }

    /// Mean and spread of the signal strength across a fleet, dBm.
    fn signal_dbm(self) -> (f64, f64) {
        match self {
            Self::LteM => (-91.0, 9.0),
            Self::NbIot => (-101.0, 8.0),
            Self::Lte => (-84.0, 9.0),
            Self::Ethernet => (-30.0, 0.5),
            Self::WiFi => (-62.0, 8.0),
        }
    }

    fn is_cellular(self) -> bool {
        matches!(self, Self::LteM | Self::NbIot | Self::Lte)
    }
}

/// How often a device is put to use and laid aside again.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Share of the time that the device is in use, 0 to 1.
    pub share: f64,
    /// Mean length of one use.
    pub length: Duration,
}

/// The common part of every model.
#[derive(Debug)]
pub struct Vitals {
    battery_pct: f64,
    supply: Supply,
    fed: bool,
    network: Network,
    carrier: String,
    signal: Walk,
    temperature: Walk,
    usage: Usage,
    /// Whether the device is doing what it is for.
    pub in_use: bool,
    /// Where it is.
    pub position: Position,
    revision: char,
    serial: u32,
}

impl Vitals {
    /// Draws the vitals of one device.
    pub fn new(
        origin: &Origin,
        supply: Supply,
        network: Network,
        usage: Usage,
        chance: &mut Chance,
    ) -> Self {
        let (fleet_mean, fleet_spread) = network.signal_dbm();
        let here = (fleet_mean + fleet_spread * normal(chance)).clamp(-118.0, -20.0);
        let battery_pct = match supply {
            Supply::Battery => (74.0 + 19.0 * normal(chance)).clamp(4.0, 100.0),
            Supply::Mains | Supply::Vehicle => 100.0,
            Supply::Solar => (82.0 + 12.0 * normal(chance)).clamp(20.0, 100.0),
        };
        // Tens of meters, so that neighbors at one site do not stand on one point.
        let position = Position {
            lat: origin.home.lat + 0.004 * normal(chance),
            lon: origin.home.lon + 0.006 * normal(chance),
        };
        Self {
            battery_pct,
            supply,
            fed: supply.is_fed(),
            network,
            carrier: origin.carrier.clone(),
            signal: Walk::new(chance, here, (fleet_spread / 4.0).max(0.2), (-120.0, -20.0)),
            temperature: Walk::new(chance, 14.0, 4.0, (-25.0, 60.0)),
            usage,
            in_use: chance.random_bool(usage.share),
            position,
            revision: char::from(b'B' + chance.random_range(0..3_u8)),
            serial: chance.random_range(0..10_000),
        }
    }

    /// Hardware particulars.
    pub fn constants(&self, class: &str) -> Map {
        object!({ "hardware": { "class": class, "revision": self.revision.to_string(), "serial": format!("NW-{:04}", self.serial) } })
    }

    /// Moves all of them on by `elapsed`.
    pub fn advance(&mut self, elapsed: Duration, chance: &mut Chance) {
        self.signal.advance(elapsed, chance);
        self.temperature.advance(elapsed, chance);
        let hours = elapsed.as_secs_f64() / 3_600.0;
        let rate_pct_h = match self.supply {
            Supply::Mains | Supply::Vehicle if self.fed => 25.0,
            Supply::Mains | Supply::Vehicle => -12.0,
            Supply::Battery => -0.01,
            // A panel gives a little more than it takes, with clouds.
            Supply::Solar => 0.1 + 1.5 * normal(chance),
        };
        self.battery_pct = (self.battery_pct + rate_pct_h * hours).clamp(1.0, 100.0);
        // A two-state process whose long-run share of use is `usage.share`.
        let stay = (-elapsed.as_secs_f64() / self.usage.length.as_secs_f64()).exp();
        if !chance.random_bool(stay) {
            self.in_use = chance.random_bool(self.usage.share);
        }
    }

    /// Switches to battery or back to mains; `false` for a device that has no mains.
    pub fn set_mains(&mut self, present: bool) -> bool {
        self.fed = present && self.supply.is_fed();
        self.supply.is_fed()
    }

    /// The reported form.
    pub fn readings(&self) -> Map {
        let source = match self.supply {
            Supply::Mains if self.fed => "mains",
            Supply::Vehicle if self.fed => "vehicle",
            Supply::Solar => "solar",
            Supply::Mains | Supply::Vehicle | Supply::Battery => "battery",
        };
        let mut network =
            object!({ "type": self.network.name(), "rssi_dbm": rounded(self.signal.value(), 0) });
        if self.network.is_cellular() {
            network.insert("carrier".to_owned(), json!(self.carrier));
        }
        object!({
            "battery_pct": rounded(self.battery_pct, 0),
            "power": { "source": source },
            "network": network,
            "temp_c": rounded(self.temperature.value(), 1),
            "in_use": self.in_use,
            "position": { "lat": rounded(self.position.lat, 5), "lon": rounded(self.position.lon, 5) },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::seeded;
    use crate::model::Kind;

    const USAGE: Usage = Usage {
        share: 0.25,
        length: Duration::from_mins(10),
    };

    fn vitals(seed: u64, supply: Supply) -> (Vitals, Chance) {
        let mut chance = seeded(seed, "vitals");
        let vitals = Vitals::new(
            &Origin::of(Kind::Meter),
            supply,
            Network::LteM,
            USAGE,
            &mut chance,
        );
        (vitals, chance)
    }

    #[test]
    fn mains_drain_and_charge_the_battery() {
        let (mut vitals, mut chance) = vitals(1, Supply::Mains);
        assert!(vitals.set_mains(false));
        vitals.advance(Duration::from_hours(2), &mut chance);
        let readings = vitals.readings();
        assert_eq!(readings["battery_pct"], json!(76));
        assert_eq!(readings["power"]["source"], json!("battery"));
        vitals.set_mains(true);
        vitals.advance(Duration::from_hours(1), &mut chance);
        assert_eq!(vitals.readings()["battery_pct"], json!(100));
    }

    #[test]
    fn a_battery_device_has_no_mains_to_lose() {
        let (mut vitals, _) = vitals(2, Supply::Battery);
        assert!(!vitals.set_mains(false));
        assert_eq!(vitals.readings()["power"]["source"], json!("battery"));
    }

    #[test]
    fn use_takes_its_share_of_the_time() {
        let (mut vitals, mut chance) = vitals(3, Supply::Battery);
        let mut used = 0;
        for _ in 0..20_000 {
            vitals.advance(Duration::from_mins(1), &mut chance);
            used += u32::from(vitals.in_use);
        }
        let share = f64::from(used) / 20_000.0;
        assert!(
            (0.2..0.3).contains(&share),
            "in use for {share} of the time"
        );
    }

    #[test]
    fn the_signals_of_a_fleet_look_like_a_fleet() {
        let signals: Vec<f64> = (0..500)
            .map(|seed| {
                vitals(seed, Supply::Battery).0.readings()["network"]["rssi_dbm"]
                    .as_f64()
                    .unwrap()
            })
            .collect();
        let weak = signals.iter().filter(|dbm| **dbm < -105.0).count();
        let strong = signals.iter().filter(|dbm| **dbm > -75.0).count();
        assert!((5..80).contains(&weak), "{weak} weak signals");
        assert!((5..80).contains(&strong), "{strong} strong signals");
    }
}
