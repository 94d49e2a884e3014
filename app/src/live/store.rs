//! The reactive store of one tab: what is shown, and the signals that the channel writes.

use std::collections::BTreeMap;

use futures::channel::mpsc;
use leptos::prelude::*;

use super::protocol::{Ask, COUNTS_MAX, Count, Delta, Interests, Pulse, ROWS_MAX, Say};
use crate::api::device::Device;
use crate::api::devices::Row;
use crate::api::overview::{Field, Overview};

/// How the tab stands to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// The first connection is being made.
    #[default]
    Connecting,
    /// Changes arrive.
    Open,
    /// A person holds the changes back.
    Held {
        /// Changes counted since.
        changes: u64,
    },
    /// There is no connection.
    Lost {
        /// Seconds until the next try; 0 while it is made.
        retry_s: u32,
    },
}

/// The live store. `Copy`; the one of the tab is a context, see [`use_live`].
#[derive(Clone, Copy, Debug)]
pub struct Live {
    /// How the tab stands to the server.
    pub link: RwSignal<Link>,
    /// How busy the fleet is.
    pub pulse: RwSignal<Pulse>,
    /// The figures as they last arrived.
    pub overview: RwSignal<Option<Overview>>,
    /// The fleet in squares as it last arrived.
    pub field: RwSignal<Option<Field>>,
    /// Whether the server runs another build than this tab.
    pub is_outdated: RwSignal<bool>,
    watches: StoredValue<Watches>,
    wake: StoredValue<mpsc::Sender<()>>,
    woken: StoredValue<Option<mpsc::Receiver<()>>>,
}

/// Everything that is watched, each under the number of its watcher.
#[derive(Debug, Default)]
struct Watches {
    next: u64,
    seq: u64,
    is_held: bool,
    overview: u32,
    rows: BTreeMap<u64, (String, RowWatch)>,
    counts: BTreeMap<u64, (String, ArcRwSignal<Option<u64>>)>,
    devices: BTreeMap<u64, (String, ArcRwSignal<Device>)>,
}

#[derive(Debug)]
struct RowWatch {
    row: ArcRwSignal<Row>,
    is_gone: ArcRwSignal<bool>,
}

/// Makes the tab's store and gives it to everything below. Call it once, at the root: it must outlive all pages.
pub fn provide_live() -> Live {
    // One place is enough: a hint that finds another waiting has nothing to add.
    let (wake, woken) = mpsc::channel(1);
    let live = Live {
        link: RwSignal::default(),
        pulse: RwSignal::default(),
        overview: RwSignal::default(),
        field: RwSignal::default(),
        is_outdated: RwSignal::default(),
        watches: StoredValue::default(),
        wake: StoredValue::new(wake),
        woken: StoredValue::new(Some(woken)),
    };
    provide_context(live);
    live
}

/// The tab's store. Take it in the body of a component.
///
/// # Panics
/// Outside [`crate::App`].
pub fn use_live() -> Live {
    expect_context()
}

impl Live {
    /// Opens the channel when it is not open yet. Only a browser has one.
    pub fn connect(self) {
        let Some(woken) = self.woken.try_update_value(Option::take).flatten() else {
            return;
        };
        #[cfg(feature = "hydrate")]
        leptos::task::spawn_local(super::client::run(self, woken));
        #[cfg(not(feature = "hydrate"))]
        drop(woken);
    }

    /// Lets the channel look again at what is wished.
    pub(super) fn wake(self) {
        // Full: a hint is already waiting. Closed: there is no channel.
        self.wake.try_update_value(|wake| wake.try_send(()).is_ok());
    }

    /// Keeps [`Live::overview`] and [`Live::field`] current for as long as the calling component lives.
    pub fn watch_overview(self) {
        self.change(|watches| watches.overview += 1);
        on_cleanup(move || {
            self.change(|watches| watches.overview = watches.overview.saturating_sub(1))
        });
    }

    /// Keeps a row current for as long as the calling component lives; `is_gone` turns true when its device is
    /// deleted. The row stays where it is: order and number of rows are the page's.
    pub fn watch_row(self, id: &str, row: ArcRwSignal<Row>, is_gone: ArcRwSignal<bool>) {
        self.watch(
            |watches| &mut watches.rows,
            (id.to_owned(), RowWatch { row, is_gone }),
        );
    }

    /// The count of a condition, kept current for as long as the calling component lives; `None` until it arrives.
    pub fn watch_count(self, condition: &str) -> ArcRwSignal<Option<u64>> {
        let total = ArcRwSignal::new(None);
        self.watch(
            |watches| &mut watches.counts,
            (condition.to_owned(), total.clone()),
        );
        total
    }

