//! The policies that service clients sign with (contract section 1.2): five of them, made with their
//! keys when the fleet is first opened.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use twin::time::Timestamp;

use super::principal::{Permission, Permissions, Principal};
use super::{Access, Action, OpenError, authorize};
use crate::core::Core;
use crate::sync::{reading, writing};
use crate::{Error, audit};

use Permission::{DeviceConnect, RegistryRead, RegistryReadWrite, ServiceConnect};

/// The built-in policies and what they permit.
const BUILT_IN: [(&str, Permissions); 5] = [
    (
        "iothubowner",
        Permissions::of(&[
            RegistryRead,
            RegistryReadWrite,
            ServiceConnect,
            DeviceConnect,
        ]),
    ),
    ("service", Permissions::of(&[ServiceConnect])),
    ("device", Permissions::of(&[DeviceConnect])),
    ("registryRead", Permissions::of(&[RegistryRead])),
    (
        "registryReadWrite",
        Permissions::of(&[RegistryRead, RegistryReadWrite]),
    ),
];

const KEY_BYTES: usize = 32;

/// A named set of permissions with two keys.
#[derive(Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its name, as in `skn`.
    pub name: String,
    /// What it permits.
    pub permissions: Permissions,
    /// The primary key, as bytes.
    pub primary_key: Vec<u8>,
    /// The secondary key, as bytes.
    pub secondary_key: Vec<u8>,
    /// When a key was last renewed, or the policy was made.
    pub changed_at: Timestamp,
}

/// A policy without its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRights {
    /// Its name, as in `skn`.
    pub name: String,
    /// What it permits.
    pub permissions: Permissions,
    /// When a key was last renewed, or the policy was made.
    pub changed_at: Timestamp,
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy")
            .field("name", &self.name)
            .field("permissions", &self.permissions)
            .finish_non_exhaustive()
    }
}

/// One of two keys; two, so that one can be renewed while clients use the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichKey {
    /// The first.
    Primary,
    /// The second.
    Secondary,
}

impl Policy {
    /// The policy as one who acts.
    pub fn principal(&self) -> Principal {
        Principal::Service {
            policy: self.name.clone(),
            permissions: self.permissions,
        }
    }

    /// One of the keys.
    pub fn key(&self, which: WhichKey) -> &[u8] {
        match which {
            WhichKey::Primary => &self.primary_key,
            WhichKey::Secondary => &self.secondary_key,
        }
    }
}

impl Access {
    /// The policy of that name (case matters), for whoever verifies a token. From memory.
    pub fn policy(&self, name: &str) -> Option<Arc<Policy>> {
        reading(&self.policies).get(name).cloned()
    }

    /// What each policy permits, by name. Every role may see it.
    pub fn policy_rights(&self, principal: &Principal) -> Result<Vec<PolicyRights>, Error> {
        authorize(principal, Action::ReadPolicies)?;
        let rights = |policy: &Arc<Policy>| PolicyRights {
            name: policy.name.clone(),
            permissions: policy.permissions,
            changed_at: policy.changed_at,
        };
        Ok(reading(&self.policies).values().map(rights).collect())
    }

    /// All policies with their keys, by name.
    pub fn policies(&self, principal: &Principal) -> Result<Vec<Arc<Policy>>, Error> {
        authorize(principal, Action::ManagePolicies)?;
        Ok(reading(&self.policies).values().cloned().collect())
    }

    /// What a service client is configured with.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such policy.
    pub fn connection_string(
        &self,
        principal: &Principal,
        policy: &str,
        which: WhichKey,
    ) -> Result<String, Error> {
        authorize(principal, Action::ManagePolicies)?;
        let policy = self.policy(policy).ok_or_else(|| no_policy(policy))?;
        Ok(format!(
            "HostName={};SharedAccessKeyName={};SharedAccessKey={}",
            self.core.host_name,
            policy.name,
            STANDARD.encode(policy.key(which))
        ))
    }

