//! One batch of writes, folded over the devices that it touches.
//!
//! A backend asks [`Keys`] what to load, hands the rows to a [`Fold`] and applies the writes in their order. The fold decides what each write does and tells
//! the backend's [`Ledger`] what is to be stored: each change as history, and each touched device once, however often it was written. A row is decoded
//! when its first write comes and its device is stored right after its last where that is known, while both are still at hand in the processor's cache: at a
//! thousand devices a batch, that is half of the time.
//!
//! Nothing here does I/O, and no backend decides anything.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use twin::Map;
use twin::document::{Applied, ServiceChange, Twin};
use twin::id::{DeviceId, Match, Seq, Slot};
use twin::identity::Identity;
use twin::time::Timestamp;

use crate::archive::{Archived, Retirement};
use crate::audit::AuditEntry;
use crate::error::Error;
use crate::history::Event;
use crate::job::{DeviceState, JobId};
use crate::message::Message;
use crate::record::{Actor, Record};
use crate::write::{Committed, IdentityChange, IdentityEdit, Refused, TwinChange, Write, Written};

mod changes;
mod keys;
mod retire;
mod steps;

use changes::{change_identity, new_twin};
pub(crate) use keys::Keys;
pub(crate) use steps::{After, Settlement};

/// The last numbers given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub(crate) seq: Seq,
    pub(crate) slot: Slot,
}

/// Where a backend takes down what a batch comes to.
pub(crate) trait Ledger {
    /// A loaded device, not decoded yet.
    type Row;

    /// Decodes a row; gives about how many bytes it takes, too.
    fn decode(row: &Self::Row) -> Result<(Record, usize), Error>;

    /// A change for the history.
    fn change(&mut self, change: &TwinChange);

    /// A removal for the history.
    fn deletion(&mut self, deletion: &Deletion<'_>);

    /// A device for the archive, numbered by the removal.
    fn retired(&mut self, deletion: &Deletion<'_>, retirement: &Retirement);

    /// An entry of the archive whose device is back.
    fn restored(&mut self, number: Seq, actor: &Actor, at: Timestamp);

    /// That one device took over from another.
    fn succeeded(&mut self, new: &Record, old: &Record, at: Timestamp);

    /// A device as the batch leaves it, when that differs from what was loaded. Gives about how many bytes were taken down.
    fn device(&mut self, standing: Standing, record: &Record) -> usize;

    /// A message to keep.
    fn message(&mut self, slot: Slot, message: &Message);

    /// An event to keep.
    fn event(&mut self, slot: Slot, event: &Event);

    /// An audit entry to keep.
    fn audit(&mut self, entry: &AuditEntry);

    /// A device of a job after a step.
    fn settlement(&mut self, settlement: Settlement);
}

/// A removal, for the history.
#[derive(Debug)]
pub(crate) struct Deletion<'a> {
    pub(crate) seq: Seq,
    pub(crate) at: Timestamp,
    pub(crate) actor: &'a Actor,
    pub(crate) reason: Option<&'a str>,
    /// The device as it was.
    pub(crate) last: &'a Record,
}

/// How a touched device stands to what the database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is as it was loaded, or the ledger has it.
    Settled,
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

/// A touched device.
#[derive(Debug)]
pub(crate) struct Device<R> {
    document: Document<R>,
    standing: Standing,
    /// No other write of the batch asks for it.
    is_asked_once: bool,
    /// What its row takes, about; never less than half of it.
    bytes: usize,
}

#[derive(Debug)]
enum Document<R> {
    Loaded(R),
    Open(Arc<Record>),
}

/// The batch in progress.
#[derive(Debug)]
pub(crate) struct Fold<L: Ledger> {
    pub(crate) ledger: L,
    pub(crate) numbers: Numbers,
    pub(crate) committed: Vec<Committed>,
    pub(crate) devices: HashMap<Slot, Device<L::Row>>,
    names: HashMap<DeviceId, Slot>,
    mentioned: HashSet<Slot>,
    /// Entries of the archive, with their keys.
    archived: HashMap<Seq, Archived>,
    /// Devices of jobs that have no outcome yet.
    steps: HashMap<(JobId, Slot), DeviceState>,
}

/// Why a write goes no further.
enum Stop {
    Refused(Refused),
    Failed(Error),
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Who makes a change, why and when.
struct Signature {
    actor: Actor,
    reason: Option<String>,
    at: Timestamp,
}

impl<L: Ledger> Fold<L> {
    /// A batch that continues from the last numbers given out.
    pub(crate) fn new(ledger: L, numbers: Numbers) -> Self {
        Self {
            ledger,
            numbers,
            committed: Vec::new(),
            devices: HashMap::new(),
            names: HashMap::new(),
            mentioned: HashSet::new(),
            archived: HashMap::new(),
            steps: HashMap::new(),
        }
    }

