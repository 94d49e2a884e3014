//! Taking a declaration back: what it costs, in numbers, before it is done.

use super::shown::Shown;
use super::words;
use crate::api::plan::{Property, drop_property};
use crate::prelude::*;
use crate::shell::{Toast, use_toasts};
use crate::ui::{Button, Dialog, Is, Kind, Notice};

/// The dialog; it is open while a property is named.
#[component]
pub(super) fn DropProperty(
    /// The property that is to be dropped.
    property: RwSignal<Option<Property>>,
    shown: Shown,
) -> impl IntoView {
    let toasts = use_toasts();
    let open = RwSignal::new(false);
    let dropping = Action::new(move |path: &String| {
        let path = path.clone();
        async move { drop_property(path.clone()).await.map(|left| (path, left)) }
    });
    let outcome = dropping.value();
    effect(move || {
        if property.with(Option::is_some) {
            outcome.set(None);
            open.set(true);
        }
    });
    Effect::new(move |was: Option<bool>| {
        let is_open = open.get();
        if was == Some(true) && !is_open {
            property.set(None);
        }
        is_open
    });
    effect(move || {
        if let Some(Ok((path, left))) = outcome.get() {
            shown.take(left);
            open.set(false);
            toasts.say(Toast::new(Is::Converged, format!("{path} is dropped")));
        }
    });
    let title = derived(move || {
        property.with(|property| {
            property
                .as_ref()
                .map(|property| format!("Drop {}?", property.path))
                .unwrap_or_default()
        })
    });
    let consequences = move || {
        let devices = shown.scheme.with(|scheme| scheme.devices);
        property.with(|property| {
            property
                .as_ref()
                .map(|property| words::consequences(property, devices))
                .unwrap_or_default()
        })
    };
    let busy = derived(move || dropping.pending().get().then(|| "Dropping.".to_owned()));
    let drop_it = move |()| {
        if let Some(property) = property.get_untracked() {
            dropping.dispatch(property.path);
        }
    };
    view! {
        <Dialog
            id="drop-property"
            open=open
            title=title
            buttons=move || {
                view! {
                    <Button on_press=move |()| open.set(false)>"Keep it"</Button>
                    <Button kind=Kind::Danger disabled=busy on_press=drop_it>"Drop the property"</Button>
                }
            }
        >
            {move || {
                outcome
                    .get()
                    .and_then(Result::err)
                    .map(|problem| view! { <Notice is=Is::Fault>{problem.sentence}</Notice> })
            }}
            {move || consequences().into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect_view()}
        </Dialog>
    }
}
