//! Signing in and staying signed in.
//!
//! Wrong names and wrong passwords get the same answer after the same work. Guessing is slowed down
//! per name and per address. A session is a random token; the store keeps its SHA-256 only.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use twin::time::Timestamp;

use super::password::PASSWORD_BYTES_MAX;
use super::people::Person;
use super::principal::Principal;
use super::{Access, secret};
use crate::audit;
use crate::sync::locked;

const TOKEN_BYTES: usize = 32;
/// How stale the stored time of last use may be.
const TOUCH_EVERY: Duration = Duration::from_mins(1);

/// A person has signed in.
#[derive(Clone)]
pub struct SignedIn {
    /// The session's token, for the cookie. It is not stored and cannot be had again.
    pub token: String,
    /// The session.
    pub session: Session,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// A session that has not expired.
#[derive(Clone)]
pub struct Session {
    /// Who signed in, with the role of this moment.
    pub person: Person,
    /// What forms must repeat, so that other sites cannot act in the person's name.
    pub csrf: String,
    /// When it ends unless it is used again.
    pub expires_at: Timestamp,
}

impl Session {
    /// Whether the person may do nothing here but choose a password and sign out: somebody else made up the one
    /// that they signed in with.
    pub fn is_confined(&self) -> bool {
        self.person.must_choose
    }