    /// Takes in a device that was loaded by number.
    pub(crate) fn load(&mut self, slot: Slot, is_asked_once: bool, row: L::Row) {
        self.devices.insert(
            slot,
            Device {
                document: Document::Loaded(row),
                standing: Standing::Settled,
                is_asked_once,
                bytes: 0,
            },
        );
    }

    /// Takes in a device that is decoded already, as the database has it.
    pub(crate) fn open(
        &mut self,
        slot: Slot,
        is_asked_once: bool,
        record: Arc<Record>,
        bytes: usize,
    ) {
        self.devices.insert(
            slot,
            Device {
                document: Document::Open(record),
                standing: Standing::Settled,
                is_asked_once,
                bytes,
            },
        );
    }

    /// Takes in a device that was loaded by name; those loaded by number come first.
    pub(crate) fn load_named(&mut self, slot: Slot, name: DeviceId, row: L::Row) {
        self.names.insert(name, slot);
        self.load(slot, false, row);
    }

    /// Notes that a device exists.
    pub(crate) fn mention(&mut self, slot: Slot) {
        self.mentioned.insert(slot);
    }

    /// Takes in an entry of the archive, with its keys.
    pub(crate) fn archive(&mut self, entry: Archived) {
        self.archived.insert(entry.number, entry);
    }

