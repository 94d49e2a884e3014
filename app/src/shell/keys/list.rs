//! The list of keys, where each is given another stroke.

use std::sync::Arc;

use super::{KEPT, Keys, Verb, keep_strokes, verbs};
use crate::browser;
use crate::format::upper;
use crate::prelude::*;
use crate::ui::{Button, Dialog, Kind, Part, Size};

/// The list, when it is first opened.
#[lazy]
pub(super) fn key_list(problem: RwSignal<Option<String>>) -> Part {
    Arc::new(move || view! { <List problem=problem /> })
}

#[component]
fn List(
    /// Why the last stroke cannot be had.
    problem: RwSignal<Option<String>>,
) -> impl IntoView {
    let keys = expect_context::<Keys>();
    let Keys {
        is_on,
        is_listed,
        waiting,
        ..
    } = keys;
    // Whoever closes the list waits for no stroke.
    effect(move || {
        if !is_listed.get() {
            waiting.set(None);
            problem.set(None);
        }
    });
    let switch = move |()| {
        is_on.update(|is_on| *is_on = !*is_on);
        browser::keep(KEPT, if is_on.get_untracked() { "on" } else { "off" });
    };
    let known = verbs();
    let rows = move || {
        let row = |verb: Verb| view! { <Row verb=verb keys=keys /> };
        known.get().into_iter().map(row).collect_view()
    };
    let told = move || {
        waiting.get().map_or_else(
            || problem.get().unwrap_or_default(),
            |_| "Press the key to use, or Escape to keep it as it is.".to_owned(),
        )
    };
    view! {
        <Dialog
            id="keys"
            open=is_listed
            title="What the keys do here"
            buttons=move || {
                view! {
                    <Button on_press=move |()| is_listed.set(false)>"Close"</Button>
                    <Button on_press=switch>
                        {move || if is_on.get() { "Switch single keys off" } else { "Switch single keys on" }}
                    </Button>
                }
            }
        >
            <dl class="keys">
                {rows}
                <div><dt>"Search and commands"</dt><dd><kbd>"Ctrl"</kbd>" "<kbd>"K"</kbd></dd></div>
                <div><dt>"Hold changes back, or show them, on the live state"</dt><dd><kbd>"Space"</kbd></dd></div>
            </dl>
            <p class="told" role="status">{told}</p>
        </Dialog>
    }
}

/// One key of the list: what it does, its strokes, and the way to another.
#[component]
fn Row(verb: Verb, keys: Keys) -> impl IntoView {
    let (key, is_way) = (verb.keys, verb.is_way());
    let strokes = move || {
        let stroke = keys.remap.with(|remap| remap.stroke(key));
        let one = |stroke: &str| view! { <kbd>{upper(stroke)}</kbd> " " };
        stroke.split(' ').map(one).collect_view()
    };
    let is_waiting = derived(move || keys.waiting.get() == Some(key));
    let is_changed = move || keys.remap.with(|remap| remap.is_changed(key));
    let name = verb.name.clone();
    let label = format!("Change the key of: {name}");
    let reset = format!("Take back the key of: {name}");
    let take_back = move |()| {
        keys.remap.update(|remap| remap.reset(key));
        keep_strokes(keys);
    };
    view! {
        <div data-is=move || is_waiting.get().then_some("waiting")>
            <dt>{name}</dt>
            <dd>
                {strokes}
                <Button size=Size::Small kind=Kind::Quiet label=label pressed=is_waiting on_press=move |()| keys.waiting.set(Some(key))>
                    {if is_way { "Change letter" } else { "Change" }}
                </Button>
                {move || {
                    let label = reset.clone();
                    is_changed()
                        .then(|| {
                            view! {
                                <Button size=Size::Small kind=Kind::Quiet label=label on_press=take_back>"Undo"</Button>
                            }
                        })
                }}
            </dd>
        </div>
    }
}
