//! Tests: the hot statements are carried out over the indexes that their comments name.

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row as _};

use super::{
    archive, audit, batch, connect, figure, history, job, maintenance, message, migrations, person,
    scan, select, twins,
};

async fn plan(connection: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
        .fetch_all(connection)
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.get::<String, _>("detail"))
        .collect()
}

/// How plans call `jsonb_each`, the list of rows that the statement was given.
const GIVEN_LIST: &str = "VIRTUAL TABLE";

/// The tables that grow, and the names that statements give them.
const TABLES: [&str; 23] = [
    "device",
    "d",
    "n",
    "activity",
    "a",
    "history",
    "h",
    "b",
    "event",
    "e",
    "message",
    "m",
    "audit",
    "figure",
    "person",
    "p",
    "session",
    "s",
    "archive",
    "job",
    "job_device",
    "job_outcome",
    "o",
];

/// Each statement with what its plan must mention, in any order.
fn expected() -> Vec<(String, &'static [&'static str])> {
    let fixed = |sql: &str, parts: &'static [&'static str]| (sql.to_owned(), parts);
    vec![
        fixed(
            batch::LOAD_BY_SLOT,
            &[
                "SCAN k VIRTUAL TABLE",
                "SEARCH d USING INTEGER PRIMARY KEY",
                "SEARCH a USING INTEGER PRIMARY KEY",
            ],
        ),
        fixed(
            batch::LOAD_BY_NAME,
            &[
                "SCAN k VIRTUAL TABLE",
                "SEARCH d USING INDEX device_by_id",
                "SEARCH a USING INTEGER PRIMARY KEY",
            ],
        ),
        fixed(
            twins::TAKEN,
            &[
                "SCAN k VIRTUAL TABLE",
                "SEARCH d USING COVERING INDEX device_by_id",
            ],
        ),
        fixed(
            batch::EXISTING,
            &["SCAN k VIRTUAL TABLE", "SEARCH d USING INTEGER PRIMARY KEY"],
        ),
        fixed(
            batch::UPDATE_REPORTED,
            &[
                "SCAN r VIRTUAL TABLE",
                "SEARCH device USING INTEGER PRIMARY KEY",
            ],
        ),
        fixed(
            batch::UPDATE_WHOLE,
            &[
                "SCAN r VIRTUAL TABLE",
                "SEARCH device USING INTEGER PRIMARY KEY",
            ],
        ),
        fixed(batch::INSERT, &["SCAN r VIRTUAL TABLE"]),
        fixed(
            batch::DELETE,
            &["SEARCH device USING INTEGER PRIMARY KEY", GIVEN_LIST],
        ),
        fixed(
            batch::DELETE_ACTIVITY,
            &["SEARCH activity USING INTEGER PRIMARY KEY", GIVEN_LIST],
        ),
        fixed(
            twins::PAGE,
            &[
                "SEARCH d USING INDEX device_by_id",
                "SEARCH a USING INTEGER PRIMARY KEY",
            ],
        ),
        fixed(
            twins::PAGE_BEFORE,
            &[
                "SEARCH d USING INDEX device_by_id (device_id<?)",
                "SEARCH a USING INTEGER PRIMARY KEY",
            ],
        ),
        fixed(twins::COUNT, &["SCAN device USING COVERING INDEX"]),
        fixed(
            select::WINDOW_END,
            &["SEARCH device USING COVERING INDEX device_by_id"],
        ),
        (
            select::walk_statement("json_extract(d.tags, ?1) = ?2", 3),
            &[
                "SEARCH w USING COVERING INDEX device_by_id",
                "SEARCH d USING INTEGER PRIMARY KEY",
            ],
        ),
        (
            select::scan_statement("json_extract(d.tags, ?1) = ?2", 3),
            &["SCAN d"],
        ),
        (
            select::stretch_statement("json_extract(d.tags, ?1) = ?2", 3),
            &[
                "SEARCH d USING INTEGER PRIMARY KEY (rowid>?)",
                "SEARCH a USING INTEGER PRIMARY KEY",
            ],
        ),
        (
            scan::statement(&["d.tags -> ?3".to_owned()]),
            &[
                "SEARCH d USING INTEGER PRIMARY KEY (rowid>?)",
                "SEARCH a USING INTEGER PRIMARY KEY",
            ],
        ),
        fixed(
            history::CHAIN,
            &[
                "SEARCH d USING INDEX device_by_id",
                "SEARCH h USING INTEGER PRIMARY KEY",
                "SEARCH b USING INTEGER PRIMARY KEY",
            ],
        ),
        fixed(
            history::CHANGES,
            &[
                "SEARCH h USING INTEGER PRIMARY KEY (rowid>?)",
                "SEARCH d USING INTEGER PRIMARY KEY",
            ],
        ),
        fixed(history::OLDEST_CHANGE, &["SEARCH history"]),
        fixed(
            history::EVENTS,
            &[
                "SEARCH d USING COVERING INDEX device_by_id",
                "SEARCH e USING INDEX event_by_slot",
            ],
        ),
        fixed(
            history::PRUNE_HISTORY,
            &["SEARCH history USING INTEGER PRIMARY KEY"],
        ),
        fixed(
            history::CALLS,
            &[
                "SEARCH d USING COVERING INDEX device_by_id",
                "SEARCH e USING INDEX event_calls (slot=? AND rowid<?)",
            ],
        ),
        fixed(
            message::BEFORE,
            &[
                "SEARCH d USING COVERING INDEX device_by_id",
                "SEARCH m USING INDEX message_by_slot (slot=? AND rowid<?)",
            ],
        ),
        fixed(
            message::LATEST,
            &[
                "SEARCH d USING COVERING INDEX device_by_id",
                "SEARCH m USING INDEX message_by_slot",
            ],
        ),
        fixed(
            audit::PAGE,
            &["SEARCH audit USING INTEGER PRIMARY KEY (rowid<?)"],
        ),
        fixed(
            audit::TALLY,
            &["SEARCH audit USING INDEX audit_by_time (at>? AND at<?)"],
        ),
        fixed(
            figure::RANGE,
            &["SEARCH figure USING PRIMARY KEY (tier=? AND name=? AND at>? AND at<?)"],
        ),
        fixed(
            figure::PRUNE,
            &[
                "SEARCH figure USING PRIMARY KEY",
                "figure_by_age (tier=? AND at<?)",
            ],
        ),
        fixed(
            person::BY_NAME,
            &["SEARCH person USING INDEX person_by_name"],
        ),
        fixed(
            person::SESSION,
            &[
                "SEARCH s USING PRIMARY KEY",
                "SEARCH p USING INTEGER PRIMARY KEY",
            ],
        ),
        fixed(
            person::SESSIONS_OF,
            &["SEARCH session USING INDEX session_by_person (person=?)"],
        ),
        fixed(
            person::EXPIRE,
            &[
                "SEARCH session USING PRIMARY KEY",
                "session_by_expiry (expires_at<?)",
            ],
        ),
        fixed(job::ONE, &["SEARCH job USING INTEGER PRIMARY KEY"]),
        fixed(job::OPEN, &["job USING INDEX job_open"]),
        fixed(job::ENDED, &["SEARCH job USING INDEX job_ended"]),
        fixed(job::UNDO_OF, &["job_by_undoes (undoes=?)"]),
        fixed(
            job::DEVICES,
            &["SEARCH d USING PRIMARY KEY (job=? AND slot>?)"],
        ),
        fixed(
            job::DEVICES_IN,
            &["job_device_by_state (job=? AND state=? AND slot>?)"],
        ),
        fixed(
            job::DEVICES_OF,
            &["job_device_by_outcome (job=? AND outcome=? AND slot>?)"],
        ),
        fixed(
            job::OUTCOMES,
            &[
                "SEARCH o USING INDEX job_outcome_by_devices (job=? AND devices>?)",
                "job_device_by_outcome (job=? AND outcome=?)",
            ],
        ),
        fixed(
            job::OPEN_STEPS,
            &[
                "SEARCH d USING PRIMARY KEY (job=? AND slot=?)",
                "SEARCH j USING INTEGER PRIMARY KEY",
            ],
        ),
        fixed(
            job::SETTLE,
            &[
                "SEARCH job_device USING PRIMARY KEY (job=? AND slot=?)",
                "job_outcome_by_answer (job=? AND state=? AND code=? AND answer=?)",
            ],
        ),
        fixed(
            archive::ENTRY,
            &["SEARCH a USING INTEGER PRIMARY KEY (rowid=?)"],
        ),
        fixed(
            archive::LOAD,
            &[GIVEN_LIST, "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)"],
        ),
        fixed(
            archive::NEWEST,
            &["SEARCH archive USING COVERING INDEX archive_by_id (device_id=?)"],
        ),
        fixed(
            archive::BETWEEN,
            &[
                "SEARCH archive USING COVERING INDEX archive_by_time (retired_at>? AND retired_at<?)",
            ],
        ),
        fixed(
            archive::CHAIN,
            &[
                "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
                "SEARCH h USING INTEGER PRIMARY KEY",
            ],
        ),
        fixed(
            archive::EVENTS,
            &[
                "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
                "SEARCH e USING INDEX event_by_slot",
            ],
        ),
        fixed(
            archive::REPLACES,
            &[
                "SEARCH s USING INTEGER PRIMARY KEY (rowid=?)",
                "SEARCH a USING INDEX archive_by_id",
            ],
        ),
        fixed(
            archive::REPLACED_BY,
            &[
                "SEARCH s USING INDEX succession_by_old (old_slot=?)",
                "SEARCH a USING INDEX archive_by_id",
            ],
        ),
        fixed(
            archive::FORGET,
            &[
                "SEARCH archive USING INTEGER PRIMARY KEY (rowid=?)",
                "archive_by_grace (restorable_until<?)",
            ],
        ),
        fixed(
            maintenance::SAMPLE,
            &["SEARCH d USING INTEGER PRIMARY KEY", "SEARCH n USING"],
        ),
    ]
}

