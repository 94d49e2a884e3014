//! The functions where there is no browser: nothing happens, nothing is known.

use leptos::web_sys::Element;

use super::Frame;

/// A value kept in this browser by [`keep`].
pub fn kept(_name: &str) -> Option<String> {
    None
}

/// Keeps a value in this browser.
pub fn keep(_name: &str, _value: &str) {}

/// Asks the browser to print this page.
pub fn print() {}

/// Moves the focus to the element with this id.
pub fn focus(_id: &str) {}

/// Where an element stands.
pub fn frame(_element: &Element) -> Frame {
    Frame::default()
}

/// The time in milliseconds since the Unix epoch, for elapsed seconds on screen; never for data.
pub fn now_ms() -> f64 {
    0.0
}

/// Whether nobody sees this tab.
pub fn is_hidden() -> bool {
    false
}

/// Calls back whenever the tab is hidden or shown, for as long as the tab lives.
pub fn on_visibility(_then: impl Fn() + 'static) {}

/// The address of a socket on this server.
pub fn socket_address(_path: &str) -> String {
    String::new()
}

/// The build that this tab was loaded with.
pub fn build() -> Option<String> {
    None
}

/// Whether scripts have taken over the server's document.
pub fn is_hydrated() -> bool {
    false
}

/// Whether a person is writing in a field.
pub fn is_typing() -> bool {
    false
}

/// Whether a dialog or a sheet is open.
pub fn is_dialog_open() -> bool {
    false
}

/// Whether a person is in the middle of something: writing, or a dialog is open.
pub fn is_busy() -> bool {
    false
}

/// Whether there is room beside the main part of a page: from 72 rem on.
pub fn is_wide() -> bool {
    true
}

/// Moves the focus to the first element that a selector finds.
pub fn focus_in(_selector: &str) {}

/// Loads the page anew.
pub fn reload() {}

/// Sets `data-{name}` on the document and keeps the choice in a cookie; `None` takes both away.
pub fn choose(_name: &str, _value: Option<&str>) {}

/// Whether the system asks for a dark theme.
pub fn prefers_dark() -> bool {
    false
}

/// Puts text on the clipboard; there is none here.
#[expect(clippy::unused_async, reason = "the browser's own is asynchronous")]
pub async fn copy(_text: &str) -> bool {
    false
}
