//! One batch of writes, folded over the devices that it touches.
//!
//! A backend asks [`Keys`] what to load, puts it into a [`Fold`], applies the writes in their order, and then stores what the fold has come to:
//! each touched device once, however often it was written, and every change as history. Nothing here does I/O, and no backend decides anything.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use twin::document::{Applied, Change, Metadata, ServiceChange, Twin};
use twin::id::{DeviceId, Match, Seq, Slot};
use twin::identity::Identity;
use twin::time::Timestamp;
use twin::{Map, Value};

use crate::audit::AuditEntry;
use crate::history::Event;
use crate::message::Message;
use crate::record::{Actor, Record};
use crate::write::{Committed, IdentityChange, IdentityEdit, Refused, TwinChange, Write, Written};

/// What must be loaded before a batch can be folded. Each list is sorted and says nothing twice.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// Devices to load by number.
    pub(crate) slots: Vec<Slot>,
    /// Devices to load by name; those to be created usually are not there.
    pub(crate) names: Vec<DeviceId>,
    /// Numbers of which only the existence matters.
    pub(crate) mentioned: Vec<Slot>,
}

impl Keys {
    pub(crate) fn of<'a>(writes: impl IntoIterator<Item = &'a Write>) -> Self {
        let mut keys = Self::default();
        for write in writes {
            match write {
                Write::Create { identity, .. } => keys.names.push(identity.device_id.clone()),
                Write::Identity { device_id, .. } | Write::Delete { device_id, .. } | Write::Service { device_id, .. } => {
                    keys.names.push(device_id.clone());
                }
                Write::Reported { slot, .. } => keys.slots.push(*slot),
                Write::Message { slot, .. } | Write::Event { slot, .. } => keys.mentioned.push(*slot),
                Write::Audit(_) => {}
            }
        }
        keys.slots.sort_unstable();
        keys.slots.dedup();
        keys.names.sort_unstable();
        keys.names.dedup();
        keys.mentioned.sort_unstable();
        keys.mentioned.dedup();
        keys
    }
}

/// The last numbers given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub(crate) seq: Seq,
    pub(crate) slot: Slot,
}

/// A touched device.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) record: Arc<Record>,
    pub(crate) standing: Standing,
}

/// How a touched device stands to what the database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is as it was loaded.
    Unchanged,
    /// Only its reported half differs.
    Reported,
    /// Any part may differ.
    Changed,
    /// It is not in the database yet.
    Created,
    /// It is in the database and must go.
    Deleted,
    /// It came and went within the batch.
    Vanished,
}

impl Device {
    fn exists(&self) -> bool {
        !matches!(self.standing, Standing::Deleted | Standing::Vanished)
    }
}

/// One entry of the change history to be kept.
#[derive(Debug)]
pub(crate) struct Past {
    /// The place of the device's change before this one; zero for the first.
    pub(crate) before: Seq,
    pub(crate) what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    Change(Arc<TwinChange>),
    Deletion { slot: Slot, seq: Seq, at: Timestamp, actor: Actor, reason: Option<String>, last: Arc<Record> },
}

/// The batch in progress.
#[derive(Debug)]
pub(crate) struct Fold {
    pub(crate) numbers: Numbers,
    pub(crate) devices: HashMap<Slot, Device>,
    names: HashMap<DeviceId, Slot>,
    mentioned: HashSet<Slot>,
    pub(crate) committed: Vec<Committed>,
    pub(crate) history: Vec<Past>,
    pub(crate) messages: Vec<(Slot, Message)>,
    pub(crate) events: Vec<(Slot, Event)>,
    pub(crate) audit: Vec<AuditEntry>,
}

/// Who makes a change, why and when.
struct Signature {
    actor: Actor,
    reason: Option<String>,
    at: Timestamp,
}

impl Fold {
    /// A batch over the devices that were loaded, those that exist among the mentioned, and the last numbers given out.
    pub(crate) fn new(numbers: Numbers, loaded: Vec<Record>, mentioned: impl IntoIterator<Item = Slot>) -> Self {
        let names = loaded.iter().map(|record| (record.identity.device_id.clone(), record.slot)).collect();
        let devices = loaded
            .into_iter()
            .map(|record| (record.slot, Device { record: Arc::new(record), standing: Standing::Unchanged }))
            .collect();
        Self {
            numbers,
            devices,
            names,
            mentioned: mentioned.into_iter().collect(),
            committed: Vec::new(),
            history: Vec::new(),
            messages: Vec::new(),
            events: Vec::new(),
            audit: Vec::new(),
        }
    }

