//! The archive: written by the batch, found by id, words, person and time.

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use twin::id::{DeviceId, Seq, Slot};
use twin::time::Timestamp;

use super::jsonb::{self, Reader};
use super::record::{self, COLUMNS, count, number};
use super::twins::bound;
use super::{SqliteStore, entry, history};
use crate::archive::{
    Archive, ArchiveSearch, Archived, ArchivedLine, Check, Retirement, Succession, Successor,
};
use crate::error::Error;
use crate::history::{HistoryEntry, LoggedEvent};
use crate::record::Actor;

mod search;
mod write;

#[cfg(test)]
pub(super) use search::every_statement;
pub(super) use write::{
    INSERT, INSERT_NAMES, INSERT_SUCCESSIONS, INSERT_WORDS, RESTORED, write_restored,
    write_retired, write_succession, write_text,
};

/// The columns of a device as [`record::read`] takes them, and those of its retirement.
macro_rules! archived {
    ($keys:literal) => {
        concat!(
            "SELECT a.slot, a.device_id, a.number, a.etag, a.version, a.desired_version, a.reported_version, a.model_id, a.identity, ",
            $keys,
            ", a.tags, a.desired, a.reported, a.metadata, a.last_activity, \
             a.retired_at, a.actor, a.reason, a.checks, a.restorable_until, a.restored_at, a.restored_by "
        )
    };
}

/// Primary key of archive.
pub(super) const ENTRY: &str = concat!(archived!("NULL"), "FROM archive AS a WHERE a.number = ?1");

/// Primary key of archive.
pub(super) const LOAD: &str = concat!(
    archived!("a.sealed_keys"),
    "FROM jsonb_each(?1) AS k CROSS JOIN archive AS a ON a.number = k.value"
);

/// Index `archive_by_id`, covering.
pub(super) const NEWEST: &str = "SELECT max(number) FROM archive WHERE device_id = ?1";

/// Index `archive_by_time`, covering.
pub(super) const BETWEEN: &str =
    "SELECT count(*) FROM archive WHERE retired_at >= ?1 AND retired_at < ?2";

/// Primary key of history once for each step of the chain.
pub(super) const CHAIN: &str = "WITH RECURSIVE chain (seq, before, at, kind, entry) AS ( \
       SELECT h.seq, h.before, h.at, h.kind, h.entry FROM archive AS a CROSS JOIN history AS h \
       ON h.seq = coalesce((SELECT b.before FROM history AS b WHERE b.seq = ?2 AND b.slot = a.slot), a.number) WHERE a.number = ?1 \
       UNION ALL \
       SELECT h.seq, h.before, h.at, h.kind, h.entry FROM chain CROSS JOIN history AS h ON h.seq = chain.before) \
     SELECT seq, at, kind, entry FROM chain WHERE seq < ?2 LIMIT ?3";

/// Primary key of archive, index `event_by_slot`. What a restored device did later is not of this entry.
pub(super) const EVENTS: &str = "SELECT e.number, e.at, e.kind, e.entry FROM archive AS a CROSS JOIN event AS e ON e.slot = a.slot \
     WHERE a.number = ?1 AND e.number < ?2 AND e.at <= a.retired_at ORDER BY e.number DESC LIMIT ?3";

/// Primary key of succession, index `archive_by_id`.
pub(super) const REPLACES: &str = "SELECT s.old_id, s.at, (SELECT max(a.number) FROM archive AS a WHERE a.device_id = s.old_id AND a.slot = s.old_slot) \
     FROM succession AS s WHERE s.slot = ?1";

/// Indexes `succession_by_old` and `archive_by_id`.
pub(super) const REPLACED_BY: &str = "SELECT s.device_id, s.at, (SELECT max(a.number) FROM archive AS a WHERE a.device_id = s.device_id AND a.slot = s.slot) \
     FROM succession AS s WHERE s.old_slot = ?1 ORDER BY s.slot DESC LIMIT 1";

/// Index `archive_by_grace`, then primary key of archive.
pub(super) const FORGET: &str = "UPDATE archive SET sealed_keys = NULL, restorable_until = NULL WHERE number IN \
     (SELECT number FROM archive WHERE restorable_until <= ?1 ORDER BY restorable_until LIMIT ?2)";

#[async_trait]
impl Archive for SqliteStore {
    async fn archived(&self, number: Seq) -> Result<Option<Archived>, Error> {
        let row = sqlx::query(ENTRY)
            .bind(self::number(number.0))
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(read).transpose()
    }

    async fn newest_archived(&self, device_id: &DeviceId) -> Result<Option<Seq>, Error> {
        let newest: Option<i64> = sqlx::query_scalar(NEWEST)
            .bind(device_id.as_str().to_owned())
            .fetch_one(&self.readers)
            .await?;
        Ok(newest.map(|number| Seq(count(number))))
    }

