//! The audit log.

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use twin::time::Timestamp;

use super::jsonb::{self, Reader};
use super::record::{count, number, write_optional_text};
use super::rows::Rows;
use super::twins::bound;
use super::{SqliteStore, batch, entry};
use crate::audit::{AuditEntry, AuditTally, Audits, LoggedAudit};
use crate::error::Error;

/// Appends at the end of audit's primary key.
pub(super) const INSERT: &str = "INSERT INTO audit (at, actor, action, target, outcome, reason, detail) \
     SELECT r.value ->> 0, jsonb_extract(r.value, '$[1]'), r.value ->> 2, r.value ->> 3, r.value ->> 4, r.value ->> 5, jsonb(r.value -> 6) \
     FROM jsonb_each(?1) AS r";

/// Primary key of audit.
pub(super) const PAGE: &str = "SELECT number, at, actor, action, target, outcome, reason, detail FROM audit WHERE number < ?1 ORDER BY number DESC LIMIT ?2";

/// Index `audit_by_time`. With a single `max`, `reason` is that of the row that has it.
pub(super) const TALLY: &str = "SELECT actor, action, count(*), sum(outcome <> 'done'), max(CASE WHEN reason IS NOT NULL THEN at END), reason \
     FROM (SELECT at, actor, action, outcome, reason FROM audit WHERE at >= ?1 AND at < ?2 ORDER BY at DESC LIMIT ?3) \
     GROUP BY actor, action ORDER BY 3 DESC, action LIMIT ?4";

#[async_trait]
impl Audits for SqliteStore {
    async fn audit(&self, before: Option<u64>, limit: usize) -> Result<Vec<LoggedAudit>, Error> {
        let rows = sqlx::query(PAGE)
            .bind(before.map_or(i64::MAX, number))
            .bind(bound(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read).collect()
    }

    async fn audit_tally(
        &self,
        from: Timestamp,
        to: Timestamp,
        entries_max: usize,
        tallies_max: usize,
    ) -> Result<Vec<AuditTally>, Error> {
        let rows = sqlx::query(TALLY)
            .bind(from.as_ms())
            .bind(to.as_ms())
            .bind(bound(entries_max))
            .bind(bound(tallies_max))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_tally).collect()
    }
}

fn read_tally(row: &SqliteRow) -> Result<AuditTally, Error> {
    let newest: Option<i64> = row.try_get(4)?;
    Ok(AuditTally {
        actor: entry::read_actor(&mut Reader::new(row.try_get(0)?), None)
            .ok_or_else(|| Error::corrupt("audit", "actor", newest.unwrap_or_default()))?,
        action: row.try_get(1)?,
        entries: count(row.try_get(2)?),
        not_done: count(row.try_get(3)?),
        reason: newest.map(|_| row.try_get(5)).transpose()?,
    })
}

fn read(row: &SqliteRow) -> Result<LoggedAudit, Error> {
    let number: i64 = row.try_get(0)?;
    let corrupt = |column| Error::corrupt("audit", column, number);
    let entry = AuditEntry {
        at: Timestamp::from_ms(row.try_get(1)?),
        actor: entry::read_actor(&mut Reader::new(row.try_get(2)?), None)
            .ok_or_else(|| corrupt("actor"))?,
        action: row.try_get(3)?,
        target: row.try_get(4)?,
        outcome: row.try_get(5)?,
        reason: row.try_get(6)?,
        detail: jsonb::read(row.try_get(7)?).ok_or_else(|| corrupt("detail"))?,
    };
    Ok(LoggedAudit {
        number: count(number),
        entry,
    })
}

/// Writes entries within the transaction of what they tell of.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    entries: impl IntoIterator<Item = &AuditEntry>,
) -> Result<(), Error> {
    let mut rows = Rows::new();
    entries
        .into_iter()
        .for_each(|audit| write(&mut rows, audit));
    batch::execute(connection, INSERT, rows).await
}

/// Adds the row of an entry.
pub(super) fn write(rows: &mut Rows, audit: &AuditEntry) {
    rows.push(|out| {
        jsonb::write_int(out, audit.at.as_ms());
        entry::write_actor(out, &audit.actor, None);
        for text in [&audit.action, &audit.target, &audit.outcome] {
            jsonb::write_text(out, text);
        }
        write_optional_text(out, audit.reason.as_deref());
        jsonb::write(out, &audit.detail);
    });
}
