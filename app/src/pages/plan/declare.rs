//! Declaring a property, and saying something else of one that is declared.

use leptos::ev::{Event, FocusEvent};
use twin::scheme::PropertyType;

use super::shown::Shown;
use super::words;
use crate::api::plan::{Inventory, Property, change, declare};
use crate::api::{Code, Problem};
use crate::language::Spoken;
use crate::prelude::*;
use crate::shell::{Toast, use_toasts};
use crate::ui::{Button, Control, Is, Kind, Notice, Sheet, TextInput};

/// What is being written of a property.
#[derive(Clone, Copy)]
pub(super) struct Editor {
    open: RwSignal<bool>,
    is_new: RwSignal<bool>,
    path: RwSignal<String>,
    kind: RwSignal<PropertyType>,
    title: RwSignal<String>,
    unit: RwSignal<String>,
    description: RwSignal<String>,
}

impl Editor {
    /// One that is not open.
    pub(super) fn closed() -> Self {
        Self {
            open: RwSignal::new(false),
            is_new: RwSignal::new(true),
            path: RwSignal::default(),
            kind: RwSignal::new(PropertyType::String),
            title: RwSignal::default(),
            unit: RwSignal::default(),
            description: RwSignal::default(),
        }
    }

    /// Opens it for a new declaration, of a path and a type if they are known.
    pub(super) fn declare(self, path: &str, kind: Option<PropertyType>) {
        self.is_new.set(true);
        self.path.set(path.to_owned());
        self.kind.set(kind.unwrap_or(PropertyType::String));
        for text in [self.title, self.unit, self.description] {
            text.set(String::new());
        }
        self.open.set(true);
    }

    /// Opens it for a property that is declared.
    pub(super) fn change(self, property: &Property) {
        self.is_new.set(false);
        self.path.set(property.path.clone());
        self.kind.set(property.kind);
        self.title.set(property.title.clone());
        self.unit.set(property.unit.clone());
        self.description.set(property.description.clone());
        self.open.set(true);
    }
}

/// The sheet in which a property is declared or changed.
#[component]
pub(super) fn Declare(
    editor: Editor,
    shown: Shown,
    inventory: RwSignal<Result<Inventory, Problem>>,
    cannot: Signal<Option<String>>,
) -> impl IntoView {
    let toasts = use_toasts();
    let wrong_path = RwSignal::new(None::<String>);
    let save = Action::new(move |(): &()| {
        let (path, kind) = (
            editor.path.get_untracked().trim().to_owned(),
            editor.kind.get_untracked(),
        );
        let [title, unit, description] = [editor.title, editor.unit, editor.description]
            .map(|text| text.get_untracked().trim().to_owned());
        let is_new = editor.is_new.get_untracked();
        async move {
            let name = path.clone();
            let saved = if is_new {
                declare(path, kind, title, unit, description).await
            } else {
                change(path, kind, title, unit, description).await
            };
            saved.map(|scheme| (name, is_new, scheme))
        }
    });
    let outcome = save.value();
    let language = Spoken::here();
    effect(move || {
        if editor.open.get() {
            language.begin();
            wrong_path.set(None);
            outcome.set(None);
        }
    });
    effect(move || {
        if let Some(Ok((name, is_new, scheme))) = outcome.get() {
            shown.take(scheme);
            editor.open.set(false);
            let toast = if is_new {
                Toast::new(Is::Busy, format!("{name} is declared"))
                    .detail("Its column is built in the background.")
            } else {
                Toast::new(Is::Converged, format!("{name} is changed"))
            };
            toasts.say(toast);
        }
    });
    let submit = move |()| {
        // While the language is not here, the server says what is wrong.
        let wrong = editor
            .path
            .with_untracked(|path| words::wrong_path(language.now()?, path));
        let is_right = wrong.is_none();
        wrong_path.set(wrong);
        if is_right {
            save.dispatch(());
        }
    };
    let blocked = derived(move || {
        cannot
            .get()
            .or_else(|| save.pending().get().then(|| "Saving.".to_owned()))
    });
    let heading = derived(move || {
        if editor.is_new.get() {
            "Declare a property".to_owned()
        } else {
            format!("Change {}", editor.path.get())
        }
    });
    view! {
        <Sheet
            id="declare-property"
            open=editor.open
            title=heading
            buttons=move || {
                view! {
                    <Button kind=Kind::Quiet on_press=move |()| editor.open.set(false)>"Cancel"</Button>
                    <Button kind=Kind::Primary disabled=blocked on_press=submit>
                        {move || if editor.is_new.get() { "Declare" } else { "Change" }}
                    </Button>
                }
            }
        >
            {move || outcome.get().and_then(Result::err).map(|problem| view! { <Refused problem=problem /> })}
            <Show when=move || editor.is_new.get()>
                <PathField editor=editor shown=shown inventory=inventory wrong=wrong_path language=language />
            </Show>
            <TypeField editor=editor />
            <TextInput
                id="property-title"
                name="title"
                label="Title"
                optional="optional"
                hint="What people call it."
                value=editor.title.get_untracked()
                on_text=move |text| editor.title.set(text)
            />
            <TextInput
                id="property-unit"
                name="unit"
                label="Unit"
                optional="optional"
                hint="Of a number: %, dBm, kWh."
                value=editor.unit.get_untracked()
                on_text=move |text| editor.unit.set(text)
            />
            <TextInput
                id="property-description"
                name="description"
                label="Description"
                optional="optional"
                hint="What it means, for whoever asks about it."
                value=editor.description.get_untracked()
                on_text=move |text| editor.description.set(text)
            />
            <Show when=move || editor.is_new.get()>
                <p class="dim">
                    "Every device is looked at once, in the background. Queries use the column from the moment it is ready; "
                    "what devices hold is not changed."
                </p>
            </Show>
        </Sheet>
    }
}

