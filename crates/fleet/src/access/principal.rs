//! Who acts: a person, a service with a policy, a device, or the system itself.

use serde::{Deserialize, Serialize};
use store::Actor;
use twin::id::DeviceId;

/// What a person may do in general. Every role reads; see [`super::authorize`] for the whole table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Operator, Self::Supervisor];

    /// The role's name, as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Supervisor => "supervisor",
        }
    }

    /// The role with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// One permission of a policy (contract section 1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Reads the device registry.
    RegistryRead,
    /// Changes the device registry.
    RegistryReadWrite,
    /// Twins, methods and queries.
    ServiceConnect,
    /// Speaks as a device.
    DeviceConnect,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 4] = [
        Self::RegistryRead,
        Self::RegistryReadWrite,
        Self::ServiceConnect,
        Self::DeviceConnect,
    ];

    /// The permission's name, as in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RegistryRead => "RegistryRead",
            Self::RegistryReadWrite => "RegistryReadWrite",
            Self::ServiceConnect => "ServiceConnect",
            Self::DeviceConnect => "DeviceConnect",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Permissions(u8);

impl Permissions {
    /// The set of these permissions.
    pub const fn of(permissions: &[Permission]) -> Self {
        let (mut bits, mut index) = (0, 0);
        while index < permissions.len() {
            bits |= permissions[index].bit();
            index += 1;
        }
        Self(bits)
    }

    /// Whether the permission is in the set.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// The permissions of the set.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .into_iter()
            .filter(move |permission| self.contains(*permission))
    }
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A person who signed in.
    Person {
        /// The person's number in the store.
        id: i64,
        /// The name signed in with.
        name: String,
        /// The role at the moment of the request.
        role: Role,
    },
    /// A service client that proved possession of a policy's key.
    Service {
        /// The policy's name.
        policy: String,
        /// What the policy allows.
        permissions: Permissions,
    },
    /// A device that proved its own identity.
    Device(DeviceId),
    /// The system itself: a command on the server, a reconciler.
    System(&'static str),
}

impl Principal {
    /// The principal as it is written into histories and the audit log.
    pub fn actor(&self) -> Actor {
        match self {
            Self::Person { name, .. } => Actor::Person(name.clone()),
            Self::Service { policy, .. } => Actor::Service(policy.clone()),
            Self::Device(id) => Actor::Device(id.clone()),
            Self::System(part) => Actor::System((*part).to_owned()),
        }
    }
}
