//! What arrives at the tab, and what the tab wishes to hear: the half of the store that the channel holds.

use reader::{Read, Unread};

use super::protocol::{Ask, COUNTS_MAX, Count, Interests, Pulse, ROWS_MAX};
use super::store::{Link, Live, RowWatch, Watches, Watching};

impl Live {
    /// What the server should hear now.
    pub(super) fn wishes(self) -> (Interests, bool) {
        self.watches
            .try_with_value(|watches| (watches.interests(), watches.is_held))
            .unwrap_or_default()
    }

    /// Takes a message as it came; `build` is called with the server's when it greets. `false` for what cannot be read.
    pub(super) fn take(self, text: &str, greeted: impl FnOnce(&str)) -> bool {
        // What this build does not understand, another build said: the greeting tells.
        let Ok(heard) = reader::from_str::<Heard>(text) else {
            return false;
        };
        match heard {
            Heard::Hello { build } => {
                greeted(&build);
                self.link.set(if self.is_held() {
                    Link::Held { changes: 0 }
                } else {
                    Link::Open
                });
            }
            Heard::Delta(parts) => self.apply(parts),
            Heard::Held { changes } => {
                if self.is_held() {
                    self.link.set(Link::Held { changes });
                }
            }
        }
        true
    }

    /// Writes a whole message into the signals of what it is about.
    fn apply(self, parts: Parts) {
        self.watches
            .try_update_value(|watches| watches.seq = watches.seq.max(parts.seq));
        self.pulse.set(parts.pulse);
        // What is written is taken out first: whoever reacts to a signal may watch something else.
        let overviews = self.taken(|watches| of(&watches.overviews, "", Clone::clone));
        for (overview, field) in overviews {
            if let Some(part) = &parts.overview {
                overview.read(part.get());
            }
            if let Some(part) = &parts.field {
                field.read(part.get());
            }
        }
        for part in &parts.rows {
            let row = |watch: &RowWatch| watch.row.clone();
            for reader in self.taken(|watches| of(&watches.rows, &id_of(part), row)) {
                reader.read(part.get());
            }
        }
        for id in &parts.gone {
            let is_gone = |watch: &RowWatch| watch.is_gone.clone();
            for is_gone in self.taken(|watches| of(&watches.rows, id, is_gone)) {
                is_gone.set(true);
            }
        }
        for Count { condition, total } in parts.counts {
            for signal in self.taken(|watches| of(&watches.counts, &condition, Clone::clone)) {
                signal.set(Some(total));
            }
        }
        if let Some(part) = &parts.device {
            for reader in self.taken(|watches| of(&watches.devices, &id_of(part), Clone::clone)) {
                reader.read(part.get());
            }
        }
    }

    fn taken<T>(self, take: impl FnOnce(&Watches) -> Vec<T>) -> Vec<T> {
        self.watches.try_with_value(take).unwrap_or_default()
    }
}

/// [`Say`](super::protocol::Say) as the channel reads it: what is for a page stays text.
#[derive(Read)]
#[serde(rename_all = "snake_case")]
enum Heard {
    Hello { build: String },
    Delta(Parts),
    Held { changes: u64 },
}

/// [`Delta`](super::protocol::Delta), its parts not read yet.
#[derive(Read)]
struct Parts {
    seq: u64,
    pulse: Pulse,
    #[serde(default)]
    overview: Option<Unread>,
    #[serde(default)]
    field: Option<Unread>,
    #[serde(default)]
    rows: Vec<Unread>,
    #[serde(default)]
    gone: Vec<String>,
    #[serde(default)]
    counts: Vec<Count>,
    #[serde(default)]
    device: Option<Unread>,
}

/// Whom a part is about; empty when it does not say.
fn id_of(part: &Unread) -> String {
    #[derive(Read)]
    struct Named {
        id: String,
    }
    let named = reader::from_str::<Named>(part.get());
    named.map(|named| named.id).unwrap_or_default()
}