    /// Keeps a device current for as long as the calling component lives.
    pub fn watch_device(self, id: &str, device: ArcRwSignal<Device>) {
        self.watch(|watches| &mut watches.devices, (id.to_owned(), device));
    }

    /// Holds the changes back, or lets them in again.
    pub fn hold(self, is_held: bool) {
        self.change(|watches| watches.is_held = is_held);
        self.link.update(|link| {
            if matches!(link, Link::Open | Link::Held { .. }) {
                *link = if is_held {
                    Link::Held { changes: 0 }
                } else {
                    Link::Open
                };
            }
        });
    }

    /// Whether a person holds the changes back.
    pub fn is_held(self) -> bool {
        self.watches
            .try_with_value(|watches| watches.is_held)
            .unwrap_or(false)
    }

    /// What the server should hear now.
    pub(super) fn wishes(self) -> (Interests, bool) {
        self.watches
            .try_with_value(|watches| (watches.interests(), watches.is_held))
            .unwrap_or_default()
    }

    /// Takes a message from the server.
    pub(super) fn take(self, say: Say) {
        match say {
            Say::Hello { .. } => {
                self.link.set(if self.is_held() {
                    Link::Held { changes: 0 }
                } else {
                    Link::Open
                });
            }
            Say::Delta(delta) => self.apply(delta),
            Say::Held { changes } => {
                if self.is_held() {
                    self.link.set(Link::Held { changes });
                }
            }
        }
    }

    /// Writes each changed value into the signals that show it; values that stayed do not notify.
    fn apply(self, delta: Delta) {
        self.watches
            .try_update_value(|watches| watches.seq = watches.seq.max(delta.seq));
        self.pulse.set(delta.pulse);
        if let Some(overview) = delta.overview {
            self.overview.set(Some(overview));
        }
        if let Some(field) = delta.field {
            self.field.set(Some(field));
        }
        // The signals are taken out first: whoever reacts to one may watch something else.
        for row in delta.rows {
            for (signal, _) in self.rows_of(&row.id) {
                if signal.with_untracked(|shown| shown != &row) {
                    signal.set(row.clone());
                }
            }
        }
        for id in &delta.gone {
            self.rows_of(id)
                .into_iter()
                .for_each(|(_, is_gone)| is_gone.set(true));
        }
        for Count { condition, total } in delta.counts {
            let found = self
                .watches
                .try_with_value(|watches| of(&watches.counts, &condition, Clone::clone));
            found
                .unwrap_or_default()
                .into_iter()
                .for_each(|signal| signal.set(Some(total)));
        }
        if let Some(device) = delta.device {
            let found = self
                .watches
                .try_with_value(|watches| of(&watches.devices, &device.id, Clone::clone));
            found
                .unwrap_or_default()
                .into_iter()
                .for_each(|signal| signal.set(device.clone()));
        }
    }

    fn rows_of(self, id: &str) -> Vec<(ArcRwSignal<Row>, ArcRwSignal<bool>)> {
        let pair = |watch: &RowWatch| (watch.row.clone(), watch.is_gone.clone());
        self.watches
            .try_with_value(|watches| of(&watches.rows, id, pair))
            .unwrap_or_default()
    }

    /// Puts a watch into one of the tables until the calling owner is disposed.
    fn watch<T: 'static>(
        self,
        table: fn(&mut Watches) -> &mut BTreeMap<u64, (String, T)>,
        watch: (String, T),
    ) {
        let mut number = 0;
        self.change(|watches| {
            watches.next += 1;
            number = watches.next;
            table(watches).insert(number, watch);
        });
        on_cleanup(move || {
            self.change(|watches| {
                table(watches).remove(&number);
            });
        });
    }

    /// Changes what is watched and lets the channel know.
    fn change(self, change: impl FnOnce(&mut Watches)) {
        self.watches.try_update_value(change);
        self.wake();
    }
}

impl Watches {
    fn interests(&self) -> Interests {
        Interests {
            since: self.seq,
            overview: self.overview > 0,
            rows: names(&self.rows, ROWS_MAX),
            counts: names(&self.counts, COUNTS_MAX),
            device: names(&self.devices, 1).pop(),
        }
    }
}

