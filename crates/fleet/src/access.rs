//! Who may do what: people and their sessions, policies and their keys, and the one check that every
//! public action passes.
//!
//! Passwords are hashed with Argon2id; session tokens are random and stored as their SHA-256; keys of
//! policies are sealed. Nothing here knows HTTP: cookies and headers belong to the doors.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, RwLock};

use store::Queue;

use crate::core::Core;

mod authorize;
mod open_sessions;
mod password;
mod people;
mod policies;
mod principal;
mod sealing;
mod sessions;
mod throttle;

pub use authorize::{Action, Denied, Who, authorize};
pub use open_sessions::OpenSession;
pub use password::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};
pub use people::{NewPerson, Person, PersonChange};
pub use policies::{Policy, PolicyRights, WhichKey};
pub use principal::{Permission, Permissions, Principal, Role};
pub use sealing::{SealingKey, Unsealable};
pub use sessions::{Session, SignInError, SignedIn};

use password::Passwords;
use throttle::Throttle;

/// People, sessions and policies.
#[derive(Debug)]
pub struct Access {
    core: Arc<Core>,
    passwords: Passwords,
    names: Mutex<Throttle>,
    addresses: Mutex<Throttle>,
    /// Changes of people happen one at a time, so that the last administrator cannot vanish between
    /// the look and the change.
    people: tokio::sync::Mutex<()>,
    policies: RwLock<BTreeMap<String, Arc<Policy>>>,
    /// Keys of policies are renewed one at a time, so that neither key of a policy is taken back.
    renewals: tokio::sync::Mutex<()>,
}

impl Access {
    /// Reads the policies, and makes those that are missing.
    pub(crate) async fn open(core: Arc<Core>) -> Result<Self, OpenError> {
        let limits = &core.limits;
        let throttle = |tries| {
            Mutex::new(Throttle::new(
                tries,
                limits.sign_in_wait,
                limits.sign_in_wait_max,
                limits.sign_in_remembered_max,
            ))
        };
        let policies = policies::load_or_create(&core).await?;
        Ok(Self {
            passwords: Passwords::new(
                limits.password_workers,
                limits.password_waiting_max,
                &*core.rng,
            ),
            names: throttle(limits.sign_in_tries_per_name),
            addresses: throttle(limits.sign_in_tries_per_address),
            people: tokio::sync::Mutex::new(()),
            policies: RwLock::new(policies),
            renewals: tokio::sync::Mutex::new(()),
            core,
        })
    }

    /// Passwords that are being computed.
    pub(crate) fn queue(&self) -> Queue {
        self.passwords.queue()
    }
}

/// Why the fleet does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store failed.
    #[error("The store could not be read.")]
    Store(#[from] store::Error),
    /// The sealing key is not the one that the stored keys were sealed with. The operator restores the
    /// key file that belongs to the database.
    #[error(
        "The keys of policy '{0}' do not open: the sealing key does not belong to this database."
    )]
    WrongSealingKey(String),
}

/// Text with a number of random bits that is fit for a secret: `bytes` random bytes in URL-safe base64.
fn secret(core: &Core, bytes: usize) -> String {
    use base64::Engine;

    let mut random = vec![0; bytes];
    core.rng.fill(&mut random);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random)
}
