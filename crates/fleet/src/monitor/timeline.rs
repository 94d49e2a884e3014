//! What happened to one device: changes by people, services and the device itself, connections and
//! methods, in one list, newest first.
//!
//! Two logs are merged by time, each read by its own key; the page's key holds both places, so that a
//! page never repeats or skips an entry whatever is added meanwhile.

use std::collections::VecDeque;

use store::{Actor, Event, HistoryEntry, LoggedEvent};
use twin::id::{DeviceId, Seq};
use twin::time::Timestamp;

use super::Monitor;
use super::cursor::{self, BadCursor};
use crate::Error;
use crate::access::{Action, Principal, authorize};

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
    Event(Event),
}

/// A page of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// The entries, newest first.
    pub entries: Vec<TimelineEntry>,
    /// Where the next page begins; `None` when there is no more.
    pub next: Option<String>,
}

impl Monitor {
    /// A page of what happened to a device. `before` is the `next` of the page before.
    ///
    /// # Errors
    /// [`Error::Invalid`] when `before` is not such a text. A device that never existed has an empty
    /// timeline; a removed one keeps its history for a while.
    pub async fn timeline(
        &self,
        principal: &Principal,
        id: &DeviceId,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Timeline, Error> {
        authorize(principal, Action::ReadDevice)?;
        let limit = limit.clamp(1, self.core.limits.console_page_rows_max);
        let place = place_of(before)?;
        // One more of each than can be shown tells whether there is a next page.
        let store = &self.core.store;
        let changes = store.history(id, place.0, limit + 1).await?;
        let events = store.events(id, place.1, limit + 1).await?;
        Ok(Timeline::merged(changes, events, place, limit))
    }
}

impl Timeline {
    /// A page from what comes after a place in both logs.
    pub(crate) fn merged(
        changes: Vec<HistoryEntry>,
        events: Vec<LoggedEvent>,
        mut place: Place,
        limit: usize,
    ) -> Self {
        let (mut changes, mut events) = (VecDeque::from(changes), VecDeque::from(events));
        let mut entries = Vec::with_capacity(limit);
        while entries.len() < limit {
            let entry = match (changes.front(), events.front()) {
                (Some(change), Some(event)) if change.at >= event.event.at => {
                    take_change(&mut changes, &mut place)
                }
                (Some(_), None) => take_change(&mut changes, &mut place),
                (_, Some(_)) => take_event(&mut events, &mut place),
                (None, None) => break,
            };
            entries.extend(entry);
        }
        let is_more = !changes.is_empty() || !events.is_empty();
        Self {
            entries,
            next: is_more.then(|| text_of(place)),
        }
    }
}

/// The places that a page ended at, in both logs.
pub(crate) type Place = (Option<Seq>, Option<u64>);

fn take_change(changes: &mut VecDeque<HistoryEntry>, place: &mut Place) -> Option<TimelineEntry> {
    let change = changes.pop_front()?;
    place.0 = Some(change.seq);
    Some(TimelineEntry {
        at: change.at,
        actor: change.actor.clone(),
        reason: change.reason.clone(),
        what: Happened::Changed(Box::new(change)),
    })
}

fn take_event(events: &mut VecDeque<LoggedEvent>, place: &mut Place) -> Option<TimelineEntry> {
    let logged = events.pop_front()?;
    place.1 = Some(logged.number);
    Some(TimelineEntry {
        at: logged.event.at,
        actor: logged.event.actor.clone(),
        reason: None,
        what: Happened::Event(logged.event),
    })
}

fn text_of((change, event): Place) -> String {
    cursor::encode(&(change.map(|seq| seq.0), event))
}

/// The place that a page's `before` names; without one, the beginning.
pub(crate) fn place_of(before: Option<&str>) -> Result<Place, Error> {
    let Some(text) = before else {
        return Ok(Place::default());
    };
    let (change, event): (Option<u64>, Option<u64>) = cursor::decode(text)
        .map_err(|BadCursor| Error::invalid("The place in the timeline cannot be read."))?;
    Ok((change.map(Seq), event))
}
