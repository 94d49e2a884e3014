//! What only the SQLite backend has: files, damage, crashes, upgrades.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::json;
use sqlx::{Connection as _, SqliteConnection};
use store::conformance::given::{at, change, create, device, name, reported, write};
use store::{Error, Maintenance as _, Refused, Store, Written, sqlite};
use twin::id::Slot;

async fn open(path: &Path) -> Arc<dyn Store> {
    sqlite::open(&format!("sqlite:{}", path.display()))
        .await
        .unwrap()
}

/// Another program's hand in the file.
async fn by_hand(path: &Path, sql: &'static str) {
    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", path.display()))
        .await
        .unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_made_under_load_is_a_whole_store() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory.path().join("tandem.db")).await;
    let writes = (0..500)
        .map(|n| create(&format!("d-{n}"), &json!({ "n": n }), &json!({})))
        .collect();
    store.write(writes).await.unwrap();
    let copy = directory.path().join("backup.db");
    let load = async {
        for n in 0..20 {
            for slot in 1..=3 {
                change(&store, reported(Slot(slot), &json!({ "n": n }), 1)).await;
            }
        }
    };
    let (backup, ()) = tokio::join!(store.backup(&copy), load);
    backup.unwrap();
    assert!(matches!(store.backup(&copy).await, Err(Error::Conflict)));

    let restored = open(&copy).await;
    assert_eq!(restored.check().await.unwrap(), [""; 0]);
    assert_eq!(restored.page(None, 1_000).await.unwrap().len(), 500);
    let versions: Vec<_> = restored
        .records(&[Slot(1), Slot(2), Slot(3)])
        .await
        .unwrap()
        .iter()
        .map(|record| record.twin.reported.version)
        .collect();
    // Devices were written one after the other, so a snapshot has them in step.
    assert!(
        versions.is_sorted_by(|one, other| one >= other) && versions[0] - versions[2] <= 1,
        "{versions:?}"
    );
    device(&restored, "new").await;
}

#[tokio::test]
async fn the_database_says_how_large_it_is_and_what_its_writer_did() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tandem.db");
    let store = open(&path).await;
    let before = store.condition().await.unwrap();
    assert_eq!((before.batches, before.writes), (0, 0));
    let writes = (0..50)
        .map(|n| create(&format!("d-{n}"), &json!({ "n": n }), &json!({})))
        .collect();
    store.write(writes).await.unwrap();
    let after = store.condition().await.unwrap();
    assert_eq!((after.batches, after.writes), (1, 50));
    assert!(!after.last_batch.is_zero());
    assert!(after.log_bytes > before.log_bytes, "{after:?}");
    let bytes = std::fs::metadata(&path).unwrap().len();
    assert_eq!(after.database_bytes, bytes);
}

#[tokio::test]
async fn damage_is_named_and_concerns_nobody_else() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tandem.db");
    let store = open(&path).await;
    for text in ["good", "bad", "wrong"] {
        device(&store, text).await;
    }
    store.close().await;
    by_hand(
        &path,
        "UPDATE device SET reported = x'ff' WHERE device_id = 'bad'; UPDATE device SET drift_count = 77 WHERE device_id = 'wrong'; \
         UPDATE counter SET slot = 1",
    )
    .await;

    let store = open(&path).await;
    let both = vec![
        reported(Slot(2), &json!({ "x": 1 }), 1),
        reported(Slot(1), &json!({ "x": 1 }), 1),
    ];
    let results = store.write(both).await.unwrap();
    assert!(
        matches!(&results[0], Err(Refused::Corrupt { table: "device", column: "reported", key }) if key == "2")
    );
    assert!(results[1].is_ok());
    let read = store.device(&name("bad")).await;
    assert!(matches!(
        read,
        Err(Error::Corrupt {
            table: "device",
            column: "reported",
            ..
        })
    ));
    let found = store.check().await.unwrap().join(" ");
    for part in [
        "table device, column reported, row 2",
        "drift kept for wrong",
        "numbers given out",
    ] {
        assert!(found.contains(part), "{part} is missing in {found}");
    }
}

#[tokio::test]
async fn a_command_beside_the_server_takes_no_number_twice() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tandem.db");
    let (server, command) = (open(&path).await, open(&path).await);
    let mut taken = Vec::new();
    for (store, text) in [
        (&server, "a"),
        (&command, "b"),
        (&command, "c"),
        (&server, "d"),
    ] {
        let record = device(store, text).await;
        taken.push((record.slot.0, record.seq.0));
    }
    assert_eq!(taken, [(1, 1), (2, 2), (3, 3), (4, 4)]);
    change(&server, reported(Slot(2), &json!({ "x": 1 }), 1)).await;
    assert_eq!(command.page(None, 10).await.unwrap().len(), 4);
    assert_eq!(server.check().await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_database_of_a_newer_release_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tandem.db");
    open(&path).await.close().await;
    by_hand(
        &path,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 0)",
    )
    .await;
    let refused = sqlite::open(&format!("sqlite:{}", path.display())).await;
    assert!(matches!(refused, Err(Error::Driver(_))));
}

