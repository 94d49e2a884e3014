//! The benchmarks behind `cargo xtask bench`.
//!
//! Each phase is a module of its name: it measures something on the fleet in a [`place::Place`] and adds lines to the
//! [`report::Report`], each beside what the same costs by other means in the same run.

pub mod fleet_here;
pub mod import;
pub mod mqtt;
pub mod pages;
pub mod place;
pub mod plan;
pub mod population;
pub mod queries;
pub mod questions;
pub mod report;
pub mod samples;
pub mod scan;
pub mod startup;
pub mod throughput;
pub mod transfer;
pub mod usage;
pub mod writer;
