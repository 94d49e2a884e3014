//! The functions as a browser does them.

use std::rc::Rc;

use leptos::prelude::{document, on_cleanup, window};
use send_wrapper::SendWrapper;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Element, HtmlElement, IntersectionObserver, IntersectionObserverEntry,
    IntersectionObserverInit, VisibilityState,
};

use super::Frame;

const YEAR_S: u32 = 31_536_000;

/// Keeps a value in a cookie.
fn set_cookie(name: &str, value: &str, seconds: u32) {
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; SameSite=Lax");
    // A browser that refuses cookies forgets the choice; there is nobody to tell.
    let _ = js_sys::Reflect::set(
        &document(),
        &JsValue::from_str("cookie"),
        &JsValue::from_str(&cookie),
    );
}

/// A value kept in this browser by [`keep`].
pub fn kept(name: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(name).ok()?
}

/// Keeps a value in this browser.
pub fn keep(name: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(name, value);
    }
}

/// Moves the focus to the element with this id.
pub fn focus(id: &str) {
    if let Some(element) = document()
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into::<HtmlElement>().ok())
    {
        let _ = element.focus();
    }
}

/// Where an element stands.
pub fn frame(element: &Element) -> Frame {
    let rect = element.get_bounding_client_rect();
    Frame {
        left: rect.left(),
        top: rect.top(),
        bottom: rect.bottom(),
    }
}

/// The time in milliseconds since the Unix epoch, for elapsed seconds on screen; never for data.
pub fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// Asks the browser to print this page.
pub fn print() {
    // A browser without a printer says so itself.
    let _ = window().print();
}

/// Whether nobody sees this tab.
pub fn is_hidden() -> bool {
    document().visibility_state() == VisibilityState::Hidden
}

/// Calls back whenever the tab is hidden or shown, for as long as the tab lives.
pub fn on_visibility(then: impl Fn() + 'static) {
    let callback = Closure::<dyn Fn()>::new(then);
    let _ = document()
        .add_event_listener_with_callback("visibilitychange", callback.as_ref().unchecked_ref());
    callback.forget();
}

/// The address of a socket on this server.
pub fn socket_address(path: &str) -> String {
    let location = window().location();
    let scheme = if location.protocol().as_deref() == Ok("https:") {
        "wss"
    } else {
        "ws"
    };
    format!("{scheme}://{}{path}", location.host().unwrap_or_default())
}

/// The build that this tab was loaded with.
pub fn build() -> Option<String> {
    document().document_element()?.get_attribute("data-build")
}

/// Whether scripts have taken over the server's document: what is made from now on is made here.
pub fn is_hydrated() -> bool {
    document()
        .document_element()
        .is_some_and(|root| root.has_attribute("data-hydrated"))
}

/// Whether a person is writing in a field.
pub fn is_typing() -> bool {
    const FIELDS: &str = "textarea, select, input:not([type=checkbox], [type=radio])";
    let focused = document().active_element();
    focused.is_some_and(|element| element.matches(FIELDS).unwrap_or(false))
}

/// Whether a dialog or a sheet is open.
pub fn is_dialog_open() -> bool {
    let found = document().query_selector("dialog[open]");
    found.is_ok_and(|found| found.is_some())
}

/// Whether a person is in the middle of something: writing, a dialog is open, or something stands there that is shown once.
pub fn is_busy() -> bool {
    is_typing()
        || document()
            .query_selector("dialog[open], [data-shown-once]")
            .is_ok_and(|found| found.is_some())
}

/// Whether there is room beside the main part of a page: from 72 rem on.
pub fn is_wide() -> bool {
    let wide = window().match_media("(width >= 72rem)").ok().flatten();
    wide.is_some_and(|wide| wide.matches())
}

/// Moves the focus to the first element that a selector finds.
pub fn focus_in(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(found) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        // Fails only for an element that is not shown.
        let _ = found.focus();
    }
}

/// Loads the page anew.
pub fn reload() {
    let _ = window().location().reload();
}

/// Sets `data-{name}` on the document and keeps the choice in a cookie; `None` takes both away.
pub fn choose(name: &str, value: Option<&str>) {
    let Some(root) = document().document_element() else {
        return;
    };
    let attribute = format!("data-{name}");
    if let Some(value) = value {
        let _ = root.set_attribute(&attribute, value);
        set_cookie(name, value, YEAR_S);
    } else {
        let _ = root.remove_attribute(&attribute);
        set_cookie(name, "", 0);
    }
}

/// Whether the system asks for a dark theme.
pub fn prefers_dark() -> bool {
    window()
        .match_media("(prefers-color-scheme: dark)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}

/// Puts text on the clipboard. `false` when the browser does not let it: pages without TLS have no clipboard at all.
pub async fn copy(text: &str) -> bool {
    let navigator = window().navigator();
    let has_clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into())
        .is_ok_and(|clipboard| !clipboard.is_undefined());
    has_clipboard
        && JsFuture::from(navigator.clipboard().write_text(text))
            .await
            .is_ok()
}

/// Calls back once, when the element comes near what is seen, as long as the calling owner lives.
pub fn when_near(element: &Element, near: impl Fn() + 'static) {
    let near = Rc::new(near);
    let called = Rc::clone(&near);
    let seen = Closure::<dyn Fn(js_sys::Array, IntersectionObserver)>::new(
        move |entries: js_sys::Array, observer: IntersectionObserver| {
            let is_near = |entry: JsValue| {
                let entry: IntersectionObserverEntry = entry.unchecked_into();
                entry.is_intersecting()
            };
            if entries.iter().any(is_near) {
                observer.disconnect();
                called();
            }
        },
    );
    let options = IntersectionObserverInit::new();
    options.set_root_margin("200px");
    let observer = IntersectionObserver::new_with_options(seen.as_ref().unchecked_ref(), &options);
    match observer {
        Ok(observer) => {
            observer.observe(element);
            let kept = SendWrapper::new((observer, seen));
            on_cleanup(move || kept.0.disconnect());
        }
        Err(_) => near(),
    }
}

/// What can have the focus.
const FIELDS: &str = "a, button, input, textarea, select, summary, [tabindex]";

fn all_in(place: &Element, selector: &str) -> Vec<HtmlElement> {
    let Ok(found) = place.query_selector_all(selector) else {
        return Vec::new();
    };
    let nodes = (0..found.length()).filter_map(|at| found.item(at));
    nodes.filter_map(|node| node.dyn_into().ok()).collect()
}

/// Replaces what stands in an element by what `build` puts there, which is the same: what was opened stays open, and
/// the focus where it was.
pub fn renew(place: &Element, build: &mut dyn FnMut()) {
    let active = document().active_element();
    let focused = all_in(place, FIELDS)
        .iter()
        .position(|field| active.as_ref() == Some(field.as_ref()));
    let are_open: Vec<_> = all_in(place, "details")
        .iter()
        .map(|details| details.has_attribute("open"))
        .collect();
    place.set_inner_html("");
    build();
    for (details, is_open) in all_in(place, "details").iter().zip(are_open) {
        if is_open {
            let _ = details.set_attribute("open", "");
        }
    }
    if let Some(at) = focused
        && let Some(field) = all_in(place, FIELDS).get(at)
    {
        let _ = field.focus();
    }
}
