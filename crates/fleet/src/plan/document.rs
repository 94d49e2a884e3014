//! Declared properties as service clients read and write them.

use query::Path;
use serde_json::json;
use twin::scheme::{Property, PropertyType};
use twin::{Map, Value};

use super::Declared;
use crate::Error;

/// A declared property as service clients see it: what is said of it, and how its column stands.
///
/// The column's `state` is `ready`, or `building` with `loaded` of `devices` devices looked at.
/// `distinctValues` is null when they are too many to be kept apart.
pub fn property_view(declared: &Declared) -> Value {
    let Declared {
        property,
        column,
        devices,
    } = declared;
    let column = column.as_ref().map(|column| {
        json!({
            "state": if column.is_building { "building" } else { "ready" },
            "loaded": column.loaded,
            "devices": devices,
            "devicesWithValue": column.present,
            "distinctValues": column.distinct,
            "memoryBytes": column.memory_bytes,
        })
    });
    json!({
        "path": property.path,
        "type": property.kind.as_str(),
        "title": property.title,
        "unit": property.unit,
        "description": property.description,
        "column": column,
    })
}

/// Reads what a service client says of a property: `type`, and `title`, `unit` and `description` when
/// it has them. Members that only the hub writes are passed over.
///
/// # Errors
/// [`Error::Invalid`] names the member that is missing or wrong.
pub fn property_from_wire(path: &str, body: &Value) -> Result<Property, Error> {
    let Value::Object(members) = body else {
        return Err(Error::invalid("The body is not an object."));
    };
    if let Some(named) = text(members, "path")?
        && Path::parse(named) != Path::parse(path)
    {
        return Err(Error::Invalid(format!(
            "The body is about '{named}', the address about '{path}'."
        )));
    }
    let Some(kind) = text(members, "type")? else {
        return Err(Error::invalid("'type' is missing."));
    };
    let or_empty =
        |member: &str| Ok::<_, Error>(text(members, member)?.unwrap_or_default().to_owned());
    Ok(Property {
        path: path.to_owned(),
        kind: PropertyType::parse(kind).ok_or_else(|| unknown_type(kind))?,
        title: or_empty("title")?,
        unit: or_empty("unit")?,
        description: or_empty("description")?,
    })
}

fn unknown_type(kind: &str) -> Error {
    let names = PropertyType::ALL.map(PropertyType::as_str).join(", ");
    Error::Invalid(format!("'{kind}' is no type; the types are {names}."))
}

fn text<'a>(members: &'a Map, member: &str) -> Result<Option<&'a str>, Error> {
    match members.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::Invalid(format!("'{member}' is not a string."))),
    }
}
