//! Devices by predicate: a stretch of those that may satisfy it in the order of their numbers, or a page in the order of their names.
//!
//! The numbers are the table's own order, so that a whole scan in stretches costs no more than one pass. To names two ways lead. Where matches are frequent, walking the names finds a page soon; where they are rare, that would visit the whole table in the
//! order of the names, a page of the disk for each row. So a window of names is walked first, and if it does not fill the page, the rest of the table is
//! scanned once from end to end in its own order, keeping only the first names.

use query::lower::Predicate;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection, SqlitePool};
use sqlx::{AssertSqlSafe, Row as _};
use twin::id::{DeviceId, Slot};

use super::batch::LOAD_BY_SLOT;
use super::predicate;
use super::record::{self, columns};
use super::rows::Rows;
use super::twins::bound;
use crate::error::Error;
use crate::record::Record;
use crate::sql::{Bind, Condition};

/// Names that are walked before the table is scanned.
const WINDOW_ROWS: usize = 4_096;

/// Index `device_by_id` for the window, primary keys for each of its rows. Parameters from `first` on: the name before, the window, the limit.
pub(super) fn walk_statement(condition: &str, first: usize) -> String {
    format!(
        concat!(
            "SELECT ",
            columns!(),
            " FROM (SELECT w.slot FROM device AS w WHERE w.device_id > ?{0} ORDER BY w.device_id LIMIT ?{1}) AS w \
             CROSS JOIN device AS d ON d.slot = w.slot LEFT JOIN activity AS a ON a.slot = d.slot WHERE {3} ORDER BY d.device_id LIMIT ?{2}"
        ),
        first,
        first + 1,
        first + 2,
        condition
    )
}

/// Primary keys of device, from a place on, and of activity. Parameters from `first` on: the number before, the limit.
pub(super) fn stretch_statement(condition: &str, first: usize) -> String {
    format!(
        concat!(
            "SELECT ",
            columns!(),
            " FROM device AS d LEFT JOIN activity AS a ON a.slot = d.slot \
             WHERE d.slot > ?{0} AND {2} ORDER BY d.slot LIMIT ?{1}"
        ),
        first,
        first + 1,
        condition
    )
}

/// Scan of the table in its own order. Parameters from `first` on: the name before, the limit.
pub(super) fn scan_statement(condition: &str, first: usize) -> String {
    let limit = first + 1;
    format!(
        "SELECT d.slot FROM device AS d NOT INDEXED WHERE d.device_id > ?{first} AND {condition} ORDER BY d.device_id LIMIT ?{limit}"
    )
}

/// A stretch of devices that may satisfy the predicate.
pub(super) async fn stretch(
    readers: &SqlitePool,
    predicate: &Predicate,
    after: Slot,
    limit: usize,
) -> Result<Vec<Record>, Error> {
    let condition = Condition::of(predicate, &predicate::Sqlite);
    let first = condition.binds.len() + 1;
    let sql = stretch_statement(&condition.text, first);
    let rows = bound_query(sql, &condition)
        .bind(i64::from(after.0))
        .bind(bound(limit))
        .fetch_all(readers)
        .await?;
    rows.iter().map(record::read).collect()
}

/// How many devices satisfy the predicate, when the database can tell.
pub(super) async fn count(
    readers: &SqlitePool,
    predicate: &Predicate,
) -> Result<Option<u64>, Error> {
    let condition = Condition::of(predicate, &predicate::Sqlite);
    if !condition.is_exact {
        return Ok(None);
    }
    // Scan of the table in its own order.
    let sql = format!(
        "SELECT count(*) FROM device AS d NOT INDEXED WHERE {}",
        condition.text
    );
    let row = bound_query(sql, &condition).fetch_one(readers).await?;
    Ok(Some(record::count(row.try_get(0)?)))
}

/// Index `device_by_id`, covering.
pub(super) const WINDOW_END: &str =
    "SELECT device_id FROM device WHERE device_id > ?1 ORDER BY device_id LIMIT 1 OFFSET ?2";

/// A page of devices that may satisfy the predicate.
pub(super) async fn page(
    readers: &SqlitePool,
    predicate: &Predicate,
    after: Option<&DeviceId>,
    limit: usize,
) -> Result<Vec<Record>, Error> {
    let condition = Condition::of(predicate, &predicate::Sqlite);
    let after = after.map_or("", DeviceId::as_str);
    // One snapshot for all statements.
    let mut snapshot = readers.begin().await?;
    let mut found = walk(&mut snapshot, &condition, after, limit).await?;
    if found.len() < limit {
        let end: Option<String> = sqlx::query_scalar(WINDOW_END)
            .bind(after.to_owned())
            .bind(bound(WINDOW_ROWS - 1))
            .fetch_optional(&mut *snapshot)
            .await?;
        if let Some(end) = end {
            let mut rest = scan(&mut snapshot, &condition, &end, limit - found.len()).await?;
            rest.sort_unstable_by(|one, other| {
                one.identity.device_id.cmp(&other.identity.device_id)
            });
            found.append(&mut rest);
        }
    }
    snapshot.rollback().await?;
    Ok(found)
}

async fn walk(
    connection: &mut SqliteConnection,
    condition: &Condition,
    after: &str,
    limit: usize,
) -> Result<Vec<Record>, Error> {
    let first = condition.binds.len() + 1;
    let sql = walk_statement(&condition.text, first);
    let rows = bound_query(sql, condition)
        .bind(after.to_owned())
        .bind(bound(WINDOW_ROWS))
        .bind(bound(limit))
        .fetch_all(connection)
        .await?;
    rows.iter().map(record::read).collect()
}

async fn scan(
    connection: &mut SqliteConnection,
    condition: &Condition,
    after: &str,
    limit: usize,
) -> Result<Vec<Record>, Error> {
    let first = condition.binds.len() + 1;
    let sql = scan_statement(&condition.text, first);
    let query = bound_query(sql, condition)
        .bind(after.to_owned())
        .bind(bound(limit));
    let mut slots = Vec::new();
    for row in query.fetch_all(&mut *connection).await? {
        slots.push(row.try_get(0)?);
    }
    let rows = sqlx::query(LOAD_BY_SLOT)
        .bind(Rows::of_numbers(slots).finish())
        .fetch_all(connection)
        .await?;
    rows.iter().map(record::read).collect()
}

/// A statement whose text depends on the question, with the condition's parameters first. It is not kept prepared: questions differ.
fn bound_query(sql: String, condition: &Condition) -> Query<'static, Sqlite, SqliteArguments> {
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
    for bind in &condition.binds {
        query = match bind.clone() {
            Bind::Int(integer) => query.bind(integer),
            Bind::Real(number) => query.bind(number),
            Bind::Text(text) => query.bind(text),
            Bind::Bytes(bytes) => query.bind(bytes),
        };
    }
    query
}
