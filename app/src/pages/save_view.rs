//! The sheet in which a view is saved: a group of the plan, with a name, a condition and what it is for.

use std::sync::Arc;

use crate::prelude::*;

use crate::api::Code;
use crate::api::views::{Draft, Kept, save_view};
use crate::ui::{Button, Control, Is, Kind, Notice, Part, Sheet, TextInput};

/// The sheet, when there first is a draft.
#[lazy]
pub(crate) fn devices_view(
    draft: RwSignal<Option<Draft>>,
    cannot: Signal<Option<String>>,
    on_kept: Callback<(Draft, Kept)>,
) -> Part {
    Arc::new(move || view! { <SaveView draft=draft cannot=cannot on_kept=on_kept /> })
}

/// The sheet; it is open while there is a draft.
#[component]
fn SaveView(
    /// What is to be saved.
    draft: RwSignal<Option<Draft>>,
    /// Why it cannot be saved, for whoever may not.
    cannot: Signal<Option<String>>,
    /// Called with what was saved and what came of it.
    on_kept: Callback<(Draft, Kept)>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let save = Action::new(move |draft: &Draft| {
        let draft = draft.clone();
        async move { save_view(draft.clone()).await.map(|kept| (draft, kept)) }
    });
    let outcome = save.value();
    let is_drafted = memo(move || draft.with(Option::is_some));
    Effect::new(move |_| {
        if is_drafted.get() {
            outcome.set(None);
            open.set(true);
        }
    });
    Effect::new(move |was: Option<bool>| {
        let is_open = open.get();
        if was == Some(true) && !is_open {
            draft.set(None);
        }
        is_open
    });
    Effect::new(move |_| {
        if let Some(Ok(kept)) = outcome.get() {
            open.set(false);
            on_kept.run(kept);
        }
    });
    let blocked = derived(move || {
        cannot
            .get()
            .or_else(|| save.pending().get().then(|| "Saving.".to_owned()))
    });
    let submit = move |()| {
        if let Some(draft) = draft.get_untracked() {
            save.dispatch(draft);
        }
    };
    let title = derived(move || {
        let is_over = draft.with(|draft| draft.as_ref().is_some_and(|one| one.over.is_some()));
        if is_over {
            "Change the group"
        } else {
            "Create a group"
        }
        .to_owned()
    });
    let text = move |of: fn(&Draft) -> &String| {
        draft.with_untracked(|draft| {
            draft
                .as_ref()
                .map(|one| of(one).clone())
                .unwrap_or_default()
        })
    };
    let write = move |to: fn(&mut Draft) -> &mut String, text: String| {
        draft.update(|draft| {
            if let Some(draft) = draft {
                *to(draft) = text;
            }
        });
    };
    let refused = move || {
        outcome.get().and_then(Result::err).map(|problem| {
            let sentence = if problem.code == Code::Conflict {
                format!("{} Nothing was saved.", problem.sentence)
            } else {
                problem.sentence
            };
            view! { <Notice is=Is::Fault>{sentence}</Notice> }
        })
    };
    view! {
        <Sheet
            id="save-view"
            open=open
            title=title
            buttons=move || {
                view! {
                    <Button kind=Kind::Quiet on_press=move |()| open.set(false)>"Cancel"</Button>
                    <Button kind=Kind::Primary disabled=blocked on_press=submit>"Save"</Button>
                }
            }
        >
            {refused}
            <TextInput
                id="view-name"
                name="name"
                label="Name"
                hint="What everybody calls these devices: a tab of Devices, and a group of Plan."
                value=text(|draft| &draft.name)
                on_text=move |text| write(|draft| &mut draft.name, text)
            />
            <TextInput
                id="view-description"
                name="description"
                label="Description"
                optional="optional"
                hint="What it is for."
                value=text(|draft| &draft.description)
                on_text=move |text| write(|draft| &mut draft.description, text)
            />
            <Control id="view-query" label="Condition" hint="In the fleet query language; empty for all devices. It is checked when it is saved.">
                <textarea
                    class="input json"
                    id="view-query"
                    rows="4"
                    spellcheck="false"
                    autocapitalize="none"
                    aria-describedby="view-query-hint"
                    prop:value=text(|draft| &draft.query)
                    on:input=move |event| write(|draft| &mut draft.query, event_target_value(&event))
                ></textarea>
            </Control>
        </Sheet>
    }
}
