//! What is done to people: one thing at a time, and the list follows what came of it.

use leptos::prelude::*;

use crate::api::Problem;
use crate::api::session::Role;
use crate::api::settings::people::{
    Changed, Chosen, Password, Staff, change_role, enable, end_sessions, invite, reset_password,
};

/// Something to be done.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Deed {
    /// Add somebody.
    Invite { name: String, role: Role },
    /// Give somebody another role.
    Role { person: i64, role: Role },
    /// Let somebody sign in, or keep them from it.
    Enable { person: i64, is_enabled: bool },
    /// Give somebody a new password.
    ResetPassword { person: i64 },
    /// End one session, or all of them.
    EndSessions {
        person: i64,
        session: Option<String>,
    },
}

/// The way to do things, and what came of the last one.
#[derive(Clone, Copy)]
pub(super) struct Deeds {
    action: Action<Deed, Result<Changed, Problem>>,
    is_pending: Memo<bool>,
}

impl Deeds {
    /// A password that was made up goes to `password`, whoever is looked at when it arrives. Made beside the list:
    /// what was begun goes on when somebody else is chosen.
    pub(super) fn new(password: RwSignal<Option<Password>>) -> Self {
        let action = Action::new(|deed: &Deed| carry_out(deed.clone()));
        let outcome = action.value();
        Effect::new(move |_| {
            if let Some(Ok(Changed {
                password: Some(given),
                ..
            })) = outcome.get()
            {
                password.set(Some(given));
            }
        });
        Self {
            action,
            is_pending: action.pending(),
        }
    }

    /// What is done from now on changes `shown`, and an invitation that succeeded closes its sheet.
    pub(super) fn follow(self, shown: RwSignal<Staff>, is_inviting: RwSignal<bool>) {
        let (outcome, version) = (self.action.value(), self.action.version());
        let known = version.get_untracked();
        Effect::new(move |_| {
            let Some(Ok(Changed {
                staff,
                password: given,
            })) = outcome.get()
            else {
                return;
            };
            // The list is newer than what was done before it was read.
            if version.get_untracked() == known {
                return;
            }
            // An invitation looks at nobody, and what was begun elsewhere at somebody else: who is looked at stays.
            if let Some(staff) = staff {
                shown.update(|shown| {
                    let looked_at = shown.chosen.take();
                    let is_same = |chosen: &Chosen| {
                        looked_at
                            .as_ref()
                            .is_none_or(|looked_at| looked_at.person == chosen.person)
                    };
                    let chosen = staff.chosen.clone().filter(is_same).or(looked_at);
                    *shown = Staff { chosen, ..staff };
                });
            }
            if given.is_some() {
                is_inviting.set(false);
            }
        });
    }

    /// Does something, unless something is being done.
    pub(super) fn begin(self, deed: Deed) {
        if !self.is_pending.get_untracked() {
            self.action.dispatch(deed);
        }
    }

    /// Why nothing can be done at this moment.
    pub(super) fn wait(self) -> Option<String> {
        self.is_pending
            .get()
            .then(|| "Waiting for the server.".to_owned())
    }

    /// What went wrong last.
    pub(super) fn trouble(self) -> Option<Problem> {
        self.action.value().get().and_then(Result::err)
    }

    /// Forgets what went wrong.
    pub(super) fn forget(self) {
        self.action.value().set(None);
    }
}

async fn carry_out(deed: Deed) -> Result<Changed, Problem> {
    match deed {
        Deed::Invite { name, role } => invite(name, role).await,
        Deed::Role { person, role } => change_role(person, role).await,
        Deed::Enable { person, is_enabled } => enable(person, is_enabled).await,
        Deed::ResetPassword { person } => reset_password(person).await,
        Deed::EndSessions { person, session } => end_sessions(person, session).await,
    }
}
