//! From a device to its neighbors in the list that one came from.

use crate::api::device::{Device, neighbor};
use crate::pages::Trouble;
use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::routes::{Address, Glance};
use crate::shell::use_key;
use crate::ui::{Button, Kind};

/// The two ways, and what became of the last step.
#[component]
pub(super) fn Beside(device: RwSignal<Device>, glance: Memo<Glance>) -> impl IntoView {
    let step = Action::new(move |is_next: &bool| {
        let id = device.with_untracked(|device| device.id.clone());
        let Glance { query, sort, .. } = glance.get_untracked();
        let is_next = *is_next;
        async move { (is_next, neighbor(id, query, sort, is_next).await) }
    });
    let outcome = step.value();
    let navigate = use_navigate();
    effect(move || {
        if let Some((_, Ok(Some(id)))) = outcome.get() {
            let to = Address::DeviceAs(id, glance.get_untracked());
            navigate(&to.href(), NavigateOptions::default());
        }
    });
    let busy = derived(move || step.pending().get().then(|| "Looking for it.".to_owned()));
    let go = move |is_next: bool| {
        if busy.with_untracked(Option::is_none) {
            step.dispatch(is_next);
        }
    };
    use_key("[", "Previous device", move || go(false));
    use_key("]", "Next device", move || go(true));
    let said = move || match outcome.get() {
        Some((true, Ok(None))) => {
            view! { <span class="faint">"This is the last of the list."</span> }
        }
        Some((false, Ok(None))) => {
            view! { <span class="faint">"This is the first of the list."</span> }
        }
        Some((_, Err(problem))) => view! { <Trouble problem=problem /> },
        _ => ().into_any(),
    };
    view! {
        <span class="beside" role="status">{said}</span>
        <Button kind=Kind::Quiet key="[" label="Previous device" on_press=move |()| go(false)>"Previous"</Button>
        <Button kind=Kind::Quiet key="]" label="Next device" on_press=move |()| go(true)>"Next"</Button>
    }
}
