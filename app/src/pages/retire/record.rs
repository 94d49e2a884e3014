//! The record of a retired device: a document to be read and printed, from which it can be restored in time.

use leptos_router::{LazyRoute, lazy_route};

use super::checks::Checks;
use super::past::Past;
use super::words;
use crate::api::device::Timeline;
use crate::api::retire::{AskPast, AskRecord, Leaf, Other, Record, restore};
use crate::api::{Problem, ask};
use crate::browser;
use crate::pages::{Absent, Trouble};
use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate, use_params_map};
use crate::routes::{Address, Retiring};
use crate::shell::{Toast, use_toasts, use_who};
use crate::ui::{Button, GhostRows, Icon, Is, Kind, LinkButton, Section, Sheet, Symbol, TextInput};

/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 500;

/// The page of one record.
#[derive(Debug)]
pub struct RecordPage;

#[lazy_route]
impl LazyRoute for RecordPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let RecordPage = this;
        let params = use_params_map();
        let number = memo(move || params.with(|params| params.get("number").unwrap_or_default()));
        let record = ask(move || AskRecord {
            number: number.get(),
        });
        let past = ask(move || AskPast {
            number: number.with(|number| number.parse().unwrap_or_default()),
            older: None,
        });
        view! {
            <Transition fallback=|| view! { <GhostRows columns=&["Retirement record"] /> }>
                {move || Suspend::new(async move {
                    let (record, past) = (record.await, past.await);
                    match record {
                        Ok(record) => view! { <Whole record=record past=past /> },
                        Err(problem) => view! { <Absent what="record" problem=problem ways=vec![(Address::Retire(Retiring::default()).href(), "Retire")] /> },
                    }
                })}
            </Transition>
        }
    }
}

#[component]
fn Whole(record: Record, past: Result<Timeline, Problem>) -> impl IntoView {
    let is_restoring = RwSignal::new(false);
    let who = use_who();
    let cannot_restore = record.cannot_restore.clone();
    let cannot = Signal::stored(cannot_restore.or_else(|| who.cannot_change()));
    let (id, number) = (record.id.clone(), record.number);
    let back = format!("{}#archive", Address::Retire(Retiring::default()).href());
    let device = record
        .is_name_taken
        .then(|| view! { <LinkButton href=Address::Device(id.clone()).href()>"Open the device of this name"</LinkButton> });
    view! {
        <Title text=format!("Retirement record of {id}") />
        <div class="desk">
            <div class="tools">
                <a href=back>"Archive"</a>
                <span class="end">
                    {device}
                    <Button disabled=cannot on_press=move |()| is_restoring.set(true)>
                        <Symbol icon=Icon::Undo />
                        "Restore device"
                    </Button>
                    <span class="needs-script">
                        <Button kind=Kind::Primary on_press=|()| browser::print()>
                            <Symbol icon=Icon::Print />
                            "Print or save PDF"
                        </Button>
                    </span>
                </span>
            </div>
            <Paper record=record />
            <div class="record-past"><Past number=number first=past /></div>
        </div>
        <Restore id=id number=number cannot=cannot open=is_restoring />
    }
}

/// The document.
#[component]
fn Paper(record: Record) -> impl IntoView {
    let fact = |(name, value, is_code): (String, String, bool)| {
        view! { <dt>{name}</dt> <dd class:mono=is_code>{value}</dd> }
    };
    let other = |words: &'static str, other: Other| {
        let href = match other.archived {
            Some(number) => Address::Archived(number),
            None => Address::Device(other.id.clone()),
        };
        view! { <p>{words} " " <a class="mono" href=href.href()>{other.id}</a> ", on " {other.at} "."</p> }
    };
    let has_replacement = record.replaces.is_some() || record.replaced_by.is_some();
    let replacement = has_replacement.then(|| {
        view! {
            <Section id="replacement" title="Replacement".to_owned()>
                {record.replaced_by.map(|by| other("Replaced by", by))}
                {record.replaces.map(|of| other("It took over from", of))}
            </Section>
        }
    });
    view! {
        <article class="paper">
            <header class="masthead">
                <h1>"Retirement record"</h1>
                <p class="meta">{record.host_name.clone()} <br /> "Record " {record.number}</p>
            </header>
            <p class="lead">{record.summary}</p>
            <Section id="identity" title="What it was".to_owned()>
                <dl class="facts-list">{record.facts.into_iter().map(fact).collect_view()}</dl>
            </Section>
            <Section id="credentials" title="Credentials revoked".to_owned()>
                {record.credentials.into_iter().map(|said| view! { <p>{said}</p> }).collect_view()}
            </Section>
            <Section id="checks" title="Checks".to_owned() note="as they stood when it was retired".to_owned()>
                <Checks checks=record.checks />
            </Section>
            {replacement}
            <Twin tags=record.tags twin=record.twin />
            <footer class="colophon">
                <span>"Tandem · record " {record.number} " of " {record.host_name}</span>
                <span>"Read " {record.as_of}</span>
            </footer>
        </article>
    }
}