    async fn search_archive(&self, search: &ArchiveSearch) -> Result<Vec<ArchivedLine>, Error> {
        let Some(statement) = search::Statement::of(search) else {
            return Ok(Vec::new());
        };
        let rows = statement.query().fetch_all(&self.readers).await?;
        rows.iter().map(search::read).collect()
    }

    async fn retired_between(&self, from: Timestamp, until: Timestamp) -> Result<u64, Error> {
        let retired: i64 = sqlx::query_scalar(BETWEEN)
            .bind(from.as_ms())
            .bind(until.as_ms())
            .fetch_one(&self.readers)
            .await?;
        Ok(count(retired))
    }

    async fn archived_history(
        &self,
        number: Seq,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>, Error> {
        let Some(device_id) = self.archived_name(number).await? else {
            return Ok(Vec::new());
        };
        let rows = sqlx::query(CHAIN)
            .bind(self::number(number.0))
            .bind(before.map_or(i64::MAX, |seq| self::number(seq.0)))
            .bind(bound(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| history::read_change(row, &device_id))
            .collect()
    }

    async fn archived_events(
        &self,
        number: Seq,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, Error> {
        let rows = sqlx::query(EVENTS)
            .bind(self::number(number.0))
            .bind(before.map_or(i64::MAX, self::number))
            .bind(bound(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(history::read_event).collect()
    }

    async fn succession(&self, slot: Slot) -> Result<Succession, Error> {
        Ok(Succession {
            replaces: self.successor(REPLACES, slot).await?,
            replaced_by: self.successor(REPLACED_BY, slot).await?,
        })
    }

    async fn forget_keys(&self, now: Timestamp, rows_max: usize) -> Result<u64, Error> {
        let forget = sqlx::query(FORGET).bind(now.as_ms()).bind(bound(rows_max));
        let done = self.change(forget, None).await?;
        Ok(done.rows_affected())
    }
}

impl SqliteStore {
    /// Primary key of archive.
    async fn archived_name(&self, number: Seq) -> Result<Option<DeviceId>, Error> {
        let name: Option<String> =
            sqlx::query_scalar("SELECT device_id FROM archive WHERE number = ?1")
                .bind(self::number(number.0))
                .fetch_optional(&self.readers)
                .await?;
        name.map(|name| device_id(&name, number)).transpose()
    }

    async fn successor(
        &self,
        statement: &'static str,
        slot: Slot,
    ) -> Result<Option<Successor>, Error> {
        let row = sqlx::query(statement)
            .bind(i64::from(slot.0))
            .fetch_optional(&self.readers)
            .await?;
        let read = |row: SqliteRow| {
            Ok(Successor {
                device_id: DeviceId::parse(row.try_get(0)?)
                    .map_err(|_| Error::corrupt("succession", "device_id", slot))?,
                at: Timestamp::from_ms(row.try_get(1)?),
                archived: row
                    .try_get::<Option<i64>, _>(2)?
                    .map(|number| Seq(count(number))),
            })
        };
        row.map(read).transpose()
    }
}

/// Reads a row of [`ENTRY`] or [`LOAD`].
pub(super) fn read(row: &SqliteRow) -> Result<Archived, Error> {
    let record = record::read(row)?;
    let number = record.seq;
    let corrupt = |column| Error::corrupt("archive", column, number.0);
    let cell = |column: usize| COLUMNS + column;
    let checks = jsonb::read(row.try_get(cell(3))?)
        .and_then(|checks| serde_json::from_value::<Vec<Check>>(checks).ok())
        .ok_or_else(|| corrupt("checks"))?;
    let restored = match row.try_get::<Option<i64>, _>(cell(5))? {
        None => None,
        Some(at) => {
            let by = row.try_get::<Option<&[u8]>, _>(cell(6))?.and_then(actor);
            let by = by.ok_or_else(|| corrupt("restored_by"))?;
            Some((Timestamp::from_ms(at), by))
        }
    };
    Ok(Archived {
        number,
        record,
        retired_at: Timestamp::from_ms(row.try_get(cell(0))?),
        by: actor(row.try_get(cell(1))?).ok_or_else(|| corrupt("actor"))?,
        retirement: Retirement {
            reason: row.try_get(cell(2))?,
            checks,
            restorable_until: row
                .try_get::<Option<i64>, _>(cell(4))?
                .map(Timestamp::from_ms),
        },
        restored,
    })
}

fn actor(blob: &[u8]) -> Option<Actor> {
    entry::read_actor(&mut Reader::new(blob), None)
}

fn device_id(name: &str, number: Seq) -> Result<DeviceId, Error> {
    DeviceId::parse(name).map_err(|_| Error::corrupt("archive", "device_id", number.0))
}
