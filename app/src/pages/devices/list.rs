//! The table of devices: a window of rows of one page, each kept current in place.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement};
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use twin::time::Timestamp;

use super::words;
use crate::api::devices::{Page, Row};
use crate::format;
use crate::live::use_live;
use crate::routes::{Address, Search};
use crate::shell::use_now;
use crate::ui::{Mark, Order, SortHead};

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

/// Rows in the document at once; the rest of the page waits below until it is scrolled near.
const WINDOW: usize = 60;
/// How many rows the window moves on by.
const STEP: usize = 20;

/// One page of rows.
#[component]
pub(super) fn List(page: Page, search: Search) -> impl IntoView {
    let now = use_now();
    let navigate = use_navigate();
    let open = move |href: &str| navigate(href, NavigateOptions::default());
    let shown = page.rows.len();
    let (first_id, last_id) = (
        page.rows
            .first()
            .map(|row| format::middle(&row.id, 12))
            .unwrap_or_default(),
        page.rows
            .last()
            .map(|row| format::middle(&row.id, 12))
            .unwrap_or_default(),
    );
    let rows = StoredValue::new(page.rows);
    let end = RwSignal::new(WINDOW.min(shown));
    let visible = move || rows.with_value(|rows| rows[..end.get().min(rows.len())].to_vec());
    // More rows come into the document as the end is scrolled near; what is there stays where it is.
    let grow = move || end.update(|end| *end = (*end + STEP).min(shown));
    Effect::new(move |_| {
        let near = window_event_listener(leptos::ev::scroll, move |_| {
            if end.get_untracked() < shown && is_near_end() {
                grow();
            }
        });
        on_cleanup(move || near.remove());
    });
    let later = page.next.map(|after| {
        Address::Devices(Search {
            after: Some(after),
            ..search.clone()
        })
        .href()
    });
    let is_first = search.after.is_none();
    let from_start = Address::Devices(Search {
        after: None,
        ..search.clone()
    })
    .href();
    let total = page.total;

    view! {
        <section class="results" aria-label="Results">
            <div class="scroll-x">
                <table class="table" data-edge="flush" aria-rowcount=total.to_string() on:keydown=move |event| move_focus(&event, &open)>
                    <thead>
                        <tr>
                            <Head name="Device" by="deviceId" search=search.clone() />
                            <th scope="col">"State"</th>
                            <Head name="Site" by="tags.site" search=search.clone() />
                            <th scope="col">"Firmware " <span class="faint">"reported → desired"</span></th>
                            <Head name="Differs in" by="drift.count" numbers=true search=search.clone() />
                            <Head name="For" by="drift.since" numbers=true search=search.clone() />
                            <Head name="Signal" by="properties.reported.network.rssi_dbm" numbers=true search=search.clone() />
                            <Head name="Last report" by="lastActivityTime" numbers=true search=search />
                        </tr>
                    </thead>
                    <tbody>
                        <For
                            each=visible
                            key=|row| row.id.clone()
                            children=move |row| view! { <Line row=row now=now /> }
                        />
                    </tbody>
                </table>
            </div>
            <p class="rows">
                <span>{format!("{} of {}", format::plural(shown as u64, "row", "rows"), format::count(total))}</span>
                <span class="faint mono">{format!("{first_id} to {last_id}")}</span>
                <span class="end btns">
                    {(!is_first).then(|| view! { <a class="btn" data-kind="quiet" data-size="sm" href=from_start>"First page"</a> })}
                    {later.map(|href| view! { <a class="btn" data-kind="quiet" data-size="sm" rel="next" href=href>"Later"</a> })}
                </span>
            </p>
        </section>
    }
}

/// The head of a column that sorts: pressing it again turns the order round.
#[component]
fn Head(
    name: &'static str,
    by: &'static str,
    search: Search,
    #[prop(optional)] numbers: bool,
) -> impl IntoView {
    let order = match search.sort.as_deref() {
        Some(sort) if sort == by => Some(Order::Ascending),
        Some(sort) if sort.strip_suffix(" DESC") == Some(by) => Some(Order::Descending),
        None if by == "deviceId" => Some(Order::Ascending),
        _ => None,
    };
    let sort = if order == Some(Order::Ascending) {
        format!("{by} DESC")
    } else {
        by.to_owned()
    };
    let href = Address::Devices(Search {
        query: search.query,
        sort: Some(sort),
        after: None,
    })
    .href();
    view! { <SortHead name=name href=Signal::stored(href) order=Signal::stored(order) numbers=numbers /> }
}

/// One device, kept current; its place in the list does not change under the pointer.
#[component]
fn Line(row: Row, now: Signal<Timestamp>) -> impl IntoView {
    let id = row.id.clone();
    let href = Address::Device(id.clone()).href();
    let (shown, is_gone) = (ArcRwSignal::new(row), ArcRwSignal::new(false));
    use_live().watch_row(&id, shown.clone(), is_gone.clone());
    let row = RwSignal::from(shown);
    let standing = Memo::new(move |_| row.with(|row| words::standing(row, now.get())));
    let firmware = move || {
        let (reported, desired) =
            row.with(|row| (row.firmware_reported.clone(), row.firmware_desired.clone()));
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
    };
    let since = move || row.with(|row| row.since).unwrap_or(Timestamp::NEVER);
    view! {
        <tr tabindex="-1" data-gone=move || is_gone.get().then_some("")>
            <td class="mono"><a class="plain" href=href>{id}</a></td>
            <td>
                <span class="state" data-tone=move || standing.get().0.tone()>
                    <Mark is=Signal::derive(move || standing.get().0) />
                    <span>{move || standing.get().1}</span>
                </span>
            </td>
            <td>{move || row.with(words::place)}</td>
            <td class="mono">{firmware}</td>
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

/// Whether the end of what is in the document is within two screens of what is seen.
fn is_near_end() -> bool {
    let Some(root) = document().document_element() else {
        return false;
    };
    let seen = window()
        .inner_height()
        .ok()
        .and_then(|height| height.as_f64())
        .unwrap_or(0.0);
    let below = f64::from(root.scroll_height()) - f64::from(root.scroll_top()) - seen;
    below < 2.0 * seen
}

/// `j` and `k` move between rows, `Enter` opens.
fn move_focus(event: &KeyboardEvent, open: &impl Fn(&str)) {
    let Some(row) = event
        .target()
        .and_then(|t| t.dyn_into::<Element>().ok())
        .and_then(|e| e.closest("tbody tr").ok().flatten())
    else {
        return;
    };
    let to = match event.key().as_str() {
        "j" | "ArrowDown" => row.next_element_sibling(),
        "k" | "ArrowUp" => row.previous_element_sibling(),
        "Enter" => {
            if let Ok(Some(link)) = row.query_selector("a")
                && let Some(href) = link.get_attribute("href")
            {
                open(&href);
            }
            None
        }
        _ => return,
    };
    event.prevent_default();
    if let Some(to) = to.and_then(|to| to.dyn_into::<HtmlElement>().ok()) {
        // Focus fails only for what is not in the document any more.
        let _ = to.focus();
    }
}
