//! People and sessions.

use async_trait::async_trait;
use futures::FutureExt as _;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use twin::time::Timestamp;

use super::SqliteStore;
use super::twins::bound;
use crate::audit::AuditEntry;
use crate::error::Error;
use crate::person::{NewPerson, People, Person, PersonId, Session};

/// Index `person_by_name`.
pub(super) const BY_NAME: &str = "SELECT id, name, role, password_hash, is_enabled, created_at, signed_in_at, must_choose FROM person WHERE name = ?1";

/// Primary key of person.
const BY_ID: &str = "SELECT id, name, role, password_hash, is_enabled, created_at, signed_in_at, must_choose FROM person WHERE id = ?1";

/// Index `person_by_name`, whole: there are few people.
const ALL: &str = "SELECT id, name, role, password_hash, is_enabled, created_at, signed_in_at, must_choose FROM person ORDER BY name";

/// Index `person_by_name` guards the names.
const INSERT: &str = "INSERT INTO person (name, role, password_hash, is_enabled, created_at, must_choose) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// Primary key of person.
const UPDATE: &str = "UPDATE person SET name = ?2, role = ?3, password_hash = ?4, is_enabled = ?5, must_choose = ?6 WHERE id = ?1";

/// Primary key of person; index `session_by_person` for the sessions that go with it.
const DELETE: &str = "DELETE FROM person WHERE id = ?1";

/// Primary key of session.
const INSERT_SESSION: &str = "INSERT INTO session (token_hash, person, csrf, created_at, seen_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// Primary keys of session and person.
pub(super) const SESSION: &str = "SELECT p.id, p.name, p.role, p.password_hash, p.is_enabled, p.created_at, p.signed_in_at, p.must_choose, \
     s.token_hash, s.csrf, s.created_at, s.seen_at, s.expires_at FROM session AS s JOIN person AS p ON p.id = s.person WHERE s.token_hash = ?1";

/// Primary key of person.
const SIGNED_IN: &str = "UPDATE person SET signed_in_at = ?2 WHERE id = ?1";

/// Index `session_by_person`; a person has few.
pub(super) const SESSIONS_OF: &str = "SELECT person, token_hash, csrf, created_at, seen_at, expires_at FROM session WHERE person = ?1";

/// Primary key of session.
const TOUCH_SESSION: &str =
    "UPDATE session SET seen_at = ?2, expires_at = ?3 WHERE token_hash = ?1";

/// Primary key of session.
const DELETE_SESSION: &str = "DELETE FROM session WHERE token_hash = ?1";

/// Index `session_by_person`.
const DELETE_SESSIONS: &str = "DELETE FROM session WHERE person = ?1";

/// Index `session_by_expiry`.
pub(super) const EXPIRE: &str = "DELETE FROM session WHERE token_hash IN (SELECT token_hash FROM session WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";

#[async_trait]
impl People for SqliteStore {
    async fn person_by_name(&self, name: &str) -> Result<Option<Person>, Error> {
        let row = sqlx::query(BY_NAME)
            .bind(name.to_owned())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(read_person).transpose()
    }

    async fn person(&self, id: PersonId) -> Result<Option<Person>, Error> {
        let row = sqlx::query(BY_ID)
            .bind(id.0)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(read_person).transpose()
    }

    async fn people(&self) -> Result<Vec<Person>, Error> {
        sqlx::query(ALL)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(read_person)
            .collect()
    }

    async fn insert_person(
        &self,
        person: &NewPerson,
        audit: Option<AuditEntry>,
    ) -> Result<PersonId, Error> {
        let person = person.clone();
        let insert = sqlx::query(INSERT)
            .bind(person.name)
            .bind(person.role)
            .bind(person.password_hash)
            .bind(person.is_enabled)
            .bind(person.created_at.as_ms())
            .bind(person.must_choose);
        self.change(insert, audit)
            .await
            .map(|done| PersonId(done.last_insert_rowid()))
    }

    async fn update_person(
        &self,
        person: &Person,
        audit: Option<AuditEntry>,
    ) -> Result<bool, Error> {
        let person = person.clone();
        let update = sqlx::query(UPDATE)
            .bind(person.id.0)
            .bind(person.name)
            .bind(person.role)
            .bind(person.password_hash)
            .bind(person.is_enabled)
            .bind(person.must_choose);
        self.change(update, audit)
            .await
            .map(|done| done.rows_affected() > 0)
    }

