//! Devices, changes and entries to begin with.

use std::sync::Arc;

use serde_json::Value;
use twin::Map;
use twin::document::ServiceChange;
use twin::id::{DeviceId, Match, Slot};
use twin::identity::{AuthenticationKind, Identity, Status};
use twin::time::Timestamp;

use crate::{Actor, AuditEntry, Record, Refused, Store, TwinChange, Write, Written};

/// A moment, in seconds after the suite's beginning.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_ms(1_790_000_000_000 + seconds * 1_000)
}

/// The id of that text.
pub fn name(text: &str) -> DeviceId {
    DeviceId::parse(text).unwrap()
}

/// An object.
pub fn map(value: &Value) -> Map {
    value.as_object().cloned().unwrap()
}

/// The person who does things here.
pub fn ada() -> Actor {
    Actor::Person("ada".to_owned())
}

/// An identity in which every part says something.
pub fn identity(text: &str) -> Identity {
    Identity {
        device_id: name(text),
        generation_id: "637131779299315265".to_owned(),
        etag: 580_089_003,
        status: Status::Enabled,
        status_reason: Some("new \"and\" ünder test".to_owned()),
        status_updated_at: at(-1),
        created_at: at(0),
        authentication: AuthenticationKind::SelfSigned,
        thumbprints: (Some("AA".to_owned()), None),
        sealed_keys: Some((0..=255).collect()),
        connection_state_updated_at: Timestamp::NEVER,
    }
}

/// A device to create.
pub fn create(text: &str, tags: &Value, desired: &Value) -> Write {
    Write::Create {
        identity: identity(text),
        tags: map(tags),
        desired: map(desired),
        actor: ada(),
        at: at(0),
        audit: None,
    }
}

/// A report.
pub fn reported(slot: Slot, patch: &Value, seconds: i64) -> Write {
    Write::Reported {
        slot,
        patch: map(patch),
        expected_version: None,
        at: at(seconds),
    }
}

/// A service's PATCH.
pub fn service(text: &str, body: &Value, if_match: Match, seconds: i64) -> Write {
    let change = ServiceChange::from_patch_body(body).unwrap();
    let reason = Some("a reason".to_owned());
    Write::Service {
        device_id: name(text),
        change,
        if_match,
        actor: ada(),
        reason,
        at: at(seconds),
        audit: None,
    }
}

/// A deletion, whatever the etag.
pub fn delete(text: &str, seconds: i64) -> Write {
    Write::Delete {
        device_id: name(text),
        if_match: Match::Any,
        actor: ada(),
        reason: None,
        at: at(seconds),
        audit: None,
    }
}

/// An audit entry.
pub fn audit(action: &str, seconds: i64) -> AuditEntry {
    AuditEntry {
        at: at(seconds),
        actor: ada(),
        action: action.to_owned(),
        target: "target".to_owned(),
        outcome: "done".to_owned(),
        reason: None,
        detail: serde_json::json!({ "n": seconds }),
    }
}

/// Carries out one write.
pub async fn write(store: &Arc<dyn Store>, write: Write) -> Result<Written, Refused> {
    store.write(vec![write]).await.unwrap().remove(0)
}

/// Carries out one write that changes a device.
pub async fn change(store: &Arc<dyn Store>, it: Write) -> Arc<TwinChange> {
    match write(store, it).await.unwrap() {
        Written::Twin(change) => change,
        other => panic!("not a change of a device: {other:?}"),
    }
}

/// Creates a device and gives it.
pub async fn device(store: &Arc<dyn Store>, text: &str) -> Arc<Record> {
    let write = create(
        text,
        &serde_json::json!({ "site": "Breda-West" }),
        &serde_json::json!({ "telemetry": { "interval_s": 60 } }),
    );
    Arc::clone(&change(store, write).await.record)
}
