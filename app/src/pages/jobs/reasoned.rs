//! A dialog that asks why before something is done.

use crate::api::Problem;
use crate::pages::Trouble;
use crate::prelude::*;
use crate::ui::{Button, Dialog, Kind, TextInput};

/// Asks for a reason, does it, and closes.
#[component]
pub(super) fn Reasoned(
    /// Unique on its page.
    id: &'static str,
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The heading.
    title: String,
    /// The button that does it.
    verb: &'static str,
    /// The button that does not.
    leave: &'static str,
    /// What is done, with the reason; gives a number.
    act: Action<String, Result<u64, Problem>>,
    /// Called with the number when it is done.
    on_done: Callback<u64>,
    /// The consequences.
    children: ChildrenFn,
) -> impl IntoView {
    let reason = RwSignal::new(String::new());
    let missing = RwSignal::new(None::<String>);
    let outcome = act.value();
    effect(move || {
        if open.get() {
            reason.set(String::new());
            missing.set(None);
            outcome.set(None);
        }
    });
    effect(move || {
        if let Some(Ok(number)) = outcome.get() {
            open.set(false);
            on_done.run(number);
        }
    });
    let submit = move |()| {
        if reason.with_untracked(|reason| reason.trim().is_empty()) {
            missing.set(Some("Say why: it stays in the log.".to_owned()));
        } else {
            act.dispatch(reason.get_untracked());
        }
    };
    let busy = derived(move || act.pending().get().then(|| "Under way.".to_owned()));
    let children = StoredValue::new(children);
    view! {
        <Dialog
            id=id
            open=open
            title=Signal::stored(title)
            buttons=move || {
                view! {
                    <Button on_press=move |()| open.set(false)>{leave}</Button>
                    <Button kind=Kind::Danger disabled=busy on_press=submit>{verb}</Button>
                }
            }
        >
            {children.with_value(|children| children())}
            <TextInput
                id=format!("{id}-reason")
                name="reason"
                label="Reason"
                error=missing
                on_text=move |text| {
                    missing.set(None);
                    reason.set(text);
                }
            />
            {move || outcome.get().and_then(Result::err).map(|problem| view! { <Trouble problem=problem /> })}
        </Dialog>
    }
}
