//! The tables of the inside. Rows stay where they are; their values change in place.

use std::time::Duration;

use twin::time::Timestamp;

use super::words;
use crate::api::settings::internals::{Column, Internals, Queue, Reconciler};
use crate::format;
use crate::prelude::*;
use crate::ui::{Is, Section, State};

/// Every bounded queue.
#[component]
pub(super) fn Queues(shown: RwSignal<Internals>) -> impl IntoView {
    let row = move |first: Queue| {
        let name = first.name.clone();
        let queue = current(shown, |inside| &inside.queues, |queue| &queue.name, first);
        let is = derived(move || queue.with(|queue| words::standing(queue).0));
        let count =
            move |read: fn(&Queue) -> u64| move || queue.with(|queue| format::count(read(queue)));
        view! {
            <tr>
                <td class="mono">{name}</td>
                <td><State is=is>{move || queue.with(|queue| words::standing(queue).1)}</State></td>
                <td class="num">{count(|queue| queue.depth)}</td>
                <td class="num">{count(|queue| queue.bound)}</td>
                <td class="num">{count(|queue| queue.stalls)}</td>
            </tr>
        }
    };
    view! {
        <Section id="queues" title="Queues" note="a stall is a moment when something found no room">
            <Scroll label="Queues">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Queue"</th>
                            <th scope="col">"State"</th>
                            <th scope="col" class="num">"Depth"</th>
                            <th scope="col" class="num">"Bound"</th>
                            <th scope="col" class="num">"Stalls"</th>
                        </tr>
                    </thead>
                    <tbody><For each=move || shown.with(|inside| inside.queues.clone()) key=|queue| queue.name.clone() children=row /></tbody>
                </table>
            </Scroll>
        </Section>
    }
}

/// The columns of declared properties.
#[component]
pub(super) fn Columns(shown: RwSignal<Internals>) -> impl IntoView {
    let is_empty = memo(move || shown.with(|inside| inside.columns.is_empty()));
    let note = derived(move || {
        shown.with(|inside| match inside.building {
            Some((done, total)) => format!(
                "being built: {} of {} devices read",
                format::count(done),
                format::count(total)
            ),
            None => format!("{} of memory in all", format::bytes(inside.columns_bytes)),
        })
    });
    let row = move |first: Column| {
        let path = first.path.clone();
        let column = current(
            shown,
            |inside| &inside.columns,
            |column| &column.path,
            first,
        );
        let is = derived(move || column.with(|column| words::built(column).0));
        let says = move |read: fn(&Column) -> String| move || column.with(read);
        view! {
            <tr>
                <td class="mono">{path}</td>
                <td><State is=is>{says(|column| words::built(column).1)}</State></td>
                <td class="num">{says(|column| format::count(column.present))}</td>
                <td class="num">
                    {says(|column| column.distinct.map_or_else(|| format::UNKNOWN.to_owned(), format::count))}
                </td>
                <td class="num">{says(|column| format::bytes(column.memory_bytes))}</td>
            </tr>
        }
    };
    view! {
        <Section id="columns" title="Columns" note=note>
            <Show
                when=move || !is_empty.get()
                fallback=|| view! { <p class="dim">"No property is declared: conditions on properties are answered from documents."</p> }
            >
                <Scroll label="Columns">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"Property"</th>
                                <th scope="col">"State"</th>
                                <th scope="col" class="num">"Devices with a value"</th>
                                <th scope="col" class="num">"Different values"</th>
                                <th scope="col" class="num">"Memory"</th>
                            </tr>
                        </thead>
                        <tbody><For each=move || shown.with(|inside| inside.columns.clone()) key=|column| column.path.clone() children=row /></tbody>
                    </table>
                </Scroll>
            </Show>
        </Section>
    }
}

/// What each reconciler did last.
#[component]
pub(super) fn Reconcilers(shown: RwSignal<Internals>, now: Signal<Timestamp>) -> impl IntoView {
    let row = move |first: Reconciler| {
        let name = first.name.clone();
        let one = current(shown, |inside| &inside.reconcilers, |one| &one.name, first);
        let is = derived(move || {
            one.with(|one| match (one.has_failed, one.runs) {
                (true, _) => Is::Fault,
                (false, 0) => Is::Next,
                (false, _) => Is::Reported,
            })
        });
        let says = move |read: fn(&Reconciler) -> String| move || one.with(read);
        view! {
            <tr>
                <td class="mono">{name}</td>
                <td><State is=is>{says(|one| one.outcome.clone())}</State></td>
                <td title=says(|one| one.last_run.map_or_else(|| "never".to_owned(), format::instant))>
                    {move || one.with(|one| one.last_run.map_or_else(|| "never".to_owned(), |at| format::ago(at, now.get())))}
                </td>
                <td class="num">{says(words::took)}</td>
                <td class="num">{says(|one| format::duration(Duration::from_millis(one.every_ms)))}</td>
                <td class="num">{says(|one| format::count(one.runs))}</td>
            </tr>
        }
    };
    view! {
        <Section id="reconcilers" title="Reconcilers" note="each looks, compares and acts, again and again">
            <Scroll label="Reconcilers">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Reconciler"</th>
                            <th scope="col">"What it did last"</th>
                            <th scope="col">"When"</th>
                            <th scope="col" class="num">"Took"</th>
                            <th scope="col" class="num">"Every"</th>
                            <th scope="col" class="num">"Runs"</th>
                        </tr>
                    </thead>
                    <tbody><For each=move || shown.with(|inside| inside.reconcilers.clone()) key=|one| one.name.clone() children=row /></tbody>
                </table>
            </Scroll>
        </Section>
    }
}

/// How many tasks of each name run.
#[component]
pub(super) fn Tasks(shown: RwSignal<Internals>) -> impl IntoView {
    let tasks = memo(move || shown.with(|inside| inside.tasks.clone()));
    let task = |(name, count): (String, u64)| {
        view! { <dt class="mono">{name}</dt> <dd>{format::plural(count, "running", "running")}</dd> }
    };
    view! {
        <Section id="tasks" title="Tasks" note="work that outlives a call">
            <dl class="facts-list">{move || tasks.get().into_iter().map(task).collect_view()}</dl>
        </Section>
    }
}

/// A table that may be wider than the page; the keyboard can scroll it.
#[component]
fn Scroll(label: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="scroll-x" tabindex="0" role="region" aria-label=label>
            {children()}
        </div>
    }
}

/// A row as it is now, by its name; when it is gone, as it was at first.
fn current<T: Clone + PartialEq + Send + Sync + 'static>(
    shown: RwSignal<Internals>,
    rows: fn(&Internals) -> &Vec<T>,
    name: fn(&T) -> &String,
    first: T,
) -> Memo<T> {
    memo(move || {
        shown.with(|inside| {
            let row = rows(inside).iter().find(|row| name(row) == name(&first));
            row.unwrap_or(&first).clone()
        })
    })
}
