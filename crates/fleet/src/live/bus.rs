//! The ring of hints that all feeds share.

use std::collections::VecDeque;
use std::sync::Mutex;

use store::{Queue, Stalls};
use tokio::sync::watch;
use tokio::time::Instant;
use twin::id::{DeviceId, Seq};

use crate::sync::locked;

/// One thing that changed.
#[derive(Debug, Clone)]
pub(crate) struct Hint {
    /// The store's last change at the time.
    pub(crate) seq: Seq,
    /// Which device.
    pub(crate) device: DeviceId,
    /// When it was posted.
    pub(crate) at: Instant,
}

/// The shared ring.
#[derive(Debug)]
pub(crate) struct Bus {
    ring: Mutex<Ring>,
    /// The place after the newest hint; feeds wait for it to move.
    head: watch::Sender<u64>,
    hints_max: usize,
    /// How often a feed found that hints were gone.
    lost: Stalls,
}

#[derive(Debug)]
struct Ring {
    hints: VecDeque<Hint>,
    /// The place of the oldest hint.
    tail: u64,
    /// The newest change that was posted.
    seq: Seq,
}

/// How far a reading went.
pub(super) struct Read {
    /// The newest change at that time.
    pub(super) seq: Seq,
    /// Where the next reading begins.
    pub(super) end: u64,
    /// Whether hints before the first one were gone.
    pub(super) is_lost: bool,
}

impl Ring {
    fn end(&self) -> u64 {
        self.tail + self.hints.len() as u64
    }
}

impl Bus {
    /// An empty bus that begins at a change of the store.
    pub(crate) fn new(seq: Seq, hints_max: usize) -> Self {
        Self {
            ring: Mutex::new(Ring {
                hints: VecDeque::new(),
                tail: 0,
                seq,
            }),
            head: watch::Sender::new(0),
            hints_max: hints_max.max(1),
            lost: Stalls::default(),
        }
    }

    /// Adds changes of the store, in its order.
    pub(crate) fn post(&self, hints: impl IntoIterator<Item = Hint>) {
        self.add(|ring| {
            for hint in hints {
                ring.seq = ring.seq.max(hint.seq);
                ring.hints.push_back(hint);
            }
        });
    }

    /// Adds something about a device that has no place of its own in the store's sequence: presence, an
    /// event.
    pub(crate) fn post_aside(&self, device: DeviceId) {
        self.add(|ring| {
            let seq = ring.seq;
            ring.hints.push_back(Hint {
                seq,
                device,
                at: Instant::now(),
            });
        });
    }

    fn add(&self, add: impl FnOnce(&mut Ring)) {
        let mut ring = locked(&self.ring);
        add(&mut ring);
        while ring.hints.len() > self.hints_max {
            ring.hints.pop_front();
            ring.tail += 1;
        }
        let head = ring.end();
        drop(ring);
        self.head.send_if_modified(|place| {
            let moved = *place < head;
            *place = head.max(*place);
            moved
        });
    }

    /// Tells every feed that hints were lost.
    pub(crate) fn lose(&self) {
        self.add(|ring| {
            ring.tail += ring.hints.len() as u64 + 1;
            ring.hints.clear();
        });
    }

    /// The newest change that was posted.
    pub(crate) fn seq(&self) -> Seq {
        locked(&self.ring).seq
    }

    /// The place after the newest hint.
    pub(super) fn end(&self) -> u64 {
        locked(&self.ring).end()
    }

    /// The place after what was known at a change of the store; `None` when hints since then are gone.
    pub(super) fn place_after(&self, since: Seq) -> Option<u64> {
        let ring = locked(&self.ring);
        let oldest = ring.hints.front()?;
        // Hints of the oldest number may be gone in part, once any are gone.
        let is_known = oldest.seq < since || (oldest.seq == since && ring.tail == 0);
        // Hints that have no number of their own share that of the change before them: begin with that
        // number again.
        let skipped = ring.hints.partition_point(|hint| hint.seq < since);
        (is_known && since <= ring.seq).then_some(ring.tail + skipped as u64)
    }

    /// Gives every hint from a place on, in order.
    pub(super) fn read(&self, place: u64, mut each: impl FnMut(&Hint)) -> Read {
        let ring = locked(&self.ring);
        let unread = usize::try_from(place.saturating_sub(ring.tail)).unwrap_or(usize::MAX);
        for hint in ring.hints.iter().skip(unread) {
            each(hint);
        }
        Read {
            seq: ring.seq,
            end: ring.end(),
            is_lost: place < ring.tail,
        }
    }

    /// The place after the newest hint, as it moves.
    pub(super) fn moves(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    /// Notes that a feed found hints gone.
    pub(super) fn lost(&self) {
        self.lost.add();
    }

    /// The ring as a queue: it is full when the oldest hints make room, and that costs somebody something when a feed
    /// had not read them.
    pub(crate) fn queue(&self) -> Queue {
        Queue {
            name: "live.hints",
            depth: locked(&self.ring).hints.len(),
            bound: self.hints_max,
            stalls: self.lost.count(),
        }
    }
}
