//! The people who use the console, and their sessions.
//!
//! The store sees neither passwords nor session tokens, only what was made of them.

use async_trait::async_trait;
use twin::time::Timestamp;

use crate::audit::AuditEntry;
use crate::error::Error;

/// Keeping people and sessions. An audit entry is committed together with the change.
#[async_trait]
pub trait People: Send + Sync {
    /// The person of that name; names are compared without regard to ASCII case.
    async fn person_by_name(&self, name: &str) -> Result<Option<Person>, Error>;

    /// The person with that number.
    async fn person(&self, id: PersonId) -> Result<Option<Person>, Error>;

    /// Everybody, by name.
    async fn people(&self) -> Result<Vec<Person>, Error>;

    /// Adds a person and gives the number.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the name is taken.
    async fn insert_person(
        &self,
        person: &NewPerson,
        audit: Option<AuditEntry>,
    ) -> Result<PersonId, Error>;

    /// Overwrites a person, except for the last sign-in; false when there is none with that number.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the name is taken by somebody else.
    async fn update_person(
        &self,
        person: &Person,
        audit: Option<AuditEntry>,
    ) -> Result<bool, Error>;

    /// Removes a person with all sessions; false when there is none with that number.
    async fn delete_person(&self, id: PersonId, audit: Option<AuditEntry>) -> Result<bool, Error>;

    /// Keeps a session, and notes with its person when it began: the last sign-in.
    async fn insert_session(
        &self,
        session: &Session,
        audit: Option<AuditEntry>,
    ) -> Result<(), Error>;

    /// The session with that token hash, together with its person, whether or not it has expired.
    async fn session_by_hash(&self, token_hash: &[u8]) -> Result<Option<(Session, Person)>, Error>;

    /// Every kept session of a person, the latest to begin first, whether or not it has expired.
    async fn sessions_of(&self, id: PersonId) -> Result<Vec<Session>, Error>;

    /// Notes that a session was used and until when it now lasts.
    async fn touch_session(
        &self,
        token_hash: &[u8],
        seen_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Error>;

    /// Ends a session; false when there was none.
    async fn delete_session(
        &self,
        token_hash: &[u8],
        audit: Option<AuditEntry>,
    ) -> Result<bool, Error>;

    /// Ends every session of a person and tells how many there were.
    async fn delete_sessions_of(&self, id: PersonId) -> Result<u64, Error>;

    /// Ends at most `limit` sessions that expired before `now` and tells how many.
    async fn expire_sessions(&self, now: Timestamp, limit: usize) -> Result<u64, Error>;
}

/// The number of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(pub i64);

/// A person who does not have a number yet.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// The name to sign in with, unique without regard to ASCII case.
    pub name: String,
    /// The role, by name; what it permits is not the store's business.
    pub role: String,
    /// The hash of the password, in the text form that names its algorithm.
    pub password_hash: String,
    /// Whether the person may sign in.
    pub is_enabled: bool,
    /// When the person was added.
    pub created_at: Timestamp,
    /// Whether somebody else made the password up, so that the person must choose another.
    pub must_choose: bool,
}

/// A person.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The number.
    pub id: PersonId,
    /// The name to sign in with.
    pub name: String,
    /// The role, by name.
    pub role: String,
    /// The hash of the password.
    pub password_hash: String,
    /// Whether the person may sign in.
    pub is_enabled: bool,
    /// When the person was added.
    pub created_at: Timestamp,
    /// When the person last signed in; it outlives the session. Written by
    /// [`insert_session`](People::insert_session) only.
    pub signed_in_at: Option<Timestamp>,
    /// Whether somebody else made the password up, so that the person must choose another.
    pub must_choose: bool,
}

/// A signed-in browser.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// The hash of the token that the browser holds; the token itself is never kept.
    pub token_hash: Vec<u8>,
    /// Whose session it is.
    pub person: PersonId,
    /// A secret that forms must repeat, so that other sites cannot act in the person's name.
    pub csrf: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub seen_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for NewPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPerson")
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("person", &self.person)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
