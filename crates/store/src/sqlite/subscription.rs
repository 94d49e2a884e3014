//! Subscriptions of devices.

use async_trait::async_trait;
use futures::FutureExt as _;
use sqlx::sqlite::SqliteConnection;
use twin::id::Slot;

use super::SqliteStore;
use super::batch;
use super::jsonb;
use super::rows::Rows;
use crate::error::Error;
use crate::subscription::Subscriptions;

/// Primary key of subscription.
const GET: &str = "SELECT filters FROM subscription WHERE slot = ?1";

/// Primary keys of device and subscription, a lookup each for each row.
const PUT: &str = "INSERT INTO subscription (slot, filters) SELECT d.slot, r.value ->> 1 FROM jsonb_each(?1) AS r CROSS JOIN device AS d ON d.slot = r.value ->> 0 \
     WHERE true ON CONFLICT (slot) DO UPDATE SET filters = excluded.filters";

/// Primary key of subscription, a lookup for each row.
const DELETE: &str =
    "DELETE FROM subscription WHERE slot IN (SELECT k.value FROM jsonb_each(?1) AS k)";

#[async_trait]
impl Subscriptions for SqliteStore {
    async fn subscriptions(&self, slot: Slot) -> Result<Option<u32>, Error> {
        let filters: Option<i64> = sqlx::query_scalar(GET)
            .bind(i64::from(slot.0))
            .fetch_optional(&self.readers)
            .await?;
        filters
            .map(|filters| {
                u32::try_from(filters)
                    .map_err(|_| Error::corrupt("subscription", "filters", slot.0))
            })
            .transpose()
    }

    async fn put_subscriptions(&self, changed: &[(Slot, Option<u32>)]) -> Result<(), Error> {
        let mut kept = Rows::new();
        for (slot, filters) in changed {
            if let Some(filters) = filters {
                kept.push(|out| {
                    jsonb::write_int(out, slot.0.into());
                    jsonb::write_int(out, (*filters).into());
                });
            }
        }
        let ended = Rows::of_numbers(
            changed
                .iter()
                .filter(|(_, filters)| filters.is_none())
                .map(|(slot, _)| slot.0.into()),
        );
        self.writer
            .run(|connection| put(connection, kept, ended).boxed())
            .await
    }
}

async fn put(connection: &mut SqliteConnection, kept: Rows, ended: Rows) -> Result<(), Error> {
    batch::execute(connection, PUT, kept).await?;
    batch::execute(connection, DELETE, ended).await
}
