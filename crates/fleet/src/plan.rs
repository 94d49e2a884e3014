//! Plan: the properties that the fleet is asked about. A declared property gets a column, so that
//! questions about it are answered without reading documents.

use std::sync::Arc;

use query::{Location, Path};
use twin::scheme::Property;

use crate::access::{Action, Principal, authorize};
use crate::core::Core;
use crate::index::Index;
use crate::internals::Column;
use crate::{Error, audit};

/// Most properties that can be declared: each costs memory for every device.
const DECLARED_MAX: usize = 200;

/// Declares properties.
#[derive(Debug)]
pub struct Plan {
    core: Arc<Core>,
    /// Declarations happen one at a time, so that store and columns agree.
    declaring: Arc<tokio::sync::Mutex<()>>,
}

/// A declared property and its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The declaration.
    pub property: Property,
    /// Its column; while it is building, conditions on the property are answered by scan.
    pub column: Option<Column>,
}

impl Plan {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            declaring: Arc::default(),
        }
    }

    /// Declares a property, or changes its title and description. Its column is built in the
    /// background; [`declared`](Self::declared) shows how far.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the path does not lead below tags, desired or reported properties, or
    /// when there are too many.
    pub async fn declare(&self, principal: &Principal, property: Property) -> Result<(), Error> {
        authorize(principal, Action::DeclareProperty)?;
        let path = declarable(&property.path)?;
        let property = Property {
            path: path.to_string(),
            ..property
        };
        let core = Arc::clone(&self.core);
        let entry = audit::done(&core, principal, "property.declare", &property.path)
            .detail(serde_json::json!({ "kind": property.kind.as_str() }))
            .entry();
        let declaring = Arc::clone(&self.declaring);
        let work = async move {
            let _one_at_a_time = declaring.lock().await;
            let declared = core.store.declared().await?;
            let is_known = declared.iter().any(|known| known.path == property.path);
            if !is_known && declared.len() >= DECLARED_MAX {
                return Err(Error::Invalid(format!(
                    "At most {DECLARED_MAX} properties can be declared."
                )));
            }
            core.store.declare(&property, Some(entry)).await?;
            if !is_known {
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
    /// [`Error::NotFound`] when the property is not declared.
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
                return Err(Error::NotFound {
                    what: "Property",
                    name,
                });
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
        let columns = self.core.index.columns();
        let with_column = |property: Property| Declared {
            column: columns
                .iter()
                .find(|column| column.path == property.path)
                .cloned(),
            property,
        };
        Ok(properties.into_iter().map(with_column).collect())
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
            "'{text}' cannot be declared: a path begins with tags, properties.desired or properties.reported."
        ))),
    }
}
