//! The table from end to end without its documents: how the columns are rebuilt.
//!
//! A stretch of rows comes back as one JSON text, so that the driver's cost is paid once for the stretch; of the documents only the declared paths are
//! looked at, where they lie.

use query::{Location, Path};
use serde::Deserialize;
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqlitePool;
use twin::Value;
use twin::diff::Drift;
use twin::id::{DeviceId, Etag, Seq, Slot};
use twin::identity::{AuthenticationKind, Identity, Status};
use twin::time::Timestamp;

use super::predicate::json_path;
use super::twins::bound;
use crate::error::Error;
use crate::twins::ColumnRow;

/// A row of the answer, in the order of its columns.
#[derive(Deserialize)]
struct Row(
    Slot,
    Seq,
    DeviceId,
    Etag,
    u64,
    u64,
    u64,
    String,
    IdentityParts,
    u32,
    u32,
    Option<Timestamp>,
    Option<Timestamp>,
    Vec<Option<Value>>,
);

/// The array that `record::write_identity` writes.
#[derive(Deserialize)]
struct IdentityParts(
    String,
    u64,
    Status,
    Option<String>,
    Timestamp,
    Timestamp,
    AuthenticationKind,
    Option<String>,
    Option<String>,
    Timestamp,
);

/// Primary keys of device and activity, from a place on.
pub(super) fn statement(values: &[String]) -> String {
    format!(
        "SELECT group_concat(row, ',') FROM (SELECT json_array(d.slot, d.seq, d.device_id, d.etag, d.version, d.desired_version, d.reported_version, \
         d.model_id, json(d.identity), d.drift_count, d.drift_refused, d.drift_since, a.at, json_array({})) AS row \
         FROM device AS d LEFT JOIN activity AS a ON a.slot = d.slot WHERE d.slot > ?1 ORDER BY d.slot LIMIT ?2)",
        values.join(", ")
    )
}

/// A stretch of rows, in the order of their numbers.
pub(super) async fn columns(
    readers: &SqlitePool,
    declared: &[Path],
    after: Slot,
    limit: usize,
) -> Result<Vec<ColumnRow>, Error> {
    let mut paths = Vec::new();
    let mut values = Vec::with_capacity(declared.len());
    for path in declared {
        values.push(match document(path) {
            Some((column, keys)) => {
                paths.push(json_path(keys));
                format!("{column} -> ?{}", paths.len() + 2)
            }
            None => "NULL".to_owned(),
        });
    }
    let mut query = sqlx::query_scalar(AssertSqlSafe(statement(&values)))
        .bind(i64::from(after.0))
        .bind(bound(limit));
    for path in paths {
        query = query.bind(path);
    }
    let rows: Option<String> = query.fetch_one(readers).await?;
    let rows: Vec<Row> =
        serde_json::from_str(&format!("[{}]", rows.unwrap_or_default())).map_err(|_| {
            Error::corrupt(
                "device",
                "slot",
                format_args!("{} to {}", after.0 + 1, after.0 as usize + limit),
            )
        })?;
    Ok(rows.into_iter().map(ColumnRow::from).collect())
}

fn document(path: &Path) -> Option<(&'static str, &[String])> {
    match path.location() {
        Location::Tags(keys) if !keys.is_empty() => Some(("d.tags", keys)),
        Location::Desired(keys) if !keys.is_empty() => Some(("d.desired", keys)),
        Location::Reported(keys) if !keys.is_empty() => Some(("d.reported", keys)),
        _ => None,
    }
}

impl From<Row> for ColumnRow {
    fn from(row: Row) -> Self {
        let Row(
            slot,
            seq,
            device_id,
            etag,
            version,
            desired_version,
            reported_version,
            model_id,
            identity,
            count,
            refused,
            since,
            at,
            values,
        ) = row;
        let IdentityParts(
            generation_id,
            identity_etag,
            status,
            status_reason,
            status_at,
            created_at,
            authentication,
            one,
            two,
            state_at,
        ) = identity;
        let identity = Identity {
            device_id,
            generation_id,
            etag: identity_etag,
            status,
            status_reason,
            status_updated_at: status_at,
            created_at,
            authentication,
            thumbprints: (one, two),
            sealed_keys: None,
            connection_state_updated_at: state_at,
        };
        Self {
            slot,
            seq,
            identity,
            etag,
            version,
            desired_version,
            reported_version,
            model_id,
            drift: Drift {
                count,
                refused,
                since,
            },
            last_activity: at.unwrap_or(Timestamp::NEVER),
            values,
        }
    }
}
