//! Devices: written by the batch, read by name, by number and by page.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt as _;
use query::Path;
use query::lower::Predicate;
use twin::id::{DeviceId, Seq, Slot};
use twin::time::Timestamp;

use super::batch::{self, LOAD_BY_NAME, LOAD_BY_SLOT};
use super::record::{self, columns};
use super::rows::Rows;
use super::{SqliteStore, jsonb, scan, select};
use crate::error::Error;
use crate::record::Record;
use crate::twins::{ColumnRow, Twins};
use crate::write::{Observer, Refused, Write, Written};

/// Index `device_by_id`, primary key of activity.
pub(super) const PAGE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM device AS d LEFT JOIN activity AS a ON a.slot = d.slot \
     WHERE d.device_id > ?1 ORDER BY d.device_id LIMIT ?2"
);

/// Index `device_by_id` from its end, primary key of activity.
pub(super) const PAGE_BEFORE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM device AS d LEFT JOIN activity AS a ON a.slot = d.slot \
     WHERE d.device_id < ?1 ORDER BY d.device_id DESC LIMIT ?2"
);

/// Index `device_by_id`, covering.
pub(super) const TAKEN: &str =
    "SELECT d.device_id FROM jsonb_each(?1) AS k CROSS JOIN device AS d ON d.device_id = k.value";

/// Behind the name of every device.
const BEHIND_NAMES: &str = "\u{10FFFF}";

/// Index `device_by_id`, covering.
pub(super) const COUNT: &str = "SELECT count(device_id) FROM device";

/// Primary key of activity.
pub(super) const TOUCH: &str = "INSERT INTO activity (slot, at) SELECT r.value ->> 0, r.value ->> 1 FROM jsonb_each(?1) AS r WHERE true \
     ON CONFLICT (slot) DO UPDATE SET at = excluded.at WHERE excluded.at > activity.at";

/// Devices touched in one transaction, so that writers in between do not wait long.
const TOUCH_ROWS_MAX: usize = 10_000;

#[async_trait]
impl Twins for SqliteStore {
    async fn write(&self, writes: Vec<Write>) -> Result<Vec<Result<Written, Refused>>, Error> {
        self.writer.write(writes).await
    }

    fn observe(&self, observer: Arc<dyn Observer>) {
        self.writer.observe(observer);
    }

    async fn device(&self, device_id: &DeviceId) -> Result<Option<Record>, Error> {
        let names = Rows::of_texts([device_id.as_str()]).finish();
        let row = sqlx::query(LOAD_BY_NAME)
            .bind(names)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(record::read).transpose()
    }

    async fn taken(&self, names: &[DeviceId]) -> Result<Vec<DeviceId>, Error> {
        let names = Rows::of_texts(names.iter().map(DeviceId::as_str)).finish();
        let found: Vec<String> = sqlx::query_scalar(TAKEN)
            .bind(names)
            .fetch_all(&self.readers)
            .await?;
        let parsed = found.into_iter().map(|name| {
            DeviceId::parse(&name).map_err(|_| Error::corrupt("device", "device_id", name))
        });
        parsed.collect()
    }

    async fn records(&self, slots: &[Slot]) -> Result<Vec<Record>, Error> {
        let numbers = Rows::of_numbers(slots.iter().map(|slot| i64::from(slot.0))).finish();
        let rows = sqlx::query(LOAD_BY_SLOT)
            .bind(numbers)
            .fetch_all(&self.readers)
            .await?;
        let mut found = rows
            .iter()
            .map(|row| record::read(row).map(|record| (record.slot, record)))
            .collect::<Result<HashMap<_, _>, _>>()?;
        Ok(slots.iter().filter_map(|slot| found.remove(slot)).collect())
    }

    async fn page(&self, after: Option<&DeviceId>, limit: usize) -> Result<Vec<Record>, Error> {
        let rows = sqlx::query(PAGE)
            .bind(after.map_or("", DeviceId::as_str).to_owned())
            .bind(bound(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(record::read).collect()
    }

    async fn page_before(
        &self,
        before: Option<&DeviceId>,
        limit: usize,
    ) -> Result<Vec<Record>, Error> {
        let rows = sqlx::query(PAGE_BEFORE)
            .bind(before.map_or(BEHIND_NAMES, DeviceId::as_str).to_owned())
            .bind(bound(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().rev().map(record::read).collect()
    }

    async fn device_count(&self) -> Result<u64, Error> {
        let count = sqlx::query_scalar(COUNT).fetch_one(&self.readers).await?;
        Ok(record::count(count))
    }

    async fn scan(
        &self,
        predicate: &Predicate,
        after: Slot,
        limit: usize,
    ) -> Result<Vec<Record>, Error> {
        select::stretch(&self.readers, predicate, after, limit).await
    }

    async fn count(&self, predicate: &Predicate) -> Result<Option<u64>, Error> {
        select::count(&self.readers, predicate).await
    }

    async fn select(
        &self,
        predicate: &Predicate,
        after: Option<&DeviceId>,
        limit: usize,
    ) -> Result<Vec<Record>, Error> {
        select::page(&self.readers, predicate, after, limit).await
    }

    async fn scan_columns(
        &self,
        declared: &[Path],
        after: Slot,
        limit: usize,
    ) -> Result<Vec<ColumnRow>, Error> {
        scan::columns(&self.readers, declared, after, limit).await
    }

    async fn last_seq(&self) -> Result<Seq, Error> {
        Ok(self.writer.last_seq())
    }

    async fn touch_activity(&self, heard: &[(Slot, Timestamp)]) -> Result<(), Error> {
        let mut heard = heard.to_vec();
        heard.sort_unstable();
        for chunk in heard.chunks(TOUCH_ROWS_MAX) {
            let mut rows = Rows::new();
            for (slot, at) in chunk {
                rows.push(|out| {
                    jsonb::write_int(out, slot.0.into());
                    jsonb::write_int(out, at.as_ms());
                });
            }
            self.writer
                .run(|connection| batch::execute(connection, TOUCH, rows).boxed())
                .await?;
        }
        Ok(())
    }
}

/// A limit for SQL.
pub(super) fn bound(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
