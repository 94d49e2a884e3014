//! The twin as each side sees it: service clients everything (contract 5.1), the device desired and reported (5.7).
//!
//! ```
//! use twin::{document::Twin, time::Timestamp, view::device_twin};
//!
//! let twin = Twin::new(Timestamp::from_ms(0));
//! assert_eq!(device_twin(&twin), serde_json::json!({ "desired": { "$version": 1 }, "reported": { "$version": 1 } }));
//! ```
//!
//! The registry's own view of an identity is not here: it holds keys, which only `fleet` can open.

use serde_json::json;

use crate::document::{Section, Twin};
use crate::identity::Identity;
use crate::presence::Presence;
use crate::{Map, Value};

/// The whole twin for service clients (contract 5.1); `statusReason` is left out when there is none.
pub fn service_twin(identity: &Identity, twin: &Twin, presence: &Presence) -> Value {
    let (primary, secondary) = &identity.thumbprints;
    let mut members = Map::new();
    let mut put = |key: &str, value: Value| drop(members.insert(key.to_owned(), value));
    put("deviceId", identity.device_id.as_str().into());
    put("etag", twin.etag.to_string().into());
    put("deviceEtag", identity.wire_etag().into());
    put("status", identity.status.as_str().into());
    if let Some(reason) = &identity.status_reason {
        put("statusReason", reason.as_str().into());
    }
    put(
        "statusUpdateTime",
        identity.status_updated_at.to_string().into(),
    );
    put("connectionState", presence.connection_state().into());
    put(
        "lastActivityTime",
        presence.last_activity.to_string().into(),
    );
    put("cloudToDeviceMessageCount", 0.into());
    put(
        "authenticationType",
        identity.authentication.as_str().into(),
    );
    put(
        "x509Thumbprint",
        json!({ "primaryThumbprint": primary, "secondaryThumbprint": secondary }),
    );
    put("modelId", twin.model_id.as_str().into());
    put("version", twin.version.into());
    put("tags", Value::Object(twin.tags.clone()));
    put(
        "properties",
        json!({ "desired": service_section(&twin.desired), "reported": service_section(&twin.reported) }),
    );
    put("capabilities", json!({ "iotEdge": false }));
    Value::Object(members)
}

/// One section for service clients: its values, `$metadata` and `$version` (contract 5.1, 5.6).
///
/// ```
/// # use twin::{document::Twin, time::Timestamp};
/// let twin = Twin::new(Timestamp::from_ms(0));
/// let section = twin::view::service_section(&twin.desired);
/// assert_eq!(section, serde_json::json!({ "$metadata": { "$lastUpdated": "1970-01-01T00:00:00.0000000Z" }, "$version": 1 }));
/// ```
pub fn service_section(section: &Section) -> Value {
    let mut members = section.values.clone();
    members.insert("$metadata".to_owned(), section.metadata.to_wire());
    members.insert("$version".to_owned(), section.version.into());
    Value::Object(members)
}

/// What a device gets: desired and reported with `$version`, no tags, no `$metadata` (contract 5.7).
pub fn device_twin(twin: &Twin) -> Value {
    json!({ "desired": device_section(&twin.desired), "reported": device_section(&twin.reported) })
}