/// The path, with what the inventory knows as suggestions.
#[component]
fn PathField(
    editor: Editor,
    shown: Shown,
    inventory: RwSignal<Result<Inventory, Problem>>,
    wrong: RwSignal<Option<String>>,
    language: Spoken,
) -> impl IntoView {
    let known = move |text: &str| {
        inventory.with(|inventory| {
            let inventory = inventory.as_ref().ok()?;
            let found = words::found(language.get(), inventory, text)?;
            Some((
                found.kind,
                format!(
                    "{}: {}",
                    words::seen(found, inventory),
                    found.examples.join(", ")
                ),
            ))
        })
    };
    let write = move |event: Event| {
        let text = event_target_value(&event);
        if let Some((kind, _)) = untrack(|| known(&text)) {
            editor.kind.set(kind);
        }
        wrong.set(None);
        editor.path.set(text);
    };
    let leave = move |_: FocusEvent| {
        let is_written = editor.path.with_untracked(|path| !path.trim().is_empty());
        if is_written {
            wrong.set(
                editor
                    .path
                    .with_untracked(|path| words::wrong_path(language.now()?, path)),
            );
        }
    };
    let told = move || {
        let known = editor.path.with(|path| known(path));
        known.map_or_else(
            || {
                "What no device holds yet can be declared too; its column fills as devices do."
                    .to_owned()
            },
            |(_, told)| told,
        )
    };
    let suggestions = move || {
        inventory.with(|inventory| {
            let found = inventory
                .as_ref()
                .map(|inventory| inventory.found.as_slice());
            let is_free = |path: &str| shown.scheme.with(|scheme| scheme.find(path).is_none());
            found
                .unwrap_or_default()
                .iter()
                .filter(|found| is_free(&found.path))
                .map(|found| {
                    view! { <option value=found.path.clone()>{words::types(&found.types)}</option> }
                })
                .collect_view()
        })
    };
    view! {
        <Control id="property-path" label="Path" error=wrong>
            <input
                class="input mono"
                id="property-path"
                name="path"
                list="property-paths"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                required=true
                placeholder="tags.region"
                value=editor.path.get_untracked()
                aria-describedby="property-path-hint property-path-told"
                aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                on:input=write
                on:blur=leave
            />
            <datalist id="property-paths">{suggestions}</datalist>
            <span class="hint" id="property-path-told">{told}</span>
        </Control>
    }
}

/// The type.
#[component]
fn TypeField(editor: Editor) -> impl IntoView {
    let choose = move |event: Event| {
        if let Some(kind) = PropertyType::parse(&event_target_value(&event)) {
            editor.kind.set(kind);
        }
    };
    let options = PropertyType::ALL.map(|kind| {
        let name = kind.as_str();
        view! { <option value=name prop:selected=move || editor.kind.get() == kind>{name}</option> }
    });
    view! {
        <Control id="property-type" label="Type" hint="A type that no device holds there is refused; mixed takes all.">
            <select class="input" id="property-type" name="type" aria-describedby="property-type-hint" on:change=choose>
                {options.into_iter().collect_view()}
            </select>
        </Control>
    }
}

/// Why it was not done.
#[component]
fn Refused(problem: Problem) -> impl IntoView {
    let sentence = if problem.code == Code::Conflict {
        "It is declared already: change it in the list of properties.".to_owned()
    } else {
        problem.sentence
    };
    view! {
        <Notice is=Is::Fault>
            {sentence}
            {problem.request.map(|request| view! { " Request " <span class="mono">{request}</span> "." })}
        </Notice>
    }
}
