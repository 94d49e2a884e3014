//! One person: role, status, password, and the sessions that are open.

use twin::time::Timestamp;

use super::confirm::Confirm;
use super::deeds::{Deed, Deeds};
use super::table::last_sign_in;
use crate::api::session::Role;
use crate::api::settings::people::{Person, Session, Staff};
use crate::format;
use crate::prelude::*;
use crate::routes::Address;
use crate::ui::{Button, Kind, LinkButton, Section, Size};

const ROLES: [Role; 3] = [Role::Admin, Role::Operator, Role::Supervisor];

/// The chosen person; nothing when nobody is.
#[component]
pub(super) fn One(
    shown: RwSignal<Staff>,
    now: Signal<Timestamp>,
    deeds: Deeds,
    confirm: Confirm,
) -> impl IntoView {
    let chosen = memo(move || {
        shown.with(|staff| {
            let id = staff.chosen.as_ref()?.person;
            staff.people.iter().find(|person| person.id == id).cloned()
        })
    });
    let id = memo(move || chosen.with(|person| person.as_ref().map(|person| person.id)));
    let whose = move || match id.get() {
        Some(id) => {
            view! { <Chosen id=id chosen=chosen shown=shown now=now deeds=deeds confirm=confirm /> }
        }
        None => view! {
            <Section id="person" title="One person">
                <p class="dim">"Choose a name to see the person’s sessions, and to change what they may do."</p>
            </Section>
        },
    };
    view! { {whose} }
}

#[component]
fn Chosen(
    id: i64,
    chosen: Memo<Option<Person>>,
    shown: RwSignal<Staff>,
    now: Signal<Timestamp>,
    deeds: Deeds,
    confirm: Confirm,
) -> impl IntoView {
    let says = move |read: fn(&Person) -> String| {
        move || {
            chosen.with(|person| {
                person
                    .as_ref()
                    .map_or_else(|| format::UNKNOWN.to_owned(), read)
            })
        }
    };
    let cannot = move || {
        shown
            .with(|staff| staff.cannot.clone())
            .or_else(|| deeds.wait())
    };
    let is_enabled =
        memo(move || chosen.with(|person| person.as_ref().is_some_and(|one| one.is_enabled)));
    let no_switch = derived(move || {
        cannot().or_else(|| chosen.with(|person| stays(person.as_ref(), "disabled")))
    });
    let no_password = derived(cannot);
    let is_you = memo(move || chosen.with(|person| person.as_ref().is_some_and(|one| one.is_you)));
    let name = derived(says(|person| person.name.clone()));
    let ask = move |deed: Deed| confirm.ask(deed, name.get_untracked());
    let role = move |role: Role| {
        let disabled = derived(move || {
            cannot().or_else(|| chosen.with(|person| no_role(person.as_ref(), role)))
        });
        view! {
            <Button size=Size::Small disabled=disabled on_press=move |()| {
                let deed = Deed::Role { person: id, role };
                if role == Role::Admin { ask(deed) } else { deeds.begin(deed) }
            }>
                {format!("Make {}", role.name())}
            </Button>
        }
    };
    view! {
        <Section id="person" title=name>
            <dl class="facts-list">
                <dt>"Role"</dt>
                <dd>{says(|person| person.role.name().to_owned())}</dd>
                <dt>"Status"</dt>
                <dd>{move || if is_enabled.get() { "May sign in" } else { "Disabled: cannot sign in" }}</dd>
                <dt>"Last sign-in"</dt>
                <dd>{move || chosen.with(|person| last_sign_in(person.as_ref(), now.get()))}</dd>
            </dl>
        </Section>
        <Section id="may" title="What they may do">
            <div class="stackv needs-script">
                <div class="btns" role="group" aria-label="Role">{ROLES.map(role).collect_view()}</div>
                <div class="btns" role="group" aria-label="Sign-in">
                    <Button
                        size=Size::Small
                        disabled=no_switch
                        on_press=move |()| {
                            let deed = Deed::Enable { person: id, is_enabled: !is_enabled.get_untracked() };
                            if is_enabled.get_untracked() { ask(deed) } else { deeds.begin(deed) }
                        }
                    >
                        {move || if is_enabled.get() { "Disable" } else { "Enable" }}
                    </Button>
                    <Show
                        when=move || is_you.get()
                        fallback=move || {
                            view! {
                                <Button size=Size::Small disabled=no_password on_press=move |()| ask(Deed::ResetPassword { person: id })>
                                    "New password"
                                </Button>
                            }
                        }
                    >
                        <LinkButton size=Size::Small href=Address::Password.href()>"Your password"</LinkButton>
                    </Show>
                </div>
                <p class="faint">"Disabling and a new password end the person’s sessions."</p>
            </div>
        </Section>
        <Sessions id=id shown=shown now=now deeds=deeds confirm=confirm name=name disabled=no_password />
    }
}

