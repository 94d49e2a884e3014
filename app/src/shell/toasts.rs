//! Short messages in the corner: what was done, and how to undo it. Never the only place that tells a failure.

use leptos::leptos_dom::helpers::set_interval_with_handle;
use std::time::Duration;

use crate::prelude::*;
use crate::ui::{Button, Icon, Is, Kind, Mark, Size, Symbol};

/// How many are shown; older ones give way.
const SHOWN_MAX: usize = 3;
/// How long one stays, unless it is a fault or somebody points at it.
const SHOWN_S: u32 = 6;

/// One message.
#[derive(Clone, Debug)]
pub struct Toast {
    /// What kind of news. Faults stay until they are closed.
    pub is: Is,
    /// What was done.
    pub text: String,
    /// A small line below.
    pub detail: String,
    /// A word and what it does, where there is something to do.
    pub action: Option<(String, Callback<()>)>,
}

impl Toast {
    /// A message without detail or action.
    pub fn new(is: Is, text: impl Into<String>) -> Self {
        Self {
            is,
            text: text.into(),
            detail: String::new(),
            action: None,
        }
    }

    /// The same with a small line below.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

/// The messages of the tab.
#[derive(Clone, Copy, Debug)]
pub struct Toasts {
    shown: RwSignal<Vec<(u32, Toast)>>,
    next: StoredValue<u32>,
}

impl Toasts {
    /// Shows a message.
    pub fn say(self, toast: Toast) {
        let number = self.next.try_update_value(|next| {
            *next += 1;
            *next
        });
        let Some(number) = number else { return };
        self.shown.update(|shown| {
            shown.push((number, toast));
            let surplus = shown.len().saturating_sub(SHOWN_MAX);
            shown.drain(..surplus);
        });
    }

    fn close(self, number: u32) {
        self.shown
            .update(|shown| shown.retain(|(shown, _)| *shown != number));
    }
}

/// Makes the tab's messages and gives them to everything below.
pub fn provide_toasts() {
    provide_context(Toasts {
        shown: RwSignal::default(),
        next: StoredValue::default(),
    });
}

/// The tab's messages. Take them in the body of a component.
///
/// # Panics
/// Outside [`crate::App`].
pub fn use_toasts() -> Toasts {
    expect_context()
}

/// The corner where messages stand.
#[component]
pub(super) fn Corner() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div class="toasts" aria-live="polite">
            <For
                each=move || toasts.shown.get()
                key=|(number, _)| *number
                children=move |(number, toast)| {
                    view! { <Shown toast=toast on_close=move |()| toasts.close(number) /> }
                }
            />
        </div>
    }
}

#[component]
fn Shown(toast: Toast, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let is_fault = toast.is == Is::Fault;
    let is_pointed_at = RwSignal::new(false);
    effect(move || {
        let left_s = StoredValue::new(SHOWN_S);
        let tick = move || {
            if is_pointed_at.try_get_untracked() == Some(false) {
                let left = left_s.try_update_value(|left| {
                    *left = left.saturating_sub(1);
                    *left
                });
                if left == Some(0) {
                    on_close.try_run(());
                }
            }
        };
        if !is_fault && let Ok(handle) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || handle.clear());
        }
    });
    let action = match toast.action {
        Some((word, action)) => view! {
            <Button size=Size::Small on_press=move |()| { action.run(()); on_close.run(()) }>{word}</Button>
        },
        None => view! {
            <Button kind=Kind::Quiet size=Size::Small label="Close" on_press=on_close>
                <Symbol icon=Icon::Close />
            </Button>
        },
    };
    view! {
        <div
            class="toast"
            role=if is_fault { "alert" } else { "status" }
            on:pointerenter=move |_| is_pointed_at.set(true)
            on:pointerleave=move |_| is_pointed_at.set(false)
            on:focusin=move |_| is_pointed_at.set(true)
            on:focusout=move |_| is_pointed_at.set(false)
        >
            <Mark is=toast.is />
            <span>{toast.text} <small>{toast.detail}</small></span>
            {action}
        </div>
    }
}
