//! What waits in memory between two requests of one person: files that were rehearsed, and connection strings that were
//! not fetched yet. Nothing of it is ever written anywhere, and a restart forgets it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fleet::access::Principal;
use twin::time::Timestamp;

/// How long a rehearsed file waits for its enrollment.
const FILE_WAITS: Duration = Duration::from_mins(30);
/// How long connection strings wait to be fetched.
pub(super) const RESULT_WAITS: Duration = Duration::from_mins(10);
/// Everything that waits, in bytes. Full: the oldest goes first.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// The place where they wait. All clones are the same place.
#[derive(Clone, Debug, Default)]
pub struct Desk(Arc<Mutex<VecDeque<Waiting>>>);

struct Waiting {
    token: String,
    owner: i64,
    until: Timestamp,
    what: What,
}

/// What waits. Its text is secret.
enum What {
    File { name: String, bytes: Arc<[u8]> },
    Result(String),
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting")
            .field("until", &self.until)
            .field("size_bytes", &self.size_bytes())
            .finish_non_exhaustive()
    }
}

impl Waiting {
    fn size_bytes(&self) -> usize {
        match &self.what {
            What::File { bytes, .. } => bytes.len(),
            What::Result(text) => text.len(),
        }
    }
}

impl Desk {
    /// Keeps a file for a person.
    pub(super) fn keep_file(
        &self,
        (token, owner): (String, &Principal),
        name: String,
        bytes: Arc<[u8]>,
        now: Timestamp,
    ) {
        let what = What::File { name, bytes };
        self.keep(token, owner, now.plus(FILE_WAITS), what, now);
    }

    /// A person's file; it goes on waiting.
    pub(super) fn file(
        &self,
        token: &str,
        owner: &Principal,
        now: Timestamp,
    ) -> Option<(String, Arc<[u8]>)> {
        let waiting = self.current(now);
        let found = waiting.iter().find(|one| one.is_of(token, owner))?;
        match &found.what {
            What::File { name, bytes } => Some((name.clone(), Arc::clone(bytes))),
            What::Result(_) => None,
        }
    }

    /// Takes away what waits under a name.
    pub(super) fn forget(&self, token: &str, owner: &Principal, now: Timestamp) {
        self.current(now).retain(|one| !one.is_of(token, owner));
    }

    /// Keeps connection strings for the person who made them.
    pub(super) fn keep_result(
        &self,
        (token, owner): (String, &Principal),
        text: String,
        now: Timestamp,
    ) {
        let until = now.plus(RESULT_WAITS);
        self.keep(token, owner, until, What::Result(text), now);
    }

    /// Hands a person's connection strings out and forgets them.
    pub fn take_result(&self, token: &str, owner: &Principal, now: Timestamp) -> Option<String> {
        let mut waiting = self.current(now);
        let is_it = |one: &Waiting| one.is_of(token, owner) && matches!(one.what, What::Result(_));
        let at = waiting.iter().position(is_it)?;
        match waiting.remove(at)?.what {
            What::Result(text) => Some(text),
            What::File { .. } => None,
        }
    }

    fn keep(&self, token: String, owner: &Principal, until: Timestamp, what: What, now: Timestamp) {
        // Only people come here; what nobody can ask for again is not kept.
        let Some(owner) = person(owner) else {
            return;
        };
        let mut waiting = self.current(now);
        waiting.push_back(Waiting {
            token,
            owner,
            until,
            what,
        });
        while waiting.len() > 1
            && waiting.iter().map(Waiting::size_bytes).sum::<usize>() > BYTES_MAX
        {
            waiting.pop_front();
        }
    }

    /// What still waits.
    fn current(&self, now: Timestamp) -> MutexGuard<'_, VecDeque<Waiting>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|one| now < one.until);
        waiting
    }
}

impl Waiting {
    fn is_of(&self, token: &str, owner: &Principal) -> bool {
        self.token == token && person(owner) == Some(self.owner)
    }
}

fn person(principal: &Principal) -> Option<i64> {
    match principal {
        Principal::Person { id, .. } => Some(*id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use fleet::access::Role;

    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_000_000);

    fn person(id: i64) -> Principal {
        let name = format!("person-{id}");
        let role = Role::Operator;
        Principal::Person { id, name, role }
    }

    #[test]
    fn a_result_is_handed_out_once_and_to_its_owner_only() {
        let desk = Desk::default();
        desk.keep_result(("t".into(), &person(1)), "secret".into(), NOW);
        assert_eq!(desk.take_result("t", &person(2), NOW), None);
        assert_eq!(desk.take_result("u", &person(1), NOW), None);
        assert_eq!(
            desk.take_result("t", &person(1), NOW),
            Some("secret".into())
        );
        assert_eq!(desk.take_result("t", &person(1), NOW), None);
    }

    #[test]
    fn nothing_waits_for_ever() {
        let desk = Desk::default();
        desk.keep_result(("t".into(), &person(1)), "secret".into(), NOW);
        desk.keep_file(
            ("f".into(), &person(1)),
            "a.csv".into(),
            [1][..].into(),
            NOW,
        );
        let later = NOW.plus(RESULT_WAITS);
        assert_eq!(desk.take_result("t", &person(1), later), None);
        assert!(desk.file("f", &person(1), later).is_some());
        assert!(desk.file("f", &person(2), later).is_none());
        assert!(desk.file("f", &person(1), NOW.plus(FILE_WAITS)).is_none());
    }

    #[test]
    fn the_oldest_makes_room() {
        let desk = Desk::default();
        for token in ["a", "b", "c"] {
            let bytes = vec![0; BYTES_MAX / 2].into();
            desk.keep_file((token.into(), &person(1)), String::new(), bytes, NOW);
        }
        let waits = |token| desk.file(token, &person(1), NOW).is_some();
        assert_eq!(["a", "b", "c"].map(waits), [false, true, true]);
        desk.forget("b", &person(1), NOW);
        assert!(desk.file("b", &person(1), NOW).is_none());
    }
}
