//! `cargo xtask bench`: the benchmarks, in release form, as a table and as JSON.

use anyhow::Result;

use crate::process::{cargo, run};
use crate::server::dist;
use crate::site::Form;

/// Builds the release form and measures it. Arguments go to the benchmark (`--help` lists them).
pub(crate) fn bench(rest: &[String]) -> Result<()> {
    let binary = dist()?;
    run(cargo()
        .args(["run", "--release", "-p", "tests", "--bin", "bench", "--"])
        .args(rest)
        .env("TANDEM_BIN", binary)
        .env("TANDEM_SITE", Form::Release.site()))
}
