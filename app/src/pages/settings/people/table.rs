//! Everybody in a table; a name leads to the person.

use twin::time::Timestamp;

use crate::api::settings::people::{Person, Staff};
use crate::format;
use crate::prelude::*;
use crate::routes::{Address, Settings};
use crate::ui::{Badge, Is, State};

/// The table of everybody.
#[component]
pub(super) fn Table(shown: RwSignal<Staff>, now: Signal<Timestamp>) -> impl IntoView {
    let everybody = move || {
        shown.with(|staff| {
            staff
                .people
                .iter()
                .map(|person| person.id)
                .collect::<Vec<_>>()
        })
    };
    view! {
        <div class="scroll-x">
            <table class="table">
                <caption class="sr">"People who may sign in"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Last sign-in"</th>
                        <th scope="col">"Added"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=everybody key=|id| *id children=move |id| view! { <Row id=id shown=shown now=now /> } />
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(id: i64, shown: RwSignal<Staff>, now: Signal<Timestamp>) -> impl IntoView {
    let person = memo(move || {
        shown.with(|staff| staff.people.iter().find(|person| person.id == id).cloned())
    });
    let says = move |read: fn(&Person) -> String| {
        move || {
            person.with(|person| {
                person
                    .as_ref()
                    .map_or_else(|| format::UNKNOWN.to_owned(), read)
            })
        }
    };
    let is = derived(move || standing(person.get().as_ref()).0);
    let is_chosen = move || {
        shown.with(|staff| {
            let chosen = staff.chosen.as_ref();
            chosen
                .is_some_and(|chosen| chosen.person == id)
                .then_some("true")
        })
    };
    let is_you = move || person.with(|person| person.as_ref().is_some_and(|person| person.is_you));
    view! {
        <tr>
            <td>
                <a href=Address::Settings(Settings::People(Some(id))).href() aria-current=is_chosen>
                    {says(|person| person.name.clone())}
                </a>
                {move || is_you().then(|| view! { " " <Badge>"you"</Badge> })}
            </td>
            <td>{says(|person| person.role.name().to_owned())}</td>
            <td>
                <State is=is>{move || standing(person.get().as_ref()).1}</State>
            </td>
            <td title=says(|person| person.signed_in_at.map_or_else(|| "never".to_owned(), format::instant))>
                {move || person.with(|person| last_sign_in(person.as_ref(), now.get()))}
            </td>
            <td title=says(|person| format::instant(person.created_at))>
                {move || {
                    person
                        .with(|person| {
                            person.as_ref().map_or_else(|| format::UNKNOWN.to_owned(), |person| format::ago(person.created_at, now.get()))
                        })
                }}
            </td>
        </tr>
    }
}

/// Whether somebody may sign in, as a mark and in words.
fn standing(person: Option<&Person>) -> (Is, &'static str) {
    match person {
        Some(person) if person.is_enabled => (Is::Reported, "May sign in"),
        Some(_) => (Is::Paused, "Disabled"),
        None => (Is::Next, format::UNKNOWN),
    }
}

pub(super) fn last_sign_in(person: Option<&Person>, now: Timestamp) -> String {
    match person.and_then(|person| person.signed_in_at) {
        Some(at) => format::ago(at, now),
        None => "never".to_owned(),
    }
}
