//! Questions that take a while: a person is told how far reading documents is, and may cancel.
//!
//! A question runs on its own and not within the request that asked it. Asking the same again finds it where it is: so a
//! page that waits asks again and again, and one without scripts is loaded again. Cancelled, or asked for by nobody for
//! [a while](crate::Limits::question_kept), it ends, and reading documents with it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use columns::PageAt;
use store::Actor;
use tokio::task::{AbortHandle, JoinHandle};

use super::find::{Find, Page, Sort};
use super::question::QueryError;
use super::{Building, Monitor};
use crate::access::{Action, Principal, authorize};
use crate::sync::locked;

/// Questions that run at once.
const RUNNING_MAX: usize = 64;

/// An answer, or how far it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Soon {
    /// The page.
    Page(Box<Page>),
    /// The index is being built, and the page waits for it.
    Building(Building),
    /// Documents are being read.
    Reading(Progress),
}

/// How far reading documents is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Documents read.
    pub read: u64,
    /// Documents that there are to read, at most.
    pub of: u64,
    /// Devices among them that match.
    pub matched: u64,
    /// Whether it waits for other questions to end first.
    pub is_waiting: bool,
}

/// The same, while it changes.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) read: AtomicU64,
    pub(super) of: AtomicU64,
    pub(super) matched: AtomicU64,
    pub(super) is_waiting: AtomicBool,
}

impl Reading {
    fn progress(&self) -> Progress {
        let of = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Progress {
            read: of(&self.read),
            of: of(&self.of).max(of(&self.read)),
            matched: of(&self.matched),
            is_waiting: self.is_waiting.load(Ordering::Relaxed),
        }
    }
}

/// A question that can outlive whoever asked it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Owned {
    condition: String,
    sort: Vec<Sort>,
    at: PageAt<String>,
    limit: usize,
}

impl Owned {
    fn of(find: &Find<'_>) -> Self {
        Self {
            condition: find.condition.to_owned(),
            sort: find.sort.clone(),
            at: match find.at {
                PageAt::First => PageAt::First,
                PageAt::After(place) => PageAt::After(place.to_owned()),
                PageAt::Before(place) => PageAt::Before(place.to_owned()),
                PageAt::Last => PageAt::Last,
            },
            limit: find.limit,
        }
    }

    fn find(&self) -> Find<'_> {
        Find {
            condition: &self.condition,
            sort: self.sort.clone(),
            at: match &self.at {
                PageAt::First => PageAt::First,
                PageAt::After(place) => PageAt::After(place),
                PageAt::Before(place) => PageAt::Before(place),
                PageAt::Last => PageAt::Last,
            },
            limit: self.limit,
        }
    }
}

/// A question under way.
#[derive(Debug)]
struct Running {
    actor: Actor,
    question: Owned,
    reading: Arc<Reading>,
    /// Whether somebody asked for it lately.
    is_wanted: Arc<AtomicBool>,
    /// Whoever holds it waits for the answer, and takes it.
    work: tokio::sync::Mutex<Option<JoinHandle<Result<Page, QueryError>>>>,
    abort: AbortHandle,
}

/// The questions under way.
#[derive(Debug, Default)]
pub(super) struct Questions(Mutex<Vec<Arc<Running>>>);

impl Questions {
    fn find(&self, actor: &Actor, question: &Owned) -> Option<Arc<Running>> {
        let running = locked(&self.0);
        let is_it = |one: &&Arc<Running>| one.actor == *actor && one.question == *question;
        running.iter().find(is_it).map(Arc::clone)
    }

    fn forget(&self, question: &Arc<Running>) {
        locked(&self.0).retain(|one| !Arc::ptr_eq(one, question));
    }

    /// Adds one; those that ended without anybody waiting go.
    fn add(&self, question: Running) -> Result<Arc<Running>, QueryError> {
        let mut running = locked(&self.0);
        running.retain(|one| one.is_wanted.load(Ordering::Relaxed) || !one.abort.is_finished());
        if running.len() >= RUNNING_MAX {
            question.abort.abort();
            return Err(QueryError::Busy);
        }
        let question = Arc::new(question);
        running.push(Arc::clone(&question));
        Ok(question)
    }
}

impl Monitor {
    /// Finds a page of devices, or says how far that is when it takes longer than `patience`. Asking the same question
    /// again goes on waiting for it.
    ///
    /// # Errors
    /// As [`find`](Self::find), and [`QueryError::Cancelled`] when somebody cancelled it meanwhile.
    pub async fn find_soon(
        &self,
        principal: &Principal,
        find: Find<'_>,
        patience: Duration,
    ) -> Result<Soon, QueryError> {
        authorize(principal, Action::ReadFleet)?;
        let (actor, question) = (principal.actor(), Owned::of(&find));
        let running = match self.questions.find(&actor, &question) {
            Some(running) => running,
            None => self.questions.add(self.begin(principal, question))?,
        };
        running.is_wanted.store(true, Ordering::Relaxed);
        let answer = async {
            let mut work = running.work.lock().await;
            // Another tab of the same person may have taken the answer: it is found again.
            let handle = work.as_mut()?;
            let answer = handle.await;
            *work = None;
            self.questions.forget(&running);
            Some(answer)
        };
        match tokio::time::timeout(patience, answer).await {
            Ok(Some(Ok(Ok(page)))) => Ok(Soon::Page(Box::new(page))),
            Ok(Some(Ok(Err(QueryError::Building(building))))) => Ok(Soon::Building(building)),
            Ok(Some(Ok(Err(error)))) => Err(error),
            Ok(Some(Err(ended))) if ended.is_cancelled() => Err(QueryError::Cancelled),
            Ok(Some(Err(_))) => Err(QueryError::Busy),
            Ok(None) => match self.find(principal, find).await {
                Ok(page) => Ok(Soon::Page(Box::new(page))),
                Err(QueryError::Building(building)) => Ok(Soon::Building(building)),
                Err(error) => Err(error),
            },
            Err(_) => Ok(Soon::Reading(running.reading.progress())),
        }
    }

    /// Ends a question of the principal's own that is under way; `false` when there is no such question.
    ///
    /// # Errors
    /// [`QueryError::Denied`].
    pub fn cancel(&self, principal: &Principal, find: &Find<'_>) -> Result<bool, QueryError> {
        authorize(principal, Action::ReadFleet)?;
        let running = self.questions.find(&principal.actor(), &Owned::of(find));
        if let Some(running) = &running {
            running.abort.abort();
            self.questions.forget(running);
        }
        Ok(running.is_some())
    }

    /// Starts a question.
    fn begin(&self, principal: &Principal, question: Owned) -> Running {
        let reading = Arc::new(Reading::default());
        let is_wanted = Arc::new(AtomicBool::new(true));
        let work = {
            let (monitor, principal) = (self.clone(), principal.clone());
            let (question, reading) = (question.clone(), Arc::clone(&reading));
            let (wanted, kept) = (Arc::clone(&is_wanted), self.core.limits.question_kept);
            async move {
                let forgotten = async {
                    while wanted.swap(false, Ordering::Relaxed) {
                        tokio::time::sleep(kept).await;
                    }
                };
                tokio::select! {
                    found = monitor.find_reading(&principal, question.find(), &reading) => found,
                    () = forgotten => Err(QueryError::Cancelled),
                }
            }
        };
        let handle = self.core.tasks.spawn("monitor.find", work);
        Running {
            actor: principal.actor(),
            question,
            reading,
            is_wanted,
            abort: handle.abort_handle(),
            work: tokio::sync::Mutex::new(Some(handle)),
        }
    }
}
