//! The logs of devices: read along a chain or an index, pruned at their beginning.

use async_trait::async_trait;
use futures::FutureExt as _;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use twin::id::{DeviceId, Seq};
use twin::time::Timestamp;

use super::jsonb::Reader;
use super::record::{count, number, slot};
use super::twins::bound;
use super::{SqliteStore, entry, figure};
use crate::error::Error;
use crate::history::{
    Change, ChangeKind, Changes, Event, History, HistoryEntry, Keep, LoggedEvent, Pruned, Retention,
};

/// Index `device_by_id`, then primary key of history once for each step of the chain.
pub(super) const CHAIN: &str = "WITH RECURSIVE chain (seq, before, at, kind, entry) AS ( \
       SELECT h.seq, h.before, h.at, h.kind, h.entry FROM device AS d CROSS JOIN history AS h \
       ON h.seq = coalesce((SELECT b.before FROM history AS b WHERE b.seq = ?2 AND b.slot = d.slot), d.seq) WHERE d.device_id = ?1 \
       UNION ALL \
       SELECT h.seq, h.before, h.at, h.kind, h.entry FROM chain CROSS JOIN history AS h ON h.seq = chain.before) \
     SELECT seq, at, kind, entry FROM chain WHERE seq < ?2 LIMIT ?3";

/// Primary keys of history and device.
pub(super) const CHANGES: &str = "SELECT h.seq, h.slot, h.kind, d.device_id FROM history AS h LEFT JOIN device AS d ON d.slot = h.slot \
     WHERE h.seq > ?1 ORDER BY h.seq LIMIT ?2";

/// Primary key of history.
pub(super) const OLDEST_CHANGE: &str = "SELECT min(seq) FROM history";

/// Indexes `device_by_id` and `event_by_slot`.
pub(super) const EVENTS: &str = "SELECT e.number, e.at, e.kind, e.entry FROM device AS d CROSS JOIN event AS e ON e.slot = d.slot \
     WHERE d.device_id = ?1 AND e.number < ?2 ORDER BY e.number DESC LIMIT ?3";

/// Indexes `device_by_id` and `event_calls`.
pub(super) const CALLS: &str = "SELECT e.number, e.at, e.kind, e.entry FROM device AS d CROSS JOIN event AS e INDEXED BY event_calls ON e.slot = d.slot \
     WHERE d.device_id = ?1 AND e.kind = 'method' AND e.number < ?2 ORDER BY e.number DESC LIMIT ?3";

