//! The history of the tab, and links that are followed without a new document.

use leptos::ev;
use leptos::ev::MouseEvent;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{Element, HtmlAnchorElement, HtmlElement};

use super::url::Url;
use super::{NavigateOptions, Place, Way};
use crate::prelude::*;

/// The address in the address bar.
pub(super) fn current() -> Url {
    Url::parse(&location().href().unwrap_or_default())
}

/// Follows links, and the ways back and forth.
pub(super) fn listen(way: Way) {
    let click = window_event_listener(ev::click, move |event| {
        if let Some((url, options)) = followed(&event) {
            event.prevent_default();
            go(way, url, options);
        }
    });
    let pop = window_event_listener(ev::popstate, move |_| show(way, current(), || ()));
    on_cleanup(move || {
        click.remove();
        pop.remove();
    });
}

/// Shows an address, and keeps it in the history.
pub(super) fn go(way: Way, url: Url, options: NavigateOptions) {
    let (href, hash) = (url.href(), url.hash.clone());
    show(way, url, move || {
        keep(&href, options.replace);
        if options.scroll {
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
        // Once the page is there.
        request_animation_frame(move || {
            let to = document().get_element_by_id(&hash);
            if let Some(to) = to.filter(|_| !hash.is_empty()) {
                to.scroll_into_view();
            }
        });
    });
}

/// Shows an address once its page is loaded, unless another one was asked for meanwhile.
fn show(way: Way, url: Url, then: impl FnOnce() + 'static) {
    let turn = way.turn.with_value(|turn| turn.wrapping_add(1));
    way.turn.set_value(turn);
    let place = Place::of(url);
    if way.place.with_untracked(|now| now.page == place.page) {
        way.place.set(place);
        then();
        return;
    }
    spawn_local(async move {
        if let Some(row) = place.row() {
            (row.load)().await;
        }
        if way.turn.try_with_value(|now| *now == turn) == Some(true) {
            leave();
            way.place.set(place);
            then();
        }
    });
}

/// Takes the focus away, so that what heard of it on the page that is left has done its work before the page ends.
fn leave() {
    let focused = document().active_element();
    if let Some(focused) = focused.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // Fails only for what is not in the document any more.
        let _ = focused.blur();
    }
}

/// Writes an address into the address bar.
fn keep(href: &str, replaces: bool) {
    let is_there = current().href() == href;
    // Fails where a tab does this hundreds of times within seconds: the page is right then, and its address late.
    let _ = window().history().and_then(|history| {
        if replaces || is_there {
            history.replace_state_with_url(&JsValue::NULL, "", Some(href))
        } else {
            history.push_state_with_url(&JsValue::NULL, "", Some(href))
        }
    });
}

/// Where a click leads to, when it is to a page of the console in this tab. A link with `data-in-place` changes a part of
/// the page: the page stays where it is, and so does the way back.
fn followed(event: &MouseEvent) -> Option<(Url, NavigateOptions)> {
    let is_plain = event.button() == 0
        && !event.default_prevented()
        && !event.meta_key()
        && !event.alt_key()
        && !event.ctrl_key()
        && !event.shift_key();
    let target = event.target().filter(|_| is_plain)?;
    let link = target
        .dyn_into::<Element>()
        .ok()?
        .closest("a[href]")
        .ok()??;
    let link = link.dyn_into::<HtmlAnchorElement>().ok()?;
    let is_ours = link.target().is_empty()
        && !link.has_attribute("download")
        && link.rel().split(' ').all(|relation| relation != "external")
        && location()
            .origin()
            .is_ok_and(|origin| origin == link.origin());
    let url = is_ours.then(|| Url::parse(&link.href()))?;
    let here = current();
    // A place within the page is the browser's: it moves the focus, too.
    let is_within = !url.hash.is_empty() && (&url.path, &url.search) == (&here.path, &here.search);
    let is_page = !is_within && Place::of(url.clone()).page.is_some();
    let is_in_place = link.has_attribute("data-in-place");
    let options = NavigateOptions {
        replace: is_in_place,
        scroll: !is_in_place,
    };
    is_page.then_some((url, options))
}
