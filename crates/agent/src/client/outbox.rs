//! What a client has to tell its device, in order and within a bound.
//!
//! A device that is slow to listen loses nothing that matters: desired notifications beyond the bound collapse into one
//! [`Event::Stale`] ("fetch the twin"), method calls beyond it are refused as busy by the caller, and what a lost
//! connection had to say is dropped with it, for the next connection begins with the twin anyway.

use std::collections::VecDeque;

use super::event::Event;

/// Most events that wait.
const WAITING_MAX: usize = 16;

/// Events that wait for the device.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Event>,
    is_stale: bool,
}

impl Outbox {
    /// Whether there is nothing to tell.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && !self.is_stale
    }

    /// The next event.
    pub(super) fn pop(&mut self) -> Option<Event> {
        let next = self.waiting.pop_front();
        if next.is_none() && std::mem::take(&mut self.is_stale) {
            return Some(Event::Stale);
        }
        next
    }

    /// Tells of a change of the connection. An end makes everything before it meaningless.
    pub(super) fn push_connection(&mut self, event: Event) {
        if matches!(event, Event::Offline { .. }) {
            self.waiting.clear();
            self.is_stale = false;
        }
        self.waiting.push_back(event);
    }

    /// Tells of a desired notification; `false` when it collapsed.
    pub(super) fn push_desired(&mut self, event: Event) -> bool {
        // Once stale, later notifications say nothing that the fetched twin will not say.
        if self.is_stale || self.waiting.len() >= WAITING_MAX {
            self.is_stale = true;
            return false;
        }
        self.waiting.push_back(event);
        true
    }

    /// Tells of a method call; gives it back when there is no room.
    pub(super) fn push_call(&mut self, event: Event) -> Result<(), Event> {
        if self.waiting.len() >= WAITING_MAX {
            return Err(event);
        }
        self.waiting.push_back(event);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Loss;
    use twin::Map;

    fn desired(version: u64) -> Event {
        Event::Desired {
            version,
            patch: Map::new(),
        }
    }

    #[test]
    fn a_flood_of_notifications_collapses_into_one_fetch() {
        let mut outbox = Outbox::default();
        let kept = (0..100)
            .filter(|version| outbox.push_desired(desired(*version)))
            .count();
        assert_eq!(kept, WAITING_MAX);
        let mut told = Vec::new();
        while let Some(event) = outbox.pop() {
            told.push(event);
        }
        assert_eq!(told.len(), WAITING_MAX + 1);
        assert!(matches!(told.last(), Some(Event::Stale)));
        assert!(outbox.is_empty());
        assert!(outbox.push_desired(desired(200)));
    }

    #[test]
    fn the_end_of_a_connection_silences_it() {
        let mut outbox = Outbox::default();
        for round in 0..50 {
            outbox.push_connection(Event::Online { resumed: false });
            outbox.push_desired(desired(round));
            outbox.push_connection(Event::Offline { why: Loss::Closed });
        }
        assert!(matches!(outbox.pop(), Some(Event::Offline { .. })));
        assert!(outbox.is_empty());
    }
}
