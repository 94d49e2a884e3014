//! What is done to people: one thing at a time, and the list follows what came of it.

use leptos::prelude::*;

use crate::api::Problem;
use crate::api::session::Role;
use crate::api::settings::people::{
    Changed, Password, Staff, change_role, enable, end_sessions, invite, reset_password,
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
    /// What is done changes `shown`; a password that was made up goes to `password`, and an invitation that
    /// succeeded closes its sheet.
    pub(super) fn over(
        shown: RwSignal<Staff>,
        password: RwSignal<Option<Password>>,
        is_inviting: RwSignal<bool>,
    ) -> Self {
        let action = Action::new(|deed: &Deed| carry_out(deed.clone()));
        let outcome = action.value();
        Effect::new(move |_| {
            let Some(Ok(Changed {
                staff,
                password: given,
            })) = outcome.get()
            else {
                return;
            };
            // An invitation looks at nobody: who was looked at stays.
            if let Some(staff) = staff {
                shown.update(|shown| {
                    let chosen = staff.chosen.clone().or(shown.chosen.take());
                    *shown = Staff { chosen, ..staff };
                });
            }
            if given.is_some() {
                password.set(given);
                is_inviting.set(false);
            }
        });
        Self {
            action,
            is_pending: action.pending(),
        }
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
