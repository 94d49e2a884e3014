//! The reader's own password.

use leptos::prelude::*;

use crate::api::settings::people::change_password;
use crate::browser;
use crate::pages::Trouble;
use crate::ui::{Button, Section, TextInput};

/// Changing one's own password; it ends one's sessions, this one included.
#[component]
pub(super) fn OwnPassword() -> impl IntoView {
    let current = RwSignal::new(String::new());
    let new = RwSignal::new(String::new());
    let change = Action::new(|(current, new): &(String, String)| {
        change_password(current.clone(), new.clone())
    });
    let outcome = change.value();
    // Without a session every page leads to the sign-in.
    Effect::new(move |_| {
        if matches!(outcome.get(), Some(Ok(()))) {
            browser::reload();
        }
    });
    let blocked = Signal::derive(move || {
        if change.pending().get() {
            Some("Waiting for the server.".to_owned())
        } else if current.with(String::is_empty) || new.with(String::is_empty) {
            Some("Write your current password and the new one.".to_owned())
        } else {
            None
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if blocked.with_untracked(Option::is_none) {
            change.dispatch((current.get_untracked(), new.get_untracked()));
        }
    };
    view! {
        <Section id="own-password" title="Your password">
            <form class="stackv needs-script" method="post" on:submit=submit>
                {move || outcome.get().and_then(Result::err).map(|problem| view! { <Trouble problem=problem /> })}
                <TextInput
                    id="current-password"
                    name="current"
                    label="Current password"
                    kind="password"
                    autocomplete="current-password"
                    on_text=move |text: String| current.set(text)
                />
                <TextInput
                    id="new-password"
                    name="new"
                    label="New password"
                    hint="At least 10 characters. You sign in again with it, everywhere."
                    kind="password"
                    autocomplete="new-password"
                    on_text=move |text: String| new.set(text)
                />
                <div class="btns">
                    <Button submit=true disabled=blocked>"Change password"</Button>
                </div>
            </form>
        </Section>
    }
}
