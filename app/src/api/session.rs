//! Who is signed in, and where.

#![cfg_attr(
    feature = "ssr",
    expect(
        clippy::unused_async,
        reason = "server functions are asynchronous, whatever they do"
    )
)]

use leptos::prelude::*;
use reader::Read;
use serde::{Deserialize, Serialize};
use twin::time::Timestamp;

use super::Problem;
use super::exchange::Get;

/// What a person may do in general; the server decides again at every action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Does everything, and decides who else may.
    Admin,
    /// Runs the fleet: devices, twins, methods.
    Operator,
    /// Reads everything, changes nothing.
    Supervisor,
}

impl Role {
    /// The name, as people say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "administrator",
            Self::Operator => "operator",
            Self::Supervisor => "supervisor",
        }
    }
}

/// The person and the house they are in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Whoami {
    /// The name signed in with; `None` on the page that lets people in.
    pub name: Option<String>,
    /// Their role.
    pub role: Option<Role>,
    /// Why they cannot change the fleet; `None` when they can. The server decides again at every action.
    pub cannot_change: Option<String>,
    /// The theme that they chose; `None` for the system's.
    pub theme: Option<String>,
    /// The density that they chose; `None` for the normal one.
    pub density: Option<String>,
    /// Whether they must choose a password before anything else.
    pub must_choose: bool,
    /// The name that devices know this hub by.
    pub host_name: String,
    /// Which installation: `production`, `demonstration`, or as configured.
    pub environment: String,
    /// The version that runs.
    pub version: String,
    /// The server's time.
    pub as_of: Timestamp,
}

impl Whoami {
    /// The reason of controls that change the fleet and are disabled; `None` when they are not. The controls
    /// themselves stay where they are.
    pub fn cannot_change(&self) -> Option<String> {
        self.cannot_change.clone()
    }
}

/// Who is signed in; that nobody is, is an answer too.
///
/// # Errors
/// [`super::Code::Transport`] when the server does not answer.
#[server(name = AskWhoami, prefix = "/api", endpoint = "whoami", protocol = Get)]
pub async fn whoami() -> Result<Whoami, Problem> {
    Ok(super::whoami_now())
}
