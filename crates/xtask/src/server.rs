//! Building and starting the `tandem` binary.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::process::{cargo, lap, run as run_command, target};
use crate::site::{self, Form};

/// The devices of the demonstration fleet that `cargo xtask run` starts.
const DEMO_DEVICES: &str = "200";

/// Builds the one file that is deployed, the release binary with the console inside, and `tandem-agent` beside it; gives
/// the first.
pub(crate) fn dist() -> Result<PathBuf> {
    let site = site::build(Form::Release)?;
    lap("tandem: compile (release)", || {
        run_command(
            cargo()
                .args(["build", "--release", "-p", "server", "-p", "agent"])
                .args(["--features", "server/embed"])
                .env("TANDEM_SITE", site.canonicalize()?),
        )
    })?;
    Ok(target().join("release/tandem"))
}

/// Builds the development form of site and server; gives both.
pub(crate) fn dev_form() -> Result<(PathBuf, PathBuf)> {
    let site = site::build(Form::Dev)?;
    lap("tandem: compile", || {
        run_command(cargo().args(["build", "-p", "server", "-p", "agent"]))
    })?;
    Ok((target().join("debug/tandem"), site))
}

/// `cargo xtask run`: the release form with a demonstration fleet.
pub(crate) fn run(rest: &[String]) -> Result<()> {
    let binary = dist()?;
    let mut serve = Command::new(binary);
    serve.arg("serve");
    if !rest
        .iter()
        .any(|a| a == "--demo" || a.starts_with("--demo="))
    {
        serve.args(["--demo", DEMO_DEVICES]);
    }
    run_command(serve.args(rest))
}
