//! The table of a page of devices: the blocks of rows near what is seen stand in the document, keys lead from row to
//! row and over the ends of the page.

use std::ops::Range;

use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, EventTarget, HtmlElement};
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use twin::time::Timestamp;

use super::list::COLUMNS;
use super::row::{Entry, Line};
use super::window::{self, Step};
use crate::api::devices::Page;
use crate::browser;
use crate::routes::{Address, Search};
use crate::shell::{use_key, use_now};
use crate::ui::{Order, SortHead};

/// The height of a row before one was measured, in pixels.
const ROW_HEIGHT: f64 = 30.0;

/// Where the focus goes in a page that is shown next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Enter {
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// To the head that the page is ordered by.
    Head,
}

/// The ways to other pages.
#[derive(Clone, Debug)]
pub(super) struct Ways {
    pub(super) earlier: Option<String>,
    pub(super) later: Option<String>,
    pub(super) start: String,
    pub(super) end: String,
}

/// The table with its rows.
#[component]
pub(super) fn Table(
    page: Page,
    search: Search,
    ways: Ways,
    enter: RwSignal<Option<Enter>>,
) -> impl IntoView {
    let now = use_now();
    let view = Window::new(page.before, page.rows.len());
    view.follow(enter);
    let keys = keys(view, ways, enter);
    let (before, rows) = (page.before, page.rows.len());
    // Rows that do not stand in the document are kept current too: they come back as they are then.
    let entries: Vec<_> = page.rows.into_iter().map(Entry::watch).collect();
    let search = StoredValue::new(search);
    let block = |(number, range): (usize, Range<usize>)| {
        view! { <Block number=number entries=entries[range.clone()].to_vec() first=before + range.start as u64 view=view now=now /> }
    };
    let head = |name, by, numbers| {
        view! { <Head name=name by=by numbers=numbers search=search.get_value() enter=enter /> }
    };
    view! {
        <div class="scroll-x">
            <table
                class="table"
                data-edge="flush"
                node_ref=view.table
                aria-rowcount=(page.total + 1).to_string()
                on:keydown=keys
                on:focusin=move |event| view.keep(event.target())
                on:focusout=move |event: FocusEvent| view.keep(event.related_target())
            >
                <thead class="stick">
                    <tr aria-rowindex="1">
                        {head("Device", "deviceId", false)}
                        <th scope="col">"State"</th>
                        {head("Site", "tags.site", false)}
                        <th scope="col">"Firmware " <span class="faint">"reported → desired"</span></th>
                        {head("Differs in", "drift.count", true)}
                        {head("For", "drift.since", true)}
                        {head("Signal", "properties.reported.network.rssi_dbm", true)}
                        {head("Last report", "lastActivityTime", true)}
                    </tr>
                </thead>
                {window::blocks(rows).into_iter().enumerate().map(block).collect_view()}
            </table>
        </div>
    }
}

/// The head of a column that sorts: pressing it again turns the order round.
#[component]
fn Head(
    name: &'static str,
    by: &'static str,
    numbers: bool,
    search: Search,
    enter: RwSignal<Option<Enter>>,
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
        ..Search::default()
    })
    .href();
    view! {
        <SortHead
            name=name
            href=Signal::stored(href)
            order=Signal::stored(order)
            numbers=numbers
            on_press=move |()| enter.set(Some(Enter::Head))
        />
    }
}

/// Some rows, or room for them.
#[component]
fn Block(
    number: usize,
    entries: Vec<Entry>,
    /// Devices before the first of them.
    first: u64,
    view: Window,
    now: Signal<Timestamp>,
) -> impl IntoView {
    let is_shown = view.shows(number);
    let count = entries.len();
    let entries = StoredValue::new(entries);
    let lines = move || {
        let numbered = entries.get_value().into_iter().zip(first + 2..);
        numbered
            .map(|(entry, number)| view! { <Line entry=entry number=number now=now /> })
            .collect_view()
    };
    view! {
        <tbody aria-hidden=move || (!is_shown.get()).then_some("true")>
            <Show
                when=move || is_shown.get()
                fallback=move || view! { <tr class="room"><td colspan=COLUMNS.len().to_string() style:height=move || view.height(count)></td></tr> }
            >
                {lines()}
            </Show>
        </tbody>
    }
}

