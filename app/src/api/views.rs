//! Saved views of the list of devices, which are the groups of the plan: conditions with names.

#![expect(
    missing_docs,
    reason = "the arguments of server functions become fields"
)]

use leptos::prelude::*;
use reader::Read;
use serde::{Deserialize, Serialize};
use twin::time::Timestamp;

use super::Problem;
use super::exchange::{Get, Post};
use crate::routes::{Address, At, Search};

#[cfg(feature = "ssr")]
mod keep;

/// Every view that there is to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Views {
    /// Those that every fleet has.
    pub given: Vec<Given>,
    /// Those that people saved, by name.
    pub saved: Vec<View>,
}

/// A view that every fleet has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Given {
    /// Its name.
    pub name: String,
    /// Its condition.
    pub query: String,
    /// How many devices are in it; `None` until they are counted.
    pub devices: Option<u64>,
}

/// A view that somebody saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct View {
    /// Its number.
    pub id: i64,
    /// How often it was written.
    pub revision: u64,
    /// Its name.
    pub name: String,
    /// What it is for; empty when nobody has said.
    pub description: String,
    /// Its condition; empty for all devices.
    pub query: String,
    /// Its order; `None` for the page's own.
    pub sort: Option<String>,
    /// Its columns; `None` for the page's own.
    pub columns: Option<String>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// How many devices are in it; `None` until they are counted, and when documents would have to be read for it.
    pub devices: Option<u64>,
}

impl View {
    /// Where its devices are listed. The address says all of it, so that a list is shown without asking for its view.
    pub fn href(&self) -> String {
        Address::Devices(self.search()).href()
    }

    /// What its list shows.
    pub fn search(&self) -> Search {
        Search {
            query: self.query.clone(),
            sort: self.sort.clone(),
            columns: self.columns.clone(),
            view: Some(self.id),
            ..Search::default()
        }
    }

    /// Whether a list shows it as it was saved, whichever page of it.
    pub fn is_shown_by(&self, search: &Search) -> bool {
        search.at(At::First) == self.search()
    }
}

/// What is to be saved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(default)]
pub struct Draft {
    /// The view that is written over, with the revision that was seen; `None` for a new one.
    pub over: Option<(i64, u64)>,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its condition.
    pub query: String,
    /// Its order.
    pub sort: Option<String>,
    /// Its columns.
    pub columns: Option<String>,
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Kept {
    /// The view that was saved or deleted.
    pub id: i64,
    /// All views as they stand then; `None` when they could not be read again. The change holds either way.
    pub views: Option<Views>,
}

/// All views with their counts.
///
/// # Errors
/// `Unavailable` when the store does not answer.
#[server(name = AskViews, prefix = "/api", endpoint = "views", protocol = Get)]
pub async fn views() -> Result<Views, Problem> {
    super::caller()?.views().await
}

/// Saves a view, a new one or over one that is there.
///
/// # Errors
/// `Forbidden`; `Conflict` when the name is taken, and when somebody else saved it meanwhile; `NotFound` when it is gone;
/// `Invalid` when a text cannot be.
#[server(name = SaveView, prefix = "/api", endpoint = "views/save", protocol = Post)]
pub async fn save_view(draft: Draft) -> Result<Kept, Problem> {
    super::caller()?.save_view(draft).await
}

/// Deletes a view, with the reason. Its devices stay as they are.
///
/// # Errors
/// `Forbidden`; `NotFound` when it is gone; `Invalid` without a reason.
#[server(name = DeleteView, prefix = "/api", endpoint = "views/delete", protocol = Post)]
pub async fn delete_view(id: i64, reason: String) -> Result<Kept, Problem> {
    super::caller()?.delete_view(id, &reason).await
}
