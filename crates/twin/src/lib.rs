//! The twin of a device: identifiers, documents, merge patch, versions, limits, difference and views.
//!
//! Everything here is a pure function of its arguments: no I/O, no clock, no randomness, so that the server,
//! the browser and the device agree on what a change means by running the same code.
//!
//! ```
//! use twin::document::{ServiceChange, Twin};
//! use twin::time::Timestamp;
//!
//! let mut twin = Twin::new(Timestamp::from_ms(0));
//! let change = ServiceChange::from_patch_body(&serde_json::json!({
//!     "properties": { "desired": { "telemetry": { "interval_s": 60 } } }
//! }))?;
//! let applied = twin.apply_service(&change, Timestamp::from_ms(1_000))?;
//!
//! assert_eq!(twin.desired.version, 2);
//! assert_eq!(applied.edits[0].path, "telemetry.interval_s");
//! assert_eq!(twin::diff::drift(&twin).count, 1); // asked, not answered yet
//! # Ok::<(), twin::document::TwinError>(())
//! ```
//!
//! It does not store, send or authorize anything; "contract" in these pages means the externally observable
//! behavior of IoT Hub that the product implements, and numbers after it are its sections.

#![deny(missing_docs)]

pub mod diff;
pub mod document;
pub mod id;
pub mod identity;
pub mod limits;
pub mod patch;
pub mod presence;
pub mod revert;
pub mod scheme;
#[cfg(test)]
mod strategies;
pub mod time;
mod trail;
pub mod value;
pub mod view;

/// A JSON value.
pub type Value = serde_json::Value;

/// A JSON object: what tags, desired and reported properties are made of.
pub type Map = serde_json::Map<String, Value>;
