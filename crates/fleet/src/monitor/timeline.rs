//! What happened to one device: changes by people, services and the device itself, connections, methods and messages,
//! in one list, newest first.
//!
//! Logs are merged by time, each read by its own key; the page's key holds the place in each, so that a page never
//! repeats or skips an entry whatever is added meanwhile. A page about one topic passes over a bounded number of
//! entries about others: it may have fewer entries than asked for, or none, and still say where the next one begins.

mod merged;

use std::collections::VecDeque;

use store::{Actor, HistoryEntry, LoggedEvent, LoggedMessage, Store};
use twin::id::{DeviceId, Seq};
use twin::time::Timestamp;

use super::Monitor;
use super::cursor::{self, BadCursor};
use crate::Error;
use crate::access::{Action, Principal, authorize};

pub(crate) use merged::place_of;

/// Entries looked at for one page.
const ENTRIES_MAX: usize = 1_000;
/// The largest body of a message that a timeline holds, in bytes.
const BODY_BYTES_MAX: usize = 2_048;

/// One thing that happened to a device.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// What.
    pub what: Happened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Happened {
    /// The device was created, changed or removed.
    Changed(Box<HistoryEntry>),
    /// It connected, disconnected or was asked something.
    Event(Box<LoggedEvent>),
    /// It sent a message.
    Sent(Box<LoggedMessage>),
}

/// What a timeline is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// What people did: in the console, as service clients and by commands.
    People,
    /// What jobs did.
    Jobs,
    /// What the device reported.
    Device,
    /// Its coming and going.
    Connection,
    /// Its messages: in no other timeline, since there are so many.
    Messages,
}

/// A page of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// The entries, newest first.
    pub entries: Vec<TimelineEntry>,
    /// Where the next page begins; `None` when there is no more.
    pub next: Option<String>,
}

impl Topic {
    /// What an entry is about: the one place that tells jobs from people.
    pub fn of(entry: &TimelineEntry) -> Self {
        match (&entry.what, &entry.actor) {
            (Happened::Sent(_), _) => Self::Messages,
            (Happened::Event(logged), _)
                if ["connected", "disconnected"].contains(&logged.event.kind.as_str()) =>
            {
                Self::Connection
            }
            (_, Actor::Person(_) | Actor::Service(_) | Actor::System(_)) => Self::People,
            (_, Actor::Job { .. }) => Self::Jobs,
            (_, Actor::Device(_)) => Self::Device,
        }
    }
}

impl Monitor {
    /// A page of what happened to a device, about one topic or about all but messages. `before` is the `next` of
    /// the page before.
    ///
    /// # Errors
    /// [`Error::Invalid`] when `before` is not such a text. A device that never existed has an empty
    /// timeline; a removed one keeps its history for a while.
    pub async fn timeline(
        &self,
        principal: &Principal,
        id: &DeviceId,
        topic: Option<Topic>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Timeline, Error> {
        authorize(principal, Action::ReadDevice)?;
        let limit = limit.clamp(1, self.core.limits.console_page_rows_max);
        let place = before
            .map(cursor::decode)
            .transpose()
            .map_err(|BadCursor| Error::invalid("The place in the timeline cannot be read."))?
            .unwrap_or_default();
        let mut logs = Logs::new(&*self.core.store, id, topic, place, limit + 1);
        let mut entries = Vec::with_capacity(limit);
        for _ in 0..ENTRIES_MAX {
            if entries.len() == limit {
                break;
            }
            let Some(entry) = logs.next().await? else {
                break;
            };
            if topic.is_none_or(|topic| Topic::of(&entry) == topic) {
                entries.push(entry);
            }
        }
        let is_more = logs.is_more().await?;
        Ok(Timeline {
            entries,
            next: is_more.then(|| cursor::encode(&logs.place)),
        })
    }
}

/// The places that a page ended at: in the changes, in the events, in the messages.
type Place = (Option<u64>, Option<u64>, Option<u64>);

/// The logs of a device, merged.
struct Logs<'a> {
    store: &'a dyn Store,
    id: &'a DeviceId,
    /// How many entries are read at once.
    batch: usize,
    place: Place,
    changes: Log<HistoryEntry>,
    events: Log<LoggedEvent>,
    messages: Log<LoggedMessage>,
}

