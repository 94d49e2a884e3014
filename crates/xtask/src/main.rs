//! The project's own commands: `cargo xtask run | dev | test | bench | shots | dist`.
//!
//! A fresh machine needs rustup, a C compiler and Node.js; everything else the commands set up
//! themselves from the ordinary package registries. Each command is one module; what a machine must
//! have is in [`machine`]; how the console is built is in [`site`].
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks on its terminal"
)]

mod bare;
mod bench;
mod budget;
mod bundle;
mod dev;
mod machine;
mod process;
mod server;
mod sheet;
mod short;
mod shots;
mod site;
mod tally;
mod test;

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::site::Form;

const USAGE: &str = "\
cargo xtask <command>

  run      build the release form and start it with a demonstration fleet of 200 devices
  dev      build, start, watch the sources, rebuild and reload
  test     every test: lint, unit, property, store, protocol, client conformance, browser
           (name parts to run only those: lint unit wasm system python node browser)
  bench    the benchmarks, as a table and as JSON
  shots    screenshots of the console's pages, to be looked at by a person
  dist     target/release/tandem: the one file that is deployed, with no page too heavy
  site     the console's files only [--release: small, and no page heavier than tests/budgets.json
           records; --record: record what they weigh]

Anything after `run` goes to `tandem serve`.";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let verb = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    match command(&verb, &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {verb}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command(verb: &str, rest: &[String]) -> Result<()> {
    env::set_current_dir(process::workspace())?;
    match verb {
        "run" => server::run(rest),
        "dev" => dev::dev(rest),
        "test" => test::test(rest),
        "bench" => bench::bench(rest),
        "shots" => shots::shots(rest),
        "dist" => {
            server::dist()?;
            budget::check(&budget::weigh(&Form::Release.site())?)
        }
        "site" => {
            let has = |flag: &str| rest.iter().any(|a| a == flag);
            if !has("--release") {
                return site::build(Form::Dev).map(drop);
            }
            let weights = budget::weigh(&site::build(Form::Release)?)?;
            if has("--record") {
                budget::record(&weights)
            } else {
                budget::check(&weights)
            }
        }
        "" | "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        other => bail!("there is no command {other:?}\n\n{USAGE}"),
    }
}