    async fn delete_person(&self, id: PersonId, audit: Option<AuditEntry>) -> Result<bool, Error> {
        self.change(sqlx::query(DELETE).bind(id.0), audit)
            .await
            .map(|done| done.rows_affected() > 0)
    }

    async fn insert_session(
        &self,
        session: &Session,
        audit: Option<AuditEntry>,
    ) -> Result<(), Error> {
        let session = session.clone();
        let (person, begun_at) = (session.person.0, session.created_at.as_ms());
        let insert = sqlx::query(INSERT_SESSION)
            .bind(session.token_hash)
            .bind(person)
            .bind(session.csrf)
            .bind(begun_at)
            .bind(session.seen_at.as_ms())
            .bind(session.expires_at.as_ms());
        self.writer
            .run(move |connection| {
                async move {
                    insert.execute(&mut *connection).await?;
                    sqlx::query(SIGNED_IN)
                        .bind(person)
                        .bind(begun_at)
                        .execute(&mut *connection)
                        .await?;
                    super::audit::insert(connection, &audit).await
                }
                .boxed()
            })
            .await
    }

    async fn sessions_of(&self, id: PersonId) -> Result<Vec<Session>, Error> {
        let mut sessions = sqlx::query(SESSIONS_OF)
            .bind(id.0)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(|row| read_session(row, 1))
            .collect::<Result<Vec<_>, _>>()?;
        sessions.sort_by_key(|session| std::cmp::Reverse(session.created_at));
        Ok(sessions)
    }

    async fn session_by_hash(&self, token_hash: &[u8]) -> Result<Option<(Session, Person)>, Error> {
        let row = sqlx::query(SESSION)
            .bind(token_hash.to_vec())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref()
            .map(|row| Ok((read_session(row, 8)?, read_person(row)?)))
            .transpose()
    }

    async fn touch_session(
        &self,
        token_hash: &[u8],
        seen_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        let touch = sqlx::query(TOUCH_SESSION)
            .bind(token_hash.to_vec())
            .bind(seen_at.as_ms())
            .bind(expires_at.as_ms());
        self.change(touch, None).await.map(drop)
    }

    async fn delete_session(
        &self,
        token_hash: &[u8],
        audit: Option<AuditEntry>,
    ) -> Result<bool, Error> {
        self.change(sqlx::query(DELETE_SESSION).bind(token_hash.to_vec()), audit)
            .await
            .map(|done| done.rows_affected() > 0)
    }

    async fn delete_sessions_of(&self, id: PersonId) -> Result<u64, Error> {
        self.change(sqlx::query(DELETE_SESSIONS).bind(id.0), None)
            .await
            .map(|done| done.rows_affected())
    }

    async fn expire_sessions(&self, now: Timestamp, limit: usize) -> Result<u64, Error> {
        self.change(
            sqlx::query(EXPIRE).bind(now.as_ms()).bind(bound(limit)),
            None,
        )
        .await
        .map(|done| done.rows_affected())
    }
}

fn read_person(row: &SqliteRow) -> Result<Person, Error> {
    Ok(Person {
        id: PersonId(row.try_get(0)?),
        name: row.try_get(1)?,
        role: row.try_get(2)?,
        password_hash: row.try_get(3)?,
        is_enabled: row.try_get(4)?,
        created_at: Timestamp::from_ms(row.try_get(5)?),
        signed_in_at: row.try_get::<Option<i64>, _>(6)?.map(Timestamp::from_ms),
        must_choose: row.try_get(7)?,
    })
}

/// A session whose own columns begin at `from`, in a row that begins with its person's number.
fn read_session(row: &SqliteRow, from: usize) -> Result<Session, Error> {
    Ok(Session {
        person: PersonId(row.try_get(0)?),
        token_hash: row.try_get(from)?,
        csrf: row.try_get(from + 1)?,
        created_at: Timestamp::from_ms(row.try_get(from + 2)?),
        seen_at: Timestamp::from_ms(row.try_get(from + 3)?),
        expires_at: Timestamp::from_ms(row.try_get(from + 4)?),
    })
}
