//! The table of a page of devices: the blocks of rows near what is seen stand in the document, keys lead from row to
//! row and over the ends of the page.

use std::ops::Range;
use std::sync::Arc;

use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, EventTarget, HtmlElement};

use super::peek;
use super::row::{Entry, Line, Shared};
use super::selection::Selection;
use super::window::{self, Step};
use super::words;
use crate::api::devices::{Column, Page, Shows};
use crate::browser;
use crate::live::use_live;
use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::routes::{Address, Search};
use crate::shell::{use_key, use_now};
use crate::ui::{Order, later};

/// The height of a row before one was measured, in pixels.
const ROW_HEIGHT: f64 = 30.0;

/// Columns that have room beside the facets on a wide screen.
const STANDARD_COLUMNS: usize = 7;

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
    selection: Selection,
    enter: RwSignal<Option<Enter>>,
) -> impl IntoView {
    let view = Window::new(page.before, page.rows.len());
    view.follow(enter);
    let (before, rows, total) = (page.before, page.rows.len(), page.total);
    let ids: Arc<[String]> = page.rows.iter().map(|row| row.id.clone()).collect();
    let columns: Arc<[Column]> = page.columns.into();
    let further = columns
        .iter()
        .filter(|column| matches!(column.shows, Shows::Cell(_)));
    use_live().watch_columns(further.map(|column| column.key.clone()).collect());
    let shared = Shared {
        now: use_now(),
        selection,
        ids: StoredValue::new(Arc::clone(&ids)),
        columns: StoredValue::new(Arc::clone(&columns)),
        before,
        looked_at: RwSignal::new(None),
    };
    let looked_at = shared.looked_at;
    let is_wide = (columns.len() > STANDARD_COLUMNS).then_some("");
    let keys = keys(view, ways, enter, shared);
    // Whoever looked at other devices goes on from the last of them.
    Effect::new(move |before: Option<Option<usize>>| {
        let at = looked_at.get();
        if let (None, Some(Some(last))) = (at, before) {
            view.go(last);
        }
        at
    });
    let (sort, search) = (page.sort, StoredValue::new(search));
    // Rows that do not stand in the document are kept current too: they come back as they are then.
    let entries: Vec<_> = page.rows.into_iter().map(Entry::watch).collect();
    let block = |(number, range): (usize, Range<usize>)| {
        view! { <Block number=number entries=entries[range.clone()].to_vec() first=before + range.start as u64 view=view shared=shared /> }
    };
    let head = |column: &Column| {
        let (search, sort) = (search.get_value(), sort.clone());
        view! { <Head column=column.clone() search=search sort=sort enter=enter /> }
    };
    let all = Arc::clone(&ids);
    let is_all = memo(move || selection.has_all(&all));
    let press_all = move |_| shared.ids.with_value(|ids| selection.press_all(ids));
    let width = |column: &Column| view! { <col data-col=words::width(column.shows) /> };
    let first = Column {
        key: "deviceId".to_owned(),
        title: "Device".to_owned(),
        note: None,
        sort: Some("deviceId".to_owned()),
        is_number: false,
        shows: Shows::Cell(0),
    };
    view! {
        <div class="scroll-x" data-wide=is_wide>
            <table
                class="table"
                data-edge="flush"
                node_ref=view.table
                aria-rowcount=(total + 1).to_string()
                on:keydown=keys
                on:focusin=move |event| view.keep(event.target())
                on:focusout=move |event: FocusEvent| view.keep(event.related_target())
            >
                <colgroup>
                    <col data-col="device" />
                    {columns.iter().map(width).collect_view()}
                </colgroup>
                <thead class="stick">
                    <tr aria-rowindex="1">
                        <Head column=first search=search.get_value() sort=sort.clone() enter=enter>
                            <input
                                class="tick needs-script"
                                type="checkbox"
                                aria-label="Select all on this page"
                                prop:checked=is_all
                                on:click=press_all
                            />
                        </Head>
                        {columns.iter().map(head).collect_view()}
                    </tr>
                </thead>
                {window::blocks(rows).into_iter().enumerate().map(block).collect_view()}
            </table>
        </div>
        {later(move || looked_at.with(Option::is_some), move || peek::devices_look(Arc::clone(&ids), looked_at))}
    }
}

