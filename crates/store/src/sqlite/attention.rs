//! What needs a person.

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use twin::time::Timestamp;

use super::SqliteStore;
use crate::attention::{Attention, Attentions, Taken};
use crate::audit::AuditEntry;
use crate::error::Error;

/// Primary key of attention, whole: there are as many as checks, at most.
const ALL: &str = "SELECT id, since, taken_by, taken_at FROM attention ORDER BY id";

/// Primary key of attention.
const OPEN: &str = "INSERT INTO attention (id, since) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING";

/// Primary key of attention.
const CLOSE: &str = "DELETE FROM attention WHERE id = ?1";

/// Primary key of attention.
const PUT: &str = "INSERT INTO attention (id, since, taken_by, taken_at) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (id) DO UPDATE SET taken_by = excluded.taken_by, taken_at = excluded.taken_at";

#[async_trait]
impl Attentions for SqliteStore {
    async fn attentions(&self) -> Result<Vec<Attention>, Error> {
        sqlx::query(ALL)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(read)
            .collect()
    }

    async fn open_attention(&self, id: &str, since: Timestamp) -> Result<(), Error> {
        let open = sqlx::query(OPEN).bind(id.to_owned()).bind(since.as_ms());
        self.change(open, None).await.map(drop)
    }

    async fn close_attention(&self, id: &str) -> Result<(), Error> {
        self.change(sqlx::query(CLOSE).bind(id.to_owned()), None)
            .await
            .map(drop)
    }

    async fn put_attention(
        &self,
        attention: &Attention,
        audit: Option<AuditEntry>,
    ) -> Result<(), Error> {
        let Attention { id, since, taken } = attention.clone();
        let (by, at) = taken.map(|taken| (taken.by, taken.at.as_ms())).unzip();
        let put = sqlx::query(PUT)
            .bind(id)
            .bind(since.as_ms())
            .bind(by)
            .bind(at);
        self.change(put, audit).await.map(drop)
    }
}

fn read(row: &SqliteRow) -> Result<Attention, Error> {
    let (by, at): (Option<String>, Option<i64>) = (row.try_get(2)?, row.try_get(3)?);
    let taken = by.zip(at).map(|(by, at)| Taken {
        by,
        at: Timestamp::from_ms(at),
    });
    Ok(Attention {
        id: row.try_get(0)?,
        since: Timestamp::from_ms(row.try_get(1)?),
        taken,
    })
}
