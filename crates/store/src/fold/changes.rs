//! The two changes that are no business of the twin's: how one begins, and how an identity changes.

use twin::document::{Applied, Change, Metadata, ServiceChange, Twin};
use twin::time::Timestamp;
use twin::{Map, Value};

use crate::record::Record;
use crate::write::{IdentityChange, IdentityEdit, Refused};

/// A twin that begins with tags and desired properties, at the versions of a new one (contract 5.1).
pub(super) fn new_twin(tags: Map, desired: Map, at: Timestamp) -> Result<(Twin, Applied), Refused> {
    let mut twin = Twin::new(at);
    let replace = |section: Map| (!section.is_empty()).then_some(Change::Replace(section));
    let change = ServiceChange {
        tags: replace(tags),
        desired: replace(desired),
    };
    let mut applied = twin.apply_service(&change, at).map_err(Refused::Twin)?;
    applied.desired_notification = None;
    let new = Twin::new(at);
    (twin.etag, twin.version) = (new.etag, new.version);
    if twin.desired.version != new.desired.version {
        twin.desired.version = new.desired.version;
        restamp(&mut twin.desired.metadata, new.desired.version);
    }
    Ok((twin, applied))
}

fn restamp(node: &mut Metadata, version: u64) {
    node.version = node.version.map(|_| version);
    node.children
        .values_mut()
        .for_each(|child| restamp(child, version));
}

/// Changes the parts that are given and counts the etag up.
pub(super) fn change_identity(
    record: &mut Record,
    change: IdentityChange,
    at: Timestamp,
) -> Vec<IdentityEdit> {
    let mut edits = Edits(Vec::new());
    let identity = &mut record.identity;
    identity.etag += 1;
    if let Some(status) = change.status.filter(|status| *status != identity.status) {
        edits.push(
            "status",
            Some(identity.status.as_str().into()),
            Some(status.as_str().into()),
        );
        identity.status = status;
        identity.status_updated_at = at;
    }
    if let Some(reason) = change
        .status_reason
        .filter(|reason| *reason != identity.status_reason)
    {
        edits.push(
            "statusReason",
            identity.status_reason.take().map(Value::from),
            reason.clone().map(Value::from),
        );
        identity.status_reason = reason;
    }
    if let Some(kind) = change
        .authentication
        .filter(|kind| *kind != identity.authentication)
    {
        edits.push(
            "authentication",
            Some(identity.authentication.as_str().into()),
            Some(kind.as_str().into()),
        );
        identity.authentication = kind;
    }
    if let Some(thumbprints) = change
        .thumbprints
        .filter(|thumbprints| *thumbprints != identity.thumbprints)
    {
        edits.push(
            "thumbprints",
            pair(&identity.thumbprints),
            pair(&thumbprints),
        );
        identity.thumbprints = thumbprints;
    }
    if let Some(keys) = change
        .sealed_keys
        .filter(|keys| Some(keys) != identity.sealed_keys.as_ref())
    {
        edits.push("keys", None, None);
        identity.sealed_keys = Some(keys);
    }
    if let Some(model) = change
        .model_id
        .filter(|model| *model != record.twin.model_id)
    {
        edits.push(
            "modelId",
            Some(Value::from(std::mem::take(&mut record.twin.model_id))),
            Some(Value::from(model.clone())),
        );
        record.twin.model_id = model;
    }
    edits.0
}

struct Edits(Vec<IdentityEdit>);

impl Edits {
    fn push(&mut self, field: &str, old: Option<Value>, new: Option<Value>) {
        self.0.push(IdentityEdit {
            field: field.to_owned(),
            old,
            new,
        });
    }
}

fn pair((primary, secondary): &(Option<String>, Option<String>)) -> Option<Value> {
    (primary.is_some() || secondary.is_some()).then(|| serde_json::json!([primary, secondary]))
}