/// The head of a column; where it sorts, pressing it again turns the order round.
#[component]
fn Head(
    column: Column,
    search: Search,
    /// The order that the page is in.
    sort: String,
    enter: RwSignal<Option<Enter>>,
    /// What stands before the name.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let Column {
        title,
        note,
        sort: by,
        is_number,
        ..
    } = column;
    let note = note.map(|note| view! { " " <span class="faint">{note}</span> });
    let class = is_number.then_some("num");
    let before = children.map(|children| children());
    let Some(by) = by else {
        return view! { <th scope="col" class=class>{before} {title} {note}</th> };
    };
    let order = if sort == by {
        Some(Order::Ascending)
    } else if sort.strip_suffix(" DESC") == Some(by.as_str()) {
        Some(Order::Descending)
    } else {
        None
    };
    let next = if order == Some(Order::Ascending) {
        format!("{by} DESC")
    } else {
        by
    };
    let href = Address::Devices(search.with_sort(next)).href();
    view! {
        <th scope="col" class=class aria-sort=order.map(Order::name)>
            {before}
            <a href=href on:click=move |_| enter.set(Some(Enter::Head))>{title}</a>
            {note}
        </th>
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
    shared: Shared,
) -> impl IntoView {
    let is_shown = view.shows(number);
    let count = entries.len();
    let across = shared.columns.with_value(|columns| columns.len() + 1);
    let entries = StoredValue::new(entries);
    let lines = move || {
        let numbered = entries.get_value().into_iter().zip(first + 2..);
        numbered
            .map(|(entry, number)| view! { <Line entry=entry number=number shared=shared /> })
            .collect_view()
    };
    view! {
        <tbody aria-hidden=move || (!is_shown.get()).then_some("true")>
            <Show
                when=move || is_shown.get()
                fallback=move || view! { <tr class="room"><td colspan=across.to_string() style:height=move || view.height(count)></td></tr> }
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
        memo(move || {
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
        effect(move || {
            let look = move || self.look();
            look();
            let scrolled = window_event_listener(leptos::ev::scroll, move |_| look());
            let resized = window_event_listener(leptos::ev::resize, move |_| look());
            // Paper shows the whole page.
            let all = 0..window::blocks(self.rows).len();
            let printing =
                window_event_listener(leptos::ev::beforeprint, move |_| self.near.set(all.clone()));
            let printed = window_event_listener(leptos::ev::afterprint, move |_| look());
            on_cleanup(move || {
                for listener in [scrolled, resized, printing, printed] {
                    listener.remove();
                }
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

    /// The row that has the focus.
    fn row_focused(self) -> Option<usize> {
        let focused = document().active_element().map(EventTarget::from);
        self.row_left(focused)
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
/// ends of the list, `Enter` opens, `x` and the space bar select, with Shift a stretch, `o` looks.
fn keys(
    view: Window,
    ways: Ways,
    enter: RwSignal<Option<Enter>>,
    shared: Shared,
) -> impl Fn(KeyboardEvent) + 'static {
    let press = move |row, is_stretch| {
        let Shared { ids, selection, .. } = shared;
        ids.with_value(|ids| selection.press(ids, row, is_stretch));
    };
    let at_row = move |run: &dyn Fn(usize)| {
        if let Some(row) = view.row_focused() {
            run(row);
        }
    };
    use_key("x", "Select the device of the row", move || {
        at_row(&|row| press(row, false));
    });
    use_key("o", "Look at the device of the row", move || {
        at_row(&|row| shared.looked_at.set(Some(row)));
    });
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
            // What stands in a row answers these itself.
            None if ["Enter", " "].contains(&key.as_str()) && !is_row(event.target()) => return,
            None if key == "Enter" => {
                if let Some(href) = link_of(event.target()) {
                    navigate(&href, NavigateOptions::default());
                }
            }
            None if key == " " => press(row, event.shift_key()),
            None if key == "X" => press(row, true),
            None => return,
        }
        event.prevent_default();
    }
}

/// Whether it is a row, and nothing in it.
fn is_row(element: Option<EventTarget>) -> bool {
    let element = element.and_then(|element| element.dyn_into::<Element>().ok());
    element.is_some_and(|element| element.tag_name() == "TR")
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