/// What was read of a log and not yet taken.
struct Log<T> {
    waiting: VecDeque<T>,
    is_whole: bool,
}

impl<T> Log<T> {
    /// A log that is read, or one that is passed over.
    fn new(is_read: bool) -> Self {
        Self {
            waiting: VecDeque::new(),
            is_whole: !is_read,
        }
    }

    fn is_due(&self) -> bool {
        self.waiting.is_empty() && !self.is_whole
    }

    fn add(&mut self, read: Vec<T>, asked: usize) {
        self.is_whole = read.len() < asked;
        self.waiting = read.into();
    }
}

impl<'a> Logs<'a> {
    fn new(
        store: &'a dyn Store,
        id: &'a DeviceId,
        topic: Option<Topic>,
        place: Place,
        batch: usize,
    ) -> Self {
        let is_about_messages = topic == Some(Topic::Messages);
        Self {
            store,
            id,
            batch,
            place,
            changes: Log::new(!is_about_messages && topic != Some(Topic::Connection)),
            events: Log::new(!is_about_messages && topic != Some(Topic::Device)),
            messages: Log::new(is_about_messages),
        }
    }

    /// Reads on where everything that was read is taken.
    async fn read(&mut self) -> Result<(), Error> {
        let (change, event, message) = self.place;
        if self.changes.is_due() {
            let before = change.map(Seq);
            let read = self.store.history(self.id, before, self.batch).await?;
            self.changes.add(read, self.batch);
        }
        if self.events.is_due() {
            let read = self.store.events(self.id, event, self.batch).await?;
            self.events.add(read, self.batch);
        }
        if self.messages.is_due() {
            let read = self
                .store
                .messages_before(self.id, message, self.batch, BODY_BYTES_MAX)
                .await?;
            self.messages.add(read, self.batch);
        }
        Ok(())
    }

    async fn is_more(&mut self) -> Result<bool, Error> {
        self.read().await?;
        let is_waiting = [
            self.changes.waiting.is_empty(),
            self.events.waiting.is_empty(),
            self.messages.waiting.is_empty(),
        ];
        Ok(is_waiting.contains(&false))
    }

    /// The next older entry.
    async fn next(&mut self) -> Result<Option<TimelineEntry>, Error> {
        self.read().await?;
        if let Some(message) = self.messages.waiting.pop_front() {
            self.place.2 = Some(message.number);
            return Ok(Some(sent(self.id, message)));
        }
        let is_change_next = match (self.changes.waiting.front(), self.events.waiting.front()) {
            (Some(change), Some(event)) => change.at >= event.event.at,
            (change, _) => change.is_some(),
        };
        if is_change_next {
            return Ok(self.changes.waiting.pop_front().map(|change| {
                self.place.0 = Some(change.seq.0);
                changed(change)
            }));
        }
        Ok(self.events.waiting.pop_front().map(|logged| {
            self.place.1 = Some(logged.number);
            happened(logged)
        }))
    }
}

fn changed(change: HistoryEntry) -> TimelineEntry {
    TimelineEntry {
        at: change.at,
        actor: change.actor.clone(),
        reason: change.reason.clone(),
        what: Happened::Changed(Box::new(change)),
    }
}

fn happened(logged: LoggedEvent) -> TimelineEntry {
    TimelineEntry {
        at: logged.event.at,
        actor: logged.event.actor.clone(),
        reason: None,
        what: Happened::Event(Box::new(logged)),
    }
}

fn sent(id: &DeviceId, message: LoggedMessage) -> TimelineEntry {
    TimelineEntry {
        at: message.message.enqueued_at,
        actor: Actor::Device(id.clone()),
        reason: None,
        what: Happened::Sent(Box::new(message)),
    }
}
