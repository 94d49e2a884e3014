//! What the pages of settings share: the tabs between them, a secret that is shown once, and the page that is on its
//! way.

use crate::pages::CopyButton;
use crate::prelude::*;
use crate::routes::{Address, Settings};
use crate::ui::{Button, GhostRows, Is, Kind, Notice, Size, Tab, Tabs};

/// The way between the pages of settings.
#[component]
pub(super) fn Ways(
    /// The page that is shown.
    at: Settings,
) -> impl IntoView {
    let page = |name: &str, page: Settings| Tab {
        name: name.to_owned(),
        href: Address::Settings(page).href(),
        count: None,
        is_current: page == at,
    };
    let parts = Tab {
        name: "Parts".to_owned(),
        href: Address::Parts.href(),
        count: None,
        is_current: false,
    };
    let tabs = vec![
        page("People", Settings::People(None)),
        page("Service policies", Settings::Policies),
        page("Limits and retention", Settings::Limits),
        page("System internals", Settings::Internals),
        parts,
    ];
    view! { <Tabs label="Settings" tabs=tabs /> }
}

/// A secret, until the person says that they have it.
#[component]
pub(super) fn ShownOnce(
    /// What it is, before the secret.
    name: String,
    /// The secret.
    secret: String,
    /// What to do with it, after the secret.
    advice: &'static str,
    /// Forgets it.
    #[prop(into)]
    on_done: Callback<()>,
) -> impl IntoView {
    let text = StoredValue::new(secret.clone());
    let ways = move || {
        view! {
            <span class="btns">
                <CopyButton label="Copy the secret" text=text.get_value() />
                <Button kind=Kind::Quiet size=Size::Small on_press=on_done>"I have it"</Button>
            </span>
        }
    };
    view! {
        <Notice is=Is::Desired action=ways>
            <b>{name}</b>
            " "
            <code data-shown-once>{secret}</code>
            " "
            {advice}
        </Notice>
    }
}

/// The shape of a page of settings while it is on its way.
#[component]
pub(super) fn Coming() -> impl IntoView {
    view! { <GhostRows columns=&["Name", "Value", "Since"] rows=6 /> }
}
