//! Unacknowledged messages of devices that are away, until they come back (contract section 2.3).
//!
//! In memory and bounded: what finds no room is not kept, which costs a device no more than a restart of the hub does.
//! It reads its twin when it is back.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use store::{Queue, Stalls};
use twin::id::DeviceId;

use crate::session::Parked;

/// What each device that is away has still to get.
#[derive(Debug)]
pub(crate) struct Parking {
    state: Mutex<State>,
    bytes_max: usize,
    stalls: Stalls,
}

#[derive(Debug, Default)]
struct State {
    /// By name, with the generation of the device that the messages were for.
    by_device: HashMap<DeviceId, (String, Parked)>,
    bytes: usize,
}

impl Parking {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            state: Mutex::default(),
            bytes_max,
            stalls: Stalls::default(),
        }
    }

    /// Bytes that are kept; what finds no room is not kept.
    pub(crate) fn queue(&self) -> Queue {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Queue {
            name: "gateway.parked_bytes",
            depth: state.bytes,
            bound: self.bytes_max,
            stalls: self.stalls.count(),
        }
    }

    /// Keeps the messages of a device that went away.
    pub(crate) fn put(&self, device: &DeviceId, generation_id: &str, parked: Parked) {
        if parked.is_empty() {
            return;
        }
        let size = parked.size();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.bytes + size > self.bytes_max {
            drop(state);
            self.stalls.add();
            return;
        }
        state.bytes += size;
        if let Some((_, replaced)) = state
            .by_device
            .insert(device.clone(), (generation_id.to_owned(), parked))
        {
            state.bytes -= replaced.size();
        }
    }

    /// Takes the messages of a device that is back; those for an earlier device of its name are dropped.
    pub(crate) fn take(&self, device: &DeviceId, generation_id: &str) -> Parked {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((generation, parked)) = state.by_device.remove(device) else {
            return Parked::default();
        };
        state.bytes -= parked.size();
        drop(state);
        if generation == generation_id {
            parked
        } else {
            Parked::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::session::{Message, Outbox};

    /// Two bytes.
    fn parked() -> Parked {
        let mut outbox = Outbox::new(Parked::default(), 1, 1);
        let message = Message {
            topic: "t".to_owned(),
            payload: Bytes::from_static(b"1"),
            is_acknowledged: true,
        };
        outbox.push(message).unwrap();
        outbox.park()
    }

    fn device(name: &str) -> DeviceId {
        DeviceId::parse(name).unwrap()
    }

    #[test]
    fn a_device_finds_its_messages_once() {
        let parking = Parking::new(100);
        parking.put(&device("d"), "1", parked());
        assert_eq!(parking.take(&device("d"), "1"), parked());
        assert!(parking.take(&device("d"), "1").is_empty());
    }

    #[test]
    fn a_device_made_anew_under_the_same_name_gets_nothing_of_the_old_one() {
        let parking = Parking::new(100);
        parking.put(&device("d"), "1", parked());
        assert!(parking.take(&device("d"), "2").is_empty());
    }

    #[test]
    fn the_bound_holds_and_what_is_taken_makes_room() {
        let parking = Parking::new(4);
        for name in ["a", "b", "c"] {
            parking.put(&device(name), "1", parked());
        }
        let queue = parking.queue();
        assert_eq!((queue.depth, queue.bound, queue.stalls), (4, 4, 1));
        assert!(parking.take(&device("c"), "1").is_empty());
        assert!(!parking.take(&device("a"), "1").is_empty());
        parking.put(&device("c"), "1", parked());
        assert!(!parking.take(&device("c"), "1").is_empty());
    }
}
