//! The doors for devices and service clients: MQTT over TLS, MQTT over WebSocket, and HTTPS, as the IoT Hub contract has
//! them.
//!
//! [`start`] binds both listeners over a [`fleet::Fleet`] and returns where they listen; [`Running::shutdown`] closes the
//! doors, lets what was begun finish, and says goodbye to every device. [`tls`] makes and renews the certificates.
//!
//! A device's packet travels: listener (permit, TLS) → `mqtt` (CONNECT, proof, takeover) → `connection` (the loop) →
//! `session` (the pure state machine) → `inlet` (bounded) → fleet; its acknowledgment travels back when the store has
//! committed. What the fleet has to say to a device travels through the `registry`.
//!
//! What is deliberately absent: no decision about what a device should hear or who may do what (the fleet's), no SQL, and
//! no retained or shared MQTT messages: this is a hub with an MQTT face, not a broker.

mod authenticate;
mod connection;
mod figures;
mod hub;
mod inlet;
mod keeper;
mod limits;
mod listener;
mod mailbox;
pub mod mock;
mod mqtt;
mod outlet;
mod parking;
mod registry;
mod running;
mod service_http;
mod session;
mod status;
mod throttle;
pub mod tls;
mod transport;
mod websocket;

pub use limits::Limits;
pub use running::{Config, Queues, Running, StartError, start};
