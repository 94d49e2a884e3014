//! Passwords: Argon2id, computed away from the runtime's threads and only a few at a time.
//!
//! Each computation costs 19 MiB and tens of milliseconds on purpose; the bounds here keep a flood
//! of sign-ins from taking the memory and the processors of the fleet.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use store::{Queue, Stalls};
use tokio::sync::Semaphore;

use crate::clock::Rng;

/// Least length of a password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Greatest length of a password, in bytes.
pub const PASSWORD_BYTES_MAX: usize = 1_024;

/// Computes password hashes, a bounded number at once.
#[derive(Debug)]
pub(super) struct Passwords {
    workers: Arc<Semaphore>,
    waiting: AtomicUsize,
    waiting_max: usize,
    stalls: Stalls,
    /// A hash that no password matches: verified for unknown names, so that they take as long.
    nobody: String,
}

/// Too many computations are waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Crowded;

impl Passwords {
    pub(super) fn new(workers: usize, waiting_max: usize, rng: &dyn Rng) -> Self {
        let mut noise = [0; 32];
        rng.fill(&mut noise);
        Self {
            workers: Arc::new(Semaphore::new(workers.max(1))),
            waiting: AtomicUsize::new(0),
            waiting_max,
            stalls: Stalls::default(),
            nobody: hash(&noise, &salt(rng)),
        }
    }

    /// Hashes a new password.
    pub(super) async fn hash(&self, password: String, rng: &dyn Rng) -> Result<String, Crowded> {
        let salt = salt(rng);
        self.compute(move || hash(password.as_bytes(), &salt)).await
    }

    /// Whether the password is the one behind the hash. Without a hash (an unknown name) the same
    /// work is done and the answer is no.
    pub(super) async fn verify(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, Crowded> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.clone());
        self.compute(move || verify(password.as_bytes(), &hash) && known)
            .await
    }

    /// Computations that are under way or wait; those that find no room are refused.
    pub(super) fn queue(&self) -> Queue {
        Queue {
            name: "access.passwords",
            depth: self.waiting.load(Ordering::SeqCst).min(self.waiting_max),
            bound: self.waiting_max,
            stalls: self.stalls.count(),
        }
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Crowded> {
        let _place = Place::take(&self.waiting, self.waiting_max).ok_or_else(|| {
            self.stalls.add();
            Crowded
        })?;
        let permit = Arc::clone(&self.workers)
            .acquire_owned()
            .await
            .map_err(|_| Crowded)?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        })
        .await
        .map_err(|_| Crowded)
    }
}

/// A place in the bounded queue for a worker; given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, max: usize) -> Option<Self> {
        let place = Self(waiting);
        (waiting.fetch_add(1, Ordering::SeqCst) < max).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Argon2id, 19 MiB, two passes, one lane: the first choice of the OWASP password storage sheet.
fn algorithm() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

#[expect(clippy::expect_used, reason = "16 bytes are a salt of legal length")]
fn salt(rng: &dyn Rng) -> SaltString {
    let mut bytes = [0; 16];
    rng.fill(&mut bytes);
    SaltString::encode_b64(&bytes).expect("16 bytes make a salt")
}

#[expect(
    clippy::expect_used,
    reason = "hashing fails only for illegal parameters, which are constants"
)]
fn hash(password: &[u8], salt: &SaltString) -> String {
    algorithm()
        .hash_password(password, salt)
        .expect("constant parameters are legal")
        .to_string()
}

fn verify(password: &[u8], hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| algorithm().verify_password(password, &hash).is_ok())
}

/// Whether a password is acceptable.
///
/// # Errors
/// A sentence for the person who chose it.
pub(super) fn acceptable(password: &str) -> Result<(), String> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(format!(
            "A password has at least {PASSWORD_CHARS_MIN} characters."
        ));
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(format!(
            "A password has at most {PASSWORD_BYTES_MAX} bytes."
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededRng;

    #[tokio::test]
    async fn the_right_password_and_no_other() {
        let rng = SeededRng::new(5);
        let passwords = Passwords::new(1, 8, &rng);
        let hash = passwords
            .hash("correct horse".to_owned(), &rng)
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let check = |word: &str, hash: Option<String>| passwords.verify(word.to_owned(), hash);
        assert_eq!(check("correct horse", Some(hash.clone())).await, Ok(true));
        assert_eq!(check("Correct horse", Some(hash)).await, Ok(false));
        assert_eq!(check("correct horse", None).await, Ok(false));
        assert_eq!(check("x", Some("garbage".to_owned())).await, Ok(false));
    }

    #[tokio::test]
    async fn the_queue_is_bounded() {
        let rng = SeededRng::new(5);
        let passwords = Passwords::new(1, 0, &rng);
        assert_eq!(passwords.hash("x".to_owned(), &rng).await, Err(Crowded));
        let queue = passwords.queue();
        assert_eq!((queue.depth, queue.bound, queue.stalls), (0, 0, 1));
    }

    #[test]
    fn length_decides() {
        assert!(acceptable("123456789").is_err());
        assert!(acceptable("ten chars.").is_ok());
        assert!(acceptable(&"x".repeat(1_025)).is_err());
    }
}
