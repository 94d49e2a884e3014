//! Deleting a group: what it means, and why.

use crate::api::views::{Kept, View, delete_view};
use crate::prelude::*;
use crate::ui::{Button, Dialog, Is, Kind, Notice, TextInput};

/// The dialog; it is open while a group is named.
#[component]
pub(super) fn DeleteGroup(
    /// The group that is to be deleted.
    group: RwSignal<Option<View>>,
    cannot: Signal<Option<String>>,
    /// Called with its name and what came of it.
    #[prop(into)]
    on_deleted: Callback<(String, Kept)>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let reason = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    let delete = Action::new(move |(group, reason): &(View, String)| {
        let (id, name, reason) = (group.id, group.name.clone(), reason.clone());
        async move { delete_view(id, reason).await.map(|kept| (name, kept)) }
    });
    let outcome = delete.value();
    effect(move || {
        if group.with(Option::is_some) {
            outcome.set(None);
            wrong.set(None);
            reason.set(String::new());
            open.set(true);
        }
    });
    Effect::new(move |was: Option<bool>| {
        let is_open = open.get();
        if was == Some(true) && !is_open {
            group.set(None);
        }
        is_open
    });
    effect(move || {
        if let Some(Ok(gone)) = outcome.get() {
            open.set(false);
            on_deleted.run(gone);
        }
    });
    let title = derived(move || {
        let name = group.with(|group| group.as_ref().map(|group| group.name.clone()));
        format!("Delete {}?", name.unwrap_or_default())
    });
    let blocked = derived(move || {
        cannot
            .get()
            .or_else(|| delete.pending().get().then(|| "Deleting.".to_owned()))
    });
    let submit = move |()| {
        let why = reason.get_untracked().trim().to_owned();
        let is_said = !why.is_empty();
        wrong.set((!is_said).then(|| "Say why: it is written into the audit log.".to_owned()));
        if let Some(group) = group.get_untracked().filter(|_| is_said) {
            delete.dispatch((group, why));
        }
    };
    view! {
        <Dialog
            id="delete-group"
            open=open
            title=title
            buttons=move || {
                view! {
                    <Button on_press=move |()| open.set(false)>"Keep it"</Button>
                    <Button kind=Kind::Danger disabled=blocked on_press=submit>"Delete the group"</Button>
                }
            }
        >
            {move || outcome.get().and_then(Result::err).map(|problem| view! { <Notice is=Is::Fault>{problem.sentence}</Notice> })}
            <p>"Its devices stay as they are. The tab goes for everybody, and links to it find nothing any more."</p>
            <TextInput
                id="delete-group-reason"
                name="reason"
                label="Reason"
                hint="Why it is not needed any more."
                error=wrong
                on_text=move |text| reason.set(text)
            />
        </Dialog>
    }
}