/// What of a page stands in the document.
#[derive(Clone, Copy)]
struct Window {
    table: NodeRef<html::Table>,
    /// Devices before the page.
    before: u64,
    rows: usize,
    /// The blocks near what is seen.
    near: RwSignal<Range<usize>>,
    /// The block that has the focus.
    kept: RwSignal<Option<usize>>,
    /// The row that the focus is on its way to, while it comes into the document.
    going: RwSignal<Option<usize>>,
    row_height: RwSignal<f64>,
}

impl Window {
    fn new(before: u64, rows: usize) -> Self {
        // The server writes the whole page, so that it reads without scripts. What takes over its document must begin
        // with the same.
        let near = if browser::is_hydrated() {
            window::beginning(rows)
        } else {
            0..window::blocks(rows).len()
        };
        Self {
            table: NodeRef::new(),
            before,
            rows,
            near: RwSignal::new(near),
            kept: RwSignal::new(None),
            going: RwSignal::new(None),
            row_height: RwSignal::new(ROW_HEIGHT),
        }
    }

    fn shows(self, block: usize) -> Memo<bool> {
        Memo::new(move |_| {
            self.near.with(|near| near.contains(&block))
                || self.kept.get() == Some(block)
                || self.going.get().map(window::block_of) == Some(block)
        })
    }

    /// The height of some rows, as a style.
    fn height(self, rows: usize) -> String {
        #[expect(clippy::cast_precision_loss, reason = "a block has a few rows")]
        let height = self.row_height.get() * rows as f64;
        format!("{height}px")
    }

    /// Follows what is seen for as long as the calling component lives, and enters the page where it is to be.
    fn follow(self, enter: RwSignal<Option<Enter>>) {
        Effect::new(move |_| {
            let look = move || self.look();
            look();
            let scrolled = window_event_listener(leptos::ev::scroll, move |_| look());
            let resized = window_event_listener(leptos::ev::resize, move |_| look());
            on_cleanup(move || {
                scrolled.remove();
                resized.remove();
            });
            match enter.try_update_untracked(Option::take).flatten() {
                None => {}
                Some(Enter::First) => self.go(0),
                Some(Enter::Last) => self.go(self.rows.saturating_sub(1)),
                Some(Enter::Head) => {
                    self.focus("thead [aria-sort] a");
                }
            }
        });
    }

    /// Looks which rows are seen.
    fn look(self) {
        let Some(table) = self.table.get_untracked() else {
            return;
        };
        let element = |selector| table.query_selector(selector).ok().flatten();
        let measured = element("tbody:not([aria-hidden]) tr").map_or(0.0, |row| {
            let (frame, next) = (browser::frame(&row), row.next_element_sibling());
            let end = next.map_or(frame.bottom, |next| browser::frame(&next).top);
            end - frame.top
        });
        if measured > 0.0 && (measured - self.row_height.get_untracked()).abs() > 0.01 {
            self.row_height.set(measured);
        }
        let height = window().inner_height().ok();
        let (Some(body), Some(height)) = (element("tbody"), height.and_then(|px| px.as_f64()))
        else {
            return;
        };
        let top = browser::frame(&body).top;
        let row_height = self.row_height.get_untracked();
        let near = window::near(
            self.rows,
            whole((-top / row_height).floor()),
            whole((height / row_height).ceil()) + 1,
        );
        if self.near.with_untracked(|now| *now != near) {
            self.near.set(near);
        }
    }

    /// Keeps the block of an element in the document, as long as that has the focus.
    fn keep(self, element: Option<EventTarget>) {
        let kept = self.row_of(element).map(window::block_of);
        if self.kept.get_untracked() != kept {
            self.kept.set(kept);
        }
    }

