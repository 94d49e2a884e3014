//! The entries of the logs as small binary JSON arrays.
//!
//! ```text
//! history = [actor, reason, desired version, reported version, [edit], [identity edit]]
//! edit    = [section, path, old, new]          identity edit = [field, old, new]
//! event   = [actor, detail]
//! actor   = null (the device itself) | [kind, name] | [kind, name, job]
//! ```

use twin::Value;
use twin::document::{Edit, SectionName};
use twin::id::DeviceId;

use super::jsonb::{self, Reader};
use super::record::{count, number, write_optional_text};
use crate::job::JobId;
use crate::record::Actor;
use crate::write::IdentityEdit;

const PERSON: i64 = 0;
const SERVICE: i64 = 1;
const DEVICE: i64 = 2;
const SYSTEM: i64 = 3;
const JOB: i64 = 4;

const SECTIONS: [SectionName; 3] = [
    SectionName::Tags,
    SectionName::Desired,
    SectionName::Reported,
];

/// The parts of a change's entry that are not columns.
#[derive(Debug, PartialEq)]
pub(super) struct ChangeEntry {
    pub(super) actor: Actor,
    pub(super) reason: Option<String>,
    pub(super) desired_version: u64,
    pub(super) reported_version: u64,
    pub(super) edits: Vec<Edit>,
    pub(super) identity_edits: Vec<IdentityEdit>,
}

/// A change's entry as it is written: borrowed from the change.
pub(super) struct ChangeParts<'a> {
    pub(super) device: &'a DeviceId,
    pub(super) actor: &'a Actor,
    pub(super) reason: Option<&'a str>,
    pub(super) versions: (u64, u64),
    pub(super) edits: &'a [Edit],
    pub(super) identity_edits: &'a [IdentityEdit],
}

pub(super) fn write_change(out: &mut Vec<u8>, parts: &ChangeParts<'_>) {
    jsonb::write_array(out, |out| {
        write_actor(out, parts.actor, Some(parts.device));
        write_optional_text(out, parts.reason);
        jsonb::write_int(out, number(parts.versions.0));
        jsonb::write_int(out, number(parts.versions.1));
        jsonb::write_array(out, |out| {
            parts.edits.iter().for_each(|edit| write_edit(out, edit));
        });
        jsonb::write_array(out, |out| {
            parts
                .identity_edits
                .iter()
                .for_each(|edit| write_identity_edit(out, edit));
        });
    });
}

pub(super) fn read_change(entry: &[u8], device: &DeviceId) -> Option<ChangeEntry> {
    let mut reader = Reader::new(entry);
    let mut cells = reader.array()?;
    Some(ChangeEntry {
        actor: read_actor(&mut cells, Some(device))?,
        reason: cells.nullable(Reader::text)?,
        desired_version: count(cells.int()?),
        reported_version: count(cells.int()?),
        edits: read_list(&mut cells, read_edit)?,
        identity_edits: read_list(&mut cells, read_identity_edit)?,
    })
}

/// Appends who did it; the device itself is left out when the reader will know it.
pub(super) fn write_actor(out: &mut Vec<u8>, actor: &Actor, device: Option<&DeviceId>) {
    let (kind, name) = match actor {
        Actor::Person(name) => (PERSON, name.as_str()),
        Actor::Service(policy) => (SERVICE, policy.as_str()),
        Actor::Device(id) if Some(id) == device => return jsonb::write_null(out),
        Actor::Device(id) => (DEVICE, id.as_str()),
        Actor::System(part) => (SYSTEM, part.as_str()),
        Actor::Job { by, .. } => (JOB, by.as_str()),
    };
    jsonb::write_array(out, |out| {
        jsonb::write_int(out, kind);
        jsonb::write_text(out, name);
        if let Actor::Job { job, .. } = actor {
            jsonb::write_int(out, number(job.0));
        }
    });
}

