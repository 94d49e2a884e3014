//! Outcomes that devices have in common: how many, and some of them.

use super::is_of;
use crate::api::jobs::{Job, Outcome};
use crate::prelude::*;
use crate::routes::Address;
use crate::ui::{Section, Share, State};

/// The table of outcomes.
#[component]
pub(super) fn Outcomes(id: u64, shown: RwSignal<Job>) -> impl IntoView {
    let keys = memo(move || {
        shown.with(|job| {
            let key = |outcome: &Outcome| outcome.show.clone();
            job.outcomes.iter().map(key).collect::<Vec<_>>()
        })
    });
    let is_empty = memo(move || keys.with(Vec::is_empty));
    view! {
        <Section id="outcomes" title="Outcomes".to_owned() note="most frequent first".to_owned()>
            <Show
                when=move || !is_empty.get()
                fallback=|| view! { <p class="dim">"No device has an outcome yet."</p> }
            >
                <div class="scroll-x">
                    <table class="table">
                        <caption class="sr">"Outcomes of this job"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Outcome"</th>
                                <th scope="col">"Answer"</th>
                                <th scope="col" class="num">"Devices"</th>
                                <th scope="col">"Such as"</th>
                            </tr>
                        </thead>
                        <tbody>
                            <For
                                each=move || keys.get()
                                key=Clone::clone
                                children=move |key| view! { <Row id=id key=key shown=shown /> }
                            />
                        </tbody>
                    </table>
                </div>
            </Show>
        </Section>
    }
}

#[component]
fn Row(id: u64, key: String, shown: RwSignal<Job>) -> impl IntoView {
    let href = Address::JobDevices {
        id,
        show: key.clone(),
        after: None,
    }
    .href();
    let outcome = memo(move || {
        shown.with(|job| {
            job.outcomes
                .iter()
                .find(|outcome| outcome.show == key)
                .cloned()
        })
    });
    let first = outcome.get_untracked();
    let (is, words, answer, examples) = first.map_or_else(
        || {
            (
                crate::ui::Is::Next,
                String::new(),
                String::new(),
                Vec::new(),
            )
        },
        |outcome| {
            (
                is_of(outcome.standing),
                outcome.words,
                outcome.answer,
                outcome.examples,
            )
        },
    );
    let count = move || {
        outcome.with(|outcome| {
            outcome
                .as_ref()
                .map(|outcome| outcome.count.clone())
                .unwrap_or_default()
        })
    };
    let share = derived(move || {
        let ppm = outcome.with(|outcome| outcome.as_ref().map_or(0, |outcome| outcome.share_ppm));
        f64::from(ppm) / 1_000_000.0
    });
    let example = |name: String| {
        let href = Address::Device(name.clone()).href();
        view! {
            <a class="mono" href=href>{name}</a>
            " "
        }
    };
    view! {
        <tr>
            <td>
                <State is=is>{words}</State>
            </td>
            <td class="job-answer mono">{answer}</td>
            <td class="num">
                <a href=href>{count}</a>
                <Share part=share />
            </td>
            <td class="job-examples">{examples.into_iter().map(example).collect_view()}</td>
        </tr>
    }
}