fn device_section(section: &Section) -> Value {
    let mut members = section.values.clone();
    members.insert("$version".to_owned(), section.version.into());
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::{Change, Metadata, ServiceChange};
    use crate::id::DeviceId;
    use crate::identity::{AuthenticationKind, Status};
    use crate::strategies::section;
    use crate::time::Timestamp;

    fn identity() -> Identity {
        Identity {
            device_id: DeviceId::parse("d1").unwrap(),
            generation_id: "637131779299315265".to_owned(),
            etag: 580_089_003,
            status: Status::Enabled,
            status_reason: None,
            status_updated_at: Timestamp::NEVER,
            created_at: Timestamp::from_ms(0),
            authentication: AuthenticationKind::Sas,
            thumbprints: (None, None),
            sealed_keys: Some(vec![1, 2, 3]),
            connection_state_updated_at: Timestamp::NEVER,
        }
    }

    fn twin_of(tags: Map, desired: Map, reported: &Map) -> Twin {
        let mut twin = Twin::new(Timestamp::from_ms(0));
        let change = ServiceChange {
            tags: Some(Change::Replace(tags)),
            desired: Some(Change::Replace(desired)),
        };
        twin.apply_service(&change, Timestamp::from_ms(1_000))
            .unwrap();
        twin.apply_reported(reported, None, Timestamp::from_ms(2_000))
            .unwrap();
        twin
    }

    #[test]
    fn a_new_twin_looks_as_the_contract_says() {
        let twin = Twin::new(Timestamp::from_ms(0));
        let expected = json!({
            "deviceId": "d1", "etag": "AAAAAAAAAAE=", "deviceEtag": "NTgwMDg5MDAz", "status": "enabled",
            "statusUpdateTime": "0001-01-01T00:00:00Z", "connectionState": "Disconnected",
            "lastActivityTime": "0001-01-01T00:00:00Z", "cloudToDeviceMessageCount": 0, "authenticationType": "sas",
            "x509Thumbprint": { "primaryThumbprint": null, "secondaryThumbprint": null },
            "modelId": "", "version": 2, "tags": {},
            "properties": {
                "desired": { "$metadata": { "$lastUpdated": "1970-01-01T00:00:00.0000000Z" }, "$version": 1 },
                "reported": { "$metadata": { "$lastUpdated": "1970-01-01T00:00:00.0000000Z" }, "$version": 1 },
            },
            "capabilities": { "iotEdge": false },
        });
        assert_eq!(
            service_twin(&identity(), &twin, &Presence::default()),
            expected
        );
    }

    #[test]
    fn no_view_and_no_debug_text_shows_keys() {
        assert!(!format!("{:?}", identity()).contains("sealed"));
    }

    /// Every member has its metadata and every metadata its member.
    fn mirrors(values: &Map, metadata: &Metadata) -> bool {
        values.len() == metadata.children.len()
            && values
                .iter()
                .all(|(key, value)| match (metadata.children.get(key), value) {
                    (Some(node), Value::Object(members)) => mirrors(members, node),
                    (Some(node), _) => node.children.is_empty(),
                    (None, _) => false,
                })
    }

    proptest! {
        #[test]
        fn an_echoed_service_view_makes_the_same_twin(tags in section(), desired in section(), reported in section()) {
            let twin = twin_of(tags, desired, &reported);
            let view = service_twin(&identity(), &twin, &Presence::default());
            let mut copy = Twin::new(Timestamp::from_ms(0));
            copy.apply_service(&ServiceChange::from_replace_body(&view).unwrap(), Timestamp::from_ms(1_000)).unwrap();
            prop_assert_eq!((&copy.tags, &copy.desired), (&twin.tags, &twin.desired));
        }

        #[test]
        fn metadata_mirrors_the_values(desired in section(), reported in section()) {
            let twin = twin_of(Map::new(), desired, &reported);
            prop_assert!(mirrors(&twin.desired.values, &twin.desired.metadata));
            prop_assert!(mirrors(&twin.reported.values, &twin.reported.metadata));
        }

        #[test]
        fn the_device_view_is_the_service_view_without_metadata(desired in section(), reported in section()) {
            let twin = twin_of(Map::new(), desired, &reported);
            let mut service = service_twin(&identity(), &twin, &Presence::default());
            let properties = service.get_mut("properties").unwrap();
            for half in ["desired", "reported"] {
                properties.get_mut(half).unwrap().as_object_mut().unwrap().remove("$metadata");
            }
            prop_assert_eq!(&*properties, &device_twin(&twin));
        }
    }
}
