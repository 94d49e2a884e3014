//! Declared properties.

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use twin::scheme::{Property, PropertyType};

use super::SqliteStore;
use crate::audit::AuditEntry;
use crate::error::Error;
use crate::property::Properties;

/// Primary key of property, whole: there are few.
const ALL: &str = "SELECT path, kind, title, unit, description FROM property ORDER BY path";

/// Primary key of property.
const PUT: &str = "INSERT INTO property (path, kind, title, unit, description) VALUES (?1, ?2, ?3, ?4, ?5) \
     ON CONFLICT (path) DO UPDATE SET kind = excluded.kind, title = excluded.title, unit = excluded.unit, description = excluded.description";

/// Primary key of property.
const DELETE: &str = "DELETE FROM property WHERE path = ?1";

#[async_trait]
impl Properties for SqliteStore {
    async fn declared(&self) -> Result<Vec<Property>, Error> {
        sqlx::query(ALL)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(read)
            .collect()
    }

    async fn declare(&self, property: &Property, audit: Option<AuditEntry>) -> Result<(), Error> {
        let Property {
            path,
            kind,
            title,
            unit,
            description,
        } = property.clone();
        let put = sqlx::query(PUT)
            .bind(path)
            .bind(kind.as_str())
            .bind(title)
            .bind(unit)
            .bind(description);
        self.change(put, audit).await.map(drop)
    }

    async fn drop_property(&self, path: &str, audit: Option<AuditEntry>) -> Result<bool, Error> {
        self.change(sqlx::query(DELETE).bind(path.to_owned()), audit)
            .await
            .map(|done| done.rows_affected() > 0)
    }
}

fn read(row: &SqliteRow) -> Result<Property, Error> {
    let path: String = row.try_get(0)?;
    let kind = PropertyType::parse(row.try_get(1)?)
        .ok_or_else(|| Error::corrupt("property", "kind", &path))?;
    Ok(Property {
        path,
        kind,
        title: row.try_get(2)?,
        unit: row.try_get(3)?,
        description: row.try_get(4)?,
    })
}