#[tokio::test]
async fn hot_statements_use_their_indexes() {
    let directory = tempfile::tempdir().unwrap();
    let options = connect::parse(&format!(
        "sqlite:{}",
        directory.path().join("tandem.db").display()
    ))
    .unwrap();
    let mut connection = connect::writer(&options).await.unwrap();
    migrations::run(&mut connection).await.unwrap();
    for (sql, parts) in expected().into_iter().chain(archive::every_statement()) {
        let plan = plan(&mut connection, &sql).await;
        for part in parts {
            assert!(
                plan.iter().any(|line| line.contains(part)),
                "{part:?} is missing in {plan:#?} of {sql}"
            );
        }
        let sorts = plan.iter().any(|line| line.contains("TEMP B-TREE"));
        // A tally groups the entries that its index found, at most as many as it was told.
        let may_sort = sql.contains("NOT INDEXED")
            || sql == audit::TALLY
            || sql.contains("CROSS JOIN device AS d ON d.slot = w.slot");
        assert!(!sorts || may_sort, "{plan:#?} of {sql} sorts");
        let is_table = |line: &String| {
            line.split_whitespace()
                .nth(1)
                .is_some_and(|name| TABLES.contains(&name))
        };
        let scans = plan
            .iter()
            .any(|line| line.starts_with("SCAN") && !line.contains(GIVEN_LIST) && is_table(line));
        // Pruning begins a scan at the oldest row and ends it at its limit; counting all reads names only; the index of open jobs has no others.
        let may_scan = sql.contains("NOT INDEXED")
            || [history::PRUNE_HISTORY, twins::COUNT, job::OPEN].contains(&sql.as_str());
        assert!(!scans || may_scan, "{plan:#?} of {sql} scans");
    }
}