    /// Gives a policy a new key; clients that sign with the old one are refused from now on.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such policy.
    pub async fn renew_policy_key(
        &self,
        principal: &Principal,
        policy: &str,
        which: WhichKey,
    ) -> Result<(), Error> {
        authorize(principal, Action::ManagePolicies)?;
        // One at a time: each writes both keys.
        let _one_at_a_time = self.renewals.lock().await;
        let mut renewed = Policy::clone(&*self.policy(policy).ok_or_else(|| no_policy(policy))?);
        match which {
            WhichKey::Primary => renewed.primary_key = new_key(&self.core),
            WhichKey::Secondary => renewed.secondary_key = new_key(&self.core),
        }
        renewed.changed_at = self.core.clock.now();
        let detail = serde_json::json!({ "key": if which == WhichKey::Primary { "primary" } else { "secondary" } });
        let entry = audit::done(&self.core, principal, "policy.renew_key", policy)
            .detail(detail)
            .entry();
        let stored = sealed(&self.core, &renewed);
        self.core.store.put_policy(&stored, Some(entry)).await?;
        writing(&self.policies).insert(policy.to_owned(), Arc::new(renewed));
        Ok(())
    }
}

/// Reads the stored policies and adds the built-in ones that are missing.
pub(super) async fn load_or_create(
    core: &Core,
) -> Result<BTreeMap<String, Arc<Policy>>, OpenError> {
    let mut policies = BTreeMap::new();
    for stored in core.store.policies().await? {
        let policy =
            opened(core, &stored).ok_or_else(|| OpenError::WrongSealingKey(stored.name.clone()))?;
        policies.insert(stored.name, Arc::new(policy));
    }
    for (name, permissions) in BUILT_IN {
        if policies.contains_key(name) {
            continue;
        }
        let policy = Policy {
            name: name.to_owned(),
            permissions,
            primary_key: new_key(core),
            secondary_key: new_key(core),
            changed_at: core.clock.now(),
        };
        let entry = audit::done(core, &Principal::System("setup"), "policy.create", name).entry();
        core.store
            .put_policy(&sealed(core, &policy), Some(entry))
            .await?;
        policies.insert(name.to_owned(), Arc::new(policy));
    }
    Ok(policies)
}

fn new_key(core: &Core) -> Vec<u8> {
    let mut key = vec![0; KEY_BYTES];
    core.rng.fill(&mut key);
    key
}

/// Both keys are of equal length: the sealed text is one after the other.
fn sealed(core: &Core, policy: &Policy) -> store::Policy {
    let keys = [policy.primary_key.as_slice(), &policy.secondary_key].concat();
    let permissions: Vec<_> = policy.permissions.iter().map(Permission::as_str).collect();
    store::Policy {
        name: policy.name.clone(),
        permissions: permissions.join(","),
        sealed_keys: core.sealing.seal(&owner(&policy.name), &keys, &*core.rng),
        changed_at: policy.changed_at,
    }
}

fn opened(core: &Core, stored: &store::Policy) -> Option<Policy> {
    let keys = core
        .sealing
        .open(&owner(&stored.name), &stored.sealed_keys)
        .ok()?;
    let (primary, secondary) = keys.split_at_checked(keys.len() / 2)?;
    let permissions: Vec<_> = Permission::ALL
        .into_iter()
        .filter(|permission| {
            stored
                .permissions
                .split(',')
                .any(|name| name == permission.as_str())
        })
        .collect();
    Some(Policy {
        name: stored.name.clone(),
        permissions: Permissions::of(&permissions),
        primary_key: primary.to_vec(),
        secondary_key: secondary.to_vec(),
        changed_at: stored.changed_at,
    })
}

/// The associated data of a policy's sealed keys; no device can be named like this.
fn owner(policy: &str) -> String {
    format!("policy/{policy}")
}

fn no_policy(name: &str) -> Error {
    Error::NotFound {
        what: "Policy",
        name: name.to_owned(),
    }
}
