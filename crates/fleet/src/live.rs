//! The live bus: hints that something changed, for pages that are open.
//!
//! A hint carries no data; whoever gets one reads again. The bus is a ring of bounded length, shared
//! by all feeds; each feed only keeps its place in it. A feed that fell further behind than the ring
//! is long, or that resumes from before its beginning, is told that everything may have changed:
//! a lost hint costs a read, never correctness.
//!
//! ```
//! # async fn page(fleet: &fleet::Fleet) {
//! use fleet::live::Interests;
//!
//! let mut feed = fleet.live().feed();
//! feed.set_interests(Interests { overview: true, ..Interests::default() });
//! loop {
//!     let dirty = feed.next().await; // at most four a second; never a backlog
//!     println!("read again: {:?}", dirty.devices);
//! }
//! # }
//! ```

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

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
}

#[derive(Debug)]
struct Ring {
    hints: VecDeque<Hint>,
    /// The place of the oldest hint.
    tail: u64,
    /// The newest change that was posted.
    seq: Seq,
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
        let head = ring.tail + ring.hints.len() as u64;
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

    /// Hints in the ring, and how many fit.
    pub(crate) fn depth(&self) -> (usize, usize) {
        (locked(&self.ring).hints.len(), self.hints_max)
    }
}

/// What a page wants to hear of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interests {
    /// The fleet's figures: announced about once a second while they can move.
    pub overview: bool,
    /// These devices.
    pub devices: Vec<DeviceId>,
    /// Whether any device changed at all: for counts of queries.
    pub conditions: bool,
}

/// What to read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dirty {
    /// Everything up to this change is accounted for; resume from here.
    pub seq: Seq,
    /// The figures.
    pub overview: bool,
    /// These devices, among those of interest, in the order of their names.
    pub devices: Vec<DeviceId>,
    /// Some device changed, of interest or not.
    pub any_change: bool,
    /// Hints were lost: everything of interest is named, because it may have changed.
    pub lost: bool,
    /// How long the oldest of the changes has waited to be told.
    pub waited: Duration,
}

/// Makes feeds.
#[derive(Debug, Clone)]
pub struct Live {
    bus: Arc<Bus>,
    interval: Duration,
    overview_interval: Duration,
}

impl Live {
    pub(crate) fn new(bus: Arc<Bus>, interval: Duration, overview_interval: Duration) -> Self {
        Self {
            bus,
            interval,
            overview_interval,
        }
    }

    /// A feed of what changes from now on.
    pub fn feed(&self) -> Feed {
        let ring = locked(&self.bus.ring);
        let place = ring.tail + ring.hints.len() as u64;
        drop(ring);
        self.feed_at(place, false)
    }

    /// A feed that continues after the change that a page last [heard of](Dirty::seq). When that is
    /// too long ago, or from before a restart, its first message says that everything is dirty.
    pub fn feed_since(&self, since: Seq) -> Feed {
        let ring = locked(&self.bus.ring);
        // Hints of the oldest number may be gone in part, once any are gone.
        let is_known = since <= ring.seq
            && ring.hints.front().is_some_and(|oldest| {
                oldest.seq < since || (oldest.seq == since && ring.tail == 0)
            });
        // Hints of presence share the number of the change before them: begin with that number again.
        let skipped = ring.hints.partition_point(|hint| hint.seq < since);
        let place = ring.tail + skipped as u64;
        drop(ring);
        self.feed_at(place, !is_known)
    }

    /// The newest change that the bus knows.
    pub fn seq(&self) -> Seq {
        self.bus.seq()
    }

    fn feed_at(&self, place: u64, is_lost: bool) -> Feed {
        Feed {
            bus: Arc::clone(&self.bus),
            head: self.bus.head.subscribe(),
            interval: self.interval,
            overview_interval: self.overview_interval,
            place,
            is_lost,
            overview: false,
            conditions: false,
            devices: HashSet::new(),
            last_sent: None,
            last_overview: None,
        }
    }
}

/// One page's view of the bus. It holds a place, never a backlog: what happens between two calls of
/// [`next`](Feed::next) is folded into one answer.
#[derive(Debug)]
pub struct Feed {
    bus: Arc<Bus>,
    head: watch::Receiver<u64>,
    interval: Duration,
    overview_interval: Duration,
    /// The place of the next hint to read.
    place: u64,
    is_lost: bool,
    overview: bool,
    conditions: bool,
    devices: HashSet<DeviceId>,
    last_sent: Option<Instant>,
    last_overview: Option<Instant>,
}

impl Feed {
    /// Replaces what the page wants to hear of. Changes before this call are not repeated for new
    /// interests: the page has just read them.
    pub fn set_interests(&mut self, interests: Interests) {
        self.overview = interests.overview;
        self.conditions = interests.conditions;
        self.devices = interests.devices.into_iter().collect();
    }

    /// Waits until something of interest may have changed, and says what. Never sooner than the
    /// coalescing interval after the previous answer. Safe to drop and call again.
    pub async fn next(&mut self) -> Dirty {
        loop {
            if let Some(last) = self.last_sent {
                tokio::time::sleep_until(last + self.interval).await;
            }
            if let Some(dirty) = self.take(Instant::now()) {
                return dirty;
            }
            self.wait().await;
        }
    }

    /// Waits until the bus moved past this feed or the figures are due.
    async fn wait(&mut self) {
        let place = self.place;
        let moved = async {
            // The bus outlives its feeds: it is never closed.
            let _ = self.head.wait_for(|head| *head > place).await;
        };
        match (self.overview, self.last_overview) {
            (true, Some(last)) => {
                let _ = tokio::time::timeout_at(last + self.overview_interval, moved).await;
            }
            (true, None) => {}
            (false, _) => moved.await,
        }
    }

