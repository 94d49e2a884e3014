//! Whether the device may connect: changed with a reason; a connection that stands ends at once.

use leptos::prelude::*;

use crate::api::device::Device;
use crate::api::provision::set_status;
use crate::pages::Trouble;
use crate::ui::{Button, Kind, Sheet, TextInput};

/// The sheet that enables or disables a device.
#[component]
pub(super) fn ChangeStatus(
    device: RwSignal<Device>,
    cannot: Signal<Option<String>>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let reason = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    let change = Action::new(move |(is_enabled, reason): &(bool, String)| {
        let id = device.with_untracked(|device| device.id.clone());
        set_status(id, *is_enabled, reason.clone())
    });
    let outcome = change.value();
    let is_enabled = Memo::new(move |_| device.with(|device| device.is_enabled));
    Effect::new(move |_| {
        if open.get() {
            reason.set(String::new());
            wrong.set(None);
            outcome.set(None);
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(now)) = outcome.get() {
            device.set(now);
            open.set(false);
        }
    });
    let title = Signal::derive(move || {
        let verb = if is_enabled.get() {
            "Disable"
        } else {
            "Enable"
        };
        format!("{verb} {}", device.with(|device| device.id.clone()))
    });
    let consequence = move || match (is_enabled.get(), device.with(|device| device.is_connected)) {
        (true, true) => {
            "Its connection ends at once, and it cannot come back until it is enabled. Its twin stays."
        }
        (true, false) => "It cannot connect until it is enabled. Its twin stays.",
        (false, _) => "It may connect again, with the keys it has.",
    };
    let blocked = Signal::derive(move || {
        cannot
            .get()
            .or_else(|| change.pending().get().then(|| "Saving.".to_owned()))
    });
    let submit = move |()| {
        let reason = reason.get_untracked();
        if reason.trim().is_empty() {
            wrong.set(Some("Say why, for whoever reads the history.".into()));
        } else {
            change.dispatch((!is_enabled.get_untracked(), reason));
        }
    };
    view! {
        <Sheet
            id="change-status"
            open=open
            title=title
            buttons=move || {
                view! {
                    <Button kind=Kind::Quiet on_press=move |()| open.set(false)>"Cancel"</Button>
                    {move || {
                        let (kind, word) = if is_enabled.get() {
                            (Kind::Danger, "Disable")
                        } else {
                            (Kind::Primary, "Enable")
                        };
                        view! { <Button kind=kind disabled=blocked on_press=submit>{word}</Button> }
                    }}
                }
            }
        >
            {move || outcome.get().and_then(Result::err).map(|problem| view! { <Trouble problem=problem /> })}
            <p>{consequence}</p>
            <TextInput
                id="status-reason"
                name="reason"
                label="Reason"
                hint="At most 128 characters; it stands at the device and in the history."
                error=wrong
                on_text=move |said: String| {
                    reason.set(said);
                    wrong.set(None);
                }
            />
        </Sheet>
    }
}