/// The distinct names in a table, the newest watchers first when they are too many.
fn names<T>(table: &BTreeMap<u64, (String, T)>, max: usize) -> Vec<String> {
    let mut names = Vec::new();
    for (name, _) in table.values().rev() {
        if names.len() == max {
            break;
        }
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

fn of<T, S>(table: &BTreeMap<u64, (String, T)>, name: &str, take: impl Fn(&T) -> S) -> Vec<S> {
    table
        .values()
        .filter(|(watched, _)| watched == name)
        .map(|(_, watch)| take(watch))
        .collect()
}

/// What the channel says to bring the server from what it heard to what is wished.
pub(super) fn asks(heard: Option<&(Interests, bool)>, wished: &(Interests, bool)) -> Vec<Ask> {
    let is_same = |one: &Interests, other: &Interests| {
        (one.overview, &one.rows, &one.counts, &one.device)
            == (other.overview, &other.rows, &other.counts, &other.device)
    };
    let mut asks = Vec::new();
    let (interests, is_held) = wished;
    if heard.is_none_or(|(heard, _)| !is_same(heard, interests)) {
        asks.push(Ask::Subscribe(interests.clone()));
    }
    let was_held = heard.is_some_and(|(_, was_held)| *was_held);
    if was_held != *is_held {
        asks.push(if *is_held { Ask::Hold } else { Ask::Resume });
    }
    asks
}

#[cfg(test)]
mod tests {
    use twin::time::Timestamp;

    use super::*;

    fn live() -> (Owner, Live) {
        let owner = Owner::new();
        let live = owner.with(provide_live);
        (owner, live)
    }

    fn row(id: &str, differs: u32) -> Row {
        Row {
            id: id.to_owned(),
            seq: 1,
            is_enabled: true,
            is_connected: true,
            last_activity: Timestamp::NEVER,
            differs,
            refused: 0,
            since: None,
            region: None,
            site: None,
            class: None,
            firmware_desired: None,
            firmware_reported: None,
            rssi_dbm: None,
        }
    }

    #[test]
    fn a_row_changes_in_its_own_signal_and_only_while_it_is_watched() {
        let (owner, live) = live();
        let (shown, is_gone) = (ArcRwSignal::new(row("a", 0)), ArcRwSignal::new(false));
        let page = owner.with(Owner::new);
        page.with(|| live.watch_row("a", shown.clone(), is_gone.clone()));
        assert_eq!(live.wishes().0.rows, ["a"]);

        live.take(Say::Delta(Delta {
            seq: 5,
            rows: vec![row("a", 2), row("b", 9)],
            ..Delta::default()
        }));
        assert_eq!(shown.with_untracked(|row| row.differs), 2);
        live.take(Say::Delta(Delta {
            seq: 6,
            gone: vec!["a".into()],
            ..Delta::default()
        }));
        assert!(is_gone.get_untracked());
        assert_eq!(live.wishes().0.since, 6);

        drop(page);
        assert!(live.wishes().0.is_empty());
    }

    #[test]
    fn a_device_shown_twice_is_asked_for_once_and_written_twice() {
        let (owner, live) = live();
        let rows: Vec<_> = (0..2).map(|_| ArcRwSignal::new(row("a", 0))).collect();
        owner.with(|| {
            rows.iter()
                .for_each(|row| live.watch_row("a", row.clone(), ArcRwSignal::new(false)))
        });
        assert_eq!(live.wishes().0.rows, ["a"]);
        live.take(Say::Delta(Delta {
            rows: vec![row("a", 1)],
            ..Delta::default()
        }));
        assert!(
            rows.iter()
                .all(|row| row.with_untracked(|row| row.differs == 1))
        );
    }

    #[test]
    fn nothing_is_said_twice_and_holding_is_said_apart() {
        let shown = |since, rows: &[&str]| Interests {
            since,
            rows: rows.iter().map(|id| (*id).to_owned()).collect(),
            ..Interests::default()
        };
        let heard = (shown(3, &["a"]), false);
        assert_eq!(asks(None, &heard), [Ask::Subscribe(heard.0.clone())]);
        assert_eq!(asks(Some(&heard), &(shown(9, &["a"]), false)), []);
        assert_eq!(asks(Some(&heard), &(shown(9, &["a"]), true)), [Ask::Hold]);
        let next = (shown(9, &["b"]), false);
        assert_eq!(
            asks(Some(&(heard.0, true)), &next),
            [Ask::Subscribe(next.0.clone()), Ask::Resume]
        );
    }

    #[test]
    fn held_changes_are_counted_until_they_are_let_in() {
        let (_owner, live) = live();
        live.take(Say::Hello {
            seq: 1,
            build: "b".into(),
        });
        assert_eq!(live.link.get_untracked(), Link::Open);
        live.hold(true);
        live.take(Say::Held { changes: 41 });
        assert_eq!(live.link.get_untracked(), Link::Held { changes: 41 });
        live.hold(false);
        assert_eq!(live.link.get_untracked(), Link::Open);
    }
}