/// Reads who did it; null stands for `device`.
pub(super) fn read_actor(cells: &mut Reader<'_>, device: Option<&DeviceId>) -> Option<Actor> {
    let Some(mut parts) = cells.nullable(Reader::array)? else {
        return device.cloned().map(Actor::Device);
    };
    let kind = parts.int()?;
    let name = parts.text()?;
    match kind {
        PERSON => Some(Actor::Person(name)),
        SERVICE => Some(Actor::Service(name)),
        DEVICE => DeviceId::parse(&name).ok().map(Actor::Device),
        SYSTEM => Some(Actor::System(name)),
        JOB => Some(Actor::Job {
            job: JobId(count(parts.int()?)),
            by: name,
        }),
        _ => None,
    }
}

pub(super) fn write_edit(out: &mut Vec<u8>, edit: &Edit) {
    jsonb::write_array(out, |out| {
        jsonb::write_int(out, edit.section as i64);
        jsonb::write_text(out, &edit.path);
        write_optional(out, edit.old.as_ref());
        write_optional(out, edit.new.as_ref());
    });
}

pub(super) fn read_edit(cells: &mut Reader<'_>) -> Option<Edit> {
    let section = *SECTIONS.get(usize::try_from(cells.int()?).ok()?)?;
    Some(Edit {
        section,
        path: cells.text()?,
        old: cells.nullable(Reader::value)?,
        new: cells.nullable(Reader::value)?,
    })
}

fn write_identity_edit(out: &mut Vec<u8>, edit: &IdentityEdit) {
    jsonb::write_array(out, |out| {
        jsonb::write_text(out, &edit.field);
        write_optional(out, edit.old.as_ref());
        write_optional(out, edit.new.as_ref());
    });
}

fn read_identity_edit(cells: &mut Reader<'_>) -> Option<IdentityEdit> {
    Some(IdentityEdit {
        field: cells.text()?,
        old: cells.nullable(Reader::value)?,
        new: cells.nullable(Reader::value)?,
    })
}

/// Null stands for nothing: a leaf of a twin is never null (contract 5.3).
fn write_optional(out: &mut Vec<u8>, value: Option<&Value>) {
    match value {
        Some(value) => jsonb::write(out, value),
        None => jsonb::write_null(out),
    }
}

pub(super) fn read_list<T>(
    cells: &mut Reader<'_>,
    read: impl Fn(&mut Reader<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let mut items = cells.array()?;
    let mut list = Vec::new();
    while !items.is_at_end() {
        list.push(read(&mut items.array()?)?);
    }
    Some(list)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn edit(section: SectionName, old: Option<Value>, new: Option<Value>) -> Edit {
        Edit {
            section,
            path: "a.b c.\"d\"".to_owned(),
            old,
            new,
        }
    }

    #[test]
    fn changes_round_trip() {
        let device = DeviceId::parse("d").unwrap();
        let actors = [
            Actor::Person("ada".to_owned()),
            Actor::Service("iothubowner".to_owned()),
            Actor::Device(device.clone()),
            Actor::Device(DeviceId::parse("e").unwrap()),
            Actor::System("retention".to_owned()),
            Actor::Job {
                job: JobId(7),
                by: "ada".to_owned(),
            },
        ];
        for actor in actors {
            let entry = ChangeEntry {
                actor,
                reason: Some("because".to_owned()),
                desired_version: 3,
                reported_version: u64::MAX,
                edits: vec![
                    edit(SectionName::Tags, None, Some(json!([1, null]))),
                    edit(SectionName::Desired, Some(json!({})), None),
                    edit(SectionName::Reported, Some(json!(false)), Some(json!(1.5))),
                ],
                identity_edits: vec![IdentityEdit {
                    field: "keys".to_owned(),
                    old: None,
                    new: None,
                }],
            };
            let parts = ChangeParts {
                device: &device,
                actor: &entry.actor,
                reason: entry.reason.as_deref(),
                versions: (entry.desired_version, entry.reported_version),
                edits: &entry.edits,
                identity_edits: &entry.identity_edits,
            };
            let mut blob = Vec::new();
            write_change(&mut blob, &parts);
            assert_eq!(read_change(&blob, &device), Some(entry));
        }
    }
}
