//! The people who may sign in, and their sessions.

#![expect(
    missing_docs,
    reason = "the arguments of server functions become fields"
)]

use leptos::prelude::*;
use reader::Read;
use serde::{Deserialize, Serialize};
use twin::time::Timestamp;

use crate::api::Problem;
use crate::api::exchange::{Get, Post};
use crate::api::session::Role;

#[cfg(feature = "ssr")]
mod ask;

/// Everybody, and one of them more closely.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Staff {
    /// Everybody, by name.
    pub people: Vec<Person>,
    /// The one that is looked at.
    pub chosen: Option<Chosen>,
    /// Why the reader may not manage people; `None` when they may.
    pub cannot: Option<String>,
    /// When it was read.
    pub as_of: Timestamp,
}

/// A person who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Person {
    /// The number.
    pub id: i64,
    /// The name to sign in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may sign in at all.
    pub is_enabled: bool,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they last signed in; `None` for never.
    pub signed_in_at: Option<Timestamp>,
    /// Whether nobody else who may sign in is an administrator.
    pub is_last_admin: bool,
    /// Whether this is who reads it.
    pub is_you: bool,
}

/// One person's sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Chosen {
    /// Whose.
    pub person: i64,
    /// Those that are open, the latest first.
    pub sessions: Vec<Session>,
}

/// A session that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Session {
    /// What it is called; it proves nothing.
    pub id: String,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When it ends unless it is used again.
    pub expires_at: Timestamp,
}

/// What stands after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Changed {
    /// Everybody, as they are now; `None` when the change is made and they could not be read.
    pub staff: Option<Staff>,
    /// The password that was made up; it cannot be had again.
    pub password: Option<Password>,
}

/// A password that is shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Password {
    /// Whose.
    pub name: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Password")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Everybody who may sign in, with the sessions of the chosen one. Somebody who is not there is not chosen.
///
/// # Errors
/// `Unavailable` when the store does not answer.
#[server(name = AskStaff, prefix = "/api", endpoint = "settings/people", protocol = Get)]
pub async fn staff(chosen: Option<i64>) -> Result<Staff, Problem> {
    crate::api::caller()?.staff(chosen).await
}

/// Adds a person with a password that is made up.
///
/// # Errors
/// `Forbidden`, `Conflict` when the name is taken, `Invalid` for an unusable name.
#[server(name = InvitePerson, prefix = "/api", endpoint = "settings/people/invite", protocol = Post)]
pub async fn invite(name: String, role: Role) -> Result<Changed, Problem> {
    crate::api::caller()?.invite(name, role).await
}

/// Gives a person another role.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Invalid` when no administrator would be left.
#[server(name = ChangeRole, prefix = "/api", endpoint = "settings/people/role", protocol = Post)]
pub async fn change_role(person: i64, role: Role) -> Result<Changed, Problem> {
    crate::api::caller()?.change_role(person, role).await
}

/// Lets a person sign in, or keeps them from it and ends their sessions.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Invalid` when no administrator would be left.
#[server(name = EnablePerson, prefix = "/api", endpoint = "settings/people/enable", protocol = Post)]
pub async fn enable(person: i64, is_enabled: bool) -> Result<Changed, Problem> {
    crate::api::caller()?.enable(person, is_enabled).await
}

/// Gives a person a new password that is made up, and ends their sessions.
///
/// # Errors
/// `Forbidden`, `NotFound`.
#[server(name = ResetPassword, prefix = "/api", endpoint = "settings/people/password", protocol = Post)]
pub async fn reset_password(person: i64) -> Result<Changed, Problem> {
    crate::api::caller()?.reset_password(person).await
}

/// Ends one session of a person, or all of them.
///
/// # Errors
/// `Forbidden`, `NotFound` when it has ended already.
#[server(name = EndSessions, prefix = "/api", endpoint = "settings/people/sessions/end", protocol = Post)]
pub async fn end_sessions(person: i64, session: Option<String>) -> Result<Changed, Problem> {
    crate::api::caller()?.end_sessions(person, session).await
}