#[tokio::test]
async fn a_database_of_an_earlier_release_is_left_as_it_is_beside_a_server() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tandem.db");
    let url = format!("sqlite:{}", path.display());
    assert!(matches!(
        sqlite::open_as_is(&url).await,
        Err(Error::Driver(_))
    ));
    assert!(!path.exists(), "nothing is made");

    open(&path).await.close().await;
    sqlite::open_as_is(&url).await.unwrap().close().await;
    by_hand(
        &path,
        "DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)",
    )
    .await;
    let whole = std::fs::read(&path).unwrap();
    assert!(matches!(
        sqlite::open_as_is(&url).await,
        Err(Error::Outdated)
    ));
    assert_eq!(std::fs::read(&path).unwrap(), whole);

    by_hand(&path, "DROP TABLE _sqlx_migrations").await;
    assert!(matches!(
        sqlite::open_as_is(&url).await,
        Err(Error::Outdated)
    ));
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reads_the_database_and_its_copies() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name);
    let store = open(&file("tandem.db")).await;
    change(&store, create("d-1", &json!({}), &json!({}))).await;
    store.backup(&file("backup.db")).await.unwrap();
    for name in ["tandem.db", "tandem.db-wal", "backup.db"] {
        let mode = std::fs::metadata(file(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn an_address_that_is_no_file_is_refused() {
    for url in [
        "postgres://localhost/tandem",
        "sqlite:/nowhere/at/all/tandem.db",
    ] {
        assert!(
            matches!(sqlite::open(url).await, Err(Error::Driver(_))),
            "{url}"
        );
    }
}

/// The process that is killed: it writes to all devices at once and says what was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "is started, and killed, by the test below"]
async fn writer_to_be_killed() {
    let mut path = String::new();
    std::io::stdin().read_line(&mut path).unwrap();
    let store = open(Path::new(path.trim())).await;
    let devices = store.page(None, 100).await.unwrap();
    let writers = devices.into_iter().map(|record| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let begun = record.twin.reported.version;
            for n in begun.. {
                let written = write(
                    &store,
                    reported(record.slot, &json!({ "n": n, "half": { "n": n } }), 1),
                )
                .await;
                let Ok(Written::Twin(change)) = written else {
                    panic!("refused")
                };
                assert_eq!(change.record.twin.reported.version, n + 1);
                writeln!(std::io::stdout().lock(), "acknowledged {} {n}", record.slot).unwrap();
            }
        })
    });
    futures::future::join_all(writers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill_and_nothing_is_half_done() {
    const DEVICES: u64 = 16;
    const ROUNDS: usize = 4;
    const ACKNOWLEDGED: usize = 300;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tandem.db");
    let store = open(&path).await;
    for number in 0..DEVICES {
        device(&store, &format!("d-{number}")).await;
    }
    store.close().await;
    for _ in 0..ROUNDS {
        let acknowledged = run_and_kill(&path, ACKNOWLEDGED);
        let store = open(&path).await;
        assert_eq!(store.check().await.unwrap(), [""; 0]);
        let mut changes = 0;
        for record in store.page(None, 100).await.unwrap() {
            let twin = &record.twin;
            let last = acknowledged
                .get(&record.slot.0)
                .copied()
                .unwrap_or_default();
            assert!(
                twin.reported.version > last,
                "{} lost a patch",
                record.identity.device_id
            );
            if twin.reported.version > 1 {
                let n = json!(twin.reported.version - 1);
                assert_eq!(
                    (
                        &twin.reported.values["n"],
                        &twin.reported.values["half"]["n"]
                    ),
                    (&n, &n)
                );
            }
            let history = store
                .history(&record.identity.device_id, None, usize::MAX)
                .await
                .unwrap();
            assert_eq!(
                (history[0].seq, history[0].reported_version),
                (record.seq, twin.reported.version)
            );
            assert_eq!(history.len() as u64, twin.reported.version);
            changes += history.len() as u64;
        }
        assert_eq!(store.last_seq().await.unwrap().0, changes);
        store.close().await;
    }
}

/// Gives the last number that was acknowledged for each device.
fn run_and_kill(path: &Path, lines: usize) -> HashMap<u32, u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writer_to_be_killed", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{}", path.display()).unwrap();
    let mut acknowledged = HashMap::new();
    let mut told = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let mut take = |line: String| {
        let mut words = line.split("acknowledged ").nth(1)?.split_whitespace();
        let (slot, n) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        acknowledged.insert(slot, n)
    };
    for line in told.by_ref().take(lines) {
        take(line);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What it still said before it died counts too.
    for line in told {
        take(line);
    }
    assert!(!acknowledged.is_empty());
    acknowledged
}

#[tokio::test]
async fn many_writes_share_a_file_of_reasonable_size() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tandem.db");
    let store = open(&path).await;
    let document = json!({ "firmware": { "version": "2.4.1", "channel": "stable" }, "battery_pct": 80, "network": { "type": "lte", "rssi_dbm": -77 } });
    let created = (0..1_000)
        .map(|n| {
            create(
                &format!("meter-{n:06}"),
                &json!({ "site": "Breda-West" }),
                &document,
            )
        })
        .collect();
    store.write(created).await.unwrap();
    let reports = (1..=1_000)
        .map(|slot| reported(Slot(slot), &document, 1))
        .collect();
    store.write(reports).await.unwrap();
    store.close().await;
    let size_bytes = path.metadata().unwrap().len();
    assert!(size_bytes < 1_300_000, "{size_bytes}");
    assert_eq!(
        open(&path).await.page(None, 1).await.unwrap()[0]
            .twin
            .reported
            .metadata
            .at,
        at(1)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_write_one_device_and_neither_loses_the_other_s_change() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tandem.db");
    let (server, beside) = (open(&path).await, open(&path).await);
    let slot = change(&server, create("d-1", &json!({}), &json!({})))
        .await
        .record
        .slot;
    for round in 1..=3_i64 {
        change(
            &server,
            reported(slot, &json!({ "by_server": round }), 4 * round),
        )
        .await;
        change(
            &beside,
            reported(slot, &json!({ "beside": round }), 4 * round + 1),
        )
        .await;
    }
    let last = change(&server, reported(slot, &json!({ "end": true }), 20)).await;
    assert_eq!(
        serde_json::to_value(&last.record.twin.reported.values).unwrap(),
        json!({ "by_server": 3, "beside": 3, "end": true })
    );
    assert_eq!(last.record.twin.reported.version, 8);
    assert_eq!(
        server.records(&[slot]).await.unwrap()[0].twin,
        last.record.twin
    );
}

#[tokio::test]
async fn a_retirement_that_fails_half_way_leaves_nothing() {
    use serde_json::json;
    use store::conformance::given::{ada, at, audit, create, identity, name};
    use store::{ArchiveSearch, Fate, Replace, Retire, Retirement};

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tandem.db");
    let store = open(&path).await;
    let devices = vec![create("d", &json!({ "x": 1 }), &json!({}))];
    store.write(devices).await.unwrap().remove(0).unwrap();
    let before = store.device(&name("d")).await.unwrap().unwrap();
    // Whatever comes last of it fails: what came before is undone.
    by_hand(
        &path,
        "CREATE TRIGGER no_words BEFORE INSERT ON archive WHEN new.reason = 'fails' BEGIN SELECT raise(ABORT, 'no'); END",
    )
    .await;
    let retirement = Retirement {
        reason: "fails".to_owned(),
        checks: Vec::new(),
        restorable_until: Some(at(100)),
    };
    let retire = store::Write::Retire(Box::new(Retire {
        device_id: name("d"),
        if_match: twin::id::Match::Any,
        retirement: retirement.clone(),
        actor: ada(),
        at: at(1),
        audit: Some(audit("device.retire", 1)),
    }));
    let replace = store::Write::Replace(Box::new(Replace {
        old: name("d"),
        fate: Fate::Retired(retirement),
        new: identity("e"),
        actor: ada(),
        reason: "fails".to_owned(),
        at: at(1),
        audit: Some(audit("device.replace", 1)),
    }));
    for write in [retire, replace] {
        store.write(vec![write]).await.unwrap_err();
        assert_eq!(
            store.device(&name("d")).await.unwrap().as_ref(),
            Some(&before)
        );
        assert_eq!(store.device(&name("e")).await.unwrap(), None);
        assert!(store.audit(None, 10).await.unwrap().is_empty());
        assert_eq!(store.history(&name("d"), None, 10).await.unwrap().len(), 1);
        let all = ArchiveSearch {
            limit: 10,
            ..ArchiveSearch::default()
        };
        assert!(store.search_archive(&all).await.unwrap().is_empty());
    }
    store.close().await;
}
