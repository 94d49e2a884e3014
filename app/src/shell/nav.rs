//! The navigation: the life of a device as a line with five stations, and the pages beside it.
//!
//! Everything comes from [`PLACES`]. A station without a page is a word on the line, not a link that leads nowhere.

use super::{use_now, use_who};
use crate::browser;
use crate::format;
use crate::live::use_live;
use crate::prelude::*;
use crate::router::use_location;
use crate::routes::{Address, PLACES, Place, Stage, is_within};
use crate::ui::{Brand, Icon, Symbol};

/// The navigation; on a phone the bar below.
#[component]
pub(super) fn Nav() -> impl IntoView {
    let who = use_who();
    let now = use_now();
    let environment = format!("{} · ", who.environment);
    view! {
        <nav class="nav" aria-label="Main">
            <a class="brand" href=Address::Overview.href()><Brand /> "Tandem"</a>
            <ul class="line" aria-label="Life of a device">
                {Stage::LINE.into_iter().map(|stage| view! { <Station stage=stage /> }).collect_view()}
            </ul>
            <ul class="rest">
                {PLACES
                    .iter()
                    .filter(|place| place.stage.is_none())
                    .map(|place| view! { <Beside place=place /> })
                    .collect_view()}
                <More />
            </ul>
            <footer>
                <b>{who.host_name}</b>
                <br />
                {environment}
                <time>{move || format::clock_seconds(now.get())}</time>
                " UTC"
            </footer>
        </nav>
    }
}

/// One station: a link to its first page, a word while it has none.
#[component]
fn Station(stage: Stage) -> impl IntoView {
    let live = use_live();
    match PLACES.iter().find(|place| place.stage == Some(stage)) {
        Some(place) => {
            let current = current(place);
            let is_monitor = stage == Stage::Monitor;
            let untaken = memo(move || {
                live.pulse
                    .with(|pulse| pulse.untaken)
                    .min(u64::from(is_monitor) * u64::MAX)
            });
            let count = move || (untaken.get() > 0).then(|| format::count(untaken.get()));
            let spoken = move || (untaken.get() > 0).then_some(" need a person");
            view! {
                <li class=place.is_on_phone.then_some("tab")>
                    <a href=place.address.href() aria-current=current>
                        <span class="stop"></span>
                        <span class="tab-only"><Symbol icon=place.icon /></span>
                        {stage.name()}
                        <span class="count" data-tone="fault">{count}<span class="sr">{spoken}</span></span>
                    </a>
                </li>
            }
        }
        None => view! {
            <li>
                <span class="station"><span class="stop"></span>{stage.name()}</span>
            </li>
        },
    }
}

/// A page beside the line.
#[component]
fn Beside(place: &'static Place) -> impl IntoView {
    let live = use_live();
    let current = current(place);
    let is_devices = matches!(place.address, Address::Devices(_));
    let count = move || {
        live.pulse
            .get()
            .devices
            .filter(|_| is_devices)
            .map(format::count)
    };
    view! {
        <li class=place.is_on_phone.then_some("tab")>
            <a href=place.address.href() aria-current=current>
                <Symbol icon=place.icon />
                {place.name}
                <span class="count">{count}</span>
            </a>
        </li>
    }
}

/// On a phone the last tab: every place that the bar has no room for. It opens without scripts.
#[component]
fn More() -> impl IntoView {
    let path = use_location().pathname;
    let sheet = NodeRef::<leptos::html::Details>::new();
    let others = || PLACES.iter().filter(|place| !place.is_on_phone);
    let is_here = move || {
        path.with(|path| others().any(|place| is_within(place, path)))
            .then_some("true")
    };
    let close = move || {
        if let Some(sheet) = sheet.get_untracked() {
            sheet.set_open(false);
        }
    };
    effect(move || {
        path.track();
        close();
    });
    let escape = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            close();
            browser::focus("more");
        }
    };
    let line = |place: &'static Place| {
        view! {
            <li>
                <a href=place.address.href() aria-current=current(place)>
                    <Symbol icon=place.icon />
                    {place.name}
                </a>
            </li>
        }
    };
    view! {
        <li class="more">
            <details node_ref=sheet on:keydown=escape>
                <summary id="more" data-here=is_here>
                    <Symbol icon=Icon::More />
                    "More"
                </summary>
                <ul aria-label="More places">{others().map(line).collect_view()}</ul>
            </details>
        </li>
    }
}

/// `page` while the place is where the tab is.
fn current(place: &'static Place) -> impl Fn() -> Option<&'static str> + Clone + Send + Sync {
    let path = use_location().pathname;
    move || path.with(|path| is_within(place, path)).then_some("page")
}
