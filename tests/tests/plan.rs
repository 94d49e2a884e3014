//! Goal: declaring a property reaches the server that runs, whoever declares it and however. Method: the command and
//! the hub's REST beside a real server, whose metrics say what queries were answered from.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tests::http::get;
use tests::process::{outcome, run};
use tests::roster::{import_line, key};
use tests::{Binary, Options, hub, roster::Keyed};

const API: &str = "?api-version=2021-04-12";
const REGION: &str = "tags.region";
/// A column that takes longer has failed the test.
const PATIENCE: Duration = Duration::from_secs(30);

/// A directory with devices in two regions: `north` of them in the one, two in the other.
fn fleet(north: usize) -> Result<tempfile::TempDir> {
    let data = tempfile::tempdir()?;
    let mut rng = StdRng::seed_from_u64(11);
    let mut lines = String::new();
    for number in 0..north + 2 {
        let region = if number < north { "North" } else { "South" };
        let tags = json!({ "region": region, "floor": number });
        let (id, key) = (format!("device-{number}"), key(&mut rng));
        let empty = serde_json::Map::new();
        let tags = tags.as_object().unwrap_or(&empty);
        lines += &import_line(&Keyed { id, key }, tags, &empty, &empty).to_string();
        lines.push('\n');
    }
    let file = data.path().join("devices.jsonl");
    std::fs::write(&file, lines)?;
    run(data.path(), &["import", &file.to_string_lossy()])?;
    Ok(data)
}

/// The line of `tandem property list` about a path.
fn listed(data_dir: &Path, path: &str) -> Result<Option<String>> {
    let text = run(data_dir, &["property", "list"])?;
    let mut lines = text.lines();
    Ok(lines.find(|line| line.starts_with(path)).map(str::to_owned))
}

/// Waits until the column of a path is built and gives its line.
fn built(data_dir: &Path, path: &str) -> Result<String> {
    let begun = Instant::now();
    loop {
        let line = listed(data_dir, path)?;
        match line {
            Some(line) if line.contains(" ready ") => return Ok(line),
            line => ensure!(begun.elapsed() < PATIENCE, "not built: {line:?}"),
        }
    }
}

/// What a command that must fail says.
fn refusal(data_dir: &Path, arguments: &[&str]) -> Result<String> {
    let done = outcome(data_dir, arguments)?;
    ensure!(!done.status.success(), "{arguments:?} was carried out");
    ensure!(done.stdout.is_empty(), "a refusal is no output");
    Ok(String::from_utf8_lossy(&done.stderr).into_owned())
}

/// How many queries were answered from this source.
fn answered_by(server: &Binary, source: &str) -> Result<u64> {
    let name = format!("monitor_query_answered_seconds_count{{by=\"{source}\"}} ");
    let text = get(server.console, "/metrics")?.text();
    let line = text.lines().find_map(|line| line.strip_prefix(&name));
    Ok(line.map_or(Ok(0), str::parse)?)
}

