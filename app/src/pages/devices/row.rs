//! One device of the list, kept current in place.

use std::sync::Arc;

use leptos::web_sys::HtmlInputElement;
use twin::time::Timestamp;

use super::selection::Selection;
use super::words;
use crate::api::devices::{Column, Row, Shows};
use crate::format;
use crate::live::use_live;
use crate::prelude::*;
use crate::router::use_query_map;
use crate::routes::{Address, Glance, Search};
use crate::ui::{Icon, Mark, Symbol};

/// A row of the page and what has become of it since the page was read, whether it stands in the document or not.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) id: String,
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

/// What all rows of a page share.
#[derive(Clone, Copy)]
pub(super) struct Shared {
    pub(super) now: Signal<Timestamp>,
    pub(super) selection: Selection,
    /// The devices of the page, in order.
    pub(super) ids: StoredValue<Arc<[String]>>,
    pub(super) columns: StoredValue<Arc<[Column]>>,
    /// Devices before the page.
    pub(super) before: u64,
    /// The row that is looked at.
    pub(super) looked_at: RwSignal<Option<usize>>,
}

/// The row of a device; `number` is its place in the whole table, the head being the first.
#[component]
pub(super) fn Line(entry: Entry, number: u64, shared: Shared) -> impl IntoView {
    let Entry { id, row, is_gone } = entry;
    let Shared {
        now,
        selection,
        ids,
        columns,
        before,
        looked_at,
    } = shared;
    let at = usize::try_from(number - before - 2).unwrap_or_default();
    // The device's page goes on from here to its neighbors in this list.
    let list = use_query_map().with_untracked(|query| Search::read(|name| query.get(name)));
    let href = Address::DeviceAs(id.clone(), Glance::in_list(&list)).href();
    let short = format::middle(&id, ID_LETTERS);
    let full = (short != id).then(|| id.clone());
    let (row, is_gone) = (RwSignal::from(row), RwSignal::from(is_gone));
    let label = format!("Select {id}");
    let look = format!("Look at {id}");
    let is_selected = memo(move || selection.has(&id));
    let press = move |event: leptos::ev::MouseEvent| {
        ids.with_value(|ids| selection.press(ids, at, event.shift_key()));
        // Pressing it may change nothing: as many may be selected as can be.
        let tick: HtmlInputElement = event_target(&event);
        tick.set_checked(is_selected.get_untracked());
    };
    let cells = columns.with_value(|columns| {
        let cell = |column: &Column| {
            view! { <Cell shows=column.shows is_number=column.is_number row=row now=now /> }
        };
        columns.iter().map(cell).collect_view()
    });
    view! {
        <tr
            tabindex="-1"
            aria-rowindex=number.to_string()
            aria-selected=move || is_selected.get().then_some("true")
            data-gone=move || is_gone.get().then_some("")
        >
            <td class="mono">
                <input class="tick needs-script" type="checkbox" aria-label=label prop:checked=is_selected on:click=press />
                <a class="plain" href=href title=full>{short}</a>
                <button class="look needs-script" type="button" tabindex="-1" aria-label=look title="Look (O)" on:click=move |_| looked_at.set(Some(at))>
                    <Symbol icon=Icon::More />
                </button>
            </td>
            {cells}
        </tr>
    }
}

/// One cell.
#[component]
fn Cell(
    shows: Shows,
    is_number: bool,
    row: RwSignal<Row>,
    now: Signal<Timestamp>,
) -> impl IntoView {
    let class = is_number.then_some("num");
    match shows {
        Shows::State => {
            let standing = memo(move || row.with(|row| words::standing(row, now.get())));
            view! {
                <td>
                    <span class="state" data-tone=move || standing.get().0.tone()>
                        <Mark is=derived(move || standing.get().0) />
                        <span>{move || standing.get().1}</span>
                    </span>
                </td>
            }
        }
        Shows::Firmware => {
            view! {
                <td class="mono">
                    {move || view! { <Firmware reported=row.with(|row| row.firmware_reported.clone()) desired=row.with(|row| row.firmware_desired.clone()) /> }}
                </td>
            }
        }
        Shows::Signal => {
            view! { <td class="num">{move || view! { <Strength rssi_dbm=row.with(|row| row.rssi_dbm) /> }}</td> }
        }
        Shows::Since | Shows::LastReport => {
            let at = move || {
                row.with(|row| match shows {
                    Shows::Since => row.since.unwrap_or(Timestamp::NEVER),
                    _ => row.last_activity,
                })
            };
            view! { <td class="num" title=move || format::instant(at())>{move || format::lasting(at(), now.get())}</td> }
        }
        Shows::Site | Shows::Differs | Shows::Cell(_) => {
            let words = move || {
                row.with(|row| match shows {
                    Shows::Differs if row.differs > 0 => {
                        format::plural(u64::from(row.differs), "path", "paths")
                    }
                    Shows::Site => words::place(row),
                    Shows::Cell(at) => words::cell(row, at),
                    _ => format::UNKNOWN.to_owned(),
                })
            };
            view! { <td class=class title=words>{words}</td> }
        }
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
