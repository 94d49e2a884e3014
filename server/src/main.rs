//! `tandem`: the one binary. Configuration, commands, wiring, listeners, shutdown; no domain logic.

mod cli;
mod config;
mod console;
mod demo;
mod service_client;
mod serving;
mod shutdown;
mod site;
mod telemetry;
mod wire_up;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    cli::run(cli::Tandem::parse())
}