    /// The person as one who acts.
    pub fn principal(&self) -> Principal {
        self.person.principal()
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

/// Why a sign-in failed.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Name or password are wrong, or the person may not sign in; which one is not told.
    #[error("Name or password is wrong.")]
    Wrong,
    /// Too many failures, or too many sign-ins at once.
    #[error("Too many attempts. Try again in {} s.", retry_after.as_secs().max(1))]
    Throttled {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The store failed.
    #[error("The service is unavailable.")]
    Unavailable(#[source] store::Error),
}

impl From<store::Error> for SignInError {
    fn from(error: store::Error) -> Self {
        Self::Unavailable(error)
    }
}

impl Access {
    /// Signs a person in from an address.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
        from: IpAddr,
    ) -> Result<SignedIn, SignInError> {
        let name = name.trim();
        if password.len() > PASSWORD_BYTES_MAX {
            return Err(SignInError::Wrong);
        }
        let keys = (throttled_name(name), throttled_address(from));
        self.admit(&keys)?;
        let person = self.core.store.person_by_name(name).await?;
        let hash = person.as_ref().map(|person| person.password_hash.clone());
        // The work is done for unknown names too, so that they take as long.
        let verified = self.passwords.verify(password.to_owned(), hash).await;
        let Ok(is_right) = verified else {
            self.forgive(&keys);
            let retry_after = Duration::from_secs(1);
            return Err(SignInError::Throttled { retry_after });
        };
        match person {
            Some(person) if is_right && person.is_enabled => {
                self.forgive(&keys);
                locked(&self.names).clear(&keys.0);
                self.begin(&person, from).await
            }
            person => {
                metrics::counter!("access.sign_in.refused_total").increment(1);
                self.note_refusal(person.as_ref(), from).await?;
                Err(SignInError::Wrong)
            }
        }
    }

    /// The session behind a token, unless it has expired or the person may no longer sign in. Using a
    /// session prolongs it, up to its greatest age.
    ///
    /// # Errors
    /// When the store fails; an unknown token is `None`.
    pub async fn session(&self, token: &str) -> Result<Option<Session>, crate::Error> {
        let Some(hash) = token_hash(token) else {
            return Ok(None);
        };
        let Some((session, person)) = self.core.store.session_by_hash(&hash).await? else {
            return Ok(None);
        };
        let now = self.core.clock.now();
        if !self.is_alive(&session, now) || !person.is_enabled {
            return Ok(None);
        }
        let mut expires_at = session.expires_at;
        if now.since(session.seen_at) >= TOUCH_EVERY {
            expires_at = self.expiry(session.created_at, now);
            self.core
                .store
                .touch_session(&hash, now, expires_at)
                .await?;
        }
        Ok(Some(Session {
            person: Person::from_stored(&person),
            csrf: session.csrf,
            expires_at,
        }))
    }

    /// Whether the session behind a token has not ended. Asking does not prolong it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn is_open(&self, token: &str) -> Result<bool, crate::Error> {
        let Some(hash) = token_hash(token) else {
            return Ok(false);
        };
        let found = self.core.store.session_by_hash(&hash).await?;
        let now = self.core.clock.now();
        Ok(
            found
                .is_some_and(|(session, person)| self.is_alive(&session, now) && person.is_enabled),
        )
    }

    /// Whether a session has expired neither by disuse nor by age.
    pub(super) fn is_alive(&self, session: &store::Session, now: Timestamp) -> bool {
        session.expires_at > now && session.created_at.plus(self.core.limits.session_absolute) > now
    }

    /// Ends a session; an unknown token is no error.
    pub async fn sign_out(&self, token: &str) -> Result<(), crate::Error> {
        let Some(hash) = token_hash(token) else {
            return Ok(());
        };
        let Some((_, person)) = self.core.store.session_by_hash(&hash).await? else {
            return Ok(());
        };
        let principal = Person::from_stored(&person).principal();
        let entry = audit::done(&self.core, &principal, "session.end", &person.name).entry();
        self.core.store.delete_session(&hash, Some(entry)).await?;
        Ok(())
    }

    /// Counts an attempt against name and address, unless one of them has to wait.
    fn admit(&self, (name, address): &(String, String)) -> Result<(), SignInError> {
        let now = self.core.clock.monotonic();
        let (mut names, mut addresses) = (locked(&self.names), locked(&self.addresses));
        let wait = names.wait(name, now).max(addresses.wait(address, now));
        if let Some(retry_after) = wait {
            metrics::counter!("access.sign_in.throttled_total").increment(1);
            return Err(SignInError::Throttled { retry_after });
        }
        names.count(name, now);
        addresses.count(address, now);
        Ok(())
    }

    /// Takes an attempt back that was no guess.
    fn forgive(&self, (name, address): &(String, String)) {
        let now = self.core.clock.monotonic();
        locked(&self.names).forgive(name, now);
        locked(&self.addresses).forgive(address, now);
    }

    async fn begin(&self, person: &store::Person, from: IpAddr) -> Result<SignedIn, SignInError> {
        let now = self.core.clock.now();
        let token = secret(&self.core, TOKEN_BYTES);
        let session = store::Session {
            token_hash: token_hash(&token).unwrap_or_default(),
            person: person.id,
            csrf: secret(&self.core, TOKEN_BYTES),
            created_at: now,
            seen_at: now,
            expires_at: self.expiry(now, now),
        };
        let signed_in = Person::from_stored(person);
        let entry = audit::done(
            &self.core,
            &signed_in.principal(),
            "session.begin",
            &person.name,
        )
        .detail(serde_json::json!({ "from": from.to_string() }))
        .entry();
        self.core
            .store
            .insert_session(&session, Some(entry))
            .await?;
        Ok(SignedIn {
            token,
            session: Session {
                person: signed_in,
                csrf: session.csrf,
                expires_at: session.expires_at,
            },
        })
    }

    /// Writes a refused sign-in down. A name that nobody has is left out: it may be a password typed
    /// into the wrong field.
    async fn note_refusal(
        &self,
        person: Option<&store::Person>,
        from: IpAddr,
    ) -> Result<(), store::Error> {
        let target = person.map_or("unknown", |person| person.name.as_str());
        let entry = audit::refused(
            &self.core,
            &Principal::System("sign-in"),
            "session.begin",
            target,
        )
        .detail(serde_json::json!({ "from": from.to_string() }))
        .entry();
        self.core
            .store
            .write(vec![store::Write::Audit(entry)])
            .await?;
        Ok(())
    }

    fn expiry(&self, created_at: Timestamp, now: Timestamp) -> Timestamp {
        let limits = &self.core.limits;
        now.plus(limits.session_idle)
            .min(created_at.plus(limits.session_absolute))
    }
}

/// The stored form of a token; `None` for text that no token looks like.
fn token_hash(token: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    (bytes.len() == TOKEN_BYTES).then(|| {
        ring::digest::digest(&ring::digest::SHA256, &bytes)
            .as_ref()
            .to_vec()
    })
}

/// Names differ without regard to ASCII case, as in the store; long ones are cut, to bound memory.
pub(super) fn throttled_name(name: &str) -> String {
    name.chars()
        .take(64)
        .collect::<String>()
        .to_ascii_lowercase()
}

/// An IPv4 address, or the /64 network that one IPv6 customer commands.
fn throttled_address(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}