#[component]
fn Sessions(
    id: i64,
    shown: RwSignal<Staff>,
    now: Signal<Timestamp>,
    deeds: Deeds,
    confirm: Confirm,
    name: Signal<String>,
    disabled: Signal<Option<String>>,
) -> impl IntoView {
    let open = memo(move || {
        shown.with(|staff| {
            let chosen = staff.chosen.as_ref();
            chosen.map_or_else(Vec::new, |chosen| chosen.sessions.clone())
        })
    });
    let is_empty = memo(move || open.with(Vec::is_empty));
    let end = move |session| {
        deeds.begin(Deed::EndSessions {
            person: id,
            session,
        });
    };
    let note = derived(move || {
        let count = open.with(Vec::len);
        format!(
            "{} open",
            format::count(u64::try_from(count).unwrap_or(u64::MAX))
        )
    });
    let row = move |session: Session| {
        let name = session.id.clone();
        let label = format!(
            "End the session begun {}",
            format::instant(session.begun_at)
        );
        view! {
            <tr>
                <td title=format::instant(session.begun_at)>{move || format::ago(session.begun_at, now.get())}</td>
                <td title=format!("ends {} unless it is used again", format::instant(session.expires_at))>
                    {move || format::ago(session.seen_at, now.get())}
                </td>
                <td class="num">
                    <span class="needs-script">
                        <Button size=Size::Small kind=Kind::Quiet label=label disabled=disabled on_press=move |()| end(Some(name.clone()))>
                            "End"
                        </Button>
                    </span>
                </td>
            </tr>
        }
    };
    view! {
        <Section id="sessions" title="Sessions" note=note>
            <Show when=move || !is_empty.get() fallback=|| view! { <p class="dim">"Nobody is signed in as this person."</p> }>
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Begun"</th>
                            <th scope="col">"Last used"</th>
                            <th scope="col"><span class="sr">"End"</span></th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || open.get() key=|session| format!("{} {}", session.id, session.seen_at) children=row />
                    </tbody>
                </table>
                <div class="btns needs-script">
                    <Button size=Size::Small disabled=disabled on_press=move |()| confirm.ask(Deed::EndSessions { person: id, session: None }, name.get_untracked())>"End all sessions"</Button>
                </div>
            </Show>
        </Section>
    }
}

/// Why somebody cannot be given a role.
fn no_role(person: Option<&Person>, role: Role) -> Option<String> {
    let person = person?;
    if person.role == role {
        return Some(format!(
            "{} is {} already.",
            person.name,
            with_article(role)
        ));
    }
    stays(
        (role != Role::Admin).then_some(person),
        "given another role",
    )
}

/// Why the last administrator stays as they are.
fn stays(person: Option<&Person>, what: &str) -> Option<String> {
    let person = person.filter(|person| person.is_last_admin)?;
    Some(format!(
        "{} is the only administrator who may sign in, and cannot be {what}. Make another administrator first.",
        person.name
    ))
}

const fn with_article(role: Role) -> &'static str {
    match role {
        Role::Admin => "an administrator",
        Role::Operator => "an operator",
        Role::Supervisor => "a supervisor",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada(role: Role, is_last_admin: bool) -> Person {
        Person {
            id: 1,
            name: "Ada".to_owned(),
            role,
            is_enabled: true,
            created_at: Timestamp::default(),
            signed_in_at: None,
            is_last_admin,
            is_you: false,
        }
    }

    #[test]
    fn the_last_administrator_stays_and_hears_why() {
        let last = ada(Role::Admin, true);
        for reason in [
            no_role(Some(&last), Role::Operator),
            no_role(Some(&last), Role::Supervisor),
            stays(Some(&last), "disabled"),
        ] {
            assert!(reason.is_some_and(|reason| reason.contains("only administrator")));
        }
        let one_of_two = ada(Role::Admin, false);
        assert_eq!(no_role(Some(&one_of_two), Role::Operator), None);
        assert_eq!(stays(Some(&one_of_two), "disabled"), None);
    }

    #[test]
    fn a_role_is_not_given_twice() {
        let operator = ada(Role::Operator, false);
        assert_eq!(
            no_role(Some(&operator), Role::Operator).as_deref(),
            Some("Ada is an operator already.")
        );
        assert_eq!(no_role(Some(&operator), Role::Admin), None);
    }
}
