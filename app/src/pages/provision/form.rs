//! The form: four parts, an error at its field with a text that mends it, and beside it what will happen.

use leptos::ev::KeyboardEvent;

use super::Ways;
use super::outcome::WhatWillHappen;
use crate::api::Problem;
use crate::api::provision::{Checked, Draft, Enrolled, Field, Fix, Wrong, is_taken};
use crate::browser;
use crate::format;
use crate::pages::Trouble;
use crate::prelude::*;
use crate::routes::Address;
use crate::shell::use_who;
use crate::ui::{Button, Control, Is, Kind, LinkButton, PageHead, Size, State};

/// What is being written, and what is said about it.
#[derive(Clone, Copy)]
struct Writing {
    draft: RwSignal<Draft>,
    are_keys_given: RwSignal<bool>,
    checked: Memo<Result<Checked, Vec<Wrong>>>,
    /// The fields that were left once: nobody is corrected while they begin to write.
    left: RwSignal<Vec<Field>>,
    /// The name that is known to be taken.
    taken: Signal<Option<String>>,
}

impl Writing {
    fn write(self, field: Field, text: String) {
        self.draft.update(|draft| draft.write(field, text));
    }

    fn leave(self, field: Field) {
        if self
            .draft
            .with_untracked(|draft| !draft.text(field).is_empty())
        {
            self.left.update(|left| {
                if !left.contains(&field) {
                    left.push(field);
                }
            });
        }
    }

    /// What is said at a field.
    fn wrong(self, field: Field) -> Option<Wrong> {
        let is_left = self.left.with(|left| left.contains(&field));
        let wrong = self.checked.with(|checked| {
            let wrong = checked.as_ref().err()?;
            wrong.iter().find(|wrong| wrong.field == field).cloned()
        });
        wrong.filter(|_| is_left).or_else(|| {
            let id = self.draft.with(|draft| draft.id.clone());
            let is_taken = field == Field::Id && self.taken.get().as_ref() == Some(&id);
            is_taken.then(|| Wrong {
                field,
                sentence:
                    "There is already a device of this name. Choose another, or open that one."
                        .to_owned(),
                fix: None,
            })
        })
    }

    /// How many fields have something said at them.
    fn wrongs(self) -> usize {
        let is_wrong = |field: &&Field| self.wrong(**field).is_some();
        Field::ALL.iter().filter(is_wrong).count()
    }
}

