//! Where desired comes from: who asked for what stands there now. A source lights its paths in the tree.

use twin::time::Timestamp;

use super::follow;
use crate::api::Problem;
use crate::api::device::{Device, Origins, Source, origins};
use crate::format;
use crate::names::Names;
use crate::pages::Trouble;
use crate::prelude::*;
use crate::ui::Section;

/// The section of origins; `lit` is what the tree lights.
#[component]
pub(super) fn Origin(
    device: RwSignal<Device>,
    first: Result<Origins, Problem>,
    now: Signal<Timestamp>,
    lit: RwSignal<Names>,
) -> impl IntoView {
    let id = move || device.with_untracked(|device| device.id.clone());
    let at = memo(move || device.with(|device| device.desired_version));
    let read = Action::new(move |()| origins(id()));
    let found = follow(first, at.get_untracked(), at, read);
    // The source that was pressed keeps its light when the pointer leaves.
    let held = RwSignal::new(None::<Vec<String>>);
    let rest = move || {
        lit.set(
            held.get_untracked()
                .unwrap_or_default()
                .into_iter()
                .collect(),
        );
    };
    let row = move |source: Source| {
        let Source {
            kind,
            name,
            why,
            paths,
            sets,
            since,
            is_older,
        } = source;
        let count = format::count(paths.len() as u64);
        let title = paths.join("\n");
        let paths = StoredValue::new(paths);
        let light = move || lit.set(paths.get_value().into_iter().collect());
        let is_held = move || held.with(|held| held.as_ref() == Some(&paths.get_value()));
        let press = move |_| {
            held.set((!is_held()).then(|| paths.get_value()));
            light();
        };
        let since = since.unwrap_or(Timestamp::NEVER);
        let name = if is_older {
            format::day(since, now.get_untracked())
        } else {
            name
        };
        view! {
            <tr on:pointerenter=move |_| light() on:pointerleave=move |_| rest()>
                <td>
                    <button type="button" class="source" aria-pressed=move || is_held().to_string() on:focus=move |_| light() on:blur=move |_| rest() on:click=press>
                        {kind} " " <b>{name}</b>
                    </button>
                    {(!why.is_empty()).then(|| view! { <small class="dim">{why}</small> })}
                </td>
                <td class="fill dim mono" title=title>{sets}</td>
                <td class="num">{count}</td>
                <td class="num" title=format::instant(since)>
                    {move || if is_older { String::from(format::UNKNOWN) } else { format::lasting(since, now.get()) }}
                </td>
            </tr>
        }
    };
    let table = move || match found.get() {
        Err(problem) => {
            view! { <Trouble problem=problem on_retry=move |()| { read.dispatch(()); } /> }
        }
        Ok(found) if found.sources.is_empty() => {
            view! { <p class="dim">"Nothing is asked of this device."</p> }
        }
        Ok(found) => view! {
            <div class="scroll-x" tabindex="0" role="group" aria-label="Sources of desired properties">
                <table class="table origins" data-edge="flush">
                    <thead>
                        <tr>
                            <th scope="col">"Source"</th>
                            <th scope="col" class="fill">"Sets"</th>
                            <th scope="col" class="num">"Paths"</th>
                            <th scope="col" class="num">"Since"</th>
                        </tr>
                    </thead>
                    <tbody>{found.sources.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        },
    };
    view! {
        <Section id="origins" title="Where desired comes from".to_owned() note="later rows win; point at one to light its paths".to_owned()>
            {table}
        </Section>
    }
}
