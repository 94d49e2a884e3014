//! Inviting a person: a name and a role. The password is made up and shown once.

use super::deeds::{Deed, Deeds};
use crate::api::session::Role;
use crate::pages::Trouble;
use crate::prelude::*;
use crate::ui::{Button, Choice, Kind, Segmented, Sheet, TextInput};

/// The sheet in which somebody is invited.
#[component]
pub(super) fn Invite(open: RwSignal<bool>, deeds: Deeds) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let role = RwSignal::new(value(Role::Operator));
    let is_unnamed = RwSignal::new(false);
    effect(move || {
        if open.get() {
            name.set(String::new());
            is_unnamed.set(false);
            deeds.forget();
        }
    });
    let wrong = derived(move || {
        if is_unnamed.get() {
            return Some("Write the name that the person will sign in with.".to_owned());
        }
        let problem = deeds.trouble()?;
        (problem.field.as_deref() == Some("name")).then_some(problem.sentence)
    });
    let elsewhere = move || deeds.trouble().filter(|problem| problem.field.is_none());
    let submit = move || {
        let written = name.with_untracked(|name| name.trim().to_owned());
        if written.is_empty() {
            is_unnamed.set(true);
            return;
        }
        let role = chosen(role.get_untracked());
        deeds.begin(Deed::Invite {
            name: written,
            role,
        });
    };
    let waiting = derived(move || deeds.wait());
    let choice = |role: Role| Choice {
        value: value(role),
        name: title(role).to_owned(),
    };
    let choices = vec![
        choice(Role::Supervisor),
        choice(Role::Operator),
        choice(Role::Admin),
    ];
    view! {
        <Sheet
            id="invite"
            open=open
            title="Invite a person"
            buttons=move || {
                view! {
                    <Button kind=Kind::Quiet on_press=move |()| open.set(false)>"Cancel"</Button>
                    <Button kind=Kind::Primary disabled=waiting on_press=move |()| submit()>"Invite"</Button>
                }
            }
        >
            {move || elsewhere().map(|problem| view! { <Trouble problem=problem /> })}
            <TextInput
                id="invite-name"
                name="name"
                label="Name"
                hint="What the person signs in with, 1 to 64 characters. Case does not matter."
                error=wrong
                on_text=move |written: String| {
                    name.set(written);
                    is_unnamed.set(false);
                }
            />
            <div class="control">
                <span class="label">"Role"</span>
                <Segmented label="Role" choices=choices.clone() value=role on_choose=move |value| role.set(value) />
                <span class="hint" role="status">{move || about(chosen(role.get()))}</span>
            </div>
            <p class="dim">"A password is made up and shown to you once. The person can choose another one after signing in."</p>
        </Sheet>
    }
}

const fn value(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Operator => "operator",
        Role::Supervisor => "supervisor",
    }
}

fn chosen(name: &str) -> Role {
    match name {
        "admin" => Role::Admin,
        "operator" => Role::Operator,
        _ => Role::Supervisor,
    }
}

const fn title(role: Role) -> &'static str {
    match role {
        Role::Admin => "Administrator",
        Role::Operator => "Operator",
        Role::Supervisor => "Supervisor",
    }
}

const fn about(role: Role) -> &'static str {
    match role {
        Role::Admin => "Changes everything, people and policies included.",
        Role::Operator => "Runs the fleet: devices, twins, methods.",
        Role::Supervisor => "Reads everything, changes nothing.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_chosen_by_its_value() {
        for role in [Role::Admin, Role::Operator, Role::Supervisor] {
            assert_eq!(chosen(value(role)), role);
        }
    }
}
