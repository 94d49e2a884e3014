//! Who is connected and when each device was last heard of: in memory, dense by slot.
//!
//! Every message of a device lands here, so an update costs the same whatever the size of the fleet.
//! Two lists remember what has not yet gone on: to the columns (taken before each question, so that
//! the answer is current) and to the store (taken by the write-behind reconciler).
//!
//! A device counts as connected while it has at least one connection, so that a takeover may report
//! the new connection before or after the end of the old one.

use std::sync::Mutex;

use store::{Queue, Record};
use twin::id::Slot;
use twin::presence::Presence;
use twin::time::Timestamp;

use crate::sync::locked;

/// The presence of every device.
#[derive(Debug, Default)]
pub(crate) struct Presences(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    rows: Vec<Row>,
    connected: u64,
    /// Rows that the columns have not seen; each at most once.
    unindexed: Vec<Slot>,
    /// Rows whose last activity the store has not seen; each at most once.
    unwritten: Vec<Slot>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    last_activity: Timestamp,
    since: Timestamp,
    connections: u8,
    is_unindexed: bool,
    is_unwritten: bool,
}

impl Row {
    const EMPTY: Self = Self {
        last_activity: Timestamp::NEVER,
        since: Timestamp::NEVER,
        connections: 0,
        is_unindexed: false,
        is_unwritten: false,
    };

    fn presence(&self) -> Presence {
        Presence {
            connected: self.connections > 0,
            last_activity: self.last_activity,
            since: self.since,
        }
    }
}

impl Table {
    fn row(&mut self, slot: Slot) -> &mut Row {
        let index = slot.0 as usize;
        if index >= self.rows.len() {
            self.rows.resize(index + 1, Row::EMPTY);
        }
        &mut self.rows[index]
    }

    fn mark_unindexed(&mut self, slot: Slot) {
        if !std::mem::replace(&mut self.row(slot).is_unindexed, true) {
            self.unindexed.push(slot);
        }
    }

    fn mark_unwritten(&mut self, slot: Slot) {
        if !std::mem::replace(&mut self.row(slot).is_unwritten, true) {
            self.unwritten.push(slot);
        }
    }

    fn heard(&mut self, slot: Slot, at: Timestamp) {
        let row = self.row(slot);
        if row.last_activity < at {
            row.last_activity = at;
            self.mark_unindexed(slot);
            self.mark_unwritten(slot);
        }
    }
}

impl Presences {
    /// Notes a new connection.
    pub(crate) fn connected(&self, slot: Slot, at: Timestamp) {
        let mut table = locked(&self.0);
        table.heard(slot, at);
        let row = table.row(slot);
        row.connections = row.connections.saturating_add(1);
        if row.connections == 1 {
            row.since = at;
            table.connected += 1;
            table.mark_unindexed(slot);
        }
    }

    /// Notes the end of a connection; whether the device is now disconnected because of it.
    pub(crate) fn disconnected(&self, slot: Slot, at: Timestamp) -> bool {
        let mut table = locked(&self.0);
        let row = table.row(slot);
        if row.connections == 0 {
            return false;
        }
        row.connections -= 1;
        if row.connections > 0 {
            return false;
        }
        row.since = at;
        table.connected -= 1;
        table.mark_unindexed(slot);
        true
    }

    /// Notes that devices were heard of.
    pub(crate) fn heard(&self, slots: impl IntoIterator<Item = Slot>, at: Timestamp) {
        let mut table = locked(&self.0);
        for slot in slots {
            table.heard(slot, at);
        }
    }

    /// Takes over what the store remembers, where memory knows nothing newer. The caller tells the
    /// columns.
    pub(crate) fn load(&self, rows: impl IntoIterator<Item = (Slot, Timestamp)>) {
        let mut table = locked(&self.0);
        for (slot, last_activity) in rows {
            let row = table.row(slot);
            if row.last_activity < last_activity {
                row.last_activity = last_activity;
            }
        }
    }

    /// Forgets a device that was removed: its slot may be given to another.
    pub(crate) fn remove(&self, slot: Slot) {
        let mut table = locked(&self.0);
        let row = table.row(slot);
        let was_connected = row.connections > 0;
        // The marks stay: they say that the slot is in a list.
        *row = Row {
            is_unindexed: row.is_unindexed,
            is_unwritten: row.is_unwritten,
            ..Row::EMPTY
        };
        table.connected -= u64::from(was_connected);
    }

    /// The presence of the device in a slot.
    pub(crate) fn get(&self, slot: Slot) -> Presence {
        locked(&self.0)
            .rows
            .get(slot.0 as usize)
            .map_or_else(Presence::default, Row::presence)
    }