    /// Carries out one write. A refused write has changed nothing.
    pub(crate) fn apply(&mut self, write: Write) -> Result<Written, Refused> {
        let (written, audit) = match write {
            Write::Create { identity, tags, desired, actor, at, audit } => {
                (self.create(identity, tags, desired, Signature { actor, reason: None, at })?, audit)
            }
            Write::Identity { device_id, change, if_match, actor, reason, at, audit } => {
                (self.identity(&device_id, change, &if_match, Signature { actor, reason, at })?, audit)
            }
            Write::Delete { device_id, if_match, actor, reason, at, audit } => {
                (self.delete(&device_id, &if_match, Signature { actor, reason, at })?, audit)
            }
            Write::Service { device_id, change, if_match, actor, reason, at, audit } => {
                (self.service(&device_id, &change, &if_match, Signature { actor, reason, at })?, audit)
            }
            Write::Reported { slot, patch, expected_version, at } => (self.reported(slot, &patch, expected_version, at)?, None),
            Write::Message { slot, message } => {
                self.check_mentioned(slot)?;
                self.messages.push((slot, message));
                (Written::Stored, None)
            }
            Write::Event { slot, event } => {
                self.check_mentioned(slot)?;
                self.events.push((slot, event));
                (Written::Stored, None)
            }
            Write::Audit(entry) => (Written::Stored, Some(entry)),
        };
        self.audit.extend(audit);
        Ok(written)
    }

    fn create(&mut self, identity: Identity, tags: Map, desired: Map, signature: Signature) -> Result<Written, Refused> {
        let name = identity.device_id.clone();
        if self.lookup(&name).is_some() {
            return Err(Refused::Exists);
        }
        let (twin, applied) = new_twin(tags, desired, signature.at)?;
        let slot = Slot(self.numbers.slot.0 + 1);
        self.numbers.slot = slot;
        let record = Record { slot, seq: Seq(0), identity, twin, last_activity: Timestamp::NEVER };
        self.devices.insert(slot, Device { record: Arc::new(record), standing: Standing::Created });
        self.names.insert(name, slot);
        Ok(self.changed(slot, Standing::Created, signature, applied, Vec::new()))
    }

    fn identity(&mut self, name: &DeviceId, change: IdentityChange, if_match: &Match, signature: Signature) -> Result<Written, Refused> {
        let slot = self.lookup(name).ok_or(Refused::NotFound)?;
        let record = self.record_mut(slot)?;
        if !if_match.admits(&record.identity.wire_etag()) {
            return Err(Refused::PreconditionFailed);
        }
        let edits = change_identity(record, change, signature.at);
        Ok(self.changed(slot, Standing::Changed, signature, Applied { changed: true, ..Applied::default() }, edits))
    }

    fn delete(&mut self, name: &DeviceId, if_match: &Match, signature: Signature) -> Result<Written, Refused> {
        let slot = self.lookup(name).ok_or(Refused::NotFound)?;
        let Some(device) = self.devices.get_mut(&slot) else { return Err(Refused::NotFound) };
        if !if_match.admits(&device.record.identity.wire_etag()) {
            return Err(Refused::PreconditionFailed);
        }
        device.standing = if device.standing == Standing::Created { Standing::Vanished } else { Standing::Deleted };
        let seq = self.numbers.seq.next();
        self.numbers.seq = seq;
        let Signature { actor, reason, at } = signature;
        let last = Arc::clone(&device.record);
        self.history.push(Past { before: last.seq, what: What::Deletion { slot, seq, at, actor, reason, last } });
        self.names.remove(name);
        self.mentioned.remove(&slot);
        self.committed.push(Committed::Deleted { slot, seq, device_id: name.clone() });
        Ok(Written::Deleted { slot, seq })
    }

    fn service(&mut self, name: &DeviceId, change: &ServiceChange, if_match: &Match, signature: Signature) -> Result<Written, Refused> {
        let slot = self.lookup(name).ok_or(Refused::NotFound)?;
        let record = self.record_mut(slot)?;
        if !if_match.admits(&record.twin.etag.to_string()) {
            return Err(Refused::PreconditionFailed);
        }
        let applied = record.twin.apply_service(change, signature.at).map_err(Refused::Twin)?;
        Ok(self.changed(slot, Standing::Changed, signature, applied, Vec::new()))
    }

    fn reported(&mut self, slot: Slot, patch: &Map, expected_version: Option<u64>, at: Timestamp) -> Result<Written, Refused> {
        let record = self.record_mut(slot)?;
        let applied = record.twin.apply_reported(patch, expected_version, at).map_err(Refused::Twin)?;
        let actor = Actor::Device(record.identity.device_id.clone());
        Ok(self.changed(slot, Standing::Reported, Signature { actor, reason: None, at }, applied, Vec::new()))
    }

