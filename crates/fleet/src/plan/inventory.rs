//! What properties the fleet holds, told from a sample of its documents: what there is to declare.

use std::collections::BTreeSet;

use query::Path;
use twin::Value;
use twin::scheme::{PropertyType, infer};

use super::{Plan, value_at};
use crate::Error;
use crate::access::{Action, Principal, authorize};
use crate::index::Index;
use crate::monitor::sampled;

/// Different examples of a property.
const EXAMPLES_MAX: usize = 3;

/// The properties that devices hold, whether or not they are declared.
#[derive(Debug, Clone, PartialEq)]
pub struct Inventory {
    /// Devices that were looked at, from all over the fleet.
    pub sampled: u64,
    /// Devices that there are.
    pub devices: u64,
    /// What those that were looked at hold, by path.
    pub found: Vec<Found>,
}

/// A property that devices hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its path, as in a query.
    pub path: String,
    /// The narrowest type that holds all its values.
    pub kind: PropertyType,
    /// The types of its values.
    pub types: BTreeSet<PropertyType>,
    /// How many of the devices that were looked at hold it.
    pub present: u64,
    /// Some of its values, no two alike.
    pub examples: Vec<Value>,
}

impl Plan {
    /// What properties devices hold, told from
    /// [so many](crate::Limits::schema_sample_rows) of them. An object is looked into and does not show
    /// itself, unless it is empty.
    pub async fn inventory(&self, principal: &Principal) -> Result<Inventory, Error> {
        authorize(principal, Action::ReadFleet)?;
        let records = sampled(&self.core).await?;
        let inferred = infer(records.iter().map(|record| &record.twin));
        let found = inferred.into_iter().map(|(path, inferred)| {
            let path = Path::from_dotted(&path);
            let values = records.iter().filter_map(|record| value_at(record, &path));
            let (mut types, mut examples) = (BTreeSet::new(), Vec::new());
            for value in values.filter(|value| !is_looked_into(value)) {
                types.extend(PropertyType::of(value));
                if examples.len() < EXAMPLES_MAX && !examples.contains(value) {
                    examples.push(value.clone());
                }
            }
            Found {
                path: path.to_string(),
                kind: inferred.kind,
                types,
                present: inferred.present as u64,
                examples,
            }
        });
        Ok(Inventory {
            found: found.collect(),
            sampled: records.len() as u64,
            devices: Index::stand(&self.core).await.devices,
        })
    }
}

/// Whether a value shows as the properties in it.
fn is_looked_into(value: &Value) -> bool {
    value.as_object().is_some_and(|members| !members.is_empty())
}
