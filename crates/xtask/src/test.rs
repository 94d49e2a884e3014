//! `cargo xtask test`: every test there is, and one summary line.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::machine;
use crate::process::{cargo, lap, run};
use crate::server::dev_form;
use crate::tally::{Tally, count};

const PARTS: [&str; 7] = [
    "lint", "unit", "wasm", "system", "python", "node", "browser",
];

/// Runs all parts, or those named.
pub(crate) fn test(rest: &[String]) -> Result<()> {
    if let Some(unknown) = rest.iter().find(|a| !PARTS.contains(&a.as_str())) {
        bail!(
            "there is no part {unknown:?}; the parts are {}",
            PARTS.join(" ")
        );
    }
    let wants = |part: &str| rest.is_empty() || rest.iter().any(|a| a == part);
    let mut lines = Vec::new();
    let mut total = Tally::default();
    let mut note = |part: &str, tally: Tally| {
        total.add(tally);
        lines.push(format!(
            "  {part:<10}{:>5} passed, {} failed, {} skipped",
            tally.passed, tally.failed, tally.skipped
        ));
    };

    for part in ["lint", "unit", "wasm"] {
        if wants(part) {
            heading(part);
            let tally = match part {
                "lint" => lint(),
                "unit" => count(cargo().args([
                    "test",
                    "--workspace",
                    "--exclude",
                    "frontend",
                    "--exclude",
                    "tests",
                    "--no-fail-fast",
                ]))?,
                _ => wasm(),
            };
            note(part, tally);
        }
    }

    if ["system", "python", "node", "browser"]
        .iter()
        .any(|part| wants(part))
    {
        heading("build");
        let built = Built::new()?;
        for part in ["system", "python", "node", "browser"] {
            if wants(part) {
                heading(part);
                let tally = match part {
                    "system" => count(built.with(cargo().args([
                        "test",
                        "-p",
                        "tests",
                        "--no-fail-fast",
                        "--",
                        "--test-threads=1",
                    ])))?,
                    "python" => python(&built)?,
                    "node" => node(&built, "conformance/node", &[])?,
                    _ => browser(&built)?,
                };
                note(part, tally);
            }
        }
    }

    heading("summary");
    println!("{}", lines.join("\n"));
    println!(
        "{} passed, {} failed, {} skipped",
        total.passed, total.failed, total.skipped
    );
    if total.failed > 0 {
        bail!("{} failed", total.failed);
    }
    Ok(())
}

/// The binaries and the site that tests run against.
pub(crate) struct Built {
    binary: PathBuf,
    site: PathBuf,
}

impl Built {
    /// Builds the development form.
    pub(crate) fn new() -> Result<Self> {
        let (binary, site) = dev_form()?;
        Ok(Self { binary, site })
    }

    /// Tells a test command where they are.
    pub(crate) fn with<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("TANDEM_BIN", &self.binary)
            .env("TANDEM_SITE", &self.site)
    }
}

fn heading(part: &str) {
    println!("\n== {part}");
}

/// Formatting and lints: each is one check.
fn lint() -> Tally {
    checks(&mut [
        ("formatting", cargo().args(["fmt", "--all", "--check"])),
        (
            "clippy",
            cargo().args([
                "clippy",
                "--workspace",
                "--exclude",
                "frontend",
                "--all-targets",
                "--quiet",
            ]),
        ),
    ])
}

/// What runs in a browser or on a device compiles for it.
fn wasm() -> Tally {
    if let Err(error) = machine::wasm_target() {
        println!("{error:#}");
        return Tally {
            failed: 1,
            ..Tally::default()
        };
    }
    checks(&mut [(
        "pure crates and console for wasm32",
        cargo()
            .args(["check", "--target", "wasm32-unknown-unknown", "--quiet"])
            .args([
                "-p", "twin", "-p", "query", "-p", "columns", "-p", "wire", "-p", "frontend",
            ]),
    )])
}

fn checks(steps: &mut [(&str, &mut Command)]) -> Tally {
    let mut tally = Tally::default();
    for (what, command) in steps {
        match lap(what, || run(command)) {
            Ok(()) => tally.passed += 1,
            Err(error) => {
                println!("{error:#}");
                tally.failed += 1;
            }
        }
    }
    tally
}

fn python(built: &Built) -> Result<Tally> {
    let folder = machine::tests().join("conformance/python");
    let python = machine::python_packages(&folder)?;
    count(
        built.with(
            Command::new(python)
                .args([
                    "-W",
                    "ignore",
                    "-m",
                    "unittest",
                    "discover",
                    "-v",
                    "-p",
                    "test_*.py",
                ])
                .current_dir(&folder),
        ),
    )
}

/// Runs a folder's `*.test.mjs` with node's own runner.
fn node(built: &Built, folder: &str, variables: &[(&str, &Path)]) -> Result<Tally> {
    let folder = machine::tests().join(folder);
    machine::node_packages(&folder)?;
    let mut command = Command::new("node");
    command
        .args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
        .args(test_files(&folder)?)
        .current_dir(&folder);
    for (name, value) in variables {
        command.env(name, value);
    }
    count(built.with(&mut command))
}

fn browser(built: &Built) -> Result<Tally> {
    let chromium = machine::chromium()?;
    node(built, "e2e", &[("CHROMIUM", &chromium)])
}

fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().ends_with(".test.mjs"))
        {
            all.push(path);
        }
    }
    all.sort();
    Ok(all)
}
