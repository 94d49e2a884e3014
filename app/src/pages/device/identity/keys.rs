//! Rolling the keys with an overlap: the secondary one first, then, when the device uses it, the primary one.

use std::sync::Arc;

use crate::api::device::Device;
use crate::api::provision::{Secret, renew_key};
use crate::api::{Problem, WhichKey};
use crate::pages::Trouble;
use crate::pages::device::reason::{Reason, Why};
use crate::pages::provision::Once;
use crate::prelude::*;
use crate::ui::{Button, Kind, Part, Sheet};

/// The sheet, when it is first opened.
#[lazy]
pub(super) fn device_keys(
    device: RwSignal<Device>,
    cannot: Signal<Option<String>>,
    open: RwSignal<bool>,
) -> Part {
    Arc::new(move || view! { <RollKeys device=device cannot=cannot open=open /> })
}

/// The sheet that rolls the keys.
#[component]
fn RollKeys(
    device: RwSignal<Device>,
    cannot: Signal<Option<String>>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let why = Why::new();
    let renew = move || {
        Action::new(move |(which, reason): &(WhichKey, String)| {
            let id = device.with_untracked(|device| device.id.clone());
            renew_key(id, *which, reason.clone())
        })
    };
    let (secondary, primary) = (renew(), renew());
    // What was shown once is forgotten when the sheet closes. A key that is made while it closes is not lost: the
    // sheet opens again to show it.
    Effect::new(move |was: Option<bool>| {
        let is_open = open.get();
        if !is_open && was == Some(true) {
            secondary.value().set(None);
            primary.value().set(None);
            why.clear();
        }
        is_open
    });
    effect(move || {
        let is_made = [secondary, primary].map(|made| made.value().with(Option::is_some));
        if is_made.contains(&true) && !open.get_untracked() {
            open.set(true);
        }
    });
    let blocked = derived(move || {
        let is_under_way = secondary.pending().get() || primary.pending().get();
        cannot
            .get()
            .or_else(|| is_under_way.then(|| "Making the key.".to_owned()))
    });
    let make = move |action: Action<(WhichKey, String), Result<Secret, Problem>>, which| {
        if let Some(reason) = why.given() {
            action.dispatch((which, reason));
        }
    };
    let title = derived(move || {
        format!(
            "Roll the keys of {}",
            device.with(|device| device.id.clone())
        )
    });
    view! {
        <Sheet id="roll-keys" open=open title=title>
            <Reason id="roll-reason" hint="At most 128 characters; it stands in the history." why=why />
            <section class="stack-tight" aria-labelledby="h-roll-secondary">
                <h3 id="h-roll-secondary">"1. A new secondary key"</h3>
                <p class="dim">
                    "The primary key stays valid: the device reconnects with it at once and goes on. Then give the device the new string."
                </p>
                <div class="btns">
                    <Button kind=Kind::Primary disabled=blocked on_press=move |()| make(secondary, WhichKey::Secondary)>
                        "Make secondary key"
                    </Button>
                </div>
                {move || secondary.value().get().map(shown)}
            </section>
            <section class="stack-tight" aria-labelledby="h-roll-primary">
                <h3 id="h-roll-primary">"2. A new primary key"</h3>
                <p class="dim">
                    "When the device connects with its secondary key. The old primary key lets nobody in from then on; the secondary stays valid."
                </p>
                <div class="btns">
                    <Button kind=Kind::Danger disabled=blocked on_press=move |()| make(primary, WhichKey::Primary)>
                        "Make primary key"
                    </Button>
                </div>
                {move || primary.value().get().map(shown)}
            </section>
        </Sheet>
    }
}

fn shown(made: Result<Secret, Problem>) -> AnyView {
    match made {
        Ok(secret) => view! { <Once secret=secret /> },
        Err(problem) => view! { <Trouble problem=problem /> },
    }
}
