//! Laws of the language over random texts, conditions and devices.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod completion;
mod lowering;
mod meaning;
mod mending;
mod reading;