/// The form and its rail.
#[component]
pub(super) fn Form(
    enroll: Action<Draft, Result<Enrolled, Problem>>,
    /// What a form that was sent without the program of the page said, and whether it gave keys.
    begun: Option<(Draft, bool)>,
) -> impl IntoView {
    let who = use_who();
    let cannot = Signal::stored(who.cannot_change());
    let outcome = enroll.value();
    let left: &[Field] = if begun.is_some() { &Field::ALL } else { &[] };
    let (begun, gives_keys) = begun.unwrap_or_default();
    let draft = RwSignal::new(begun.clone());
    let are_keys_given = RwSignal::new(gives_keys);
    // What would be sent: keys that are written but not chosen stay behind.
    let wanted = memo(move || {
        let draft = draft.get();
        if are_keys_given.get() {
            draft
        } else {
            Draft {
                primary_key: String::new(),
                secondary_key: String::new(),
                ..draft
            }
        }
    });
    let sent = RwSignal::new(begun);
    let look = Action::new(|id: &String| {
        let id = id.clone();
        async move { (is_taken(id.clone()).await, id) }
    });
    let looked = look.value();
    let taken = derived(move || {
        let refused = outcome.with(|outcome| {
            let problem = outcome.as_ref().and_then(|outcome| outcome.as_ref().err());
            problem.is_some_and(|problem| problem.field.as_deref() == Some(Field::Id.name()))
        });
        if refused {
            return Some(sent.with(|sent| sent.id.clone()));
        }
        looked.with(|looked| match looked {
            Some((Ok(true), id)) => Some(id.clone()),
            _ => None,
        })
    });
    let writing = Writing {
        draft,
        are_keys_given,
        checked: memo(move || wanted.with(Draft::check)),
        left: RwSignal::new(left.to_vec()),
        taken,
    };
    let blocked = derived(move || {
        cannot
            .get()
            .or_else(|| enroll.pending().get().then(|| "Enrolling.".to_owned()))
    });
    let submit = move || {
        if blocked.with_untracked(Option::is_some) {
            return;
        }
        let first = writing.checked.with_untracked(|checked| {
            let wrong = checked.as_ref().err().and_then(|wrong| wrong.first());
            wrong.map(|wrong| wrong.field)
        });
        if let Some(first) = first {
            writing.left.set(Field::ALL.to_vec());
            browser::focus(first.name());
        } else {
            let wanted = wanted.get_untracked();
            sent.set(wanted.clone());
            enroll.dispatch(wanted);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            submit();
        }
    };
    let on_name_left = move |_| {
        let id = draft.with_untracked(|draft| draft.id.clone());
        if draft.with_untracked(Draft::device_id).is_ok() {
            look.dispatch(id);
        }
    };
    let elsewhere = move || {
        let problem = outcome.get().and_then(Result::err);
        // What is said at a field is not said twice.
        problem.filter(|problem| {
            let is_at = |field: &&Field| problem.field.as_deref() == Some(field.name());
            let field = Field::ALL.iter().find(is_at);
            field.is_none_or(|field| *field != Field::Id && writing.wrong(*field).is_none())
        })
    };
    let facts = || view! { <span>"One device, let in by its keys."</span> };
    view! {
        <PageHead title=|| "Enroll devices" facts=facts />
        <Ways />
        <div class="enrol">
            // Without the program of this page the browser sends it, and the answer is this page again.
            <form
                method="post"
                action=Address::Provision.href()
                novalidate
                on:submit=move |event| {
                    event.prevent_default();
                    submit();
                }
                on:keydown=on_key
            >
                <div class="form-part" on:focusout=on_name_left>
                    <h2>"Device" <small>"What it is called"</small></h2>
                    <div>
                        <Entry writing=writing field=Field::Id label="Name" hint="The device id. It cannot be changed later." />
                        <Taken writing=writing />
                    </div>
                </div>
                <Proof writing=writing />
                <div class="form-part">
                    <h2>"Tags" <small>"What you know about it"</small></h2>
                    <div>
                        <Entry
                            writing=writing
                            field=Field::Tags
                            label="Tags"
                            optional="optional"
                            hint="JSON, or a name and a value a line: region = Nord"
                            rows=4
                        />
                    </div>
                </div>
                <div class="form-part">
                    <h2>"First state" <small>"What it is asked to be"</small></h2>
                    <div>
                        <Entry
                            writing=writing
                            field=Field::Desired
                            label="Desired state"
                            optional="optional"
                            hint="JSON, or a name and a value a line: metering.interval_s = 900"
                            rows=6
                        />
                        {move || elsewhere().map(|problem| view! { <Trouble problem=problem /> })}
                        <div class="btns">
                            <Button kind=Kind::Primary submit=true key="Ctrl ↵" disabled=blocked>"Enroll device"</Button>
                            {move || {
                                let wrongs = u64::try_from(writing.wrongs()).unwrap_or_default();
                                (wrongs > 0)
                                    .then(|| {
                                        let words = format::plural(wrongs, "thing to fix", "things to fix");
                                        view! { <State is=Is::Fault>{words}</State> }
                                    })
                            }}
                        </div>
                    </div>
                </div>
            </form>
            <aside class="stackv" aria-label="What will happen">
                <WhatWillHappen draft=wanted host_name=who.host_name />
            </aside>
        </div>
    }
}

