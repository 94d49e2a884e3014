//! Plan: the properties that the fleet is asked about, and the groups that people have named. A declared property gets a
//! column, so that questions about it are answered without reading documents.

use std::sync::Arc;

use query::{Location, Path};
use store::Record;
use twin::Value;
use twin::scheme::{Property, PropertyType};

use crate::access::{Action, Principal, authorize};
use crate::core::Core;
use crate::index::{Index, Stand};
use crate::internals::Column;
use crate::monitor::sampled;
use crate::{Error, audit};

mod document;
mod groups;
mod inventory;

pub use document::{property_from_wire, property_view};
pub use groups::Counted;
pub use inventory::{Found, Inventory};

/// Longest title, and longest unit.
const TITLE_CHARS_MAX: usize = 100;
/// Longest description.
const DESCRIPTION_CHARS_MAX: usize = 1_000;

/// Declares properties, and keeps groups.
#[derive(Debug)]
pub struct Plan {
    core: Arc<Core>,
    /// Declarations happen one at a time, so that store and columns agree.
    declaring: Arc<tokio::sync::Mutex<()>>,
    counts: Arc<groups::Counts>,
}

/// A declared property and its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The declaration.
    pub property: Property,
    /// Its column; while it is building, conditions on the property are answered by scan.
    pub column: Option<Column>,
    /// Devices that there are: so many a column that is building has to look at.
    pub devices: u64,
}

impl Plan {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            declaring: Arc::default(),
            counts: Arc::default(),
        }
    }

    /// Declares a property. Its column is built in the background; [`property`](Self::property) shows
    /// how far.
    ///
    /// # Errors
    /// [`Error::Exists`] when it is declared; [`Error::Invalid`] when the path does not lead below tags,
    /// desired or reported properties, when devices hold another type there, when a text is too long, or
    /// when [so many](crate::Limits::declared_properties_max) are declared.
    pub async fn declare(&self, principal: &Principal, property: Property) -> Result<(), Error> {
        self.put(principal, property, Change::Declare).await
    }

    /// Changes what is said of a declared property: type, title, unit and description. Its column stays.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not declared; otherwise as [`declare`](Self::declare).
    pub async fn change_property(
        &self,
        principal: &Principal,
        property: Property,
    ) -> Result<(), Error> {
        self.put(principal, property, Change::Describe).await
    }

    async fn put(
        &self,
        principal: &Principal,
        property: Property,
        change: Change,
    ) -> Result<(), Error> {
        authorize(principal, Action::DeclareProperty)?;
        let path = declarable(&property.path)?;
        is_short(&property)?;
        let property = Property {
            path: path.to_string(),
            ..property
        };
        let core = Arc::clone(&self.core);
        let (declared, max) = (
            core.store.declared().await?,
            core.limits.declared_properties_max,
        );
        change.admit(&property, &declared, max)?;
        // What devices hold now does not forbid to say more of a type that was declared when they held another.
        let is_same =
            |known: &Property| (&known.path, known.kind) == (&property.path, property.kind);
        if !declared.iter().any(is_same) {
            fits(&core, &path, property.kind).await?;
        }
        let entry = audit::done(&core, principal, change.action(), &property.path)
            .detail(serde_json::json!({ "kind": property.kind.as_str() }))
            .entry();
        let declaring = Arc::clone(&self.declaring);
        let work = async move {
            let _one_at_a_time = declaring.lock().await;
            let declared = core.store.declared().await?;
            change.admit(&property, &declared, max)?;
            core.store.declare(&property, Some(entry)).await?;
            if change == Change::Declare {
                core.index.declare(&path);
                let build = Index::build(Arc::clone(&core), path);
                core.tasks.spawn("columns.build", build);
            }
            Ok(())
        };
        // The store and the columns change together, whether or not the caller waits.
        self.core.tasks.finish("plan.declare", work).await?
    }

    /// Takes a declaration back and forgets the column.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the property is not declared; [`Error::Invalid`] when it cannot be.
    pub async fn drop_property(&self, principal: &Principal, path: &str) -> Result<(), Error> {
        authorize(principal, Action::DeclareProperty)?;
        let path = declarable(path)?;
        let core = Arc::clone(&self.core);
        let name = path.to_string();
        let entry = audit::done(&core, principal, "property.drop", &name).entry();
        let declaring = Arc::clone(&self.declaring);
        let work = async move {
            let _one_at_a_time = declaring.lock().await;
            if !core.store.drop_property(&name, Some(entry)).await? {
                return Err(not_declared(name));
            }
            core.index.drop_property(&path);
            Ok(())
        };
        self.core.tasks.finish("plan.drop", work).await?
    }

    /// The declared properties, by path.
    pub async fn declared(&self, principal: &Principal) -> Result<Vec<Declared>, Error> {
        authorize(principal, Action::ReadFleet)?;
        let properties = self.core.store.declared().await?;
        let Stand {
            columns, devices, ..
        } = Index::stand(&self.core).await;
        let with_column = |property: Property| Declared {
            column: columns
                .iter()
                .find(|column| column.path == property.path)
                .cloned(),
            property,
            devices,
        };
        Ok(properties.into_iter().map(with_column).collect())
    }

    /// How many properties can be declared.
    pub fn properties_max(&self) -> usize {
        self.core.limits.declared_properties_max
    }

    /// One declared property.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not declared; [`Error::Invalid`] when it cannot be.
    pub async fn property(&self, principal: &Principal, path: &str) -> Result<Declared, Error> {
        let declared = self.declared(principal).await?;
        let path = declarable(path)?.to_string();
        let mut named = declared
            .into_iter()
            .filter(|declared| declared.property.path == path);
        named.next().ok_or_else(|| not_declared(path))
    }
}

