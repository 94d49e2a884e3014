//! Form fields: label above, hint below, an error in the place of the hint.

use super::{Is, Mark};
use crate::prelude::*;

/// A labeled field. The field inside carries the same `id` and points at `{id}-hint`.
#[component]
pub fn Control(
    /// The id of the field inside.
    #[prop(into)]
    id: String,
    /// The label.
    #[prop(into)]
    label: String,
    /// Said after the label when the field may stay empty: fields are required unless they say so.
    #[prop(optional, into)]
    optional: Option<String>,
    /// What to write.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong and how to mend it; takes the place of the hint.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The field.
    children: Children,
) -> impl IntoView {
    let described = format!("{id}-hint");
    let below = move || match error.get() {
        Some(error) => Some(view! {
            <span class="error" id=described.clone() role="alert">
                <Mark is=Is::Fault />
                <span>{error}</span>
            </span>
        }),
        None => hint
            .clone()
            .map(|hint| view! { <span class="hint" id=described.clone()>{hint}</span> }),
    };
    view! {
        <div class="control">
            <label for=id>
                {label}
                {optional.map(|optional| view! { " " <span class="opt">{optional}</span> })}
            </label>
            {children()}
            {below}
        </div>
    }
}

/// One line of text in a labeled field.
#[component]
pub fn TextInput(
    /// The id of the field, unique on its page.
    #[prop(into)]
    id: String,
    /// The name it is posted under.
    name: &'static str,
    /// The label.
    #[prop(into)]
    label: String,
    /// Said after the label when the field may stay empty.
    #[prop(optional, into)]
    optional: Option<String>,
    /// What to write.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong and how to mend it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// `password` hides what is typed.
    #[prop(default = "text")]
    kind: &'static str,
    /// What browsers may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// The text at first.
    #[prop(optional, into)]
    value: String,
    /// The text as it is typed.
    #[prop(optional, into)]
    on_text: Option<Callback<String>>,
) -> impl IntoView {
    let is_required = optional.is_none();
    let described = format!("{id}-hint");
    view! {
        <Control id=id.clone() label=label optional=optional.unwrap_or_default() hint=hint.unwrap_or_default() error=error>
            <input
                class="input"
                id=id
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                required=is_required
                aria-describedby=described
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                on:input=move |event| {
                    if let Some(on_text) = on_text {
                        on_text.run(event_target_value(&event));
                    }
                }
            />
        </Control>
    }
}
