//! The people who may sign in: adding, changing, removing.

use store::{AuditEntry, PersonId};
use twin::time::Timestamp;

use super::password::{self, Crowded};
use super::principal::{Principal, Role};
use super::sessions::throttled_name;
use super::{Access, Action, authorize};
use crate::sync::locked;
use crate::{Error, audit};

/// Longest name of a person, in characters.
const NAME_CHARS_MAX: usize = 64;

/// A person who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The number in the store.
    pub id: i64,
    /// The name to sign in with; case does not matter.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// Whether the person may sign in at all.
    pub is_enabled: bool,
    /// When the person was added.
    pub created_at: Timestamp,
    /// When the person last signed in; `None` for never.
    pub signed_in_at: Option<Timestamp>,
    /// Whether the password was made up by somebody else: the person must choose another before anything else.
    pub must_choose: bool,
}

impl Person {
    /// The person as one who acts.
    pub fn principal(&self) -> Principal {
        Principal::Person {
            id: self.id,
            name: self.name.clone(),
            role: self.role,
        }
    }

    /// The stored person; a role that this version does not know reads everything and changes nothing.
    pub(super) fn from_stored(person: &store::Person) -> Self {
        Self {
            id: person.id.0,
            name: person.name.clone(),
            role: Role::parse(&person.role).unwrap_or(Role::Supervisor),
            is_enabled: person.is_enabled,
            created_at: person.created_at,
            signed_in_at: person.signed_in_at,
            must_choose: person.must_choose,
        }
    }
}

/// A person to add.
#[derive(Clone)]
pub struct NewPerson {
    /// The name to sign in with.
    pub name: String,
    /// The password, at least [`password::PASSWORD_CHARS_MIN`] characters.
    pub password: String,
    /// What the person may do.
    pub role: Role,
}

impl std::fmt::Debug for NewPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPerson")
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// What changes of a person; `None` leaves a part as it is.
#[derive(Clone, Default)]
pub struct PersonChange {
    /// What the person may do.
    pub role: Option<Role>,
    /// A new password; it ends the person's sessions.
    pub password: Option<String>,
    /// Whether the person may sign in; disabling ends the person's sessions.
    pub is_enabled: Option<bool>,
}

impl std::fmt::Debug for PersonChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonChange")
            .field("role", &self.role)
            .field("has_password", &self.password.is_some())
            .field("is_enabled", &self.is_enabled)
            .finish()
    }
}

impl Access {
    /// Makes the administrator `admin` when there is nobody yet. Without a password one is made up and
    /// given back, to be shown once; it must be replaced at the first sign-in.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a password that is too short or too long.
    pub async fn ensure_admin(&self, password: Option<String>) -> Result<Option<String>, Error> {
        if !self.core.store.people().await?.is_empty() {
            return Ok(None);
        }
        let made_up = password.is_none().then(|| self.made_up_password());
        let admin = NewPerson {
            name: "admin".to_owned(),
            password: password.or_else(|| made_up.clone()).unwrap_or_default(),
            role: Role::Admin,
        };
        let is_made_up = made_up.is_some();
        self.add(&Principal::System("setup"), admin, is_made_up)
            .await?;
        Ok(made_up)
    }

    /// Everybody, by name. Every role may see who may sign in.
    pub async fn people(&self, principal: &Principal) -> Result<Vec<Person>, Error> {
        authorize(principal, Action::ReadPeople)?;
        let people = self.core.store.people().await?;
        Ok(people.iter().map(Person::from_stored).collect())
    }

    /// Adds a person.
    ///
    /// # Errors
    /// [`Error::Exists`] when the name is taken, [`Error::Invalid`] for an unusable name or password.
    pub async fn add_person(&self, principal: &Principal, new: NewPerson) -> Result<Person, Error> {
        self.add(principal, new, false).await
    }

