//! The values in force: how much of everything, how long it is kept, and where each is configured.

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

use crate::api::Problem;
use crate::api::exchange::Get;

#[cfg(feature = "ssr")]
mod read;

/// Settings that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Group {
    /// A word for addresses within the page.
    pub id: String,
    /// What they are about.
    pub title: String,
    /// The settings.
    pub settings: Vec<Setting>,
}

/// One value in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Setting {
    /// What it decides.
    pub name: String,
    /// The value with its unit.
    pub value: String,
    /// The flag and the environment variable that set it; `None` when it is part of this version.
    pub flag: Option<String>,
}

/// Every value in force.
///
/// # Errors
/// `Forbidden`.
#[server(name = AskLimits, prefix = "/api", endpoint = "settings/limits", protocol = Get)]
pub async fn limits() -> Result<Vec<Group>, Problem> {
    crate::api::caller()?.limits()
}
