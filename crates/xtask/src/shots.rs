//! `cargo xtask shots`: screenshots of the console's pages into `target/shots`, for a person to look at.

use std::process::Command;

use anyhow::Result;

use crate::machine;
use crate::process::{run, target};
use crate::test::Built;

/// Builds the development form, starts it with a demonstration fleet and photographs each page.
pub(crate) fn shots(rest: &[String]) -> Result<()> {
    let built = Built::new()?;
    let folder = machine::tests().join("e2e");
    machine::node_packages(&folder)?;
    let out = target().join("shots");
    run(built
        .with(
            Command::new("node")
                .arg("shots.mjs")
                .args(rest)
                .current_dir(&folder),
        )
        .env("CHROMIUM", machine::chromium()?)
        .env("SHOTS", &out))?;
    println!("screenshots are in {}", out.display());
    Ok(())
}
