//! The registry's JSON documents: reading what service clients send, and writing what they get
//! (contract section 4.2).

use serde_json::json;
use twin::document::{Change, ServiceChange};
use twin::id::DeviceId;
use twin::identity::{AuthenticationKind, Status};
use twin::{Map, Value};

use super::bulk::{BulkItem, ImportMode};
use super::device::{DeviceUpdate, NewDevice, Registered};
use crate::Error;

/// A device as service clients get it; keys are `null` when they may not be shown.
pub fn registry_view(device: &Registered) -> Value {
    let identity = &device.record.identity;
    let (primary_key, secondary_key) = device.keys.clone().unzip();
    let (primary_thumbprint, secondary_thumbprint) = &identity.thumbprints;
    let presence = &device.presence;
    let state_updated_at = presence.since.max(identity.connection_state_updated_at);
    json!({
        "deviceId": identity.device_id.as_str(),
        "generationId": identity.generation_id,
        "etag": identity.wire_etag(),
        "connectionState": presence.connection_state(),
        "status": identity.status.as_str(),
        "statusReason": identity.status_reason,
        "connectionStateUpdatedTime": state_updated_at.to_string(),
        "statusUpdatedTime": identity.status_updated_at.to_string(),
        "lastActivityTime": presence.last_activity.to_string(),
        "cloudToDeviceMessageCount": 0,
        "authentication": {
            "symmetricKey": { "primaryKey": primary_key, "secondaryKey": secondary_key },
            "x509Thumbprint": {
                "primaryThumbprint": primary_thumbprint,
                "secondaryThumbprint": secondary_thumbprint,
            },
            "type": identity.authentication.as_str(),
        },
        "capabilities": { "iotEdge": false },
    })
}

impl NewDevice {
    /// The device that `PUT /devices/{id}` describes when there is none yet.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the body names another device or says something unreadable.
    pub fn from_wire(id: DeviceId, body: &Value) -> Result<Self, Error> {
        let body = Body::of(&id, body, "deviceId")?;
        let proof = body.proof()?;
        Ok(Self {
            status: body.status()?.unwrap_or_default(),
            status_reason: body.text("statusReason")?.given(),
            authentication: proof.kind.unwrap_or_default(),
            keys: proof.keys,
            thumbprints: proof.thumbprints.unwrap_or_default(),
            tags: Map::new(),
            desired: Map::new(),
            reason: None,
            id,
        })
    }
}

impl DeviceUpdate {
    /// The change that `PUT /devices/{id}` with `If-Match` describes.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the body names another device or says something unreadable.
    pub fn from_wire(id: &DeviceId, body: &Value) -> Result<Self, Error> {
        Body::of(id, body, "deviceId")?.update()
    }
}

impl BulkItem {
    /// One element of `POST /devices`. An element that cannot be read becomes a failure of the
    /// result, not of the call: hence the name beside the error.
    ///
    /// # Errors
    /// [`Error::Invalid`], with the name as it was given.
    pub fn from_wire(body: &Value) -> Result<Self, (String, Error)> {
        let name = body.get("id").and_then(Value::as_str).unwrap_or_default();
        Self::read(name, body).map_err(|error| (name.to_owned(), error))
    }

    fn read(name: &str, body: &Value) -> Result<Self, Error> {
        let id = DeviceId::parse(name).map_err(|error| Error::Invalid(error.to_string()))?;
        let body = Body::of(&id, body, "id")?;
        let mode = match body.text("importMode")?.given() {
            None => ImportMode::CreateOrUpdate,
            Some(name) => ImportMode::parse(&name)
                .ok_or_else(|| Error::Invalid(format!("'{name}' is not an import mode.")))?,
        };
        let proof = body.proof()?;
        let section = |value: Option<&Value>, what: &str| match value {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(members)) => Ok(Some(members.clone())),
            Some(_) => Err(Error::Invalid(format!("'{what}' is not an object."))),
        };
        let properties = body.0.get("properties");
        Ok(Self {
            mode,
            etag: body.text("eTag")?.given(),
            twin_etag: body.text("twinETag")?.given(),
            authentication: proof.kind,
            update: body.update()?,
            twin: ServiceChange {
                tags: section(body.0.get("tags"), "tags")?.map(Change::Replace),
                desired: section(
                    properties.and_then(|properties| properties.get("desired")),
                    "properties.desired",
                )?
                .map(Change::Replace),
            },
            id,
        })
    }
}