    /// Reads the ring up to its head; `None` when nothing of interest is there.
    fn take(&mut self, now: Instant) -> Option<Dirty> {
        let ring = locked(&self.bus.ring);
        let seq = ring.seq;
        let lost = std::mem::take(&mut self.is_lost) || self.place < ring.tail;
        let unread = usize::try_from(self.place.saturating_sub(ring.tail)).unwrap_or(usize::MAX);
        let mut devices = BTreeSet::new();
        let mut any_change = lost;
        let mut oldest = now;
        for hint in ring.hints.iter().skip(unread) {
            any_change = true;
            oldest = oldest.min(hint.at);
            if self.devices.contains(&hint.device) {
                devices.insert(hint.device.clone());
            }
        }
        self.place = ring.tail + ring.hints.len() as u64;
        drop(ring);
        if lost {
            metrics::counter!("live.hints.lost_total").increment(1);
            devices.extend(self.devices.iter().cloned());
        }
        let is_due = self
            .last_overview
            .is_none_or(|last| now >= last + self.overview_interval);
        let overview = self.overview && (is_due || lost);
        if !(overview || lost || !devices.is_empty() || (any_change && self.conditions)) {
            return None;
        }
        if overview {
            self.last_overview = Some(now);
        }
        self.last_sent = Some(now);
        Some(Dirty {
            seq,
            overview,
            devices: devices.into_iter().collect(),
            any_change,
            lost,
            waited: now.saturating_duration_since(oldest),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> DeviceId {
        DeviceId::parse(name).unwrap()
    }

    fn hint(seq: u64, name: &str) -> Hint {
        Hint {
            seq: Seq(seq),
            device: id(name),
            at: Instant::now(),
        }
    }

    fn live(hints_max: usize) -> Live {
        Live::new(
            Arc::new(Bus::new(Seq(100), hints_max)),
            Duration::from_millis(250),
            Duration::from_secs(1),
        )
    }

    fn devices(names: &[&str]) -> Interests {
        Interests {
            devices: names.iter().map(|name| id(name)).collect(),
            ..Interests::default()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn changes_between_two_looks_are_one_answer() {
        let live = live(1_000);
        let mut feed = live.feed();
        feed.set_interests(devices(&["a", "b", "c"]));
        live.bus
            .post([hint(101, "b"), hint(102, "x"), hint(103, "a")]);
        live.bus.post([hint(104, "b")]);
        let dirty = feed.next().await;
        assert_eq!(dirty.devices, [id("a"), id("b")]);
        assert_eq!(dirty.seq, Seq(104));
        assert!(dirty.any_change && !dirty.lost && !dirty.overview);
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_bus_is_heard_four_times_a_second() {
        let live = live(1_000);
        let mut feed = live.feed();
        feed.set_interests(devices(&["a"]));
        let start = Instant::now();
        let mut heard = 0;
        while start.elapsed() < Duration::from_secs(10) {
            live.bus.post([hint(101, "a")]);
            assert_eq!(feed.next().await.devices.len(), 1);
            heard += 1;
        }
        assert!((40..=41).contains(&heard), "{heard}");
    }

    #[tokio::test(start_paused = true)]
    async fn changes_elsewhere_do_not_wake_a_page_that_does_not_care() {
        let live = live(1_000);
        let mut feed = live.feed();
        feed.set_interests(devices(&["a"]));
        live.bus.post([hint(101, "x")]);
        let silence = tokio::time::timeout(Duration::from_secs(5), feed.next()).await;
        assert!(silence.is_err());
        feed.set_interests(Interests {
            conditions: true,
            ..Interests::default()
        });
        live.bus.post_aside(id("x"));
        let dirty = feed.next().await;
        assert!(dirty.any_change && dirty.devices.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn figures_come_once_a_second_even_when_nothing_changes() {
        let live = live(1_000);
        let mut feed = live.feed();
        feed.set_interests(Interests {
            overview: true,
            ..Interests::default()
        });
        assert!(feed.next().await.overview);
        let start = Instant::now();
        for _ in 0..3 {
            assert!(feed.next().await.overview);
        }
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn who_falls_behind_the_ring_reads_everything_again() {
        let live = live(4);
        let mut feed = live.feed();
        feed.set_interests(devices(&["a", "b"]));
        live.bus.post((101..=110).map(|seq| hint(seq, "x")));
        let dirty = feed.next().await;
        assert!(dirty.lost);
        assert_eq!(dirty.devices, [id("a"), id("b")]);
        assert_eq!(live.bus.depth(), (4, 4));
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_resumes_where_it_was() {
        let live = live(1_000);
        live.bus
            .post([hint(101, "a"), hint(102, "b"), hint(103, "a")]);
        live.bus.post_aside(id("c"));
        let mut feed = live.feed_since(Seq(102));
        feed.set_interests(devices(&["a", "b", "c"]));
        let dirty = feed.next().await;
        assert_eq!(dirty.devices, [id("a"), id("b"), id("c")]);
        assert!(!dirty.lost);

        for unknown in [Seq(7), Seq(5_000)] {
            let mut feed = live.feed_since(unknown);
            feed.set_interests(devices(&["z"]));
            let dirty = feed.next().await;
            assert!(dirty.lost, "{unknown:?}");
            assert_eq!(dirty.devices, [id("z")]);
        }
    }
}