    /// The presence of devices whose records were read: memory, and where it knows nothing, the record.
    pub(crate) fn of<'a>(&self, records: impl IntoIterator<Item = &'a Record>) -> Vec<Presence> {
        let table = locked(&self.0);
        let of = |record: &Record| {
            let mut presence = table
                .rows
                .get(record.slot.0 as usize)
                .map_or_else(Presence::default, Row::presence);
            presence.last_activity = presence.last_activity.max(record.last_activity);
            if presence.since.is_never() {
                presence.since = record.identity.connection_state_updated_at;
            }
            presence
        };
        records.into_iter().map(of).collect()
    }

    /// How many devices are connected.
    pub(crate) fn connected_count(&self) -> u64 {
        locked(&self.0).connected
    }

    /// Takes what the columns have not seen.
    pub(crate) fn take_unindexed(&self) -> Vec<(Slot, Presence)> {
        let mut table = locked(&self.0);
        let slots = std::mem::take(&mut table.unindexed);
        let take = |slot: Slot| {
            let row = table.row(slot);
            row.is_unindexed = false;
            (slot, row.presence())
        };
        slots.into_iter().map(take).collect()
    }

    /// Takes at most `limit` last activities that the store has not seen.
    pub(crate) fn take_unwritten(&self, limit: usize) -> Vec<(Slot, Timestamp)> {
        let mut table = locked(&self.0);
        let keep = table.unwritten.len().saturating_sub(limit);
        let slots = table.unwritten.split_off(keep);
        let take = |slot: Slot| {
            let row = table.row(slot);
            row.is_unwritten = false;
            (slot, row.last_activity)
        };
        slots
            .into_iter()
            .map(take)
            .filter(|(_, last_activity)| !last_activity.is_never())
            .collect()
    }

    /// Puts back what could not be written.
    pub(crate) fn put_back(&self, slots: impl IntoIterator<Item = Slot>) {
        let mut table = locked(&self.0);
        for slot in slots {
            table.mark_unwritten(slot);
        }
    }

    /// Last activities that wait to be written: at most one for each device, so that there is always room.
    pub(crate) fn queue(&self) -> Queue {
        let table = locked(&self.0);
        Queue {
            name: "activity.unwritten",
            depth: table.unwritten.len(),
            bound: table.rows.len(),
            stalls: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_ms(ms)
    }

    #[test]
    fn a_takeover_in_either_order_leaves_the_device_connected() {
        let presences = Presences::default();
        presences.connected(Slot(3), at(1));
        presences.connected(Slot(3), at(5));
        assert!(!presences.disconnected(Slot(3), at(6)));
        assert!(presences.get(Slot(3)).connected);
        assert_eq!(presences.get(Slot(3)).since, at(1));
        assert_eq!(presences.connected_count(), 1);
        assert!(presences.disconnected(Slot(3), at(9)));
        assert!(!presences.disconnected(Slot(3), at(9)));
        assert_eq!(presences.get(Slot(3)).since, at(9));
        assert_eq!(presences.connected_count(), 0);
    }

    #[test]
    fn each_list_names_a_slot_once_until_taken() {
        let presences = Presences::default();
        for ms in 1..=5 {
            presences.heard([Slot(1), Slot(2)], at(ms));
        }
        assert_eq!(presences.take_unindexed().len(), 2);
        assert_eq!(presences.take_unindexed().len(), 0);
        assert_eq!(presences.take_unwritten(1).len(), 1);
        assert_eq!(presences.queue().depth, 1);
        presences.heard([Slot(1), Slot(2)], at(5));
        assert_eq!(presences.take_unindexed().len(), 0, "nothing is newer");
        presences.heard([Slot(1)], at(6));
        assert_eq!(
            presences.take_unindexed(),
            [(
                Slot(1),
                Presence {
                    connected: false,
                    last_activity: at(6),
                    since: Timestamp::NEVER
                }
            )]
        );
    }

    #[test]
    fn a_slot_starts_anew_after_removal() {
        let presences = Presences::default();
        presences.connected(Slot(0), at(1));
        presences.remove(Slot(0));
        assert_eq!(presences.get(Slot(0)), Presence::default());
        assert_eq!(presences.connected_count(), 0);
        assert!(
            !presences.disconnected(Slot(0), at(2)),
            "its old connection ends"
        );
        assert!(
            presences.take_unwritten(10).is_empty(),
            "nothing to write for nobody"
        );
        presences.heard([Slot(0)], at(3));
        assert_eq!(presences.take_unwritten(10), [(Slot(0), at(3))]);
    }

    #[test]
    fn what_is_loaded_never_hides_what_is_newer() {
        let presences = Presences::default();
        presences.heard([Slot(1)], at(10));
        presences.load([(Slot(0), at(4)), (Slot(1), at(4))]);
        assert_eq!(presences.get(Slot(0)).last_activity, at(4));
        assert_eq!(presences.get(Slot(1)).last_activity, at(10));
        assert_eq!(presences.take_unwritten(10), [(Slot(1), at(10))]);
    }
}
