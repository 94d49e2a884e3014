//! Goal: the benchmark measures what it says, on any fleet. Method: the whole of it on a small fleet for a moment; it
//! compares every answer with that of SQLite itself, so that it fails when the two differ.

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

#[test]
fn every_phase_runs_on_a_small_fleet() -> Result<()> {
    let place = tempfile::tempdir()?;
    let file = place.path().join("bench.json");
    let run = |more: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_bench"))
            .args(["--devices", "2000", "--connections", "20"])
            .args(["--dwell", "50", "--seconds", "0.6"])
            .arg("--data-dir")
            .arg(place.path())
            .arg("--json")
            .arg(&file)
            .args(more)
            .output()
    };
    let done = run(&[])?;
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    let table = String::from_utf8_lossy(&done.stdout).into_owned();
    let written: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
    assert_eq!(written["about"]["devices"], 2000);
    let rows = written["rows"].as_array().context("no rows")?;
    for phase in [
        "import 2,000 twins",
        "first page of 50",
        "undeclared property, count",
        "store's writer",
        "MQTT/TLS",
        "start-up until the columns are rebuilt",
        "first visit, overview",
    ] {
        let begins = |row: &&Value| row["what"].as_str().is_some_and(|w| w.starts_with(phase));
        assert!(rows.iter().any(|row| begins(&row)), "no {phase} in {table}");
        assert!(table.contains(phase), "no {phase} in {table}");
    }
    let over_mqtt = rows
        .iter()
        .filter(|row| row["what"].as_str().is_some_and(|w| w.starts_with("MQTT")));
    for row in over_mqtt {
        assert!(
            row["ratio"].as_f64().is_some_and(|ratio| ratio > 0.0),
            "{row}"
        );
        assert!(
            row["figures"]["throughput"]["count"].as_u64() > Some(20),
            "{row}"
        );
    }

    // A fleet that is there is not made again, and one phase runs alone.
    let done = run(&["--only", "scan"])?;
    assert!(done.status.success());
    let table = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(
        !table.contains("import") && table.contains("undeclared"),
        "{table}"
    );
    Ok(())
}
