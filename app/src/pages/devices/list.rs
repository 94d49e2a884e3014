//! The list of devices: one page of it as a table, and the ways to the others.

use super::found::Found;
use super::selection::Selection;
use super::table::{Enter, Table, Ways};
use super::words;
use crate::api::devices::Page;
use crate::format;
use crate::live::use_live;
use crate::prelude::*;
use crate::routes::{Address, At, Search};
use crate::ui::{Button, GhostRows, Size};

/// The heads of the table.
pub(super) const COLUMNS: [&str; 8] = [
    "Device",
    "State",
    "Site",
    "Firmware",
    "Differs in",
    "For",
    "Signal",
    "Last report",
];

/// The shape of a page that is on its way.
#[component]
pub(super) fn Coming(#[prop(default = 24)] rows: usize) -> impl IntoView {
    view! {
        <div class="results">
            <div class="scroll-x">
                <GhostRows columns=&COLUMNS rows=rows />
            </div>
        </div>
    }
}

/// The order of the list, and that other devices match by now: rows come and go only on a person's word.
#[component]
pub(super) fn Order(page: Page, search: Memo<Search>, found: Found) -> impl IntoView {
    let Page {
        sorted,
        total,
        answered,
        ..
    } = page;
    // Counting what documents are read for would read them again and again.
    let now = (!answered.is_by_scan).then(|| {
        let query = search.with_untracked(|search| search.query.clone());
        RwSignal::from(use_live().watch_count(&query))
    });
    // The button stays the same while they are counted: one that is made anew under the pointer loses its press.
    let other = memo(move || now?.get().filter(|now| *now != total));
    let words = move || {
        let now = other.get()?;
        let matches = format::plural(now, "device matches", "devices match");
        Some(format!("{matches} by now"))
    };
    view! {
        <span class="dim">{sorted}</span>
        <Show when=move || other.with(Option::is_some)>
            <span>{words}</span>
            <Button size=Size::Small on_press=move |()| found.again()>"Show them"</Button>
        </Show>
    }
}

/// One page of rows.
#[component]
pub(super) fn List(
    page: Page,
    search: Search,
    selection: Selection,
    /// Where the focus goes when a page is shown that was asked for from within the list.
    enter: RwSignal<Option<Enter>>,
    /// Told how many match in all, where scripts run.
    total: RwSignal<Option<u64>>,
) -> impl IntoView {
    let count = page.total;
    effect(move || total.set(Some(count)));
    let ways = Ways::of(&page, &search);
    let (rows, ends) = (words::rows(&page), ends(&page));
    let way = |name: &'static str, rel: &'static str, href: Option<String>| match href {
        Some(href) => {
            view! { <a class="btn" data-kind="quiet" data-size="sm" rel=rel href=href on:click=move |event| entering(&event, enter)>{name}</a> }
        }
        None => {
            view! { <span class="btn" data-kind="quiet" data-size="sm" aria-disabled="true" role="link">{name}</span> }
        }
    };
    let (earlier, later) = (ways.earlier.clone(), ways.later.clone());
    view! {
        <section class="results" aria-label="Results">
            <Table page=page search=search ways=ways selection=selection enter=enter />
            <p class="rows">
                <span>{rows}</span>
                <span class="faint mono ends">{ends}</span>
                <span class="end btns">{way("Earlier", "prev", earlier)} {way("Later", "next", later)}</span>
            </p>
        </section>
    }
}

impl Ways {
    /// The ways from a page.
    fn of(page: &Page, search: &Search) -> Self {
        let href = |at: At| Address::Devices(search.at(at)).href();
        Self {
            earlier: page.earlier.clone().map(|place| href(At::Before(place))),
            later: page.later.clone().map(|place| href(At::After(place))),
            start: href(At::First),
            end: href(At::Last),
        }
    }
}

/// The ids at both ends of a page.
fn ends(page: &Page) -> Option<String> {
    let (first, last) = (page.rows.first()?, page.rows.last()?);
    let short = |id: &str| format::middle(id, 16);
    Some(format!("{} to {}", short(&first.id), short(&last.id)))
}

/// The page that is asked for is entered at its first row, unless it opens in another tab.
fn entering(event: &leptos::ev::MouseEvent, enter: RwSignal<Option<Enter>>) {
    if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
        enter.set(Some(Enter::First));
    }
}
