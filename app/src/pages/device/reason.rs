//! The reason that stands beside every change of a device.

use crate::prelude::*;
use crate::ui::TextInput;

/// A reason as it is written, and what is wrong with it.
#[derive(Clone, Copy)]
pub(super) struct Why {
    text: RwSignal<String>,
    wrong: RwSignal<Option<String>>,
}

impl Why {
    pub(super) fn new() -> Self {
        Self {
            text: RwSignal::default(),
            wrong: RwSignal::default(),
        }
    }

    /// Begins anew.
    pub(super) fn clear(self) {
        self.text.set(String::new());
        self.wrong.set(None);
    }

    /// The reason; `None` when there is none yet, which is then said at the field.
    pub(super) fn given(self) -> Option<String> {
        let text = self.text.get_untracked().trim().to_owned();
        if text.is_empty() {
            self.wrong
                .set(Some("Say why, for whoever reads the history.".into()));
            return None;
        }
        Some(text)
    }
}

/// The field for a reason.
#[component]
pub(super) fn Reason(id: &'static str, hint: &'static str, why: Why) -> impl IntoView {
    view! {
        <TextInput
            id=id
            name="reason"
            label="Reason"
            hint=hint
            value=why.text.get_untracked()
            error=why.wrong
            on_text=move |said: String| {
                why.text.set(said);
                why.wrong.set(None);
            }
        />
    }
}
