//! Buttons. One primary a page; a disabled one says why.

use crate::prelude::*;

/// What the key of a control is called now: a person may have given it another stroke, or switched keys off. A context,
/// where there is one.
#[derive(Clone, Copy, Debug)]
pub struct KeyNames(pub Callback<String, Option<String>>);

/// How much a button asks for attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// An edge and a word.
    #[default]
    Plain,
    /// The one thing this page is for.
    Primary,
    /// No edge until pointed at.
    Quiet,
    /// What cannot be undone.
    Danger,
}

impl Kind {
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Primary => Some("primary"),
            Self::Quiet => Some("quiet"),
            Self::Danger => Some("danger"),
        }
    }
}

/// How tall a button is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// 30 px, 44 px under a finger.
    #[default]
    Medium,
    /// 24 px, 36 px under a finger: inside rows and heads.
    Small,
}

impl Size {
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Medium => None,
            Self::Small => Some("sm"),
        }
    }
}

/// A button that acts here.
///
/// With a reason in `disabled` it stays focusable, does nothing, and says the reason on hover, on focus and to
/// screen readers: nothing is hidden for lack of a role.
#[component]
pub fn Button(
    /// What it does; not called while disabled. A submitting button needs none.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
    /// How much it asks for attention.
    #[prop(optional)]
    kind: Kind,
    /// How tall it is.
    #[prop(optional)]
    size: Size,
    /// Whether it submits its form.
    #[prop(optional)]
    submit: bool,
    /// Why it cannot be used now.
    #[prop(optional, into)]
    disabled: Signal<Option<String>>,
    /// The key that does the same, shown inside.
    #[prop(optional, into)]
    key: Option<String>,
    /// The name for screen readers, where the content is only an icon.
    #[prop(optional, into)]
    label: Option<String>,
    /// For a switch: whether it is on.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// The word, perhaps after an icon.
    children: Children,
) -> impl IntoView {
    let names = use_context::<KeyNames>();
    let key = move || {
        let key = key.clone()?;
        names.map_or(Some(key.clone()), |names| names.0.run(key))
    };
    let is_disabled = move || disabled.with(Option::is_some);
    let press = move |event: leptos::ev::MouseEvent| {
        if disabled.with_untracked(Option::is_some) {
            event.prevent_default();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <button
            class="btn"
            type=move || if submit && !is_disabled() { "submit" } else { "button" }
            data-kind=kind.name()
            data-size=size.name()
            data-reason=move || disabled.get()
            aria-disabled=move || is_disabled().then_some("true")
            aria-description=move || disabled.get()
            aria-label=label
            aria-pressed=move || pressed.map(|pressed| pressed.get().to_string())
            on:click=press
        >
            {children()}
            {move || key().map(|key| view! { <kbd aria-hidden="true">{key}</kbd> })}
        </button>
    }
}

/// A button that leads to another page: a link that looks like one.
#[component]
pub fn LinkButton(
    /// Where it leads.
    #[prop(into)]
    href: Signal<String>,
    /// How much it asks for attention.
    #[prop(optional)]
    kind: Kind,
    /// How tall it is.
    #[prop(optional)]
    size: Size,
    /// The word, perhaps after an icon.
    children: Children,
) -> impl IntoView {
    view! {
        <a class="btn" href=move || href.get() data-kind=kind.name() data-size=size.name()>
            {children()}
        </a>
    }
}
