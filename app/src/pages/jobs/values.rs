//! The values of a change: a place, a type and a text each.

use super::compose::Writing;
use crate::api::jobs::{Entry, Kind, ValueKind};
use crate::browser;
use crate::prelude::*;
use crate::ui::{Button, Icon, Size, Symbol};

/// The values, one a row; there is always one.
#[component]
pub(super) fn Values(writing: Writing) -> impl IntoView {
    let draft = writing.draft;
    let rows = memo(move || draft.with(|draft| draft.values.len()));
    let add = move |()| {
        draft.update(|draft| draft.values.push(Entry::default()));
        let last = rows.get_untracked().saturating_sub(1);
        request_animation_frame(move || browser::focus(&format!("path-{last}")));
    };
    view! {
        <div class="job-values" role="group" aria-label="Values">
            <For each=move || 0..rows.get() key=|at| *at children=move |at| view! { <Value writing=writing at=at /> } />
        </div>
        <div class="btns">
            <Button size=Size::Small on_press=add>
                <Symbol icon=Icon::Plus />
                "Another value"
            </Button>
        </div>
    }
}

#[component]
fn Value(writing: Writing, at: usize) -> impl IntoView {
    let draft = writing.draft;
    let entry = memo(move || draft.with(|draft| draft.values.get(at).cloned().unwrap_or_default()));
    let change = move |with: &dyn Fn(&mut Entry)| {
        draft.update(|draft| {
            if let Some(entry) = draft.values.get_mut(at) {
                with(entry);
            }
        });
    };
    let remove = move |()| {
        draft.update(|draft| {
            if at < draft.values.len() {
                draft.values.remove(at);
            }
        });
    };
    let (path_id, value_id) = (format!("path-{at}"), format!("value-{at}"));
    let (path_left, value_left) = (path_id.clone(), value_id.clone());
    let (path_error, value_error) = (
        writing.error_at(path_id.clone()),
        writing.error_at(value_id.clone()),
    );
    let error_id = format!("value-{at}-error");
    let error = move || path_error.get().or_else(|| value_error.get());
    let nth = at + 1;
    let options = ValueKind::ALL.map(|(kind, name)| {
        view! { <option value=name prop:selected=move || entry.with(|entry| entry.kind == kind)>{name}</option> }
    });
    let choose = move |event| {
        let name = event_target_value(&event);
        if let Some((kind, _)) = ValueKind::ALL.into_iter().find(|(_, known)| *known == name) {
            change(&|entry| entry.kind = kind);
        }
    };
    let section = move || {
        if draft.with(|draft| draft.kind == Kind::Tags) {
            "tags."
        } else {
            "desired."
        }
    };
    let placeholder = move || {
        if draft.with(|draft| draft.kind == Kind::Tags) {
            "crew"
        } else {
            "telemetry.interval_s"
        }
    };
    view! {
        <div class="job-value" role="group" aria-label=format!("Value {nth}")>
            <span class="mono dim" aria-hidden="true">{section}</span>
            <input
                class="input mono"
                id=path_id
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-label=format!("Path {nth}")
                aria-describedby=error_id.clone()
                aria-invalid=move || path_error.with(Option::is_some).then_some("true")
                placeholder=placeholder
                prop:value=move || entry.with(|entry| entry.path.clone())
                on:input=move |event| { let text = event_target_value(&event); change(&|entry| entry.path.clone_from(&text)); }
                on:blur=move |_| writing.leave(&path_left)
            />
            <select class="input" aria-label=format!("Type {nth}") on:change=choose>
                {options.into_iter().collect_view()}
            </select>
            <input
                class="input mono"
                id=value_id
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-label=format!("Value {nth}")
                aria-describedby=error_id.clone()
                aria-invalid=move || value_error.with(Option::is_some).then_some("true")
                disabled=move || entry.with(|entry| !entry.kind.has_text())
                prop:value=move || entry.with(|entry| entry.text.clone())
                on:input=move |event| { let text = event_target_value(&event); change(&|entry| entry.text.clone_from(&text)); }
                on:blur=move |_| writing.leave(&value_left)
            />
            <Button size=Size::Small label=format!("Leave value {nth} out") on_press=remove
                disabled=derived(move || draft.with(|draft| (draft.values.len() < 2).then(|| "One value is needed.".to_owned())))>
                "×"
            </Button>
            <span class="error" id=error_id role="alert">{error}</span>
        </div>
    }
}
