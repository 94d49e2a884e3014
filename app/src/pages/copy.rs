//! The button that copies a text, and what became of it.

use leptos::task::spawn_local;

use crate::browser;
use crate::prelude::*;
use crate::ui::{Button, Icon, Size, Symbol};

/// Copies a text that stands on the page. It says so only when the browser has done it; where the browser does not let
/// it, as on pages without TLS, it says what to do instead.
#[component]
pub(crate) fn CopyButton(
    /// What is copied, for whoever cannot see where the button stands.
    #[prop(into)]
    label: String,
    /// The text.
    text: String,
    /// What the button says.
    #[prop(default = "Copy")]
    word: &'static str,
) -> impl IntoView {
    let is_copied = RwSignal::new(None);
    let copy = move |()| {
        let text = text.clone();
        spawn_local(async move { is_copied.set(Some(browser::copy(&text).await)) });
    };
    let said = move || match is_copied.get() {
        None => "",
        Some(true) => "Copied",
        Some(false) => "The browser does not allow it: select the text and copy it.",
    };
    view! {
        <Button size=Size::Small label=label on_press=copy>
            <Symbol icon=Icon::Copy />
            {word}
        </Button>
        <span class="faint" role="status">{said}</span>
    }
}
