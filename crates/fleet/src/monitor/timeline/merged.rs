//! A page of a timeline from two logs that were read already: how the past of a device that is gone is shown.

use std::collections::VecDeque;

use store::{HistoryEntry, LoggedEvent};
use twin::id::Seq;

use super::{Timeline, TimelineEntry, changed, happened};
use crate::Error;
use crate::monitor::cursor::{self, BadCursor};

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
    Some(changed(change))
}

fn take_event(events: &mut VecDeque<LoggedEvent>, place: &mut Place) -> Option<TimelineEntry> {
    let logged = events.pop_front()?;
    place.1 = Some(logged.number);
    Some(happened(logged))
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
