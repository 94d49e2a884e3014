//! The device side of Tandem: a client, a device on top of it, models that give it character, and fleets of them.
//!
//! - [`client`] connects to a hub over MQTT and TLS and keeps connected.
//! - [`device`] keeps a twin, answers methods and updates firmware.
//! - [`model`] and [`faults`] make devices behave like meters, gateways, valves, cameras and trackers, well or badly.
//! - [`swarm`] runs thousands of them in one process; [`demo`] describes the demonstration fleet.
//!
//! All timing is tokio's and all chance is seeded, so that a swarm can run in simulated time and be repeated. The crate
//! depends on `twin` and `wire` only: it knows the hub by what is said on the network, as any device does.

pub mod backoff;
pub mod chance;
pub mod client;
pub mod clock;
pub mod demo;
pub mod device;
pub mod faults;
pub mod latency;
pub mod method;
pub mod model;
pub mod profile;
pub mod swarm;
pub mod tally;

#[cfg(test)]
mod testing;
