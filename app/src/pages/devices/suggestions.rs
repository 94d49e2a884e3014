//! What can stand at the caret: a list under the word that is being written, with words about the chosen one.

use std::sync::Arc;

use leptos::ev::MouseEvent;
use leptos::html::{Div, Textarea};
use query::{Completion, Suggestion};

use crate::browser;
use crate::prelude::*;
use crate::ui::Part;

/// How many suggestions are shown at once.
pub(super) const SHOWN_MAX: usize = 8;
/// Space above the list, in pixels.
const BELOW_PX: f64 = 5.0;
/// The word is on the last line when the bar ends so soon below it, in pixels.
const LINE_PX: f64 = 20.0;

/// The list under what is written in `area`; only while there is something to suggest.
#[lazy]
pub(super) fn devices_suggestions(
    area: NodeRef<Textarea>,
    completion: Memo<Option<Completion>>,
    is_listed: Memo<bool>,
    chosen: RwSignal<usize>,
    on_accept: Callback<usize>,
) -> Part {
    Arc::new(move || {
        view! {
            <Show when=move || is_listed.get()>
                <Suggestions area=area completion=completion chosen=chosen on_accept=on_accept />
            </Show>
        }
    })
}

#[component]
fn Suggestions(
    area: NodeRef<Textarea>,
    completion: Memo<Option<Completion>>,
    chosen: RwSignal<usize>,
    on_accept: Callback<usize>,
) -> impl IntoView {
    let popover = NodeRef::<Div>::new();
    let place = RwSignal::new((0.0, 0.0));
    // After the text has been painted anew, with its mark at the word.
    effect(move || {
        completion.track();
        if let Some(found) = measured(area, popover) {
            place.set(found);
        }
    });
    let items = move || {
        completion.with(|c| {
            c.as_ref()
                .map(|c| c.items.iter().take(SHOWN_MAX).cloned().collect::<Vec<_>>())
                .unwrap_or_default()
        })
    };
    let doc = move || {
        completion.with(|c| {
            c.as_ref()
                .and_then(|c| c.items.get(chosen.get()))
                .map(|item| (item.label.clone(), item.doc.clone()))
        })
    };
    let option = move |(at, item): (usize, Suggestion)| {
        // The pointer's press must not take the focus from the text.
        let press = move |event: MouseEvent| {
            event.prevent_default();
            on_accept.run(at);
        };
        view! {
            <li role="option" id=format!("query-option-{at}") aria-selected=move || (chosen.get() == at).to_string() on:mousedown=press>
                <span class="kind" aria-hidden="true">{item.kind.sign()}</span>
                <span class="mono">{item.label}</span>
                <span class="type">{item.detail}</span>
            </li>
        }
    };
    view! {
        <div class="suggest" node_ref=popover style:--at=move || px(place.get().0) style:--below=move || px(place.get().1)>
            <ul role="listbox" id="query-options" aria-label="Suggestions">
                {move || items().into_iter().enumerate().map(option).collect_view()}
            </ul>
            <div class="doc">
                {move || doc().map(|(label, text)| view! { <h3 class="mono">{label}</h3> <p>{text}</p> })}
            </div>
            <footer aria-hidden="true">
                <span><kbd>"↑"</kbd> " " <kbd>"↓"</kbd> " choose"</span>
                <span><kbd>"Tab"</kbd> " accept"</span>
                <span><kbd>"↵"</kbd> " run"</span>
                <span><kbd>"Esc"</kbd> " close"</span>
            </footer>
        </div>
    }
}

/// Where the word begins and its line ends, in pixels from the corner of what the list is placed in. The last line ends
/// with the bar.
fn measured(area: NodeRef<Textarea>, popover: NodeRef<Div>) -> Option<(f64, f64)> {
    let painted = area.get_untracked()?.parent_element()?;
    let mark = painted.query_selector(".painted .at").ok()??;
    let bar = browser::frame(&painted.parent_element()?);
    let corner = browser::frame(&popover.get_untracked()?.parent_element()?);
    let mark = browser::frame(&mark);
    let end = if bar.bottom - mark.bottom < LINE_PX {
        bar.bottom
    } else {
        mark.bottom
    };
    Some((mark.left - corner.left, end - corner.top + BELOW_PX))
}

fn px(length: f64) -> String {
    format!("{length:.1}px")
}
