//! Policies as the fleet knows them, in the console's words.

use fleet::access::{Action, Permission, PolicyRights};

use super::{Policies, Policy, Renewed};
use crate::api::{Caller, Problem, WhichKey};

impl Caller {
    /// Every policy, without keys.
    pub(crate) fn policies(&self) -> Result<Policies, Problem> {
        let rights = self.fleet.access().policy_rights(&self.principal)?;
        let shown = |policy: PolicyRights| Policy {
            name: policy.name,
            rights: policy
                .permissions
                .iter()
                .map(Permission::as_str)
                .map(str::to_owned)
                .collect(),
            changed_at: policy.changed_at,
        };
        Ok(Policies {
            policies: rights.into_iter().map(shown).collect(),
            cannot: self.cannot(Action::ManagePolicies),
            host_name: self.fleet.host_name().to_owned(),
        })
    }

    /// Renews a key, and gives it this once.
    pub(crate) async fn renew_policy_key(
        &self,
        policy: String,
        key: WhichKey,
    ) -> Result<Renewed, Problem> {
        let access = self.fleet.access();
        let which = key.into();
        access
            .renew_policy_key(&self.principal, &policy, which)
            .await?;
        let connection_string = access.connection_string(&self.principal, &policy, which)?;
        Ok(Renewed {
            policies: self.policies()?,
            policy,
            key,
            connection_string,
        })
    }
}
