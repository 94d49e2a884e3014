//! One device of the list, kept current in place.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use twin::time::Timestamp;

use super::words;
use crate::api::devices::Row;
use crate::format;
use crate::live::use_live;
use crate::routes::{Address, Glance, Search};
use crate::ui::Mark;

/// A row of the page and what has become of it since the page was read, whether it stands in the document or not.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    id: String,
    row: ArcRwSignal<Row>,
    is_gone: ArcRwSignal<bool>,
}

impl Entry {
    /// Keeps the row current for as long as the calling component lives.
    pub(super) fn watch(row: Row) -> Self {
        let id = row.id.clone();
        let (row, is_gone) = (ArcRwSignal::new(row), ArcRwSignal::new(false));
        use_live().watch_row(&id, row.clone(), is_gone.clone());
        Self { id, row, is_gone }
    }
}

/// Letters of an id that have room; what is left out of a longer one is in its middle.
const ID_LETTERS: usize = 20;

/// The row of a device; `number` is its place in the whole table, the head being the first.
#[component]
pub(super) fn Line(entry: Entry, number: u64, now: Signal<Timestamp>) -> impl IntoView {
    let Entry { id, row, is_gone } = entry;
    // The device's page goes on from here to its neighbors in this list.
    let list = use_query_map().with_untracked(|query| Search::read(|name| query.get(name)));
    let href = Address::DeviceAs(id.clone(), Glance::in_list(&list)).href();
    let short = format::middle(&id, ID_LETTERS);
    let full = (short != id).then_some(id);
    let (row, is_gone) = (RwSignal::from(row), RwSignal::from(is_gone));
    let standing = Memo::new(move |_| row.with(|row| words::standing(row, now.get())));
    let since = move || row.with(|row| row.since).unwrap_or(Timestamp::NEVER);
    view! {
        <tr tabindex="-1" aria-rowindex=number.to_string() data-gone=move || is_gone.get().then_some("")>
            <td class="mono"><a class="plain" href=href title=full>{short}</a></td>
            <td>
                <span class="state" data-tone=move || standing.get().0.tone()>
                    <Mark is=Signal::derive(move || standing.get().0) />
                    <span>{move || standing.get().1}</span>
                </span>
            </td>
            <td>{move || row.with(words::place)}</td>
            <td class="mono">{move || view! { <Firmware reported=row.with(|row| row.firmware_reported.clone()) desired=row.with(|row| row.firmware_desired.clone()) /> }}</td>
            <td class="num">
                {move || match row.with(|row| row.differs) {
                    0 => format::UNKNOWN.to_owned(),
                    n => format::plural(u64::from(n), "path", "paths"),
                }}
            </td>
            <td class="num" title=move || format::instant(since())>{move || format::lasting(since(), now.get())}</td>
            <td class="num">{move || view! { <Strength rssi_dbm=row.with(|row| row.rssi_dbm) /> }}</td>
            <td class="num" title=move || row.with(|row| format::instant(row.last_activity))>
                {move || row.with(|row| format::lasting(row.last_activity, now.get()))}
            </td>
        </tr>
    }
}

/// What it reports, and what is asked for when that is something else.
#[component]
fn Firmware(reported: Option<String>, desired: Option<String>) -> impl IntoView {
    let differs = desired.is_some() && desired != reported;
    view! {
        <span class="pair">
            <span class="is-reported">{reported.unwrap_or_else(|| format::UNKNOWN.into())}</span>
            {differs
                .then(|| {
                    view! {
                        <span class="to" aria-label="asked for">"→"</span>
                        <span class="is-desired">{desired}</span>
                    }
                })}
        </span>
    }
}

/// Four bars and the figure.
#[component]
fn Strength(rssi_dbm: Option<f64>) -> impl IntoView {
    let on = rssi_dbm.map_or(0, words::bars);
    let bars = (0..4)
        .map(|bar| view! { <i data-bar=bar.to_string() data-on=(bar < on).then_some("")></i> })
        .collect_view();
    let figure = rssi_dbm.map_or_else(
        || format::UNKNOWN.to_owned(),
        |rssi| format!("{} dBm", format::decimal(rssi, 0)),
    );
    view! {
        <span class="signal" aria-hidden="true">{bars}</span>
        {figure}
    }
}
