//! The policies that service clients sign with, and their keys.

#![expect(
    missing_docs,
    reason = "the arguments of server functions become fields"
)]
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

use crate::api::exchange::{Get, Post};
use crate::api::{Problem, WhichKey};

#[cfg(feature = "ssr")]
mod ask;

/// Every policy, without keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Policies {
    /// By name.
    pub policies: Vec<Policy>,
    /// Why the reader may not manage policies; `None` when they may.
    pub cannot: Option<String>,
    /// The name that service clients connect to.
    pub host_name: String,
}

/// A policy without its keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Policy {
    /// Its name, as tokens state it.
    pub name: String,
    /// What it permits, in the contract's words.
    pub rights: Vec<String>,
    /// When a key was last renewed, or the policy was made.
    pub changed_at: Timestamp,
}

/// A key that was renewed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Renewed {
    /// Every policy, as they are now.
    pub policies: Policies,
    /// Whose key.
    pub policy: String,
    /// Which one.
    pub key: WhichKey,
    /// What a client is configured with; it holds the key and is not shown again.
    pub connection_string: String,
}

impl std::fmt::Debug for Renewed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renewed")
            .field("policy", &self.policy)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Every policy and what it permits.
///
/// # Errors
/// `Forbidden`.
#[server(name = AskPolicies, prefix = "/api", endpoint = "settings/policies", protocol = Get)]
pub async fn policies() -> Result<Policies, Problem> {
    crate::api::caller()?.policies()
}

/// Gives a policy a new key; clients that sign with the old one are refused from then on.
///
/// # Errors
/// `Forbidden`, `NotFound`.
#[server(name = RenewKey, prefix = "/api", endpoint = "settings/policies/renew", protocol = Post)]
pub async fn renew_key(policy: String, key: WhichKey) -> Result<Renewed, Problem> {
    crate::api::caller()?.renew_policy_key(policy, key).await
}
