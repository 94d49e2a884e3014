//! Who is signed in, and where.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};
use twin::time::Timestamp;

use super::Problem;

/// What a person may do in general; the server decides again at every action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

    /// Why a person in this role cannot change the fleet; `None` when they can. For the reason of disabled
    /// controls: the controls themselves stay where they are.
    pub fn cannot_change(self) -> Option<String> {
        match self {
            Self::Admin | Self::Operator => None,
            Self::Supervisor => {
                Some("Supervisors read and do not change. This needs the role operator, which an administrator can give.".to_owned())
            }
        }
    }
}

/// The person and the house they are in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whoami {
    /// The name signed in with; `None` on the page that lets people in.
    pub name: Option<String>,
    /// Their role.
    pub role: Option<Role>,
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
    /// Why this person cannot change the fleet; `None` when they can.
    pub fn cannot_change(&self) -> Option<String> {
        match self.role {
            Some(role) => role.cannot_change(),
            None => Some("Sign in to change anything.".to_owned()),
        }
    }
}

/// Who is signed in; that nobody is, is an answer too.
///
/// # Errors
/// [`super::Code::Transport`] when the server does not answer.
#[server(name = AskWhoami, prefix = "/api", endpoint = "whoami", input = GetUrl)]
pub async fn whoami() -> Result<Whoami, Problem> {
    Ok(super::whoami_now())
}
