//! Running other programs, and where things lie.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

/// The folder of the root `Cargo.toml`.
pub(crate) fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Cargo's target directory.
pub(crate) fn target() -> PathBuf {
    variable("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from)
}

/// A process variable, when it is set and is text.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var_os(name).and_then(|v| v.into_string().ok())
}

/// The cargo that runs this command.
pub(crate) fn cargo() -> Command {
    Command::new(variable("CARGO").unwrap_or_else(|| "cargo".to_owned()))
}

/// Runs a command to its end.
///
/// # Errors
/// When it cannot be started or does not end well; the message names the command.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}

/// Does a step and says how long it took.
pub(crate) fn lap<T>(what: &str, step: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let done = step()?;
    eprintln!("  {what:<32}{:>8.1} s", start.elapsed().as_secs_f64());
    Ok(done)
}
