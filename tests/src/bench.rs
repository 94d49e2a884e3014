//! The benchmarks behind `cargo xtask bench`.

pub mod population;