#[async_trait]
impl History for SqliteStore {
    async fn history(
        &self,
        device_id: &DeviceId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>, Error> {
        let before = before.map_or(i64::MAX, |seq| number(seq.0));
        let rows = sqlx::query(CHAIN)
            .bind(device_id.as_str().to_owned())
            .bind(before)
            .bind(bound(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| read_change(row, device_id)).collect()
    }

    async fn changes_since(&self, after: Seq, limit: usize) -> Result<Changes, Error> {
        let rows = sqlx::query(CHANGES)
            .bind(number(after.0))
            .bind(bound(limit))
            .fetch_all(&self.readers)
            .await?;
        let changes = rows.iter().map(read_mark).collect::<Result<_, _>>()?;
        // Asked afterwards: what is pruned in between makes the answer incomplete, never falsely complete.
        let oldest: Option<i64> = sqlx::query_scalar(OLDEST_CHANGE)
            .fetch_one(&self.readers)
            .await?;
        let last = self.writer.last_seq();
        let is_complete = after == last
            || (after < last && oldest.is_some_and(|oldest| count(oldest) <= after.0 + 1));
        Ok(Changes {
            is_complete,
            changes,
        })
    }

    async fn events(
        &self,
        device_id: &DeviceId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, Error> {
        self.logged(EVENTS, device_id, before, limit).await
    }

    async fn calls(
        &self,
        device_id: &DeviceId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, Error> {
        self.logged(CALLS, device_id, before, limit).await
    }

    async fn prune(&self, now: Timestamp, retention: &Retention) -> Result<Pruned, Error> {
        let retention = retention.clone();
        self.writer
            .run(move |connection| prune(connection, now, retention).boxed())
            .await
    }
}

impl SqliteStore {
    /// Entries of the log of a device by one of the questions about it, newest first.
    async fn logged(
        &self,
        question: &'static str,
        device_id: &DeviceId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<LoggedEvent>, Error> {
        let rows = sqlx::query(question)
            .bind(device_id.as_str().to_owned())
            .bind(before.map_or(i64::MAX, number))
            .bind(bound(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_event).collect()
    }
}

pub(super) fn read_change(row: &SqliteRow, device_id: &DeviceId) -> Result<HistoryEntry, Error> {
    let seq: i64 = row.try_get(0)?;
    let entry = entry::read_change(row.try_get(3)?, device_id)
        .ok_or_else(|| Error::corrupt("history", "entry", seq))?;
    Ok(HistoryEntry {
        seq: Seq(count(seq)),
        at: Timestamp::from_ms(row.try_get(1)?),
        actor: entry.actor,
        reason: entry.reason,
        kind: kind(row.try_get(2)?).ok_or_else(|| Error::corrupt("history", "kind", seq))?,
        edits: entry.edits,
        identity_edits: entry.identity_edits,
        desired_version: entry.desired_version,
        reported_version: entry.reported_version,
    })
}

fn read_mark(row: &SqliteRow) -> Result<Change, Error> {
    let seq: i64 = row.try_get(0)?;
    let name: Option<&str> = row.try_get(3)?;
    let device_id = name
        .map(DeviceId::parse)
        .transpose()
        .map_err(|_| Error::corrupt("device", "device_id", seq))?;
    let kind = kind(row.try_get(2)?).ok_or_else(|| Error::corrupt("history", "kind", seq))?;
    Ok(Change {
        seq: Seq(count(seq)),
        slot: slot(row.try_get(1)?)?,
        device_id,
        kind,
    })
}

fn kind(number: i64) -> Option<ChangeKind> {
    [
        ChangeKind::Created,
        ChangeKind::Changed,
        ChangeKind::Deleted,
    ]
    .into_iter()
    .find(|kind| *kind as i64 == number)
}

pub(super) fn read_event(row: &SqliteRow) -> Result<LoggedEvent, Error> {
    let number: i64 = row.try_get(0)?;
    let corrupt = || Error::corrupt("event", "entry", number);
    let mut cells = Reader::new(row.try_get(3)?).array().ok_or_else(corrupt)?;
    let event = Event {
        at: Timestamp::from_ms(row.try_get(1)?),
        kind: row.try_get(2)?,
        actor: entry::read_actor(&mut cells, None).ok_or_else(corrupt)?,
        detail: cells.value().ok_or_else(corrupt)?,
    };
    Ok(LoggedEvent {
        number: count(number),
        event,
    })
}

/// Looks at the oldest rows only, as many as may go: the log is in the order of time, so the work is bounded whatever its size.
macro_rules! prune_log {
    ($table:literal, $key:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE ",
            $key,
            " IN (SELECT ",
            $key,
            " FROM (SELECT ",
            $key,
            ", at FROM ",
            $table,
            " ORDER BY ",
            $key,
            " LIMIT ?3) WHERE at < ?1 OR ",
            $key,
            " <= (SELECT max(",
            $key,
            ") FROM ",
            $table,
            ") - ?2)"
        )
    };
}

/// Primary keys, from their beginning.
pub(super) const PRUNE_HISTORY: &str = prune_log!("history", "seq");
/// As [`PRUNE_HISTORY`].
const PRUNE_EVENTS: &str = prune_log!("event", "number");
/// As [`PRUNE_HISTORY`].
const PRUNE_MESSAGES: &str = prune_log!("message", "number");
/// As [`PRUNE_HISTORY`].
const PRUNE_AUDIT: &str = prune_log!("audit", "number");

async fn prune(
    connection: &mut SqliteConnection,
    now: Timestamp,
    retention: Retention,
) -> Result<Pruned, Error> {
    let rows_max = u64::from(retention.batch_rows_max);
    let history = prune_log(connection, PRUNE_HISTORY, now, retention.history, rows_max).await?;
    let events = prune_log(connection, PRUNE_EVENTS, now, retention.events, rows_max).await?;
    let messages = prune_log(
        connection,
        PRUNE_MESSAGES,
        now,
        retention.messages,
        rows_max,
    )
    .await?;
    let audit = prune_log(connection, PRUNE_AUDIT, now, retention.audit, rows_max).await?;
    let (figures, more_figures) = figure::prune(connection, now, rows_max).await?;
    let is_more = [history, events, messages, audit]
        .into_iter()
        .any(|removed| removed >= rows_max)
        || more_figures;
    Ok(Pruned {
        history,
        events,
        messages,
        audit,
        figures,
        is_more,
    })
}

async fn prune_log(
    connection: &mut SqliteConnection,
    sql: &'static str,
    now: Timestamp,
    keep: Keep,
    rows_max: u64,
) -> Result<u64, Error> {
    let rows = i64::try_from(keep.rows_max).unwrap_or(i64::MAX);
    let done = sqlx::query(sql)
        .bind(now.minus(keep.age_max).as_ms())
        .bind(rows)
        .bind(number(rows_max))
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}
