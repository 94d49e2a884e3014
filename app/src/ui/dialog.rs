//! What floats above a page: a dialog for the irreversible, a sheet for edits that keep the page in sight.
//!
//! Both are native `<dialog>` elements: the browser keeps focus inside, closes on Escape and gives focus back.

use leptos::html;

use super::{Button, Icon, Kind, Size, Symbol};
use crate::prelude::*;

/// A dialog in the middle. Use it only for what cannot be undone, and say the consequences in numbers.
#[component]
pub fn Dialog(
    /// Unique on its page; names the heading.
    #[prop(into)]
    id: String,
    /// Whether it is open. Closing it in any way sets this back.
    open: RwSignal<bool>,
    /// The heading: a question in numbers.
    #[prop(into)]
    title: Signal<String>,
    /// The buttons: the safe one first, where focus begins.
    #[prop(into)]
    buttons: ViewFn,
    /// The consequences.
    children: ChildrenFn,
) -> impl IntoView {
    let node = modal(open);
    let heading = format!("h-{id}");
    let labelled_by = heading.clone();
    view! {
        <dialog class="dialog" id=id node_ref=node aria-labelledby=labelled_by on:close=move |_| open.set(false)>
            <header>
                <h2 id=heading>{move || title.get()}</h2>
            </header>
            <Show when=move || open.get()>
                <div class="body">{children()}</div>
                <footer>{buttons.run()}</footer>
            </Show>
        </dialog>
    }
}

/// A sheet at the side, full height on a phone.
#[component]
pub fn Sheet(
    /// Unique on its page; names the heading.
    #[prop(into)]
    id: String,
    /// Whether it is open. Closing it in any way sets this back.
    open: RwSignal<bool>,
    /// The heading.
    #[prop(into)]
    title: Signal<String>,
    /// The buttons at the foot, the primary one last.
    #[prop(optional, into)]
    buttons: Option<ViewFn>,
    /// What it holds.
    children: ChildrenFn,
) -> impl IntoView {
    let node = modal(open);
    let heading = format!("h-{id}");
    let labelled_by = heading.clone();
    view! {
        <dialog class="side-sheet" id=id node_ref=node aria-labelledby=labelled_by on:close=move |_| open.set(false)>
            <header>
                <h2 id=heading>{move || title.get()}</h2>
                <Button kind=Kind::Quiet size=Size::Small label="Close" on_press=move |()| open.set(false)>
                    <Symbol icon=Icon::Close />
                </Button>
            </header>
            <Show when=move || open.get()>
                <div class="body">{children()}</div>
            </Show>
            {buttons.map(|buttons| view! { <footer>{buttons.run()}</footer> })}
        </dialog>
    }
}

/// Ties the native modal state of a `<dialog>` to a signal: for what floats and is neither of the two above.
pub fn modal(open: RwSignal<bool>) -> NodeRef<html::Dialog> {
    let node = NodeRef::<html::Dialog>::new();
    effect(move || {
        let Some(dialog) = node.get() else { return };
        if open.get() && !dialog.open() {
            // Fails only for a dialog that is not in the document, which then cannot be seen either.
            let _ = dialog.show_modal();
        } else if !open.get() && dialog.open() {
            dialog.close();
        }
    });
    node
}
