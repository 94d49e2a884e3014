//! What whole-system tests and benchmarks share: a Tandem of one's own, started as its users start it.
//!
//! Goal: test the real binary from outside. Method: free ports, a database in a temporary directory, and
//! waiting for what the server says on standard output, never for time to pass.
//!
//! [`process`] starts the binary, [`roster`] makes devices for it, [`load`] lets them report, [`http`] and
//! [`hub`] ask its two surfaces; [`mod@bench`] is behind `cargo xtask bench`.

pub mod bench;
pub mod http;
pub mod hub;
pub mod load;
pub mod process;
pub mod roster;

pub use process::{Binary, Options};
