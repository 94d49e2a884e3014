//! Telemetry.

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use twin::id::DeviceId;
use twin::time::Timestamp;

use super::SqliteStore;
use super::jsonb::Reader;
use super::record::{count, number};
use super::twins::bound;
use crate::error::Error;
use crate::message::{LoggedMessage, Message, Messages};

/// Indexes `device_by_id` and `message_by_slot`.
pub(super) const LATEST: &str = "SELECT m.number, m.at, m.entry, m.body FROM device AS d CROSS JOIN message AS m ON m.slot = d.slot \
     WHERE d.device_id = ?1 ORDER BY m.number DESC LIMIT ?2";

/// Indexes `device_by_id` and `message_by_slot`.
pub(super) const BEFORE: &str = "SELECT m.number, m.at, m.entry, CASE WHEN length(m.body) <= ?4 THEN m.body ELSE x'' END, length(m.body) \
     FROM device AS d CROSS JOIN message AS m ON m.slot = d.slot WHERE d.device_id = ?1 AND m.number < ?2 ORDER BY m.number DESC LIMIT ?3";

#[async_trait]
impl Messages for SqliteStore {
    async fn latest_messages(
        &self,
        device_id: &DeviceId,
        limit: usize,
    ) -> Result<Vec<Message>, Error> {
        let rows = sqlx::query(LATEST)
            .bind(device_id.as_str().to_owned())
            .bind(bound(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read).collect()
    }

    async fn messages_before(
        &self,
        device_id: &DeviceId,
        before: Option<u64>,
        limit: usize,
        body_bytes_max: usize,
    ) -> Result<Vec<LoggedMessage>, Error> {
        let rows = sqlx::query(BEFORE)
            .bind(device_id.as_str().to_owned())
            .bind(before.map_or(i64::MAX, number))
            .bind(bound(limit))
            .bind(bound(body_bytes_max))
            .fetch_all(&self.readers)
            .await?;
        let logged = |row: &SqliteRow| {
            Ok(LoggedMessage {
                number: count(row.try_get(0)?),
                body_bytes: count(row.try_get(4)?),
                message: read(row)?,
            })
        };
        rows.iter().map(logged).collect()
    }
}

fn read(row: &SqliteRow) -> Result<Message, Error> {
    let number: i64 = row.try_get(0)?;
    let corrupt = || Error::corrupt("message", "entry", number);
    let mut cells = Reader::new(row.try_get(2)?).array().ok_or_else(corrupt)?;
    let mut map = || cells.map().ok_or_else(corrupt);
    Ok(Message {
        enqueued_at: Timestamp::from_ms(row.try_get(1)?),
        properties: map()?,
        system: map()?,
        body: row.try_get(3)?,
    })
}