/// Asks for the devices of the north, and what the answer was made from.
async fn ask(server: &Binary, token: &str) -> Result<(usize, &'static str)> {
    let counts = || {
        Ok::<_, anyhow::Error>((
            answered_by(server, "columns")?,
            answered_by(server, "scan")?,
        ))
    };
    let before = counts()?;
    let body = json!({ "query": "SELECT deviceId FROM devices WHERE tags.region = 'North'" });
    let headers = [("authorization", token)];
    let path = format!("/devices/query{API}");
    let answer = hub::send(server, "POST", &path, &headers, &body.to_string()).await?;
    ensure!(answer.status == 200, "{}", answer.text());
    let rows: Vec<Value> = serde_json::from_slice(&answer.body)?;
    let after = counts()?;
    let source = match (after.0 - before.0, after.1 - before.1) {
        (1, 0) => "columns",
        (0, 1) => "scan",
        other => bail!("answers by columns and by scan: {other:?}"),
    };
    Ok((rows.len(), source))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_declares_properties_in_the_server_that_runs() -> Result<()> {
    let data = fleet(3)?;
    let server = Binary::start(&Options::new(data.path()))?;
    let token = hub::token(&hub::policy(data.path(), "service")?)?;
    assert_eq!(ask(&server, &token).await?, (3, "scan"));

    let declare = ["property", "declare", REGION, "--type", "string"];
    run(
        data.path(),
        &[&declare[..], &["--title", "Region"]].concat(),
    )?;
    let line = built(data.path(), REGION)?;
    let cells: Vec<_> = line.split_whitespace().collect();
    assert_eq!(cells[..5], [REGION, "string", "ready", "5", "2"], "{line}");
    assert!(cells[5].parse::<u64>()? > 0, "memory in bytes: {line}");
    assert_eq!(cells[6], "Region");
    assert_eq!(ask(&server, &token).await?, (3, "columns"));

    let again = refusal(data.path(), &declare)?;
    assert!(
        again.contains(REGION) && again.contains("--replace"),
        "{again}"
    );
    run(
        data.path(),
        &[&declare[..], &["--title", "Sales region", "--replace"]].concat(),
    )?;
    let line = listed(data.path(), REGION)?.unwrap_or_default();
    assert!(
        line.contains(" ready ") && line.ends_with("Sales region"),
        "{line}"
    );

    run(data.path(), &["property", "drop", REGION])?;
    assert_eq!(listed(data.path(), REGION)?, None);
    assert_eq!(ask(&server, &token).await?, (3, "scan"));
    assert!(server.stop()?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_client_declares_and_a_command_elsewhere_asks_it() -> Result<()> {
    let data = fleet(3)?;
    let server = Binary::start(&Options::new(data.path()))?;
    let policy = hub::policy(data.path(), "iothubowner")?;
    let token = hub::token(&policy)?;
    let headers = [("authorization", token.as_str())];
    let path = format!("/properties/{REGION}{API}");
    let body = json!({ "type": "string" }).to_string();
    let put = hub::send(&server, "PUT", &path, &headers, &body).await?;
    assert_eq!(put.status, 204, "{}", put.text());

    // Another directory, another machine: a connection string and the certificate are all it takes.
    let elsewhere = tempfile::tempdir()?;
    let connection_string = format!("{policy};GatewayHostName={}", server.hub_https);
    let ca_file = data.path().join("ca.pem").to_string_lossy().into_owned();
    let remote = [
        "property",
        "--connection-string",
        &connection_string,
        "--ca-file",
        &ca_file,
    ];
    run(elsewhere.path(), &[&remote[..], &["drop", REGION]].concat())?;
    let gone = hub::send(&server, "GET", &path, &headers, "").await?;
    assert_eq!(gone.status, 404);
    assert!(
        std::fs::read_dir(elsewhere.path())?.next().is_none(),
        "a command for another hub makes no database"
    );
    Ok(())
}

#[test]
fn without_a_server_a_declaration_waits_for_one() -> Result<()> {
    let data = fleet(1)?;
    run(
        data.path(),
        &["property", "declare", REGION, "--type", "string"],
    )?;
    let line = listed(data.path(), REGION)?.unwrap_or_default();
    assert!(line.contains("no server runs"), "{line}");
    let server = Binary::start(&Options::new(data.path()))?;
    built(data.path(), REGION)?;
    // As after a power cut: nobody has to clear anything away.
    server.kill()?;
    run(data.path(), &["property", "drop", REGION])?;
    assert_eq!(listed(data.path(), REGION)?, None);
    Ok(())
}

#[test]
fn what_cannot_be_declared_is_refused_with_a_reason() -> Result<()> {
    let data = fleet(1)?;
    let server = Binary::start(&Options::new(data.path()))?;
    let declare = |path: &str, kind: &str| {
        refusal(data.path(), &["property", "declare", path, "--type", kind])
    };
    let with_server = [
        declare("status", "string")?,
        declare("tags", "object")?,
        declare("no path", "string")?,
        declare("tags.region", "number")?,
        declare("tags.floor", "text")?,
        refusal(data.path(), &["property", "drop", REGION])?,
    ];
    assert!(server.stop()?);
    let alone = [
        declare("status", "string")?,
        declare("tags", "object")?,
        declare("no path", "string")?,
        declare("tags.region", "number")?,
        declare("tags.floor", "text")?,
        refusal(data.path(), &["property", "drop", REGION])?,
    ];
    assert_eq!(with_server, alone, "the same words through both doors");
    for (said, reason) in alone.iter().zip([
        "'status' cannot be declared: a path begins with",
        "and leads below it",
        "'no path' is not a path",
        "devices hold values of type string there",
        "possible values: string, number, boolean",
        "Property 'tags.region' does not exist",
    ]) {
        assert!(said.contains(reason), "{reason:?} is not in {said:?}");
    }
    Ok(())
}

#[test]
fn one_server_has_a_data_directory() -> Result<()> {
    let data = fleet(1)?;
    let server = Binary::start(&Options::new(data.path()))?;
    let said = refusal(
        data.path(),
        &[
            "serve",
            "--console-addr",
            "127.0.0.1:0",
            "--hub-https-addr",
            "127.0.0.1:0",
            "--hub-mqtts-addr",
            "127.0.0.1:0",
        ],
    )?;
    assert!(said.contains("another process serves"), "{said}");
    assert_eq!(get(server.console, "/readyz")?.status, 200);
    Ok(())
}