    async fn add(
        &self,
        principal: &Principal,
        new: NewPerson,
        must_choose: bool,
    ) -> Result<Person, Error> {
        authorize(principal, Action::ManagePeople)?;
        let name = usable_name(&new.name)?;
        let password_hash = self.hash(new.password).await?;
        let person = store::NewPerson {
            name,
            role: new.role.as_str().to_owned(),
            password_hash,
            is_enabled: true,
            created_at: self.core.clock.now(),
            must_choose,
        };
        let detail = serde_json::json!({ "role": person.role });
        let entry = self.entry(principal, "person.create", &person.name, detail);
        let _one_at_a_time = self.people.lock().await;
        match self.core.store.insert_person(&person, Some(entry)).await {
            Ok(id) => Ok(Person {
                id: id.0,
                name: person.name,
                role: new.role,
                is_enabled: true,
                created_at: person.created_at,
                signed_in_at: None,
                must_choose,
            }),
            Err(store::Error::Conflict) => Err(Error::Exists {
                what: "Person",
                name: person.name,
            }),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds a person with a password that is made up and given back, to be shown once. They must choose
    /// another when they first sign in.
    ///
    /// # Errors
    /// [`Error::Exists`] when the name is taken, [`Error::Invalid`] for an unusable name.
    pub async fn invite(
        &self,
        principal: &Principal,
        name: String,
        role: Role,
    ) -> Result<(Person, String), Error> {
        let password = self.made_up_password();
        let new = NewPerson {
            name,
            password: password.clone(),
            role,
        };
        Ok((self.add(principal, new, true).await?, password))
    }

    /// Gives a person a new password that is made up and given back, to be shown once. It ends the
    /// person's sessions, and they must choose another when they sign in.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for one's own: one chooses that oneself.
    pub async fn reset_password(
        &self,
        principal: &Principal,
        id: i64,
    ) -> Result<(Person, String), Error> {
        authorize(principal, Action::ManagePeople)?;
        if matches!(principal, Principal::Person { id: own, .. } if *own == id) {
            return Err(Error::invalid(
                "This is you. Choose another password yourself, under Your password.",
            ));
        }
        let password = self.made_up_password();
        let change = PersonChange {
            password: Some(password.clone()),
            ..PersonChange::default()
        };
        Ok((self.change(principal, id, change, true).await?, password))
    }

    /// Changes a person.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for an unusable password, or when nobody would be left
    /// who may manage people.
    pub async fn change_person(
        &self,
        principal: &Principal,
        id: i64,
        change: PersonChange,
    ) -> Result<Person, Error> {
        self.change(principal, id, change, false).await
    }

    async fn change(
        &self,
        principal: &Principal,
        id: i64,
        change: PersonChange,
        must_choose: bool,
    ) -> Result<Person, Error> {
        authorize(principal, Action::ManagePeople)?;
        let password_hash = match change.password {
            Some(password) => Some(self.hash(password).await?),
            None => None,
        };
        let _one_at_a_time = self.people.lock().await;
        let mut person = self.stored_person(id).await?;
        let ends_sessions = password_hash.is_some() || change.is_enabled == Some(false);
        let detail = serde_json::json!({
            "role": change.role.map(Role::as_str),
            "isEnabled": change.is_enabled,
            "password": password_hash.is_some(),
        });
        if let Some(role) = change.role {
            role.as_str().clone_into(&mut person.role);
        }
        if let Some(is_enabled) = change.is_enabled {
            person.is_enabled = is_enabled;
        }
        if let Some(hash) = password_hash {
            person.password_hash = hash;
            person.must_choose = must_choose;
        }
        if !is_acting_admin(&person) {
            self.another_admin_than(person.id).await?;
        }
        let entry = self.entry(principal, "person.update", &person.name, detail);
        if !self.core.store.update_person(&person, Some(entry)).await? {
            return Err(no_person(id));
        }
        if ends_sessions {
            self.core.store.delete_sessions_of(person.id).await?;
        }
        Ok(Person::from_stored(&person))
    }

    /// Removes a person, with all sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] when nobody would be left who may manage people.
    pub async fn remove_person(&self, principal: &Principal, id: i64) -> Result<(), Error> {
        authorize(principal, Action::ManagePeople)?;
        let _one_at_a_time = self.people.lock().await;
        let person = self.stored_person(id).await?;
        self.another_admin_than(person.id).await?;
        let entry = self.entry(
            principal,
            "person.delete",
            &person.name,
            serde_json::Value::Null,
        );
        if self
            .core
            .store
            .delete_person(person.id, Some(entry))
            .await?
        {
            Ok(())
        } else {
            Err(no_person(id))
        }
    }

    /// The person of that name, for commands that know names only.
    pub async fn person_named(
        &self,
        principal: &Principal,
        name: &str,
    ) -> Result<Option<Person>, Error> {
        authorize(principal, Action::ManagePeople)?;
        let person = self.core.store.person_by_name(name).await?;
        Ok(person.as_ref().map(Person::from_stored))
    }

    /// Gives the person who acts a new password and ends the person's sessions. Wrong guesses at the
    /// current one count as failed sign-ins.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the current password is wrong, the new one is unusable, or the principal
    /// is not a person; [`Error::Busy`] after too many wrong ones.
    pub async fn change_own_password(
        &self,
        principal: &Principal,
        current: String,
        new: String,
    ) -> Result<(), Error> {
        let Principal::Person { id, .. } = principal else {
            return Err(Error::invalid("Only people have passwords."));
        };
        if current == new {
            return Err(Error::invalid(
                "The new password is the current one. Choose another.",
            ));
        }
        let hash = self.hash(new).await?;
        let _one_at_a_time = self.people.lock().await;
        let mut person = self.stored_person(*id).await?;
        let key = throttled_name(&person.name);
        self.admit_name(&key).ok_or(Error::Busy)?;
        let is_right = self
            .passwords
            .verify(current, Some(person.password_hash.clone()))
            .await
            .map_err(|Crowded| Error::Busy)?;
        if !is_right {
            return Err(Error::invalid("The current password is not right."));
        }
        person.password_hash = hash;
        person.must_choose = false;
        let entry = self.entry(
            principal,
            "person.password",
            &person.name,
            serde_json::Value::Null,
        );
        locked(&self.names).clear(&key);
        if !self.core.store.update_person(&person, Some(entry)).await? {
            return Err(no_person(*id));
        }
        self.core.store.delete_sessions_of(person.id).await?;
        Ok(())
    }

    /// Counts an attempt against a name, unless it has to wait.
    fn admit_name(&self, key: &str) -> Option<()> {
        let now = self.core.clock.monotonic();
        let mut names = locked(&self.names);
        if names.wait(key, now).is_some() {
            return None;
        }
        names.count(key, now);
        Some(())
    }

    async fn hash(&self, password: String) -> Result<String, Error> {
        password::acceptable(&password).map_err(Error::Invalid)?;
        self.passwords
            .hash(password, &*self.core.rng)
            .await
            .map_err(|Crowded| Error::Busy)
    }

    pub(super) async fn stored_person(&self, id: i64) -> Result<store::Person, Error> {
        self.core
            .store
            .person(PersonId(id))
            .await?
            .ok_or_else(|| no_person(id))
    }

    async fn another_admin_than(&self, id: PersonId) -> Result<(), Error> {
        let people = self.core.store.people().await?;
        if people
            .iter()
            .any(|person| person.id != id && is_acting_admin(person))
        {
            Ok(())
        } else {
            Err(Error::invalid(
                "At least one administrator must be able to sign in.",
            ))
        }
    }

    pub(super) fn entry(
        &self,
        principal: &Principal,
        action: &str,
        target: &str,
        detail: serde_json::Value,
    ) -> AuditEntry {
        audit::done(&self.core, principal, action, target)
            .detail(detail)
            .entry()
    }

    /// Twenty letters and digits that are not taken for one another: 100 bits.
    fn made_up_password(&self) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut random = [0; 20];
        self.core.rng.fill(&mut random);
        let letter = |byte: &u8| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]);
        let groups: Vec<String> = random
            .chunks(5)
            .map(|group| group.iter().map(letter).collect())
            .collect();
        groups.join("-")
    }
}

fn is_acting_admin(person: &store::Person) -> bool {
    person.is_enabled && person.role == Role::Admin.as_str()
}

fn no_person(id: i64) -> Error {
    Error::NotFound {
        what: "Person",
        name: id.to_string(),
    }
}

fn usable_name(name: &str) -> Result<String, Error> {
    let name = name.trim();
    let is_usable =
        (1..=NAME_CHARS_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if is_usable {
        Ok(name.to_owned())
    } else {
        Err(Error::Invalid(format!(
            "A name has 1 to {NAME_CHARS_MAX} characters and no control characters."
        )))
    }
}
