//! `tandem`: the one binary. Configuration, commands, wiring, listeners, shutdown; no domain logic.

// The console's view is one deeply nested type.
#![recursion_limit = "256"]

mod cli;
mod config;
mod console;
mod demo;
mod private;
mod service_client;
mod serving;
mod shutdown;
mod simulator;
mod site;
mod telemetry;
mod wire_up;

use std::process::ExitCode;

use clap::Parser;

/// Records are built on one thread and dropped on another, all the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run(cli::Tandem::parse())
}
