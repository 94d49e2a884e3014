//! Goal: whoever runs the server finds it as the documents say. Method: the real binary, started as its users start
//! it, asked from outside: health, metrics, headers, sign-in, backup, shutdown, examination.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tests::bench::population::{Member, Population};
use tests::http::{self, Answer, get, post_sign_in, send};
use tests::load::{Counter, Load, look_at_all};
use tests::process::{outcome, run};
use tests::roster::{import_line, register};
use tests::{Binary, Options, hub};

const SEED: u64 = 11;
const DEVICES: usize = 6;
const WINDOW: usize = 4;
/// Acknowledgments after which a load counts as one.
const UNDER_WAY: u64 = 200;

fn server() -> Result<(tempfile::TempDir, Binary)> {
    let data = tempfile::tempdir()?;
    let server = Binary::start(&Options::new(data.path()))?;
    Ok((data, server))
}

/// A directory with counting devices and the server that they report to.
async fn loaded() -> Result<(tempfile::TempDir, Binary, Load)> {
    let data = tempfile::tempdir()?;
    let devices = register(data.path(), DEVICES, SEED)?;
    let server = Binary::start(&Options::new(data.path()))?;
    let counters = devices.into_iter().map(Counter::new).collect();
    let mut load = Load::start(counters, &server.mqtts()?, WINDOW).await?;
    load.reaches(UNDER_WAY).await?;
    Ok((data, server, load))
}

/// Where an answer leads.
fn location(answer: &Answer) -> &str {
    answer.header("location").unwrap_or_default()
}

#[test]
fn it_is_alive_and_ready_and_counts_what_it_does() -> Result<()> {
    let (_data, server) = server()?;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(get(server.console, path)?.status, 200, "{path}");
    }
    let metrics = get(server.console, "/metrics")?;
    assert_eq!(metrics.status, 200);
    let text = metrics.text();
    for name in [
        "columns_rebuild_complete 1",
        "columns_rebuild_duration_seconds ",
    ] {
        let is_there = text.lines().any(|line| line.starts_with(name));
        assert!(is_there, "no {name} in\n{text}");
    }
    Ok(())
}

