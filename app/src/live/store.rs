//! The reactive store of one tab: what is shown, and the signals that the channel writes.

use std::fmt;
use std::sync::Arc;

use futures::channel::mpsc;
use leptos::prelude::*;
use reader::Read;

use super::protocol::Pulse;
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
    /// Whether the server runs another build than this tab.
    pub is_outdated: RwSignal<bool>,
    pub(super) watches: StoredValue<Watches>,
    wake: StoredValue<mpsc::Sender<()>>,
    woken: StoredValue<Option<mpsc::Receiver<()>>>,
}

/// Everything that is watched, each under the number of its watcher.
#[derive(Debug, Default)]
#[cfg_attr(
    not(any(feature = "hydrate", test)),
    expect(dead_code, reason = "only a browser reads what is watched")
)]
pub(super) struct Watches {
    next: u64,
    /// The sequence that the tab stands at.
    pub(super) seq: u64,
    pub(super) is_held: bool,
    pub(super) overviews: Watching<(Reader, Reader)>,
    pub(super) rows: Watching<RowWatch>,
    /// The paths that the rows of the list on the page show beside what all rows do.
    pub(super) columns: Watching<Vec<String>>,
    pub(super) counts: Watching<ArcRwSignal<Option<u64>>>,
    pub(super) devices: Watching<Reader>,
}

/// Reads a part of a message into the signal it is shown by. The code for a type of part is the page's that watches it:
/// the channel, which every page loads, knows none of them.
#[derive(Clone)]
#[cfg_attr(
    not(any(feature = "hydrate", test)),
    expect(dead_code, reason = "only a browser reads what is watched")
)]
pub(super) struct Reader(Arc<dyn Fn(&str) + Send + Sync>);

impl Reader {
    fn into<T>(signal: ArcRwSignal<T>) -> Self
    where
        T: Read + PartialEq + Send + Sync + 'static,
    {
        Self(Arc::new(move |text| {
            // What this build cannot read, another build said: the greeting tells.
            let Ok(part) = reader::from_str::<T>(text) else {
                return;
            };
            if signal.with_untracked(|shown| shown != &part) {
                signal.set(part);
            }
        }))
    }

    #[cfg(any(feature = "hydrate", test))]
    pub(super) fn read(&self, text: &str) {
        (self.0)(text);
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}

/// The number of each watcher, the oldest first, what it named, and what that is shown by.
pub(super) type Watching<T> = Vec<(u64, String, T)>;

#[derive(Debug)]
#[cfg_attr(
    not(any(feature = "hydrate", test)),
    expect(dead_code, reason = "only a browser reads what is watched")
)]
pub(super) struct RowWatch {
    pub(super) row: Reader,
    pub(super) is_gone: ArcRwSignal<bool>,
}

/// Makes the tab's store and gives it to everything below. Call it once, at the root: it must outlive all pages.
pub fn provide_live() -> Live {
    // One place is enough: a hint that finds another waiting has nothing to add.
    let (wake, woken) = mpsc::channel(1);
    let live = Live {
        link: RwSignal::default(),
        pulse: RwSignal::default(),
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

    /// Keeps the figures and the squares of the fleet current for as long as the calling component lives; `None` until
    /// they arrive.
    pub fn watch_overview(
        self,
        overview: ArcRwSignal<Option<Overview>>,
        field: ArcRwSignal<Option<Field>>,
    ) {
        let readers = (Reader::into(overview), Reader::into(field));
        self.watch(|watches| &mut watches.overviews, String::new(), readers);
    }

    /// Keeps a row current for as long as the calling component lives; `is_gone` turns true when its device is
    /// deleted. The row stays where it is: order and number of rows are the page's.
    pub fn watch_row(self, id: &str, row: ArcRwSignal<Row>, is_gone: ArcRwSignal<bool>) {
        let row = Reader::into(row);
        self.watch(
            |watches| &mut watches.rows,
            id.to_owned(),
            RowWatch { row, is_gone },
        );
    }

    /// Lets rows bring what they hold at these paths, for as long as the calling component lives: a page has one list,
    /// the newest.
    pub fn watch_columns(self, paths: Vec<String>) {
        self.watch(|watches| &mut watches.columns, String::new(), paths);
    }

    /// The count of a condition, kept current for as long as the calling component lives; `None` until it arrives.
    pub fn watch_count(self, condition: &str) -> ArcRwSignal<Option<u64>> {
        let total = ArcRwSignal::new(None);
        self.watch(
            |watches| &mut watches.counts,
            condition.to_owned(),
            total.clone(),
        );
        total
    }

    /// Keeps a device current for as long as the calling component lives.
    pub fn watch_device(self, id: &str, device: ArcRwSignal<Device>) {
        let reader = Reader::into(device);
        self.watch(|watches| &mut watches.devices, id.to_owned(), reader);
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

    /// Puts a watch into one of the tables until the calling owner is disposed.
    fn watch<T: 'static>(
        self,
        table: fn(&mut Watches) -> &mut Watching<T>,
        name: String,
        watch: T,
    ) {
        let mut number = 0;
        self.change(|watches| {
            watches.next += 1;
            number = watches.next;
            table(watches).push((number, name, watch));
        });
        on_cleanup(move || {
            self.change(|watches| {
                let table = table(watches);
                if let Ok(at) = table.binary_search_by_key(&number, |(number, ..)| *number) {
                    table.remove(at);
                }
            });
        });
    }

    /// Changes what is watched and lets the channel know.
    fn change(self, change: impl FnOnce(&mut Watches)) {
        self.watches.try_update_value(change);
        self.wake();
    }
}
