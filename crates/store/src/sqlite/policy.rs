//! The policies of services.

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use twin::time::Timestamp;

use super::SqliteStore;
use crate::audit::AuditEntry;
use crate::error::Error;
use crate::policy::{Policies, Policy};

/// Primary key of policy, whole: there are few.
const ALL: &str = "SELECT name, permissions, sealed_keys, changed_at FROM policy ORDER BY name";

/// Primary key of policy.
const PUT: &str = "INSERT INTO policy (name, permissions, sealed_keys, changed_at) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (name) DO UPDATE SET permissions = excluded.permissions, sealed_keys = excluded.sealed_keys, changed_at = excluded.changed_at";

#[async_trait]
impl Policies for SqliteStore {
    async fn policies(&self) -> Result<Vec<Policy>, Error> {
        sqlx::query(ALL)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(read)
            .collect()
    }

    async fn put_policy(&self, policy: &Policy, audit: Option<AuditEntry>) -> Result<(), Error> {
        let policy = policy.clone();
        let put = sqlx::query(PUT)
            .bind(policy.name)
            .bind(policy.permissions)
            .bind(policy.sealed_keys)
            .bind(policy.changed_at.as_ms());
        self.change(put, audit).await.map(drop)
    }
}

fn read(row: &SqliteRow) -> Result<Policy, Error> {
    Ok(Policy {
        name: row.try_get(0)?,
        permissions: row.try_get(1)?,
        sealed_keys: row.try_get(2)?,
        changed_at: Timestamp::from_ms(row.try_get(3)?),
    })
}
