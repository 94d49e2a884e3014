//! The plan as the fleet keeps it, in the console's words.

use fleet::plan::{Declared, Found as FleetFound};
use twin::Value;
use twin::scheme::Property as Declaration;

use super::{Column, Found, Inventory, Property, Scheme};
use crate::api::{Caller, Problem};
use crate::format;

/// How long an example may be, in characters.
const EXAMPLE_CHARS_MAX: usize = 32;

impl Caller {
    /// The declared properties.
    pub(crate) async fn scheme(&self) -> Result<Scheme, Problem> {
        let plan = self.fleet.plan();
        let declared = plan.declared(&self.principal).await?;
        Ok(Scheme {
            devices: declared.first().map_or(0, |declared| declared.devices),
            properties: declared.into_iter().map(property).collect(),
            properties_max: plan.properties_max() as u64,
        })
    }

    /// What devices hold.
    pub(crate) async fn inventory(&self) -> Result<Inventory, Problem> {
        let inventory = self.fleet.plan().inventory(&self.principal).await?;
        Ok(Inventory {
            sampled: inventory.sampled,
            devices: inventory.devices,
            found: inventory.found.into_iter().map(found).collect(),
        })
    }

    /// Declares a property.
    pub(crate) async fn declare(&self, property: Declaration) -> Result<Option<Scheme>, Problem> {
        let plan = self.fleet.plan();
        plan.declare(&self.principal, property).await?;
        Ok(self.scheme().await.ok())
    }

    /// Says something else of a declared property.
    pub(crate) async fn change_property(
        &self,
        property: Declaration,
    ) -> Result<Option<Scheme>, Problem> {
        let plan = self.fleet.plan();
        plan.change_property(&self.principal, property).await?;
        Ok(self.scheme().await.ok())
    }

    /// Takes a declaration back.
    pub(crate) async fn drop_property(&self, path: &str) -> Result<Option<Scheme>, Problem> {
        let plan = self.fleet.plan();
        plan.drop_property(&self.principal, path).await?;
        Ok(self.scheme().await.ok())
    }
}

fn property(declared: Declared) -> Property {
    let Declaration {
        path,
        kind,
        title,
        unit,
        description,
    } = declared.property;
    let column = declared.column.map(|column| Column {
        is_building: column.is_building,
        loaded: column.loaded,
        present: column.present as u64,
        distinct: column.distinct.map(|distinct| distinct as u64),
        memory_bytes: column.memory_bytes as u64,
    });
    Property {
        path,
        kind,
        title,
        unit,
        description,
        column,
    }
}

fn found(found: FleetFound) -> Found {
    Found {
        path: found.path,
        kind: found.kind,
        types: found.types.into_iter().collect(),
        present: found.present,
        examples: found.examples.iter().map(example).collect(),
    }
}

fn example(value: &Value) -> String {
    format::middle(&value.to_string(), EXAMPLE_CHARS_MAX)
}