/// How the device shows who it is.
#[component]
fn Proof(writing: Writing) -> impl IntoView {
    let given = writing.are_keys_given;
    view! {
        <div class="form-part">
            <h2>"Proof" <small>"How it shows who it is"</small></h2>
            <div>
                <div class="choices" role="radiogroup" aria-label="Proof">
                    <label>
                        <input
                            class="tick"
                            type="radio"
                            name="keys"
                            value="made"
                            checked=!given.get_untracked()
                            prop:checked=move || !given.get()
                            on:change=move |_| given.set(false)
                        />
                        <span>
                            <b>"Keys made by the hub"</b>
                            <small>"Two symmetric keys, shown once, stored sealed."</small>
                        </span>
                        <span class="faint">"recommended"</span>
                    </label>
                    <label>
                        <input
                            class="tick"
                            type="radio"
                            name="keys"
                            value="given"
                            checked=given.get_untracked()
                            prop:checked=move || given.get()
                            on:change=move |_| given.set(true)
                        />
                        <span>
                            <b>"Keys that you give"</b>
                            <small>"For a device that has its keys already."</small>
                        </span>
                    </label>
                </div>
                // The style hides it until keys are given, so that it needs no program.
                <div class="given-keys">
                    <Entry
                        writing=writing
                        field=Field::PrimaryKey
                        label="Primary key"
                        optional="or empty"
                        hint="Base64 of 16 to 64 bytes; the hub makes the one that is missing."
                    />
                    <Entry
                        writing=writing
                        field=Field::SecondaryKey
                        label="Secondary key"
                        optional="or empty"
                        hint="For rolling the primary one without an interruption."
                    />
                </div>
            </div>
        </div>
    }
}

/// The way to the device that has the name already.
#[component]
fn Taken(writing: Writing) -> impl IntoView {
    let name = move || {
        let id = writing.draft.with(|draft| draft.id.clone());
        writing.taken.get().filter(|taken| *taken == id)
    };
    let shown = move || {
        name().map(|id| {
            let href = Address::Device(id.clone()).href();
            let words = format!("Open {}", format::middle(&id, 40));
            view! {
                <div class="btns">
                    <LinkButton size=Size::Small href=href>{words}</LinkButton>
                </div>
            }
        })
    };
    shown.into_render()
}

/// A field of text with its error and the text that mends it.
#[component]
fn Entry(
    writing: Writing,
    field: Field,
    label: &'static str,
    hint: &'static str,
    #[prop(optional)] optional: &'static str,
    #[prop(default = 1)] rows: u32,
) -> impl IntoView {
    let id = field.name();
    let wrong = memo(move || writing.wrong(field));
    let error =
        derived(move || wrong.with(|wrong| wrong.as_ref().map(|wrong| wrong.sentence.clone())));
    let is_invalid = move || wrong.with(Option::is_some).then_some("true");
    let described = format!("{id}-hint");
    let text = move || writing.draft.with(|draft| draft.text(field).to_owned());
    let begun = writing
        .draft
        .with_untracked(|draft| draft.text(field).to_owned());
    let mend = move |fix: Fix| {
        let press = move |()| {
            writing.write(field, fix.text.clone());
            browser::focus(id);
        };
        view! {
            <div class="btns fix">
                <Button size=Size::Small on_press=press>{fix.words.clone()}</Button>
            </div>
        }
    };
    let input = if rows == 1 {
        view! {
            <input
                class="input mono"
                id=id
                name=id
                type="text"
                value=begun
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=described
                aria-invalid=is_invalid
                prop:value=text
                on:input=move |event| writing.write(field, event_target_value(&event))
            />
        }
    } else {
        view! {
            <textarea
                class="input mono json"
                id=id
                name=id
                rows=rows
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=described
                aria-invalid=is_invalid
                prop:value=text
                on:input=move |event| writing.write(field, event_target_value(&event))
            >
                {begun}
            </textarea>
        }
    };
    view! {
        <div on:focusout=move |_| writing.leave(field)>
            <Control id=id label=label hint=hint optional=optional error=error>
                {input}
            </Control>
            {move || wrong.get().and_then(|wrong| wrong.fix).map(mend)}
        </div>
    }
}