/// The members of a document of the registry.
struct Body<'a>(&'a Map);

/// How a device proves who it is, as a document says it.
struct Proof {
    kind: Option<AuthenticationKind>,
    keys: Option<(String, String)>,
    thumbprints: Option<Pair>,
}

impl<'a> Body<'a> {
    fn of(id: &DeviceId, body: &'a Value, name_member: &str) -> Result<Self, Error> {
        let Value::Object(members) = body else {
            return Err(Error::invalid("The body is not an object."));
        };
        match members.get(name_member) {
            None | Some(Value::Null) => Ok(Self(members)),
            Some(Value::String(name)) if name == id.as_str() => Ok(Self(members)),
            Some(_) => Err(Error::Invalid(format!(
                "The body's '{name_member}' is not '{id}'."
            ))),
        }
    }

    fn update(&self) -> Result<DeviceUpdate, Error> {
        let proof = self.proof()?;
        Ok(DeviceUpdate {
            status: self.status()?,
            status_reason: match self.text("statusReason")? {
                Member::Absent => None,
                Member::Null => Some(None),
                Member::Text(reason) => Some(Some(reason)),
            },
            authentication: proof.kind,
            keys: proof.keys,
            thumbprints: proof.thumbprints,
            reason: None,
        })
    }

    fn text(&self, member: &str) -> Result<Member, Error> {
        text(self.0, member)
    }

    fn status(&self) -> Result<Option<Status>, Error> {
        let Some(name) = self.text("status")?.given() else {
            return Ok(None);
        };
        Status::parse(&name)
            .map(Some)
            .ok_or_else(|| Error::Invalid(format!("'{name}' is not a status.")))
    }

    fn proof(&self) -> Result<Proof, Error> {
        let authentication = match self.0.get("authentication") {
            Some(Value::Object(members)) if !members.is_empty() => members,
            None | Some(Value::Null | Value::Object(_)) => {
                return Ok(Proof {
                    kind: None,
                    keys: None,
                    thumbprints: None,
                });
            }
            Some(_) => return Err(Error::invalid("'authentication' is not an object.")),
        };
        let keys = pair(authentication, "symmetricKey", "primaryKey", "secondaryKey")?;
        let thumbprints = pair(
            authentication,
            "x509Thumbprint",
            "primaryThumbprint",
            "secondaryThumbprint",
        )?;
        let has_thumbprint = thumbprints
            .as_ref()
            .is_some_and(|(primary, secondary)| primary.is_some() || secondary.is_some());
        let kind = match text(authentication, "type")?.given() {
            None if has_thumbprint => AuthenticationKind::SelfSigned,
            None => AuthenticationKind::Sas,
            Some(name) => AuthenticationKind::parse(&name).ok_or_else(|| {
                Error::Invalid(format!("'{name}' is not an authentication type."))
            })?,
        };
        Ok(Proof {
            kind: Some(kind),
            keys: keys.map(|(primary, secondary)| {
                (primary.unwrap_or_default(), secondary.unwrap_or_default())
            }),
            thumbprints,
        })
    }
}

/// Two texts that belong together: keys or thumbprints, primary and secondary.
type Pair = (Option<String>, Option<String>);

/// Two text members of an object member; empty text counts as missing.
fn pair(members: &Map, member: &str, first: &str, second: &str) -> Result<Option<Pair>, Error> {
    match members.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(inner)) => {
            let one =
                |name| Ok::<_, Error>(text(inner, name)?.given().filter(|text| !text.is_empty()));
            Ok(Some((one(first)?, one(second)?)))
        }
        Some(_) => Err(Error::Invalid(format!("'{member}' is not an object."))),
    }
}

/// What a document says of a text member.
enum Member {
    Absent,
    Null,
    Text(String),
}

impl Member {
    /// The text, if there is one.
    fn given(self) -> Option<String> {
        match self {
            Self::Absent | Self::Null => None,
            Self::Text(text) => Some(text),
        }
    }
}

fn text(members: &Map, member: &str) -> Result<Member, Error> {
    match members.get(member) {
        None => Ok(Member::Absent),
        Some(Value::Null) => Ok(Member::Null),
        Some(Value::String(text)) => Ok(Member::Text(text.clone())),
        Some(_) => Err(Error::Invalid(format!("'{member}' is not a string."))),
    }
}