impl Watches {
    fn interests(&self) -> Interests {
        Interests {
            since: self.seq,
            overview: !self.overviews.is_empty(),
            rows: names(&self.rows, ROWS_MAX),
            columns: newest(&self.columns).cloned().unwrap_or_default(),
            counts: names(&self.counts, COUNTS_MAX),
            device: names(&self.devices, 1).pop(),
        }
    }
}

/// The distinct names in a table, the newest watchers first when they are too many.
fn names<T>(table: &Watching<T>, max: usize) -> Vec<String> {
    let mut names = Vec::new();
    for (_, name, _) in table.iter().rev() {
        if names.len() == max {
            break;
        }
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// What the newest watcher of a table watches.
fn newest<T>(table: &Watching<T>) -> Option<&T> {
    table.last().map(|(.., watch)| watch)
}

fn of<T, S>(table: &Watching<T>, name: &str, take: impl Fn(&T) -> S) -> Vec<S> {
    table
        .iter()
        .filter(|(_, watched, _)| watched == name)
        .map(|(.., watch)| take(watch))
        .collect()
}

/// What the channel says to bring the server from what it heard to what is wished.
pub(super) fn asks(heard: Option<&(Interests, bool)>, wished: &(Interests, bool)) -> Vec<Ask> {
    let is_same = |one: &Interests, other: &Interests| {
        (one.overview, &one.rows, &one.columns) == (other.overview, &other.rows, &other.columns)
            && (&one.counts, &one.device) == (&other.counts, &other.device)
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

    use leptos::prelude::{ArcRwSignal, Owner};

    use super::*;
    use crate::api::devices::Row;
    use crate::live::protocol::{Delta, Say};
    use crate::live::provide_live;

    fn takes(live: Live, say: &Say) {
        assert!(live.take(&serde_json::to_string(say).unwrap(), |_| ()));
    }

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
            cells: Vec::new(),
        }
    }

    #[test]
    fn a_row_changes_in_its_own_signal_and_only_while_it_is_watched() {
        let (owner, live) = live();
        let (shown, is_gone) = (ArcRwSignal::new(row("a", 0)), ArcRwSignal::new(false));
        let page = owner.with(Owner::new);
        page.with(|| live.watch_row("a", shown.clone(), is_gone.clone()));
        assert_eq!(live.wishes().0.rows, ["a"]);

        takes(
            live,
            &Say::Delta(Delta {
                seq: 5,
                rows: vec![row("a", 2), row("b", 9)],
                ..Delta::default()
            }),
        );
        assert_eq!(shown.with_untracked(|row| row.differs), 2);
        takes(
            live,
            &Say::Delta(Delta {
                seq: 6,
                gone: vec!["a".into()],
                ..Delta::default()
            }),
        );
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
            for row in &rows {
                live.watch_row("a", row.clone(), ArcRwSignal::new(false));
            }
        });
        assert_eq!(live.wishes().0.rows, ["a"]);
        takes(
            live,
            &Say::Delta(Delta {
                rows: vec![row("a", 1)],
                ..Delta::default()
            }),
        );
        assert!(
            rows.iter()
                .all(|row| row.with_untracked(|row| row.differs == 1))
        );
    }

    #[test]
    fn a_list_keeps_its_columns_when_the_one_before_ends_after_it_began() {
        let (owner, live) = live();
        let lists = [owner.with(Owner::new), owner.with(Owner::new)];
        for list in &lists {
            list.with(|| live.watch_columns(vec!["tags.region".to_owned()]));
        }
        let [before, now] = lists;
        before.cleanup();
        assert_eq!(live.wishes().0.columns, ["tags.region"]);
        now.cleanup();
        assert!(live.wishes().0.columns.is_empty());
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
        takes(
            live,
            &Say::Hello {
                seq: 1,
                build: "b".into(),
            },
        );
        assert_eq!(live.link.get_untracked(), Link::Open);
        live.hold(true);
        takes(live, &Say::Held { changes: 41 });
        assert_eq!(live.link.get_untracked(), Link::Held { changes: 41 });
        live.hold(false);
        assert_eq!(live.link.get_untracked(), Link::Open);
    }
}
