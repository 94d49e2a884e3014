//! What every server function begins with: who asks, and the fleet to ask.

use fleet::Fleet;
use fleet::access::{Action, Principal, Role as FleetRole};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use super::session::{Role, Whoami};
use super::{Code, Problem};
use crate::shell::Installation;

/// The id that the server gave a request; its log lines carry the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// Marks the request of a person who may do nothing but choose a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MustChoose;

/// The person who asks, and the fleet.
pub(crate) struct Caller {
    pub(crate) fleet: Fleet,
    pub(crate) principal: Principal,
}

/// Takes the caller from the request.
///
/// # Errors
/// [`Code::SignedOut`] without a session.
pub(crate) fn caller() -> Result<Caller, Problem> {
    let principal = principal().ok_or_else(|| {
        refuse(Problem::new(
            Code::SignedOut,
            "Your session has ended. Sign in again; nothing was changed.",
        ))
    })?;
    Ok(Caller {
        fleet: fleet()?,
        principal,
    })
}

/// Who is signed in, and where. Outside a request, where there is nothing to know, nothing is known.
pub(crate) fn whoami_now() -> Whoami {
    let Some(installation) = use_context::<Installation>() else {
        return Whoami::default();
    };
    let (name, role) = match principal() {
        Some(Principal::Person { name, role, .. }) => (Some(name), Some(role)),
        _ => (None, None),
    };
    Whoami {
        name,
        cannot_change: cannot_change(role),
        role: role.map(Role::from),
        theme: crate::shell::choice_of("theme"),
        density: crate::shell::choice_of("density"),
        must_choose: use_context::<http::request::Parts>()
            .is_some_and(|parts| parts.extensions.get::<MustChoose>().is_some()),
        host_name: installation.host_name,
        environment: installation.environment,
        version: installation.version,
        as_of: use_context::<Fleet>()
            .map(|fleet| fleet.clock().now())
            .unwrap_or_default(),
    }
}

fn cannot_change(role: Option<FleetRole>) -> Option<String> {
    match role {
        None => Some("Sign in to change anything.".to_owned()),
        Some(role) if Action::ChangeTwin.allows(role) => None,
        Some(role) => Some(format!(
            "Your role is {}: it reads and does not change. An administrator can grant the role operator.",
            Role::from(role).name()
        )),
    }
}

/// Sets the status of the response, names the request, and gives the problem back.
pub(crate) fn refuse(mut problem: Problem) -> Problem {
    if let (Some(response), Ok(status)) = (
        use_context::<ResponseOptions>(),
        http::StatusCode::from_u16(problem.code.status()),
    ) {
        response.set_status(status);
    }
    problem.request = use_context::<http::request::Parts>()
        .and_then(|parts| parts.extensions.get::<RequestId>().map(|id| id.0.clone()));
    problem
}

fn principal() -> Option<Principal> {
    use_context::<http::request::Parts>()?
        .extensions
        .get::<Principal>()
        .cloned()
}

fn fleet() -> Result<Fleet, Problem> {
    use_context::<Fleet>().ok_or_else(unwired)
}

fn unwired() -> Problem {
    tracing::error!("A server function runs without the contexts that the server provides.");
    refuse(Problem::new(
        Code::Unavailable,
        "This server is not ready yet. Try again in a moment.",
    ))
}

impl From<FleetRole> for Role {
    fn from(role: FleetRole) -> Self {
        match role {
            FleetRole::Admin => Self::Admin,
            FleetRole::Operator => Self::Operator,
            FleetRole::Supervisor => Self::Supervisor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_may_not_change_hears_why() {
        assert_eq!(cannot_change(Some(FleetRole::Operator)), None);
        assert_eq!(cannot_change(Some(FleetRole::Admin)), None);
        assert!(
            cannot_change(Some(FleetRole::Supervisor))
                .is_some_and(|reason| reason.contains("supervisor"))
        );
        assert!(cannot_change(None).is_some());
    }
}
