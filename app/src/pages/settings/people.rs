//! The people who may sign in: who, with which role, since when; and one of them more closely, by the address.

mod confirm;
mod deeds;
mod invite;
mod one;
mod table;

use leptos_router::{LazyRoute, lazy_route};

use super::head::{Coming, ShownOnce, Ways};
use crate::api::ask;
use crate::api::settings::people::{AskStaff, Password, Staff};
use crate::format;
use crate::pages::Trouble;
use crate::prelude::*;
use crate::router::use_query_map;
use crate::routes::Settings;
use crate::shell::use_now;
use crate::ui::{Button, Kind, PageHead};

use confirm::{Confirm, Confirming};
use deeds::Deeds;

/// The page at [`crate::routes::SETTINGS`].
#[derive(Debug)]
pub struct PeoplePage;

#[lazy_route]
impl LazyRoute for PeoplePage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let PeoplePage = this;
        let query = use_query_map();
        let chosen = move || Settings::person(|name| query.with(|query| query.get(name)));
        let staff = ask(move || AskStaff { chosen: chosen() });
        // Beside the list, so that choosing somebody does not take a password away that nobody has written down.
        let password = RwSignal::new(None::<Password>);
        let deeds = Deeds::new(password);
        view! {
            <Title text="People" />
            <Transition fallback=|| view! { <Coming /> }>
                {move || Suspend::new(async move {
                    match staff.await {
                        Ok(first) => view! { <Everybody first=first password=password deeds=deeds /> },
                        Err(problem) => {
                            view! {
                                <PageHead title=|| "People" />
                                <Ways at=Settings::People(None) />
                                <Trouble problem=problem on_retry=move |()| staff.refetch() />
                            }
                        }
                    }
                })}
            </Transition>
        }
    }
}

#[component]
fn Everybody(first: Staff, password: RwSignal<Option<Password>>, deeds: Deeds) -> impl IntoView {
    let now = use_now();
    let cannot = Signal::stored(first.cannot.clone());
    let shown = RwSignal::new(first);
    let is_inviting = RwSignal::new(false);
    deeds.follow(shown, is_inviting);
    let confirm = Confirm::new();
    let sessions = derived(move || {
        shown.with(|staff| {
            staff
                .chosen
                .as_ref()
                .map_or(0, |chosen| chosen.sessions.len())
        })
    });
    let facts = move || {
        view! {
            <span>{move || shown.with(count)}</span>
            <span>{move || shown.with(allowed)}</span>
        }
    };
    view! {
        <PageHead title=|| "People" facts=facts>
            <span class="needs-script">
                <Button kind=Kind::Primary disabled=cannot on_press=move |()| is_inviting.set(true)>"Invite a person"</Button>
            </span>
        </PageHead>
        <Ways at=Settings::People(None) />
        <div class="under-head">
            <div class="cols" data-cols="main-rail">
                <div class="stackv">
                    {move || {
                        password
                            .get()
                            .map(|given| {
                                view! {
                                    <ShownOnce
                                        name=format!("The password of {}:", given.name)
                                        secret=given.password
                                        advice="It is shown this once. Give it to the person; they must choose another when they sign in."
                                        on_done=move |()| password.set(None)
                                    />
                                }
                            })
                    }}
                    {move || deeds.trouble().map(|problem| view! { <Trouble problem=problem /> })}
                    <table::Table shown=shown now=now />
                </div>
                <aside class="stackv" aria-label="One person">
                    <one::One shown=shown now=now deeds=deeds confirm=confirm />
                </aside>
            </div>
        </div>
        <Confirming confirm=confirm deeds=deeds sessions=sessions />
        <invite::Invite open=is_inviting deeds=deeds />
    }
}

fn count(staff: &Staff) -> String {
    format::plural(number(staff.people.len()), "person", "people")
}

fn allowed(staff: &Staff) -> String {
    let enabled = staff
        .people
        .iter()
        .filter(|person| person.is_enabled)
        .count();
    format!("{} may sign in", format::count(number(enabled)))
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
