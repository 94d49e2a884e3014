//! The form that starts a job: what, of which devices, why; beside it what will happen, written anew as one types.

use crate::prelude::*;
use leptos::ev::KeyboardEvent;
use leptos_router::{LazyRoute, lazy_route};

use super::forecast::{Forecasting, WhatWillHappen};
use super::values::Values;
use crate::api::jobs::{Draft, Entry, Kind, start};
use crate::browser;
use crate::pages::Trouble;
use crate::router::{NavigateOptions, use_navigate, use_query_map};
use crate::routes::{Address, Search};
use crate::shell::use_who;
use crate::ui::{Button, Choice, Control, Is, Kind as Look, PageHead, Segmented, State};

/// The page that starts a job.
#[derive(Debug)]
pub struct NewJobPage;

fn blank(query: String, kind: Kind) -> Draft {
    Draft {
        kind,
        condition: query,
        values: vec![Entry::default()],
        ..Draft::default()
    }
}

#[lazy_route]
impl LazyRoute for NewJobPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let NewJobPage = this;
        let members = use_query_map().get_untracked();
        let query = members.get("q").unwrap_or_default();
        let kind = match members.get("kind").as_deref() {
            Some("method") => Kind::Method,
            _ => Kind::default(),
        };
        view! {
            <Title text="New job" />
            <Form query=query kind=kind />
        }
        .into_any()
    }
}

/// What is being written.
#[derive(Clone, Copy)]
pub(super) struct Writing {
    pub(super) draft: RwSignal<Draft>,
    forecasting: Forecasting,
    /// Whether somebody has tried to start: then everything that is wrong is said.
    is_tried: RwSignal<bool>,
    /// The fields that were left once.
    left: RwSignal<Vec<String>>,
}

impl Writing {
    pub(super) fn leave(self, field: &str) {
        if !self
            .left
            .with_untracked(|left| left.iter().any(|one| one == field))
        {
            self.left.update(|left| left.push(field.to_owned()));
        }
    }

    /// What is said at a field.
    pub(super) fn error(self, field: &'static str) -> Signal<Option<String>> {
        self.error_at(field.to_owned())
    }

    pub(super) fn error_at(self, field: String) -> Signal<Option<String>> {
        derived(move || {
            let is_said = self.is_tried.get()
                || self.left.with(|left| left.contains(&field))
                || field == "condition";
            if field == "reason"
                && self.is_tried.get()
                && self.draft.with(|draft| draft.reason.trim().is_empty())
            {
                return Some(
                    "Say why: the reason stays in the log and in the history of each device."
                        .to_owned(),
                );
            }
            is_said.then(|| self.forecasting.wrong(&field)).flatten()
        })
    }

    fn first_wrong(self) -> Option<String> {
        let of_forecast = self.forecasting.first_wrong();
        of_forecast.or_else(|| {
            let is_missing = self
                .draft
                .with_untracked(|draft| draft.reason.trim().is_empty());
            is_missing.then(|| "reason".to_owned())
        })
    }
}

#[component]
fn Form(query: String, kind: Kind) -> impl IntoView {
    let cannot = Signal::stored(use_who().cannot_change());
    let draft = RwSignal::new(blank(query, kind));
    let forecasting = Forecasting::of(draft);
    let writing = Writing {
        draft,
        forecasting,
        is_tried: RwSignal::new(false),
        left: RwSignal::default(),
    };
    let begin = Action::new(|draft: &Draft| start(draft.clone()));
    let outcome = begin.value();
    let navigate = use_navigate();
    Effect::new(move |_| {
        if let Some(Ok(id)) = outcome.get() {
            navigate(&Address::Job(id).href(), NavigateOptions::default());
        }
    });
    let blocked = derived(move || {
        cannot
            .get()
            .or_else(|| begin.pending().get().then(|| "Starting.".to_owned()))
            .or_else(|| forecasting.blocks())
    });
    let submit = move || {
        writing.is_tried.set(true);
        if let Some(field) = writing.first_wrong() {
            browser::focus(&field);
        } else if blocked.with_untracked(Option::is_none) {
            begin.dispatch(draft.get_untracked());
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            submit();
        }
    };
    let facts =
        || view! { <span>"One thing asked of every device that a condition matches."</span> };
    view! {
        <PageHead title=|| "New job" facts=facts />
        <div class="enrol">
            <form
                method="dialog"
                novalidate
                on:submit=move |event| {
                    event.prevent_default();
                    submit();
                }
                on:keydown=on_key
            >
                <Target writing=writing />
                <What writing=writing />
                <Why writing=writing />
                <div class="form-part">
                    <h2>"Start"</h2>
                    <div>
                        <Confirm writing=writing forecasting=forecasting />
                        {move || {
                            outcome.get().and_then(Result::err).map(|problem| view! { <Trouble problem=problem /> })
                        }}
                        <div class="btns">
                            <Button kind=Look::Primary submit=true key="Ctrl ↵" disabled=blocked>"Start job"</Button>
                            {move || {
                                let wrong = writing.is_tried.get() && forecasting.has_wrong();
                                wrong.then(|| view! { <State is=Is::Fault>"Something above is to be fixed"</State> })
                            }}
                        </div>
                        <p class="dim without-program">
                            "Starting a job here needs the program of this page, which has not started. Without it: the twins of devices are changed one by one on the hub’s service interface."
                        </p>
                    </div>
                </div>
            </form>
            <aside class="stackv" aria-label="What will happen">
                <WhatWillHappen forecasting=forecasting />
            </aside>
        </div>
    }
}