/// The twin as it stood.
#[component]
fn Twin(tags: Vec<(String, String)>, twin: Vec<Leaf>) -> impl IntoView {
    let tag = |(name, value): (String, String)| {
        view! { <tr><td class="mono">{name}</td><td>{value}</td></tr> }
    };
    let leaf = |leaf: Leaf| {
        view! { <tr><td class="mono">{leaf.path}</td><td>{leaf.desired}</td><td>{leaf.reported}</td></tr> }
    };
    let tags = (!tags.is_empty()).then(|| {
        view! {
            <Section id="tags" title="Tags".to_owned() note="as they stood".to_owned()>
                <div class="scroll-x">
                    <table class="table" aria-labelledby="h-tags">
                        <thead><tr><th scope="col">"Tag"</th><th scope="col">"Value"</th></tr></thead>
                        <tbody>{tags.into_iter().map(tag).collect_view()}</tbody>
                    </table>
                </div>
            </Section>
        }
    });
    let twin = if twin.is_empty() {
        view! { <p class="dim">"Nothing was asked of it, and it answered nothing."</p> }
    } else {
        view! {
            <div class="scroll-x">
                <table class="table" aria-labelledby="h-twin">
                    <thead>
                        <tr><th scope="col">"Property"</th><th scope="col">"Desired"</th><th scope="col">"Reported"</th></tr>
                    </thead>
                    <tbody>{twin.into_iter().map(leaf).collect_view()}</tbody>
                </table>
            </div>
        }
    };
    view! {
        {tags}
        <Section id="twin" title="Twin".to_owned() note="as it stood".to_owned()>{twin}</Section>
    }
}

/// The sheet that brings a device back.
#[component]
fn Restore(
    id: String,
    number: u64,
    cannot: Signal<Option<String>>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let (reason, wrong) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let toasts = use_toasts();
    let navigate = use_navigate();
    let bring = Action::new(move |reason: &String| restore(number, reason.clone()));
    let outcome = bring.value();
    effect(move || {
        if open.get() {
            reason.set(String::new());
            wrong.set(None);
            outcome.set(None);
        }
    });
    effect(move || {
        if let Some(Ok(id)) = outcome.get() {
            open.set(false);
            toasts.say(Toast::new(Is::Converged, format!("{id} is restored")));
            navigate(&Address::Device(id).href(), NavigateOptions::default());
        }
    });
    let blocked = derived(move || {
        cannot
            .get()
            .or_else(|| bring.pending().get().then(|| "Restoring.".to_owned()))
    });
    let submit = move |()| {
        let said = reason.with_untracked(|reason| words::wrong_reason(reason, REASON_CHARS_MAX));
        wrong.set(said.clone());
        if said.is_none() {
            bring.dispatch(reason.get_untracked());
        }
    };
    view! {
        <Sheet
            id="restore"
            open=open
            title=format!("Restore {id}")
            buttons=move || {
                view! {
                    <Button kind=Kind::Quiet on_press=move |()| open.set(false)>"Cancel"</Button>
                    <Button kind=Kind::Primary disabled=blocked on_press=submit>"Restore"</Button>
                }
            }
        >
            {move || outcome.get().and_then(Result::err).map(|problem| view! { <Trouble problem=problem /> })}
            <p>"It is back with its twin as it stood, and can connect with the keys that it had. This record stays."</p>
            <TextInput
                id="restore-reason"
                name="reason"
                label="Reason"
                hint="It stands in the history and in the audit log."
                error=wrong
                on_text=move |said: String| {
                    reason.set(said);
                    wrong.set(None);
                }
            />
        </Sheet>
    }
}