/// What a declaration does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    /// It is the first for its path.
    Declare,
    /// It says something else of a declared property.
    Describe,
}

impl Change {
    /// As the audit log calls it.
    const fn action(self) -> &'static str {
        match self {
            Self::Declare => "property.declare",
            Self::Describe => "property.change",
        }
    }

    /// Refuses what does not go with the declarations that there are.
    fn admit(self, property: &Property, declared: &[Property], max: usize) -> Result<(), Error> {
        let name = property.path.clone();
        let is_known = declared.iter().any(|known| known.path == name);
        match self {
            Self::Declare if is_known => Err(Error::Exists {
                what: "Property",
                name,
            }),
            Self::Declare if declared.len() >= max => Err(Error::Invalid(format!(
                "{max} properties are declared, and there is no room for more: drop one first."
            ))),
            Self::Describe if !is_known => Err(not_declared(name)),
            Self::Declare | Self::Describe => Ok(()),
        }
    }
}

fn not_declared(name: String) -> Error {
    Error::NotFound {
        what: "Property",
        name,
    }
}

/// The path of a property that can have a column.
fn declarable(text: &str) -> Result<Path, Error> {
    let path =
        Path::parse(text).ok_or_else(|| Error::Invalid(format!("'{text}' is not a path.")))?;
    match path.location() {
        Location::Tags(below) | Location::Desired(below) | Location::Reported(below)
            if !below.is_empty() =>
        {
            Ok(path)
        }
        _ => Err(Error::Invalid(format!(
            "'{text}' cannot be declared: a path begins with tags, properties.desired or properties.reported, and leads below it."
        ))),
    }
}

fn is_short(property: &Property) -> Result<(), Error> {
    for (what, text, chars_max) in [
        ("title", &property.title, TITLE_CHARS_MAX),
        ("unit", &property.unit, TITLE_CHARS_MAX),
        ("description", &property.description, DESCRIPTION_CHARS_MAX),
    ] {
        if text.chars().count() > chars_max {
            return Err(Error::Invalid(format!(
                "The {what} is longer than {chars_max} characters."
            )));
        }
    }
    Ok(())
}

/// Refuses a type that no value is of. A sample decides, and only when its values are of one type:
/// some devices may err, and a scheme does not refuse what they report.
async fn fits(core: &Arc<Core>, path: &Path, kind: PropertyType) -> Result<(), Error> {
    let records = sampled(core).await?;
    let found = records
        .iter()
        .filter_map(|record| PropertyType::of(value_at(record, path)?))
        .reduce(PropertyType::or);
    match found {
        Some(found) if ![kind, found].contains(&PropertyType::Mixed) && kind.or(found) != kind => {
            Err(Error::Invalid(format!(
                "'{path}' is not of type {kind}: devices hold values of type {found} there. Declare it as {found} or as mixed."
            )))
        }
        _ => Ok(()),
    }
}

fn value_at<'a>(record: &'a Record, path: &Path) -> Option<&'a Value> {
    let twin = &record.twin;
    let (members, below) = match path.location() {
        Location::Tags(below) => (&twin.tags, below),
        Location::Desired(below) => (&twin.desired.values, below),
        Location::Reported(below) => (&twin.reported.values, below),
        _ => return None,
    };
    let below: Vec<&str> = below.iter().map(String::as_str).collect();
    twin::value::lookup(members, &below)
}