    /// The number of the row that an element is in.
    fn row_of(self, element: Option<EventTarget>) -> Option<usize> {
        let element: Element = element?.dyn_into().ok()?;
        let row = element.closest("tbody tr").ok()??;
        let number: u64 = row.get_attribute("aria-rowindex")?.parse().ok()?;
        usize::try_from(number.checked_sub(self.before + 2)?).ok()
    }

    /// Moves the focus to a row, which comes into the document first if it is not there.
    fn go(self, row: usize) {
        let number = self.before + row as u64 + 2;
        let selector = format!("tr[aria-rowindex=\"{number}\"]");
        if self.focus(&selector) {
            return;
        }
        self.going.set(Some(row));
        request_animation_frame(move || {
            // Keys may have led further meanwhile.
            if self.going.try_get_untracked().flatten() == Some(row) {
                self.focus(&selector);
                self.going.set(None);
            }
        });
    }

    /// The row that keys lead from: the one that the focus is in, or on its way to.
    fn row_left(self, element: Option<EventTarget>) -> Option<usize> {
        let going = self.going.get_untracked();
        going.or_else(|| self.row_of(element))
    }

    /// Moves the focus to an element of the table; `false` when it is not there.
    fn focus(self, selector: &str) -> bool {
        let table = self.table.try_get_untracked().flatten();
        let found = table.and_then(|table| table.query_selector(selector).ok().flatten());
        let found = found.and_then(|found| found.dyn_into::<HtmlElement>().ok());
        found.is_some_and(|found| found.focus().is_ok())
    }

    /// The first row that is seen whole.
    fn first_seen(self) -> usize {
        let table = self.table.get_untracked();
        let body = table.and_then(|table| table.query_selector("tbody").ok().flatten());
        let top = body.map_or(0.0, |body| browser::frame(&body).top);
        whole((-top / self.row_height.get_untracked()).ceil())
    }
}

/// What the keys of the list do: `j` and `k` and the arrows move between rows and pages, `Home` and `End` lead to the
/// ends of the list, `Enter` opens.
fn keys(
    view: Window,
    ways: Ways,
    enter: RwSignal<Option<Enter>>,
) -> impl Fn(KeyboardEvent) + 'static {
    use_key("j", "Go to the devices in sight", move || {
        view.go(view.first_seen().min(view.rows.saturating_sub(1)));
    });
    let navigate = use_navigate();
    move |event| {
        let Some(row) = view.row_left(event.target()) else {
            return;
        };
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let key = event.key();
        let leave = |href: Option<&String>, at: Enter| {
            if let Some(href) = href {
                enter.set(Some(at));
                navigate(href, NavigateOptions::default());
            }
        };
        match window::step(&key, row, view.rows) {
            Some(Step::Row(row)) => view.go(row),
            Some(Step::Earlier) => leave(ways.earlier.as_ref(), Enter::Last),
            Some(Step::Later) => leave(ways.later.as_ref(), Enter::First),
            Some(Step::Start) if ways.earlier.is_none() => view.go(0),
            Some(Step::Start) => leave(Some(&ways.start), Enter::First),
            Some(Step::End) if ways.later.is_none() => view.go(view.rows.saturating_sub(1)),
            Some(Step::End) => leave(Some(&ways.end), Enter::Last),
            None if key == "Enter" => {
                if let Some(href) = link_of(event.target()) {
                    navigate(&href, NavigateOptions::default());
                }
            }
            None => return,
        }
        event.prevent_default();
    }
}

/// Where the row of an element leads.
fn link_of(element: Option<EventTarget>) -> Option<String> {
    let element: Element = element?.dyn_into().ok()?;
    let row = element.closest("tbody tr").ok()??;
    row.query_selector("a").ok()??.get_attribute("href")
}

/// A measured number of rows; below zero is none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a screen has some hundred rows at most, and what is less than none is none"
)]
fn whole(rows: f64) -> usize {
    rows.clamp(0.0, 100_000.0) as usize
}
