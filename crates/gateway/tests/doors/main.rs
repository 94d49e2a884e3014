//! The gateway from outside: devices and service clients against a real fleet over a real store.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that meets the unexpected fails"
)]

mod bytes;
mod harness;
mod mqtt;
mod rest;
mod rest_properties;
mod sockets;
