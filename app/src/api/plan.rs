//! What is planned: the properties that the fleet is asked about, and those that it holds.

#![expect(
    missing_docs,
    reason = "the arguments of server functions become fields"
)]

use leptos::prelude::*;
use reader::Read;
use serde::{Deserialize, Serialize};
use twin::scheme::PropertyType;

use super::Problem;
use super::exchange::{Get, Post};

#[cfg(feature = "ssr")]
mod read;

/// The declared properties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Scheme {
    /// By path.
    pub properties: Vec<Property>,
    /// How many can be declared.
    pub properties_max: u64,
    /// How many devices each column is about.
    pub devices: u64,
}

/// A declared property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Property {
    /// Its path, as in a query.
    pub path: String,
    /// The type of its values.
    pub kind: PropertyType,
    /// What people call it; empty when it has no title.
    pub title: String,
    /// The unit of a number; empty when it has none.
    pub unit: String,
    /// What it means; empty when nobody has said.
    pub description: String,
    /// Its column; `None` for the moment before it is begun.
    pub column: Option<Column>,
}

/// How the column of a property stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Column {
    /// Whether it is being filled; until it is whole, queries read documents.
    pub is_building: bool,
    /// Devices that were looked at for it.
    pub loaded: u64,
    /// Devices that have a value.
    pub present: u64,
    /// Different values; `None` when they are too many to be kept apart.
    pub distinct: Option<u64>,
    /// Its memory, in bytes.
    pub memory_bytes: u64,
}

/// What devices hold, told from some of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Inventory {
    /// Devices that were looked at.
    pub sampled: u64,
    /// Devices that there are.
    pub devices: u64,
    /// What those that were looked at hold, by path.
    pub found: Vec<Found>,
}

/// A property that devices hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct Found {
    /// Its path, as in a query.
    pub path: String,
    /// The narrowest type that holds all its values.
    pub kind: PropertyType,
    /// The types of its values.
    pub types: Vec<PropertyType>,
    /// How many of the devices that were looked at hold it.
    pub present: u64,
    /// Some of its values as JSON, no two alike, cut where they are long.
    pub examples: Vec<String>,
}

impl Scheme {
    /// The declared property of a path.
    pub fn find(&self, path: &str) -> Option<&Property> {
        self.properties
            .iter()
            .find(|property| property.path == path)
    }

    /// Whether a column is not whole yet.
    pub fn is_building(&self) -> bool {
        self.properties
            .iter()
            .any(|property| property.column.is_none_or(|column| column.is_building))
    }
}

/// The declared properties and how their columns stand.
///
/// # Errors
/// `Unavailable` when the store does not answer.
#[server(name = AskScheme, prefix = "/api", endpoint = "plan/properties", protocol = Get)]
pub async fn scheme() -> Result<Scheme, Problem> {
    super::caller()?.scheme().await
}

/// What properties devices hold, whether or not they are declared.
///
/// # Errors
/// `Unavailable` when the store does not answer.
#[server(name = AskInventory, prefix = "/api", endpoint = "plan/inventory", protocol = Get)]
pub async fn inventory() -> Result<Inventory, Problem> {
    super::caller()?.inventory().await
}

/// Declares a property; gives all of them as they stand then, unless they cannot be read again: it is declared either way.
///
/// # Errors
/// `Forbidden`, `Conflict` when it is declared, `Invalid` for a path, type or text that cannot be, and when there is
/// no room for more.
#[server(name = DeclareProperty, prefix = "/api", endpoint = "plan/declare", protocol = Post)]
pub async fn declare(
    path: String,
    kind: PropertyType,
    title: String,
    unit: String,
    description: String,
) -> Result<Option<Scheme>, Problem> {
    let property = twin::scheme::Property {
        path,
        kind,
        title,
        unit,
        description,
    };
    super::caller()?.declare(property).await
}

/// Says something else of a declared property; its column stays. Gives all of them as they stand then, unless they cannot
/// be read again: it is changed either way.
///
/// # Errors
/// `Forbidden`, `NotFound` when it is not declared, `Invalid` for a type or text that cannot be.
#[server(name = ChangeProperty, prefix = "/api", endpoint = "plan/change", protocol = Post)]
pub async fn change(
    path: String,
    kind: PropertyType,
    title: String,
    unit: String,
    description: String,
) -> Result<Option<Scheme>, Problem> {
    let property = twin::scheme::Property {
        path,
        kind,
        title,
        unit,
        description,
    };
    super::caller()?.change_property(property).await
}

/// Takes a declaration back and forgets its column. Gives all that are left, unless they cannot be read again: it is
/// dropped either way.
///
/// # Errors
/// `Forbidden`, `NotFound` when it is not declared.
#[server(name = DropProperty, prefix = "/api", endpoint = "plan/drop", protocol = Post)]
pub async fn drop_property(path: String) -> Result<Option<Scheme>, Problem> {
    super::caller()?.drop_property(&path).await
}
