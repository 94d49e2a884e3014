//! What a service client asks for, read from the bodies of the twin's PATCH and PUT (contract 4.3, 5.3, 5.4).
//!
//! Everything in a body but `tags` and `properties.desired` is ignored, and so are `$version` and `$metadata` inside those,
//! so that a client may echo a whole twin.

use serde::{Deserialize, Serialize};

use super::TwinError;
use crate::{Map, Value};

/// A change of the service's half of a twin; an absent section stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceChange {
    /// What happens to the tags.
    pub tags: Option<Change>,
    /// What happens to the desired properties.
    pub desired: Option<Change>,
}

/// What happens to one section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// Merge this into it; `None` stands for `null` and clears it (contract 5.3).
    Patch(Option<Map>),
    /// Put this in its place (contract 5.4).
    Replace(Map),
}

impl ServiceChange {
    /// Reads the body of a PATCH.
    ///
    /// # Errors
    /// [`TwinError::NotAnObject`] when the body or one of its sections is something else; the caller fixes the body.
    ///
    /// ```
    /// # use serde_json::json;
    /// # use twin::document::{Change, ServiceChange};
    /// let change = ServiceChange::from_patch_body(&json!({ "deviceId": "d", "tags": null }))?;
    /// assert_eq!(change, ServiceChange { tags: Some(Change::Patch(None)), desired: None });
    /// # Ok::<(), twin::document::TwinError>(())
    /// ```
    pub fn from_patch_body(body: &Value) -> Result<Self, TwinError> {
        Self::read(body, Change::Patch)
    }

    /// Reads the body of a PUT; `null` empties a section.
    ///
    /// # Errors
    /// As [`ServiceChange::from_patch_body`].
    ///
    /// ```
    /// # use serde_json::json;
    /// # use twin::document::{Change, ServiceChange};
    /// let change = ServiceChange::from_replace_body(&json!({ "properties": { "desired": { "a": 1, "$version": 7 } } }))?;
    /// let Some(Change::Replace(desired)) = change.desired else { panic!("replaces") };
    /// assert_eq!(desired.keys().collect::<Vec<_>>(), ["a"]);
    /// # Ok::<(), twin::document::TwinError>(())
    /// ```
    pub fn from_replace_body(body: &Value) -> Result<Self, TwinError> {
        Self::read(body, |section| Change::Replace(section.unwrap_or_default()))
    }

    fn read(body: &Value, change: impl Fn(Option<Map>) -> Change) -> Result<Self, TwinError> {
        let Some(body) = object(body, "body")? else {
            return Ok(Self::default());
        };
        let tags = body
            .get("tags")
            .map(|tags| section(tags, "tags"))
            .transpose()?;
        let properties = body
            .get("properties")
            .map(|properties| object(properties, "properties"))
            .transpose()?;
        let desired = properties
            .flatten()
            .and_then(|properties| properties.get("desired"));
        let desired = desired
            .map(|desired| section(desired, "properties.desired"))
            .transpose()?;
        Ok(Self {
            tags: tags.map(&change),
            desired: desired.map(&change),
        })
    }
}

/// A section without what only the server writes.
fn section(value: &Value, path: &'static str) -> Result<Option<Map>, TwinError> {
    let Some(members) = object(value, path)? else {
        return Ok(None);
    };
    let mut members = members.clone();
    members.remove("$version");
    members.remove("$metadata");
    Ok(Some(members))
}

/// The object, or `None` for null.
fn object<'a>(value: &'a Value, path: &'static str) -> Result<Option<&'a Map>, TwinError> {
    let found = match value {
        Value::Object(members) => return Ok(Some(members)),
        Value::Null if path != "body" => return Ok(None),
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
    };
    Err(TwinError::NotAnObject { path, found })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn read_only_members_are_ignored() {
        let echo = json!({ "deviceId": "d", "etag": "x", "version": 4, "tags": { "$version": 1, "t": 1 },
            "properties": { "desired": { "a": 1, "$metadata": {}, "$version": 3 }, "reported": { "b": 2 } } });
        let Change::Patch(Some(desired)) = ServiceChange::from_patch_body(&echo)
            .unwrap()
            .desired
            .unwrap()
        else {
            panic!()
        };
        assert_eq!(Value::Object(desired), json!({ "a": 1 }));
        let Change::Replace(tags) = ServiceChange::from_replace_body(&echo)
            .unwrap()
            .tags
            .unwrap()
        else {
            panic!()
        };
        assert_eq!(Value::Object(tags), json!({ "t": 1 }));
    }

    #[test]
    fn absent_sections_stay_absent_and_null_ones_empty() {
        for body in [
            json!({}),
            json!({ "properties": null }),
            json!({ "properties": {} }),
        ] {
            assert_eq!(
                ServiceChange::from_patch_body(&body),
                Ok(ServiceChange::default())
            );
        }
        let body = json!({ "tags": null, "properties": { "desired": null } });
        let change = ServiceChange::from_patch_body(&body).unwrap();
        assert_eq!(
            (change.tags, change.desired),
            (Some(Change::Patch(None)), Some(Change::Patch(None)))
        );
        let change = ServiceChange::from_replace_body(&body).unwrap();
        assert_eq!(change.desired, Some(Change::Replace(Map::new())));
    }

    #[test]
    fn other_shapes_are_refused_by_name() {
        for (body, path) in [
            (json!(null), "body"),
            (json!([]), "body"),
            (json!({ "tags": 1 }), "tags"),
            (json!({ "properties": "x" }), "properties"),
            (
                json!({ "properties": { "desired": [] } }),
                "properties.desired",
            ),
        ] {
            let error = ServiceChange::from_patch_body(&body).unwrap_err();
            assert!(
                matches!(error, TwinError::NotAnObject { path: found, .. } if found == path),
                "{error}"
            );
        }
    }
}
