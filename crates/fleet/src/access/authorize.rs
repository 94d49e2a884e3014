//! Who may do what: one table, one function, every door.
//!
//! Each public action of the fleet calls [`authorize`] once, before it reads or writes anything.
//! Adding an [`Action`] does not compile until the table says who may.

use super::principal::{Permission, Principal, Role};

/// Something that can be allowed or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Query, count, facets, figures; the number of connected devices.
    ReadFleet,
    /// One device's twin, history, events and messages.
    ReadDevice,
    /// The device registry: identities without their keys, and its statistics.
    ReadRegistry,
    /// A device's keys.
    ReadKeys,
    /// The audit log.
    ReadAudit,
    /// Reconcilers, queues, memory.
    ReadInternals,
    /// Register devices.
    CreateDevice,
    /// Change a device's identity: status, keys, how it proves itself.
    UpdateDevice,
    /// Remove devices.
    DeleteDevice,
    /// Retire devices, replace them, and restore those that were retired.
    RetireDevice,
    /// Have a device played by the server for some minutes.
    SimulateDevice,
    /// Change tags and desired properties.
    ChangeTwin,
    /// Call a direct method.
    InvokeMethod,
    /// Take what a check found, or give it back.
    TakeCheck,
    /// Start, cancel and take back jobs.
    RunJobs,
    /// Declare properties queryable, or stop that.
    DeclareProperty,
    /// Name conditions as groups, change and delete them.
    ManageGroups,
    /// Take lists of devices away as files.
    ExportFleet,
    /// Who may sign in, with which role, and when they did.
    ReadPeople,
    /// Add, change and remove people, and end their sessions.
    ManagePeople,
    /// Which policies there are and what they permit; never their keys.
    ReadPolicies,
    /// Read and renew the keys of policies.
    ManagePolicies,
    /// Speak as a device.
    ConnectAsDevice,
}

impl Action {
    /// Every action, for tables and tests.
    pub const ALL: [Self; 23] = [
        Self::ReadFleet,
        Self::ReadDevice,
        Self::ReadRegistry,
        Self::ReadKeys,
        Self::ReadAudit,
        Self::ReadInternals,
        Self::CreateDevice,
        Self::UpdateDevice,
        Self::DeleteDevice,
        Self::RetireDevice,
        Self::SimulateDevice,
        Self::ChangeTwin,
        Self::InvokeMethod,
        Self::TakeCheck,
        Self::RunJobs,
        Self::DeclareProperty,
        Self::ManageGroups,
        Self::ExportFleet,
        Self::ReadPeople,
        Self::ManagePeople,
        Self::ReadPolicies,
        Self::ManagePolicies,
        Self::ConnectAsDevice,
    ];

    /// The action in words that follow "may".
    pub fn in_words(self) -> &'static str {
        self.rule().words
    }

    /// Whether people with this role may. Drives controls that are disabled with the reason.
    pub fn allows(self, role: Role) -> bool {
        self.rule().roles.contains(&role)
    }

    /// The table.
    fn rule(self) -> Rule {
        use Permission::{DeviceConnect, RegistryRead, RegistryReadWrite, ServiceConnect};
        match self {
            Self::ReadFleet => rule("query the fleet", EVERYONE, Some(ServiceConnect)),
            Self::ReadDevice => rule("read a device's twin", EVERYONE, Some(ServiceConnect)),
            Self::ReadRegistry => rule("read the device registry", EVERYONE, Some(RegistryRead)),
            Self::ReadKeys => rule("read a device's keys", OPERATORS, Some(RegistryRead)),
            Self::ReadAudit => rule("read the audit log", EVERYONE, None),
            Self::ReadInternals => rule("read the internals", EVERYONE, None),
            Self::CreateDevice => rule("enroll devices", OPERATORS, Some(RegistryReadWrite)),
            Self::UpdateDevice => rule("change a device", OPERATORS, Some(RegistryReadWrite)),
            Self::DeleteDevice => rule("delete devices", OPERATORS, Some(RegistryReadWrite)),
            Self::RetireDevice => rule("retire, replace and restore devices", OPERATORS, None),
            Self::SimulateDevice => rule("simulate a device", OPERATORS, None),
            Self::ChangeTwin => rule(
                "change tags and desired properties",
                OPERATORS,
                Some(ServiceConnect),
            ),
            Self::InvokeMethod => rule("invoke methods", OPERATORS, Some(ServiceConnect)),
            Self::TakeCheck => rule("take what needs a person", OPERATORS, None),
            Self::RunJobs => rule("run jobs", OPERATORS, None),
            Self::DeclareProperty => rule("declare properties", OPERATORS, Some(RegistryReadWrite)),
            Self::ManageGroups => rule("save groups", OPERATORS, None),
            Self::ExportFleet => rule("export lists of devices", EVERYONE, None),
            Self::ReadPeople => rule("see who may sign in", EVERYONE, None),
            Self::ManagePeople => rule("manage people", ADMINS, None),
            Self::ReadPolicies => rule("see the policies", EVERYONE, None),
            Self::ManagePolicies => rule("manage policies and their keys", ADMINS, None),
            Self::ConnectAsDevice => rule("connect as a device", &[], Some(DeviceConnect)),
        }
    }
}