#[test]
fn every_queue_tells_its_depth_bound_and_stalls_from_the_start() -> Result<()> {
    let (_data, server) = server()?;
    let text = get(server.console, "/metrics")?.text();
    let figures = |name: &str| -> BTreeMap<String, f64> {
        let begin = format!("{name}{{queue=\"");
        let of_queue = |line: &str| {
            let (queue, value) = line.strip_prefix(&begin)?.split_once("\"} ")?;
            Some((queue.to_owned(), value.parse().ok()?))
        };
        text.lines().filter_map(of_queue).collect()
    };
    let [depth, bound, stalls] = ["queue_depth", "queue_bound", "queue_stalls_total"].map(figures);
    let names: Vec<&str> = bound.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "access.passwords",
            "activity.unwritten",
            "configure.methods",
            "console.door",
            "device.answers",
            "gateway.inlet",
            "gateway.parked_bytes",
            "gateway.subscriptions",
            "live.hints",
            "store.calls",
            "store.writes",
        ]
    );
    for (queue, bound) in &bound {
        assert!((0.0..=*bound).contains(&depth[queue]), "{queue}\n{text}");
        assert!(stalls[queue].abs() < 0.5, "{queue}\n{text}");
        // One for each device, and there is none.
        assert!(*bound >= 1.0 || queue == "activity.unwritten", "{queue}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_follow_a_load() -> Result<()> {
    let (_data, server, load) = loaded().await?;
    let text = get(server.console, "/metrics")?.text();
    let sum = |name: &str| {
        let lines = text.lines().filter(|line| line.starts_with(name));
        let values = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        values.sum::<f64>()
    };
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let (devices, patches) = (DEVICES as f64, UNDER_WAY as f64);
    assert!(sum("columns_rebuild_loaded ") >= devices, "{text}");
    assert!(sum("gateway_connection_open{") >= 1.0, "{text}");
    assert!(sum("device_connections_open ") >= 1.0, "{text}");
    let hints = sum("queue_depth{queue=\"live.hints\"}");
    assert!(hints >= patches, "what pages would hear of:\n{text}");
    assert!(sum("queue_bound{queue=\"activity.unwritten\"}") >= devices);
    assert!(sum("gateway_connect_accepted_total") >= devices, "{text}");
    assert!(sum("device_events_received_total") >= patches, "{text}");
    assert!(sum("store_batch_writes_count") >= 1.0, "{text}");
    load.finish().await?;
    Ok(())
}

#[test]
fn pages_carry_the_headers_that_keep_them_safe() -> Result<()> {
    let (_data, server) = server()?;
    let page = get(server.console, "/sign-in")?;
    assert_eq!(page.status, 200);
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    let policy = page.header("content-security-policy").context("no CSP")?;
    let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
    for directive in [
        "default-src 'none'",
        "style-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(directives.contains(&directive), "{directive} in {policy}");
    }
    assert!(
        !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
        "{policy}"
    );

    // The one inline script carries this response's nonce, and the next response has another.
    let nonce = |policy: &str| {
        let rest = policy.split("'nonce-").nth(1)?;
        rest.split('\'').next().map(str::to_owned)
    };
    let first = nonce(policy).context("no nonce")?;
    let scripts: Vec<String> = inline_scripts(&page.text());
    assert!(!scripts.is_empty(), "no inline script on the page");
    for script in scripts {
        assert!(script.contains(&format!("nonce=\"{first}\"")), "{script}");
    }
    let again = get(server.console, "/sign-in")?;
    let second = again.header("content-security-policy").and_then(nonce);
    assert_ne!(Some(first), second);
    Ok(())
}

/// The opening tags of the scripts that a browser would run and that come without a source of their own.
fn inline_scripts(page: &str) -> Vec<String> {
    let tags = page.split("<script").skip(1);
    let tags = tags.filter_map(|rest| rest.split('>').next());
    tags.filter(|tag| !tag.contains("src=") && !tag.contains("application/json"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn pages_send_a_stranger_to_sign_in_and_back() -> Result<()> {
    let (_data, server) = server()?;
    for (path, back) in [
        ("/", "/sign-in"),
        (
            "/devices/x?tab=history",
            "/sign-in?next=/devices/x%3Ftab%3Dhistory",
        ),
    ] {
        let answer = get(server.console, path)?;
        assert_eq!((answer.status, location(&answer)), (303, back), "{path}");
    }
    assert_eq!(get(server.console, "/live")?.status, 400, "no upgrade");

    let cookie = http::sign_in(server.console, "admin")?;
    let page = send(server.console, "GET", "/", &[("cookie", &cookie)], "")?;
    assert_eq!(page.status, 200);
    let origin = format!("http://{}", server.console);
    let headers = [("cookie", cookie.as_str()), ("origin", origin.as_str())];
    let out = send(server.console, "POST", "/session/end", &headers, "")?;
    assert_eq!((out.status, location(&out)), (303, "/sign-in"));
    let page = send(server.console, "GET", "/", &[("cookie", &cookie)], "")?;
    assert_eq!(page.status, 303, "the session is over");
    Ok(())
}

#[test]
fn posts_from_another_site_are_refused() -> Result<()> {
    let (_data, server) = server()?;
    let cookie = http::sign_in(server.console, "admin")?;
    for path in ["/session", "/session/end", "/api/anything"] {
        for foreign in [
            ("origin", "https://elsewhere.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let headers = [("cookie", cookie.as_str()), foreign];
            let answer = send(server.console, "POST", path, &headers, "name=admin")?;
            assert_eq!(answer.status, 403, "{path} {foreign:?}");
        }
    }
    // A socket's upgrade is a GET and carries the cookie from anywhere.
    let upgrade = [
        ("cookie", cookie.as_str()),
        ("origin", "https://elsewhere.example"),
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    assert_eq!(upgrade_status(&server, &upgrade)?, 403);
    let page = send(server.console, "GET", "/", &[("cookie", &cookie)], "")?;
    assert_eq!(page.status, 200, "the session was not touched");
    Ok(())
}

fn upgrade_status(server: &Binary, headers: &[(&str, &str)]) -> Result<u16> {
    let mut stream = TcpStream::connect(server.console)?;
    write!(stream, "GET /live HTTP/1.1\r\nhost: {}\r\n", server.console)?;
    for (name, value) in headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    let mut status = [0; 12];
    stream.read_exact(&mut status)?;
    let status = String::from_utf8_lossy(&status).into_owned();
    Ok(status.rsplit(' ').next().unwrap_or_default().parse()?)
}

#[test]
fn guessing_passwords_is_slowed_down() -> Result<()> {
    let (_data, server) = server()?;
    let mut wrong = 0;
    loop {
        let answer = post_sign_in(server.console, "admin", "not it")?;
        assert_eq!(answer.status, 303);
        assert!(answer.header("set-cookie").is_none());
        if location(&answer).contains("problem=throttled") {
            break;
        }
        assert!(
            location(&answer).contains("problem=wrong"),
            "{}",
            location(&answer)
        );
        wrong += 1;
        ensure!(wrong <= 20, "twenty guesses and no end");
    }
    assert!(wrong >= 3, "a person may mistype, {wrong} tries are few");
    let right = post_sign_in(server.console, "admin", tests::process::PASSWORD)?;
    let leads_to = location(&right);
    assert!(
        leads_to.contains("problem=throttled"),
        "the right one, guessed, is no help: {leads_to}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_whole() -> Result<()> {
    let (data, server, mut load) = loaded().await?;
    let restored = tempfile::tempdir()?;
    let copy = restored.path().join("tandem.db");
    let acknowledged_before = load.acknowledged();
    run(data.path(), &["backup", &copy.to_string_lossy()])?;
    // The load went on meanwhile and goes on now.
    load.reaches(acknowledged_before + UNDER_WAY).await?;
    let counters = load.finish().await?;
    let again = outcome(data.path(), &["backup", &copy.to_string_lossy()])?;
    assert!(!again.status.success(), "a backup never overwrites a file");
    assert!(server.stop()?);

    run(restored.path(), &["check"])?;
    let copied = counted(&copy).await?;
    let source = counted(&data.path().join("tandem.db")).await?;
    assert!(
        acknowledged_before <= copied && copied <= source,
        "{acknowledged_before} <= {copied} <= {source}"
    );
    let counted_by_devices: u64 = counters.iter().map(Counter::acknowledged).sum();
    assert_eq!(counted_by_devices, source);

    fs::copy(
        data.path().join("sealing.key"),
        restored.path().join("sealing.key"),
    )?;
    let server = Binary::start(&Options::new(restored.path()))?;
    assert_eq!(get(server.console, "/readyz")?.status, 200);
    assert!(server.stop()?);
    Ok(())
}

#[tokio::test]
async fn only_what_has_the_directory_brings_its_database_up_to_date() -> Result<()> {
    let data = tempfile::tempdir()?;
    register(data.path(), 3, SEED)?;
    let database = data.path().join("tandem.db");
    let mut connection = SqliteConnectOptions::new()
        .filename(&database)
        .connect()
        .await?;
    sqlx::query(
        "DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)",
    )
    .execute(&mut connection)
    .await?;
    connection.close().await?;
    let before = fs::read(&database)?;
    let file = |name: &str| data.path().join(name).to_string_lossy().into_owned();
    for arguments in [
        ["backup", &file("copy.db")],
        ["export", &file("devices.jsonl")],
    ] {
        let done = outcome(data.path(), &arguments)?;
        assert!(!done.status.success(), "{arguments:?}");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        for words in ["earlier release", "start the server of this release"] {
            assert!(said.contains(words), "{arguments:?}: {said}");
        }
        assert!(!Path::new(arguments[1]).exists(), "{arguments:?}");
    }
    assert_eq!(fs::read(&database)?, before, "the file is as it was");
    Ok(())
}

/// The sum of what all devices have counted, by the database itself.
async fn counted(database: &Path) -> Result<u64> {
    let mut connection = SqliteConnectOptions::new()
        .filename(database)
        .connect()
        .await?;
    let sum: i64 = sqlx::query_scalar("SELECT coalesce(sum(reported ->> '$.n'), 0) FROM device")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    Ok(u64::try_from(sum)?)
}

#[test]
fn what_is_exported_can_be_imported_elsewhere() -> Result<()> {
    let (here, there) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let lines = |members: &[Member]| {
        let lines = members.iter().map(|member| {
            let Member {
                device,
                tags,
                desired,
                reported,
            } = member;
            format!("{}\n", import_line(device, tags, desired, reported))
        });
        lines.collect::<String>()
    };
    let members: Vec<Member> = Population::new(50, SEED).collect();
    let file = |name: &str| here.path().join(name).to_string_lossy().into_owned();
    fs::write(file("fleet"), lines(&members))?;
    run(here.path(), &["import", &file("fleet")])?;
    run(here.path(), &["export", &file("first")])?;
    run(there.path(), &["import", &file("first")])?;
    run(there.path(), &["export", &file("second")])?;
    let (first, second) = (
        fs::read_to_string(file("first"))?,
        fs::read_to_string(file("second"))?,
    );
    assert_eq!(first, second);

    let exported: Vec<Value> = first
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    assert_eq!(exported.len(), members.len());
    for member in members {
        let id = Value::from(member.device.id);
        let line = exported
            .iter()
            .find(|line| line["id"] == id)
            .context("a device is missing")?;
        assert_eq!(line["tags"], Value::Object(member.tags));
        assert_eq!(line["properties"]["desired"], Value::Object(member.desired));
        assert_eq!(
            line["properties"]["reported"],
            Value::Object(member.reported)
        );
        assert_eq!(
            line["authentication"]["symmetricKey"]["primaryKey"],
            Value::from(member.device.key)
        );
    }

    let again = outcome(there.path(), &["import", &file("first")])?;
    assert!(
        !again.status.success(),
        "devices that exist are not overwritten"
    );
    assert!(String::from_utf8_lossy(&again.stdout).contains("0 devices imported, 50 refused"));
    Ok(())
}

#[tokio::test]
async fn what_is_imported_beside_a_server_is_found_at_once() -> Result<()> {
    let (data, server) = server()?;
    let token = hub::token(&hub::policy(data.path(), "service")?)?;
    let line = |device: usize, tags: Value| {
        let body = serde_json::json!({
            "id": format!("device-{device}"),
            "tags": tags,
            "properties": { "desired": { "mode": "eco" }, "reported": { "n": 1 } },
        });
        format!("{body}\n")
    };
    let mut lines: String = (0..120)
        .map(|device| line(device, serde_json::json!({ "new": true })))
        .collect();
    lines += &line(7, Value::Null);
    lines += "no device\n";
    let file = data.path().join("devices.jsonl");
    fs::write(&file, lines)?;
    let done = outcome(data.path(), &["import", &file.to_string_lossy()])?;
    assert!(!done.status.success(), "two lines are refused");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(said.contains("120 devices imported, 2 refused"), "{said}");
    assert!(said.contains("120 came with reported"), "{said}");
    let refused = String::from_utf8_lossy(&done.stderr).into_owned();
    for line in [
        "line 121: Device 'device-7' exists",
        "line 122: this is not JSON",
    ] {
        assert!(refused.contains(line), "{line} in {refused}");
    }

    let question = "SELECT COUNT() AS found FROM devices WHERE tags.new = true AND properties.desired.mode = 'eco'";
    let body = serde_json::json!({ "query": question }).to_string();
    let headers = [("authorization", token.as_str())];
    let path = format!("/devices/query{API}");
    let answer = hub::send(&server, "POST", &path, &headers, &body).await?;
    let rows: Value = serde_json::from_slice(&answer.body)?;
    assert_eq!(rows, serde_json::json!([{ "found": 120 }]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_drains_and_ends_well() -> Result<()> {
    let (data, server, load) = loaded().await?;
    let connected = load.acknowledged();
    assert!(server.stop()?, "the exit code of a stop is 0");
    let counters = load.ended().await?;
    let promised: u64 = counters.iter().map(Counter::acknowledged).sum();
    assert!(promised >= connected);
    // The log is empty: the database file alone is everything.
    let log = fs::metadata(data.path().join("tandem.db-wal"));
    assert!(
        log.map_or(true, |log| log.len() == 0),
        "the log was left behind"
    );
    run(data.path(), &["check"])?;

    let server = Binary::start(&Options::new(data.path()))?;
    look_at_all(counters, &server.mqtts()?).await?;
    Ok(())
}

#[test]
fn it_needs_nothing_in_its_working_directory() -> Result<()> {
    let (data, empty) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let options = Options {
        working_dir: empty.path().to_owned(),
        ..Options::new(data.path())
    };
    let server = Binary::start(&options)?;
    let page = get(server.console, "/sign-in")?;
    assert_eq!(page.status, 200);
    let text = page.text();
    let style = text
        .split('"')
        .find(|part| part.starts_with("/pkg/") && part.contains(".css"));
    let path = style.context("no style sheet")?;
    let style = get(server.console, path)?;
    assert_eq!(style.status, 200);
    // What a tab loaded of one build does not go with parts of another.
    let file = path.rsplit('/').next().unwrap_or_default();
    let other = get(server.console, &format!("/pkg/000000000000/{file}"))?;
    assert_eq!(other.status, 404);
    assert!(
        style
            .header("cache-control")
            .is_some_and(|policy| policy.contains("immutable"))
    );
    assert!(server.stop()?);
    let left: Vec<_> = fs::read_dir(empty.path())?.collect();
    assert!(left.is_empty(), "{left:?}");
    Ok(())
}

#[tokio::test]
async fn an_examination_says_what_is_wrong() -> Result<()> {
    let data = tempfile::tempdir()?;
    register(data.path(), 50, SEED)?;
    run(data.path(), &["check"])?;
    let database = data.path().join("tandem.db");
    let whole = fs::read(&database)?;

    // A twin that is no JSON.
    let mut connection = SqliteConnectOptions::new()
        .filename(&database)
        .connect()
        .await?;
    sqlx::query("UPDATE device SET reported = x'ff' WHERE slot = 7")
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    let said = complaint(data.path())?;
    assert!(
        said.contains("device") && said.contains("reported") && said.contains('7'),
        "{said}"
    );

    // Pages of something else, as a bad disk leaves them.
    let mut torn = whole.clone();
    let middle = torn.len() / 2 / 4_096 * 4_096;
    torn[middle..middle + 8 * 4_096].fill(0xa5);
    fs::write(&database, &torn)?;
    let said = complaint(data.path())?;
    assert!(
        said.contains("damaged") || said.contains("malformed"),
        "{said}"
    );

    // No database at all.
    fs::write(
        &database,
        "To whom it may concern: this is a letter.".repeat(1_000),
    )?;
    let said = complaint(data.path())?;
    assert!(said.contains("not a database"), "{said}");

    fs::write(&database, &whole)?;
    run(data.path(), &["check"])?;
    Ok(())
}

/// What `tandem check` says of a database that is not well: readable lines, and a failure.
fn complaint(data_dir: &Path) -> Result<String> {
    let done = outcome(data_dir, &["check"])?;
    ensure!(!done.status.success(), "a damaged database passed");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    for word in ["panicked", "SELECT", "unwrap", "Driver(", "::"] {
        ensure!(
            !said.contains(word),
            "{word} in what is said to a person: {said}"
        );
    }
    Ok(said)
}

const API: &str = "?api-version=2021-04-12";

#[tokio::test]
async fn console_and_hub_share_no_route() -> Result<()> {
    let data = tempfile::tempdir()?;
    register(data.path(), 1, SEED)?;
    let server = Binary::start(&Options::new(data.path()))?;
    let cookie = http::sign_in(server.console, "admin")?;
    let token = hub::token(&hub::policy(data.path(), "iothubowner")?)?;
    let authorized = [
        ("authorization", token.as_str()),
        ("cookie", cookie.as_str()),
    ];

    for path in [
        "/",
        "/sign-in",
        "/session",
        "/live",
        "/healthz",
        "/readyz",
        "/metrics",
        "/settings/parts",
        "/pkg/x/main.css",
        "/api/overview",
    ] {
        let answer = hub::send(&server, "GET", path, &authorized, "").await?;
        assert_eq!(answer.status, 404, "{path} on the hub");
    }
    let origin = format!("http://{}", server.console);
    let from_page = [
        ("cookie", cookie.as_str()),
        ("origin", origin.as_str()),
        ("authorization", token.as_str()),
    ];
    for (method, path) in [
        ("GET", "/twins/device-0"),
        ("PATCH", "/twins/device-0"),
        ("GET", "/statistics/devices"),
        ("GET", "/statistics/service"),
        ("POST", "/devices/query"),
        ("POST", "/twins/device-0/methods"),
        ("PUT", "/devices/device-0"),
        ("DELETE", "/devices/device-0"),
        ("POST", "/devices"),
        ("GET", "/properties"),
        ("PUT", "/properties/tags.region"),
    ] {
        let on_hub = hub::send(&server, method, &format!("{path}{API}"), &[], "").await?;
        assert_eq!(on_hub.status, 401, "{method} {path} is the hub's");
        let answer = send(
            server.console,
            method,
            &format!("{path}{API}"),
            &from_page,
            "{}",
        )?;
        assert!(
            matches!(answer.status, 404 | 405),
            "{method} {path} on the console: {}",
            answer.status
        );
    }

    // The one name that both have means two things: a page there, a document here, and neither takes the other's proof.
    let path = format!("/devices/device-0{API}");
    let page = send(server.console, "GET", &path, &[("cookie", &cookie)], "")?;
    assert!(
        page.header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"))
    );
    let stranger = send(
        server.console,
        "GET",
        &path,
        &[("authorization", &token)],
        "",
    )?;
    assert_eq!(stranger.status, 303);
    let document = hub::send(&server, "GET", &path, &[("authorization", &token)], "").await?;
    assert_eq!(document.status, 200);
    assert!(
        document
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/json"))
    );
    let stranger = hub::send(&server, "GET", &path, &[("cookie", &cookie)], "").await?;
    assert_eq!(stranger.status, 401);
    Ok(())
}