#[component]
fn Target(writing: Writing) -> impl IntoView {
    let draft = writing.draft;
    let error = writing.error("condition");
    let look =
        move || Address::Devices(Search::of(draft.with(|draft| draft.condition.clone()))).href();
    view! {
        <div class="form-part">
            <h2>"Target" <small>"Which devices"</small></h2>
            <div>
                <Control
                    id="condition"
                    label="Condition"
                    optional="empty: all devices"
                    hint="As in the list of devices: tags.region = 'Nord'. Devices that match at the start are taken down then."
                    error=error
                >
                    <textarea
                        class="input mono json"
                        id="condition"
                        rows="2"
                        autocapitalize="none"
                        spellcheck="false"
                        aria-describedby="condition-hint"
                        aria-invalid=move || error.with(Option::is_some).then_some("true")
                        prop:value=move || draft.with(|draft| draft.condition.clone())
                        on:input=move |event| draft.update(|draft| draft.condition = event_target_value(&event))
                    ></textarea>
                </Control>
                <p class="dim">
                    <a href=look target="_blank">"See them in the list of devices"</a>
                </p>
            </div>
        </div>
    }
}

#[component]
fn What(writing: Writing) -> impl IntoView {
    let draft = writing.draft;
    let choices = Signal::stored(
        [
            ("desired", "Desired properties"),
            ("tags", "Tags"),
            ("method", "Method"),
        ]
        .map(|(value, name)| Choice {
            value,
            name: name.to_owned(),
        })
        .to_vec(),
    );
    let value = derived(move || match draft.with(|draft| draft.kind) {
        Kind::Desired => "desired",
        Kind::Tags => "tags",
        Kind::Method => "method",
    });
    let choose = move |value| {
        let kind = match value {
            "tags" => Kind::Tags,
            "method" => Kind::Method,
            _ => Kind::Desired,
        };
        draft.update(|draft| draft.kind = kind);
    };
    let is_method = memo(move || draft.with(|draft| draft.kind == Kind::Method));
    view! {
        <div class="form-part">
            <h2>"What" <small>"Asked of each"</small></h2>
            <div>
                <Segmented label="What is asked" choices=choices value=value on_choose=choose />
                <Show when=move || is_method.get() fallback=move || view! { <Values writing=writing /> }>
                    <Method writing=writing />
                </Show>
            </div>
        </div>
    }
}

#[component]
fn Method(writing: Writing) -> impl IntoView {
    view! {
        <Field writing=writing id="method" label="Method" hint="Called once on each connected device." code=true
            read=|draft| &mut draft.method />
        <Field writing=writing id="payload" label="Payload" optional="optional" hint="JSON." code=true
            read=|draft| &mut draft.payload />
        <Field writing=writing id="timeout" label="Seconds to answer" optional="30 unless given" hint="From 5 to 300."
            read=|draft| &mut draft.timeout_s />
    }
}

#[component]
fn Why(writing: Writing) -> impl IntoView {
    view! {
        <div class="form-part">
            <h2>"Why" <small>"And how fast"</small></h2>
            <div>
                <Field writing=writing id="reason" label="Reason"
                    hint="For the log, and for the history of each device." read=|draft| &mut draft.reason />
                <Field writing=writing id="per-second" label="Devices a second" optional="optional"
                    hint="At most so many; empty goes as fast as the database writes."
                    read=|draft| &mut draft.per_second />
            </div>
        </div>
    }
}

/// The number that is typed when many devices are asked.
#[component]
fn Confirm(writing: Writing, forecasting: Forecasting) -> impl IntoView {
    let asked = memo(move || forecasting.confirm());
    let field = move || {
        asked.get().map(|count| {
            let hint = format!("Many devices are asked: type {count}.");
            view! {
                <Field writing=writing id="confirmed" label="Number of devices" hint=hint
                    read=|draft| &mut draft.confirmed />
            }
        })
    };
    field.into_render()
}

/// A line of text with what is wrong with it.
#[component]
pub(super) fn Field(
    writing: Writing,
    id: &'static str,
    label: &'static str,
    #[prop(into)] hint: String,
    #[prop(optional)] optional: &'static str,
    #[prop(optional)] code: bool,
    read: fn(&mut Draft) -> &mut String,
) -> impl IntoView {
    let error = writing.error(id);
    let described = format!("{id}-hint");
    let draft = writing.draft;
    let text = memo(move || {
        let mut draft = draft.get();
        std::mem::take(read(&mut draft))
    });
    view! {
        <Control id=id label=label optional=optional hint=hint error=error>
            <input
                class=if code { "input mono" } else { "input" }
                id=id
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=described
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                prop:value=move || text.get()
                on:input=move |event| draft.update(|draft| *read(draft) = event_target_value(&event))
                on:blur=move |_| writing.leave(id)
            />
        </Control>
    }
}
