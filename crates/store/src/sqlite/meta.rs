//! Small facts.

use async_trait::async_trait;

use super::SqliteStore;
use crate::error::Error;
use crate::meta::Meta;

/// Primary key of meta.
const GET: &str = "SELECT value FROM meta WHERE key = ?1";

/// Primary key of meta.
const PUT: &str = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

#[async_trait]
impl Meta for SqliteStore {
    async fn meta(&self, key: &str) -> Result<Option<String>, Error> {
        Ok(sqlx::query_scalar(GET)
            .bind(key.to_owned())
            .fetch_optional(&self.readers)
            .await?)
    }

    async fn set_meta(&self, key: &str, value: &str) -> Result<(), Error> {
        self.change(
            sqlx::query(PUT).bind(key.to_owned()).bind(value.to_owned()),
            None,
        )
        .await
        .map(drop)
    }
}