    fn lookup(&self, name: &DeviceId) -> Option<Slot> {
        self.names.get(name).copied()
    }

    /// The record of a device that exists, for changing. It is copied if an earlier change of this batch shows it.
    fn record_mut(&mut self, slot: Slot) -> Result<&mut Record, Refused> {
        let device = self.devices.get_mut(&slot).filter(|device| device.exists()).ok_or(Refused::NotFound)?;
        Ok(Arc::make_mut(&mut device.record))
    }

    fn check_mentioned(&self, slot: Slot) -> Result<(), Refused> {
        let is_there = match self.devices.get(&slot) {
            Some(device) => device.exists(),
            None => self.mentioned.contains(&slot),
        };
        if is_there { Ok(()) } else { Err(Refused::NotFound) }
    }

    /// Gives a change its place in the sequence, unless nothing has changed.
    fn changed(&mut self, slot: Slot, standing: Standing, signature: Signature, applied: Applied, identity_edits: Vec<IdentityEdit>) -> Written {
        let created = standing == Standing::Created;
        let counts = created || applied.changed;
        let Some(device) = self.devices.get_mut(&slot) else { return Written::Stored };
        let before = device.record.seq;
        if counts {
            self.numbers.seq = self.numbers.seq.next();
            Arc::make_mut(&mut device.record).seq = self.numbers.seq;
            device.standing = match (device.standing, standing) {
                (Standing::Unchanged, new) => new,
                (Standing::Reported, Standing::Changed) => Standing::Changed,
                (old, _) => old,
            };
        }
        let Signature { actor, reason, at } = signature;
        let record = Arc::clone(&device.record);
        let change = Arc::new(TwinChange { seq: record.seq, at, actor, reason, record, applied, identity_edits, created });
        if counts {
            self.history.push(Past { before, what: What::Change(Arc::clone(&change)) });
            self.committed.push(Committed::Twin(Arc::clone(&change)));
        }
        Written::Twin(change)
    }
}

/// A twin that begins with tags and desired properties, at the versions of a new one (contract 5.1).
fn new_twin(tags: Map, desired: Map, at: Timestamp) -> Result<(Twin, Applied), Refused> {
    let mut twin = Twin::new(at);
    let replace = |section: Map| (!section.is_empty()).then_some(Change::Replace(section));
    let change = ServiceChange { tags: replace(tags), desired: replace(desired) };
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
    node.children.values_mut().for_each(|child| restamp(child, version));
}

fn change_identity(record: &mut Record, change: IdentityChange, at: Timestamp) -> Vec<IdentityEdit> {
    let mut edits = Edits(Vec::new());
    let identity = &mut record.identity;
    identity.etag += 1;
    if let Some(status) = change.status.filter(|status| *status != identity.status) {
        edits.push("status", Some(identity.status.as_str().into()), Some(status.as_str().into()));
        identity.status = status;
        identity.status_updated_at = at;
    }
    if let Some(reason) = change.status_reason.filter(|reason| *reason != identity.status_reason) {
        edits.push("statusReason", identity.status_reason.take().map(Value::from), reason.clone().map(Value::from));
        identity.status_reason = reason;
    }
    if let Some(kind) = change.authentication.filter(|kind| *kind != identity.authentication) {
        edits.push("authentication", Some(identity.authentication.as_str().into()), Some(kind.as_str().into()));
        identity.authentication = kind;
    }
    if let Some(thumbprints) = change.thumbprints.filter(|thumbprints| *thumbprints != identity.thumbprints) {
        edits.push("thumbprints", pair(&identity.thumbprints), pair(&thumbprints));
        identity.thumbprints = thumbprints;
    }
    if let Some(keys) = change.sealed_keys.filter(|keys| Some(keys) != identity.sealed_keys.as_ref()) {
        edits.push("keys", None, None);
        identity.sealed_keys = Some(keys);
    }
    if let Some(model) = change.model_id.filter(|model| *model != record.twin.model_id) {
        edits.push("modelId", Some(Value::from(std::mem::take(&mut record.twin.model_id))), Some(Value::from(model.clone())));
        record.twin.model_id = model;
    }
    edits.0
}

struct Edits(Vec<IdentityEdit>);

impl Edits {
    fn push(&mut self, field: &str, old: Option<Value>, new: Option<Value>) {
        self.0.push(IdentityEdit { field: field.to_owned(), old, new });
    }
}

fn pair((primary, secondary): &(Option<String>, Option<String>)) -> Option<Value> {
    (primary.is_some() || secondary.is_some()).then(|| serde_json::json!([primary, secondary]))
}

#[cfg(test)]
mod tests;
