//! Telemetry.

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use twin::id::DeviceId;
use twin::time::Timestamp;

use super::SqliteStore;
use super::jsonb::Reader;
use super::twins::bound;
use crate::error::Error;
use crate::message::{Message, Messages};

/// Indexes `device_by_id` and `message_by_slot`.
pub(super) const LATEST: &str = "SELECT m.number, m.at, m.entry, m.body FROM device AS d CROSS JOIN message AS m ON m.slot = d.slot \
     WHERE d.device_id = ?1 ORDER BY m.number DESC LIMIT ?2";

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
