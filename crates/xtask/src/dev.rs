//! `cargo xtask dev`: build, start, watch, rebuild. An open page reloads itself when the server comes
//! back with other files: the live channel's first message names the build.

use std::path::Path;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use anyhow::Result;

use crate::process::workspace;
use crate::server::dev_form;

const LOOK_EVERY: Duration = Duration::from_millis(400);
const WATCHED: [&str; 6] = ["app", "frontend", "server", "crates", "style", "Cargo.toml"];

/// Builds and starts, then does so again after each change, until it is stopped.
pub(crate) fn dev(rest: &[String]) -> Result<()> {
    let mut running: Option<Child> = None;
    let mut built_at = SystemTime::UNIX_EPOCH;
    loop {
        let newest = WATCHED
            .iter()
            .map(|name| newest(&workspace().join(name)))
            .max()
            .unwrap_or(built_at);
        if newest > built_at {
            built_at = newest;
            match dev_form() {
                Ok((binary, site)) => {
                    stop(&mut running)?;
                    let mut serve = Command::new(binary);
                    serve.arg("serve").args(rest).env("TANDEM_SITE", site);
                    if !rest
                        .iter()
                        .any(|a| a == "--demo" || a.starts_with("--demo="))
                    {
                        serve.args(["--demo", "50"]);
                    }
                    running = Some(serve.spawn()?);
                }
                Err(error) => eprintln!("  {error:#}\n  waiting for the next change"),
            }
        }
        sleep(LOOK_EVERY);
    }
}

fn stop(running: &mut Option<Child>) -> Result<()> {
    if let Some(mut child) = running.take() {
        child.kill()?;
        child.wait()?;
    }
    Ok(())
}

/// The newest change below a path.
fn newest(path: &Path) -> SystemTime {
    let own = path
        .metadata()
        .and_then(|m| m.modified())
        .unwrap_or(SystemTime::UNIX_EPOCH);
    let Ok(entries) = std::fs::read_dir(path) else {
        return own;
    };
    entries
        .flatten()
        .map(|entry| newest(&entry.path()))
        .fold(own, SystemTime::max)
}
