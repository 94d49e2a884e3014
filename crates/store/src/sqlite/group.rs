//! Groups.

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use twin::time::Timestamp;

use super::SqliteStore;
use super::record::{count, number};
use crate::audit::AuditEntry;
use crate::error::Error;
use crate::group::{Group, GroupId, Groups, NewGroup, Saved};

/// Index `device_group_by_name`, whole: there are few.
const ALL: &str = "SELECT id, name, description, condition, sort, columns, revision, created_by, created_at \
     FROM device_group ORDER BY name";

/// Primary key of `device_group`.
const ONE: &str = "SELECT id, name, description, condition, sort, columns, revision, created_by, created_at \
     FROM device_group WHERE id = ?1";

/// Index `device_group_by_name` guards the names.
const INSERT: &str = "INSERT INTO device_group (name, description, condition, sort, columns, revision, created_by, created_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7)";

/// Primary key of `device_group`; index `device_group_by_name` guards the names.
const UPDATE: &str = "UPDATE device_group SET name = ?3, description = ?4, condition = ?5, sort = ?6, columns = ?7, revision = revision + 1 \
     WHERE id = ?1 AND revision = ?2";

/// Primary key of `device_group`.
const DELETE: &str = "DELETE FROM device_group WHERE id = ?1";

#[async_trait]
impl Groups for SqliteStore {
    async fn groups(&self) -> Result<Vec<Group>, Error> {
        sqlx::query(ALL)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(read)
            .collect()
    }

    async fn group(&self, id: GroupId) -> Result<Option<Group>, Error> {
        let found = sqlx::query(ONE).bind(id.0).fetch_optional(&self.readers);
        found.await?.as_ref().map(read).transpose()
    }

    async fn insert_group(
        &self,
        group: &NewGroup,
        audit: Option<AuditEntry>,
    ) -> Result<GroupId, Error> {
        let NewGroup {
            saved,
            created_by,
            created_at,
        } = group.clone();
        let insert = sqlx::query(INSERT)
            .bind(saved.name)
            .bind(saved.description)
            .bind(saved.condition)
            .bind(saved.sort)
            .bind(list(&saved.columns))
            .bind(created_by)
            .bind(created_at.as_ms());
        self.change(insert, audit)
            .await
            .map(|done| GroupId(done.last_insert_rowid()))
    }

    async fn update_group(
        &self,
        id: GroupId,
        revision: u64,
        saved: &Saved,
        audit: Option<AuditEntry>,
    ) -> Result<bool, Error> {
        let saved = saved.clone();
        let update = sqlx::query(UPDATE)
            .bind(id.0)
            .bind(number(revision))
            .bind(saved.name)
            .bind(saved.description)
            .bind(saved.condition)
            .bind(saved.sort)
            .bind(list(&saved.columns));
        self.change(update, audit)
            .await
            .map(|done| done.rows_affected() > 0)
    }

    async fn delete_group(&self, id: GroupId, audit: Option<AuditEntry>) -> Result<bool, Error> {
        self.change(sqlx::query(DELETE).bind(id.0), audit)
            .await
            .map(|done| done.rows_affected() > 0)
    }
}

/// Columns as a JSON array: a path may hold any letter.
fn list(columns: &[String]) -> String {
    serde_json::Value::from(columns).to_string()
}

fn read(row: &SqliteRow) -> Result<Group, Error> {
    let id: i64 = row.try_get(0)?;
    let corrupt = |column| Error::corrupt("device_group", column, id);
    Ok(Group {
        id: GroupId(id),
        saved: Saved {
            name: row.try_get(1)?,
            description: row.try_get(2)?,
            condition: row.try_get(3)?,
            sort: row.try_get(4)?,
            columns: serde_json::from_str(row.try_get(5)?).map_err(|_| corrupt("columns"))?,
        },
        revision: count(row.try_get(6)?),
        created_by: row.try_get(7)?,
        created_at: Timestamp::from_ms(row.try_get(8)?),
    })
}
