//! People as the fleet knows them, in the console's words.

use fleet::access::{Action, Person as Known, PersonChange, Principal, Role as FleetRole};

use super::{Changed, Chosen, Password, Person, Session, Staff};
use crate::api::session::Role;
use crate::api::{Caller, Code, Problem};

impl Caller {
    /// Everybody, and the sessions of one of them.
    pub(crate) async fn staff(&self, chosen: Option<i64>) -> Result<Staff, Problem> {
        let people = self.fleet.access().people(&self.principal).await?;
        let chosen = match chosen {
            Some(person) => self.sessions_of(person).await?,
            None => None,
        };
        let is_admin = |person: &Known| person.is_enabled && person.role == FleetRole::Admin;
        let is_last = people.iter().filter(|person| is_admin(person)).count() == 1;
        let shown = |person: &Known| Person {
            id: person.id,
            name: person.name.clone(),
            role: person.role.into(),
            is_enabled: person.is_enabled,
            created_at: person.created_at,
            signed_in_at: person.signed_in_at,
            is_last_admin: is_last && is_admin(person),
            is_you: matches!(self.principal, Principal::Person { id, .. } if id == person.id),
        };
        Ok(Staff {
            people: people.iter().map(shown).collect(),
            chosen,
            cannot: self.cannot(Action::ManagePeople),
            as_of: self.fleet.clock().now(),
        })
    }

    /// Adds somebody.
    pub(crate) async fn invite(&self, name: String, role: Role) -> Result<Changed, Problem> {
        let access = self.fleet.access();
        let invited = access.invite(&self.principal, name, role.into()).await;
        let (person, password) = invited.map_err(|error| {
            let problem = Problem::from(error);
            match problem.code {
                Code::Conflict | Code::Invalid => problem.at("name"),
                _ => problem,
            }
        })?;
        self.changed(None, Some((person, password))).await
    }

    /// Gives somebody another role.
    pub(crate) async fn change_role(&self, person: i64, role: Role) -> Result<Changed, Problem> {
        let change = PersonChange {
            role: Some(role.into()),
            ..PersonChange::default()
        };
        self.change_person(person, change).await
    }

    /// Lets somebody in, or keeps them out.
    pub(crate) async fn enable(&self, person: i64, is_enabled: bool) -> Result<Changed, Problem> {
        let change = PersonChange {
            is_enabled: Some(is_enabled),
            ..PersonChange::default()
        };
        self.change_person(person, change).await
    }

    /// Gives somebody a password that is made up.
    pub(crate) async fn reset_password(&self, person: i64) -> Result<Changed, Problem> {
        let access = self.fleet.access();
        let given = access.reset_password(&self.principal, person).await?;
        self.changed(Some(person), Some(given)).await
    }

    /// Ends one session, or all of a person.
    pub(crate) async fn end_sessions(
        &self,
        person: i64,
        session: Option<String>,
    ) -> Result<Changed, Problem> {
        let access = self.fleet.access();
        match session {
            Some(session) => {
                access
                    .end_session(&self.principal, person, &session)
                    .await?;
            }
            None => {
                access.end_sessions(&self.principal, person).await?;
            }
        }
        self.changed(Some(person), None).await
    }

    async fn change_person(&self, person: i64, change: PersonChange) -> Result<Changed, Problem> {
        let access = self.fleet.access();
        access
            .change_person(&self.principal, person, change)
            .await?;
        self.changed(Some(person), None).await
    }

    async fn changed(
        &self,
        chosen: Option<i64>,
        given: Option<(Known, String)>,
    ) -> Result<Changed, Problem> {
        Ok(Changed {
            staff: self.staff(chosen).await.ok(),
            password: given.map(|(person, password)| Password {
                name: person.name,
                password,
            }),
        })
    }

    async fn sessions_of(&self, person: i64) -> Result<Option<Chosen>, Problem> {
        let access = self.fleet.access();
        let sessions = match access.sessions_of(&self.principal, person).await {
            Ok(sessions) => sessions,
            Err(fleet::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let sessions = sessions.into_iter().map(|session| Session {
            id: session.id,
            begun_at: session.begun_at,
            seen_at: session.seen_at,
            expires_at: session.expires_at,
        });
        Ok(Some(Chosen {
            person,
            sessions: sessions.collect(),
        }))
    }
}

impl From<Role> for FleetRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => Self::Admin,
            Role::Operator => Self::Operator,
            Role::Supervisor => Self::Supervisor,
        }
    }
}
