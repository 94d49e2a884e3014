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

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use twin::id::{DeviceId, Seq};

mod bus;

pub(crate) use bus::{Bus, Hint};

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
        self.feed_at(self.bus.end(), false)
    }

    /// A feed that continues after the change that a page last [heard of](Dirty::seq). When that is
    /// too long ago, or from before a restart, its first message says that everything is dirty.
    pub fn feed_since(&self, since: Seq) -> Feed {
        let place = self.bus.place_after(since);
        self.feed_at(place.unwrap_or_else(|| self.bus.end()), place.is_none())
    }

    /// The newest change that the bus knows.
    pub fn seq(&self) -> Seq {
        self.bus.seq()
    }

    fn feed_at(&self, place: u64, is_lost: bool) -> Feed {
        Feed {
            bus: Arc::clone(&self.bus),
            head: self.bus.moves(),
            interval: self.interval,
            overview_interval: self.overview_interval,
            place,
            is_lost,
            overview: false,
            conditions: false,
            devices: HashSet::new(),
            last_look: None,
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
    last_look: Option<Instant>,
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

    /// Waits until something of interest may have changed, and says what. It looks at most once in each
    /// coalescing interval, however busy the bus. Safe to drop and call again.
    pub async fn next(&mut self) -> Dirty {
        loop {
            if let Some(last) = self.last_look {
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
        self.last_look = Some(now);
        let mut devices = BTreeSet::new();
        let mut any_change = false;
        let mut oldest = now;
        let read = self.bus.read(self.place, |hint| {
            any_change = true;
            oldest = oldest.min(hint.at);
            if self.devices.contains(&hint.device) {
                devices.insert(hint.device.clone());
            }
        });
        self.place = read.end;
        let lost = std::mem::take(&mut self.is_lost) || read.is_lost;
        any_change |= lost;
        if lost {
            self.bus.lost();
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
        Some(Dirty {
            seq: read.seq,
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
        let queue = live.bus.queue();
        assert_eq!((queue.depth, queue.bound, queue.stalls), (4, 4, 1));
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
