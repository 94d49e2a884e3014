//! What is measured, on what, for how long.

use std::time::Duration;

use clap::ValueEnum;

use super::place::Place;
use super::throughput::Stretch;

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Phase {
    /// Making the fleet and taking it in through `tandem import`.
    Import,
    /// Questions over declared properties, beside SQLite with expression indexes.
    Queries,
    /// A question over an undeclared property, beside the plain SQL scan.
    Scan,
    /// The store's own writer, in this process.
    Writer,
    /// The same through the server, over MQTT and TLS.
    Mqtt,
    /// Start-up time and resident memory of the server.
    Startup,
    /// Time of the server for pages of the console.
    Pages,
    /// What a browser has to fetch for a page.
    Transfer,
}

/// What is measured, on what, for how long.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Size of the fleet.
    pub devices: usize,
    /// Of the fleet and of every choice.
    pub seed: u64,
    /// Callers of the writer, and connections to the server.
    pub connections: usize,
    /// Patches in flight for each connection.
    pub window: usize,
    /// Patches that a connection sends before another device takes its place.
    pub dwell: u64,
    /// How long a question is repeated, unless it is slow or quick enough to end otherwise.
    pub repeat: Duration,
    /// How long rates are measured.
    pub stretch: Stretch,
    /// Where everything is kept.
    pub place: Place,
}