const EVERYONE: &[Role] = &[Role::Admin, Role::Operator, Role::Supervisor];
const OPERATORS: &[Role] = &[Role::Admin, Role::Operator];
const ADMINS: &[Role] = &[Role::Admin];

struct Rule {
    words: &'static str,
    roles: &'static [Role],
    permission: Option<Permission>,
}

const fn rule(words: &'static str, roles: &'static [Role], permission: Option<Permission>) -> Rule {
    Rule {
        words,
        roles,
        permission,
    }
}

/// A refusal that says who may, and who can change that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// What was refused.
    pub action: Action,
    /// Who was refused.
    pub who: Who,
    /// The roles that may; empty when no person may.
    pub roles: &'static [Role],
    /// The permission that allows it to a policy; `None` when no policy may.
    pub permission: Option<Permission>,
}

/// The kind of caller that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A person with this role.
    Role(Role),
    /// A policy of this name.
    Policy(String),
    /// A device.
    Device,
}

impl std::error::Error for Denied {}

impl std::fmt::Display for Denied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.who {
            Who::Role(role) => {
                let words = self.action.in_words();
                let role = role.as_str();
                match self.roles {
                    [] => write!(f, "No person may {words}."),
                    [Role::Admin] => write!(
                        f,
                        "Only role admin may {words}; your role is {role}. An administrator can grant it."
                    ),
                    roles => {
                        let names: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
                        write!(
                            f,
                            "Roles {} may {words}; your role is {role}. An administrator can grant it.",
                            names.join(" and ")
                        )
                    }
                }
            }
            Who::Policy(policy) => match self.permission {
                Some(permission) => write!(
                    f,
                    "Authorization rule '{policy}' does not allow access for '{}'",
                    permission.as_str()
                ),
                None => write!(
                    f,
                    "Authorization rule '{policy}' does not allow access: only people may {}",
                    self.action.in_words()
                ),
            },
            Who::Device => write!(f, "A device may not {}.", self.action.in_words()),
        }
    }
}

/// Allows or refuses one action to one principal.
///
/// The system may do everything. A device may only connect, as itself (whose topics it may then use
/// is the gateway's matter).
///
/// # Errors
/// [`Denied`], which says which roles or permission would do.
pub fn authorize(principal: &Principal, action: Action) -> Result<(), Denied> {
    let rule = action.rule();
    let (allowed, who) = match principal {
        Principal::Person { role, .. } => (rule.roles.contains(role), Who::Role(*role)),
        Principal::Service {
            policy,
            permissions,
        } => (
            rule.permission
                .is_some_and(|permission| permissions.contains(permission)),
            Who::Policy(policy.clone()),
        ),
        Principal::Device(_) => (action == Action::ConnectAsDevice, Who::Device),
        Principal::System(_) => return Ok(()),
    };
    if allowed {
        return Ok(());
    }
    metrics::counter!("access.action.denied_total").increment(1);
    Err(Denied {
        action,
        who,
        roles: rule.roles,
        permission: rule.permission,
    })
}
