//! What arrives at the tab, and what the tab wishes to hear: the half of the store that the channel holds.

use leptos::prelude::*;

use super::protocol::{Ask, COUNTS_MAX, Count, Delta, Interests, ROWS_MAX, Say};
use super::store::{Link, Live, RowWatch, Watches, Watching};
use crate::api::devices::Row;

impl Live {
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
fn names<T>(table: &Watching<T>, max: usize) -> Vec<String> {
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

fn of<T, S>(table: &Watching<T>, name: &str, take: impl Fn(&T) -> S) -> Vec<S> {
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
    use crate::live::provide_live;

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
            for row in &rows {
                live.watch_row("a", row.clone(), ArcRwSignal::new(false));
            }
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
