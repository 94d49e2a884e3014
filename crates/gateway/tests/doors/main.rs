//! The gateway from outside: devices and service clients against a real fleet over a real store.

mod bytes;
mod harness;
mod mqtt;
mod rest;
mod sockets;
