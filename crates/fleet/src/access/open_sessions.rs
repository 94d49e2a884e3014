//! The sessions of people, for whoever manages them: seeing them and ending them. Nothing here gives away
//! what a session is proved by.

use twin::time::Timestamp;

use super::principal::Principal;
use super::{Access, Action, authorize};
use crate::Error;

/// Letters of the id of a session: enough to tell the sessions of one person apart.
const ID_CHARS: usize = 16;

/// A session that has not ended, as others may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// What it is called, unique among the sessions of its person. It proves nothing.
    pub id: String,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When it ends unless it is used again.
    pub expires_at: Timestamp,
}

impl Access {
    /// The open sessions of a person, the latest to begin first.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such person.
    pub async fn sessions_of(
        &self,
        principal: &Principal,
        person: i64,
    ) -> Result<Vec<OpenSession>, Error> {
        authorize(principal, Action::ReadPeople)?;
        let person = self.stored_person(person).await?;
        let sessions = self.kept(&person).await?;
        Ok(sessions.iter().map(shown).collect())
    }

    /// Ends one session of a person.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such person, or no such session any more.
    pub async fn end_session(
        &self,
        principal: &Principal,
        person: i64,
        id: &str,
    ) -> Result<(), Error> {
        authorize(principal, Action::ManagePeople)?;
        let person = self.stored_person(person).await?;
        let sessions = self.kept(&person).await?;
        let session = sessions.iter().find(|session| id_of(session) == id);
        let is_ended = match session {
            Some(session) => self.end(principal, &person, session).await?,
            None => false,
        };
        if is_ended {
            return Ok(());
        }
        Err(Error::NotFound {
            what: "Session",
            name: id.to_owned(),
        })
    }

    /// Ends every session of a person and tells how many there were.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such person.
    pub async fn end_sessions(&self, principal: &Principal, person: i64) -> Result<usize, Error> {
        authorize(principal, Action::ManagePeople)?;
        let person = self.stored_person(person).await?;
        let mut ended = 0;
        for session in self.kept(&person).await? {
            ended += usize::from(self.end(principal, &person, &session).await?);
        }
        Ok(ended)
    }

    /// The sessions of a person that are still good.
    async fn kept(&self, person: &store::Person) -> Result<Vec<store::Session>, Error> {
        let now = self.core.clock.now();
        let mut sessions = self.core.store.sessions_of(person.id).await?;
        sessions.retain(|session| self.is_alive(session, now));
        Ok(sessions)
    }

    async fn end(
        &self,
        principal: &Principal,
        person: &store::Person,
        session: &store::Session,
    ) -> Result<bool, Error> {
        let detail = serde_json::json!({ "session": id_of(session) });
        let entry = self.entry(principal, "session.end", &person.name, detail);
        let hash = &session.token_hash;
        Ok(self.core.store.delete_session(hash, Some(entry)).await?)
    }
}

fn shown(session: &store::Session) -> OpenSession {
    OpenSession {
        id: id_of(session),
        begun_at: session.created_at,
        seen_at: session.seen_at,
        expires_at: session.expires_at,
    }
}

/// The beginning of the stored hash. The cookie holds what was hashed, which cannot be found from it.
fn id_of(session: &store::Session) -> String {
    use std::fmt::Write as _;

    let mut id = String::with_capacity(ID_CHARS);
    for byte in session.token_hash.iter().take(ID_CHARS / 2) {
        _ = write!(id, "{byte:02x}");
    }
    id
}
