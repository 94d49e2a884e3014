//! A look at a device beside the list: the essential facts, and where it differs.

use std::sync::Arc;

use leptos::task::spawn_local;

use super::words;
use crate::api::Problem;
use crate::api::devices::{Peek, peek};
use crate::prelude::*;
use crate::routes::Address;
use crate::shell::use_key;
use crate::ui::{Is, LinkButton, Notice, Part, Sheet, State};

/// The sheet, when a row is first looked at.
#[lazy]
pub(super) fn devices_look(ids: Arc<[String]>, at: RwSignal<Option<usize>>) -> Part {
    Arc::new(move || view! { <Look ids=Arc::clone(&ids) at=at /> })
}

/// The sheet; it is open while a row is looked at.
#[component]
fn Look(
    /// The devices of the page, in order.
    ids: Arc<[String]>,
    /// The row that is looked at.
    at: RwSignal<Option<usize>>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let found = RwSignal::new(None::<Result<Peek, Problem>>);
    let last = ids.len().saturating_sub(1);
    let ids = StoredValue::new(ids);
    let id = memo(move || ids.with_value(|ids| ids.get(at.get()?).cloned()));
    effect(move || {
        let Some(wanted) = id.get() else { return };
        open.set(true);
        found.set(None);
        spawn_local(async move {
            let answer = peek(wanted.clone()).await;
            // Keys may have led further meanwhile.
            if id.try_get_untracked().flatten() == Some(wanted) {
                found.try_set(Some(answer));
            }
        });
    });
    Effect::new(move |was: Option<bool>| {
        let is_open = open.get();
        if was == Some(true) && !is_open {
            at.set(None);
        }
        is_open
    });
    let step = move |to: fn(usize, usize) -> usize| {
        at.update(|at| {
            if let Some(at) = at {
                *at = to(*at, last);
            }
        });
    };
    use_key("[", "Look at the device before", move || {
        step(|at, _| at.saturating_sub(1));
    });
    use_key("]", "Look at the next device", move || {
        step(|at, last| (at + 1).min(last));
    });
    let title = derived(move || id.get().unwrap_or_default());
    let href = derived(move || Address::Device(id.get().unwrap_or_default()).href());
    view! {
        <Sheet
            id="peek"
            open=open
            title=title
            buttons=move || {
                view! {
                    <span class="dim steps"><kbd>"["</kbd> " " <kbd>"]"</kbd> " before and next"</span>
                    <LinkButton href=href>"Open the device"</LinkButton>
                }
            }
        >
            {move || match found.get() {
                None => view! { <p class="dim" role="status">"Reading the device…"</p> },
                Some(Ok(peek)) => view! { <Essence peek=peek /> },
                Some(Err(problem)) => view! { <Notice is=Is::Fault>{problem.sentence}</Notice> },
            }}
        </Sheet>
    }
}

#[component]
fn Essence(peek: Peek) -> impl IntoView {
    let Peek {
        row,
        facts,
        sides,
        more,
        as_of,
    } = peek;
    let (is, word) = words::standing(&row, as_of);
    let is_even = sides.is_empty();
    let side = |side: crate::api::devices::Sides| {
        view! {
            <li>
                <b class="mono">{side.path}</b>
                <span class="dim">{side.word}</span>
                <span class="mono">
                    <span class="is-reported">{side.reported}</span>
                    " → "
                    <span class="is-desired">{side.desired}</span>
                </span>
            </li>
        }
    };
    view! {
        <p role="status"><State is=is>{word}</State></p>
        <dl class="look-facts">
            {facts.into_iter().map(|(name, words)| view! { <dt>{name}</dt> <dd>{words}</dd> }).collect_view()}
        </dl>
        <div class="sides">
            <h3>"Differs in " <span class="faint">"reported → desired"</span></h3>
            {is_even.then(|| view! { <p class="dim">"Nothing: it reports all that is asked."</p> })}
            <ul>{sides.into_iter().map(side).collect_view()}</ul>
            {more.map(|more| view! { <p class="dim">{more}</p> })}
        </div>
    }
}
