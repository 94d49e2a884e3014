//! Whether the device may connect: changed with a reason; a connection that stands ends at once.

use std::sync::Arc;

use crate::api::device::Device;
use crate::api::provision::set_status;
use crate::pages::Trouble;
use crate::pages::device::reason::{Reason, Why};
use crate::prelude::*;
use crate::ui::{Button, Kind, Part, Sheet};

/// The sheet, when it is first opened.
#[lazy]
pub(super) fn device_status(
    device: RwSignal<Device>,
    cannot: Signal<Option<String>>,
    open: RwSignal<bool>,
) -> Part {
    Arc::new(move || view! { <ChangeStatus device=device cannot=cannot open=open /> })
}

/// The sheet that enables or disables a device.
#[component]
fn ChangeStatus(
    device: RwSignal<Device>,
    cannot: Signal<Option<String>>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let why = Why::new();
    // Which opening of the sheet asked: an answer that comes late does not close a later one.
    let opening = StoredValue::new(0_u32);
    let change = Action::new(move |(opening, is_enabled, reason): &(u32, bool, String)| {
        let id = device.with_untracked(|device| device.id.clone());
        let answer = set_status(id, *is_enabled, reason.clone());
        let opening = *opening;
        async move { (opening, answer.await) }
    });
    let outcome = change.value();
    let is_enabled = memo(move || device.with(|device| device.is_enabled));
    effect(move || {
        if open.get() {
            opening.update_value(|opening| *opening += 1);
            why.clear();
            outcome.set(None);
        }
    });
    effect(move || {
        if let Some((asked, Ok(now))) = outcome.get() {
            crate::pages::device::renew(device, now);
            if asked == opening.get_value() {
                open.set(false);
            }
        }
    });
    let title = derived(move || {
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
    let blocked = derived(move || {
        cannot
            .get()
            .or_else(|| change.pending().get().then(|| "Saving.".to_owned()))
    });
    let submit = move |()| {
        if let Some(reason) = why.given() {
            change.dispatch((opening.get_value(), !is_enabled.get_untracked(), reason));
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
            {move || outcome.get().and_then(|(_, outcome)| outcome.err()).map(|problem| view! { <Trouble problem=problem /> })}
            <p>{consequence}</p>
            <Reason id="status-reason" hint="At most 128 characters; it stands at the device and in the history." why=why />
        </Sheet>
    }
}