    /// Carries out one write. A refused write has changed nothing.
    ///
    /// # Errors
    /// The driver's, when it cannot give what is in a row. A row that nobody can read concerns its own device only: the write is refused.
    pub(crate) fn apply(&mut self, write: Write) -> Result<Result<Written, Refused>, Error> {
        match self.carry_out(write) {
            Ok(written) => Ok(Ok(written)),
            Err(Stop::Refused(refused)) => Ok(Err(refused)),
            Err(Stop::Failed(Error::Corrupt { table, column, key })) => {
                tracing::error!(
                    table,
                    column,
                    key,
                    "A write of a device was refused because its row cannot be read."
                );
                Ok(Err(Refused::Corrupt { table, column, key }))
            }
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    /// Gives the ledger every device that it does not have yet, in the order of their numbers.
    pub(crate) fn finish(&mut self) {
        let mut open: Vec<_> = self
            .devices
            .iter_mut()
            .filter(|(_, device)| device.standing != Standing::Settled)
            .collect();
        open.sort_unstable_by_key(|(slot, _)| **slot);
        for (_, device) in open {
            if let Document::Open(record) = &device.document {
                let bytes = self.ledger.device(device.standing, record);
                device.bytes = device.bytes.max(bytes);
            }
        }
    }

    /// The decoded devices as the batch leaves them, with about how many bytes a row takes; nothing for those that are gone.
    pub(crate) fn outcome(
        devices: HashMap<Slot, Device<L::Row>>,
    ) -> impl Iterator<Item = (Slot, Option<(Arc<Record>, usize)>)> {
        devices.into_iter().filter_map(|(slot, device)| {
            let is_there = device.exists();
            match device.document {
                Document::Open(record) => Some((slot, is_there.then_some((record, device.bytes)))),
                Document::Loaded(_) => None,
            }
        })
    }

    fn carry_out(&mut self, write: Write) -> Result<Written, Stop> {
        let (written, audit) = match write {
            Write::Create {
                identity,
                tags,
                desired,
                actor,
                at,
                audit,
            } => (
                self.create(
                    identity,
                    tags,
                    desired,
                    Signature {
                        actor,
                        reason: None,
                        at,
                    },
                )?,
                audit,
            ),
            Write::Identity {
                device_id,
                change,
                if_match,
                actor,
                reason,
                at,
                audit,
            } => (
                self.identity(
                    &device_id,
                    change,
                    &if_match,
                    Signature { actor, reason, at },
                )?,
                audit,
            ),
            Write::Delete {
                device_id,
                if_match,
                actor,
                reason,
                at,
                audit,
            } => (
                self.delete(&device_id, &if_match, &Signature { actor, reason, at })?,
                audit,
            ),
            Write::Service {
                device_id,
                change,
                if_match,
                actor,
                reason,
                at,
                audit,
            } => (
                self.service(
                    &device_id,
                    &change,
                    &if_match,
                    Signature { actor, reason, at },
                )?,
                audit,
            ),
            Write::Retire(mut retire) => {
                let audit = retire.audit.take();
                (self.retire(*retire)?, audit)
            }
            Write::Replace(mut replace) => {
                let audit = replace.audit.take();
                (self.replace(*replace)?, audit)
            }
            Write::Restore(mut restore) => {
                let audit = restore.audit.take();
                (self.restore(&restore)?, audit)
            }
            Write::Reported {
                slot,
                patch,
                expected_version,
                at,
            } => (self.reported(slot, &patch, expected_version, at)?, None),
            Write::Message { slot, message } => {
                self.check_mentioned(slot)?;
                self.ledger.message(slot, &message);
                (Written::Stored, None)
            }
            Write::Event { slot, event } => {
                self.check_mentioned(slot)?;
                self.ledger.event(slot, &event);
                (Written::Stored, None)
            }
            Write::Job(step) => (self.step(*step)?, None),
            Write::Audit(entry) => (Written::Stored, Some(entry)),
        };
        if let Some(entry) = audit {
            self.ledger.audit(&entry);
        }
        Ok(written)
    }

    fn create(
        &mut self,
        identity: Identity,
        tags: Map,
        desired: Map,
        signature: Signature,
    ) -> Result<Written, Stop> {
        if self.names.contains_key(&identity.device_id) {
            return Err(Refused::Exists.into());
        }
        let (twin, applied) = new_twin(tags, desired, signature.at)?;
        let record = self.newcomer(identity, twin);
        self.enter(record, signature, applied, Vec::new())
    }

    /// A device that was never there before, under the next number.
    fn newcomer(&mut self, identity: Identity, twin: Twin) -> Record {
        let slot = Slot(self.numbers.slot.0 + 1);
        self.numbers.slot = slot;
        Record {
            slot,
            seq: Seq(0),
            identity,
            twin,
            last_activity: Timestamp::NEVER,
        }
    }

    /// Lets a device into the fleet; its name and its number are free.
    fn enter(
        &mut self,
        record: Record,
        signature: Signature,
        applied: Applied,
        identity_edits: Vec<IdentityEdit>,
    ) -> Result<Written, Stop> {
        let slot = record.slot;
        self.names.insert(record.identity.device_id.clone(), slot);
        self.devices.insert(
            slot,
            Device {
                document: Document::Open(Arc::new(record)),
                standing: Standing::Created,
                is_asked_once: false,
                bytes: 0,
            },
        );
        self.changed(slot, Standing::Created, signature, applied, identity_edits)
    }

    fn identity(
        &mut self,
        name: &DeviceId,
        change: IdentityChange,
        if_match: &Match,
        signature: Signature,
    ) -> Result<Written, Stop> {
        let slot = self.lookup(name)?;
        let record = self.record(slot)?;
        if !if_match.admits(&record.identity.wire_etag()) {
            return Err(Refused::PreconditionFailed.into());
        }
        self.change_identity(slot, change, signature)
    }

    fn change_identity(
        &mut self,
        slot: Slot,
        change: IdentityChange,
        signature: Signature,
    ) -> Result<Written, Stop> {
        let record = self.record(slot)?;
        let edits = change_identity(Arc::make_mut(record), change, signature.at);
        self.changed(
            slot,
            Standing::Changed,
            signature,
            Applied {
                changed: true,
                ..Applied::default()
            },
            edits,
        )
    }

    fn delete(
        &mut self,
        name: &DeviceId,
        if_match: &Match,
        signature: &Signature,
    ) -> Result<Written, Stop> {
        let slot = self.lookup(name)?;
        let last = Arc::clone(self.record(slot)?);
        if !if_match.admits(&last.identity.wire_etag()) {
            return Err(Refused::PreconditionFailed.into());
        }
        Ok(self.leave(name, &last, signature, None))
    }

    /// Takes a device out of the fleet; with a retirement, into the archive.
    fn leave(
        &mut self,
        name: &DeviceId,
        last: &Record,
        signature: &Signature,
        retirement: Option<&Retirement>,
    ) -> Written {
        let slot = last.slot;
        self.numbers.seq = self.numbers.seq.next();
        let seq = self.numbers.seq;
        if let Some(device) = self.devices.get_mut(&slot) {
            device.standing = if device.standing == Standing::Created {
                Standing::Vanished
            } else {
                Standing::Deleted
            };
        }
        let Signature { actor, reason, at } = signature;
        let deletion = Deletion {
            seq,
            at: *at,
            actor,
            reason: reason.as_deref(),
            last,
        };
        self.ledger.deletion(&deletion);
        if let Some(retirement) = retirement {
            self.ledger.retired(&deletion, retirement);
        }
        self.names.remove(name);
        self.mentioned.remove(&slot);
        self.committed.push(Committed::Deleted {
            slot,
            seq,
            device_id: name.clone(),
        });
        Written::Deleted { slot, seq }
    }

    fn service(
        &mut self,
        name: &DeviceId,
        change: &ServiceChange,
        if_match: &Match,
        signature: Signature,
    ) -> Result<Written, Stop> {
        let slot = self.lookup(name)?;
        let record = self.record(slot)?;
        if !if_match.admits(&record.twin.etag.to_string()) {
            return Err(Refused::PreconditionFailed.into());
        }
        let applied = Arc::make_mut(record)
            .twin
            .apply_service(change, signature.at)
            .map_err(Refused::Twin)?;
        self.changed(slot, Standing::Changed, signature, applied, Vec::new())
    }

    fn reported(
        &mut self,
        slot: Slot,
        patch: &Map,
        expected_version: Option<u64>,
        at: Timestamp,
    ) -> Result<Written, Stop> {
        let record = Arc::make_mut(self.record(slot)?);
        let applied = record
            .twin
            .apply_reported(patch, expected_version, at)
            .map_err(Refused::Twin)?;
        let actor = Actor::Device(record.identity.device_id.clone());
        self.changed(
            slot,
            Standing::Reported,
            Signature {
                actor,
                reason: None,
                at,
            },
            applied,
            Vec::new(),
        )
    }

    fn lookup(&self, name: &DeviceId) -> Result<Slot, Refused> {
        self.names.get(name).copied().ok_or(Refused::NotFound)
    }

    /// The record of a device that exists. To be changed it is copied if an earlier change of this batch shows it.
    fn record(&mut self, slot: Slot) -> Result<&mut Arc<Record>, Stop> {
        let device = self
            .devices
            .get_mut(&slot)
            .filter(|device| device.exists())
            .ok_or(Refused::NotFound)?;
        device.open::<L>().map_err(Stop::Failed)
    }

    fn check_mentioned(&self, slot: Slot) -> Result<(), Refused> {
        let is_there = match self.devices.get(&slot) {
            Some(device) => device.exists(),
            None => self.mentioned.contains(&slot),
        };
        if is_there {
            Ok(())
        } else {
            Err(Refused::NotFound)
        }
    }

    /// Gives a change its place in the sequence, unless nothing has changed.
    fn changed(
        &mut self,
        slot: Slot,
        standing: Standing,
        signature: Signature,
        applied: Applied,
        identity_edits: Vec<IdentityEdit>,
    ) -> Result<Written, Stop> {
        let created = standing == Standing::Created;
        let counts = created || applied.changed;
        let device = self.devices.get_mut(&slot).ok_or(Refused::NotFound)?;
        let record = device.open::<L>().map_err(Stop::Failed)?;
        let before = record.seq;
        if counts {
            self.numbers.seq = self.numbers.seq.next();
            Arc::make_mut(record).seq = self.numbers.seq;
        }
        let record = Arc::clone(record);
        let Signature { actor, reason, at } = signature;
        let change = Arc::new(TwinChange {
            seq: record.seq,
            before,
            at,
            actor,
            reason,
            record,
            applied,
            identity_edits,
            created,
        });
        if counts {
            device.standing = device.standing.then(standing);
            if device.is_asked_once {
                let bytes = self.ledger.device(device.standing, &change.record);
                device.bytes = device.bytes.max(bytes);
                device.standing = Standing::Settled;
            }
            self.ledger.change(&change);
            self.committed.push(Committed::Twin(Arc::clone(&change)));
        }
        Ok(Written::Twin(change))
    }
}

impl Standing {
    /// How a device stands after one more change.
    fn then(self, change: Self) -> Self {
        match (self, change) {
            (Self::Settled, change) => change,
            (Self::Reported, Self::Changed) => Self::Changed,
            (standing, _) => standing,
        }
    }
}

impl<R> Device<R> {
    fn exists(&self) -> bool {
        !matches!(self.standing, Standing::Deleted | Standing::Vanished)
    }

    /// The record, decoded now if it was not before.
    fn open<L: Ledger<Row = R>>(&mut self) -> Result<&mut Arc<Record>, Error> {
        if let Document::Loaded(row) = &self.document {
            let (record, bytes) = L::decode(row)?;
            self.document = Document::Open(Arc::new(record));
            self.bytes = bytes;
        }
        match &mut self.document {
            Document::Open(record) => Ok(record),
            Document::Loaded(_) => unreachable!("it was opened just now"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
