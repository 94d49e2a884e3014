//! The rows that a batch adds to the archive.

use serde_json::Value;
use twin::id::Seq;
use twin::time::Timestamp;

use super::{Retirement, entry, jsonb, number, record};
use crate::archive::words;
use crate::fold::Deletion;
use crate::record::{Actor, Record};
use crate::sqlite::rows::Rows;

/// Appends at the end of archive's primary key; adds to its indexes.
pub(in crate::sqlite) const INSERT: &str = "INSERT INTO archive (number, slot, device_id, etag, version, desired_version, reported_version, model_id, \
     identity, sealed_keys, tags, desired, reported, metadata, last_activity, retired_at, who, actor, reason, checks, restorable_until) \
     SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value ->> 4, r.value ->> 5, r.value ->> 6, r.value ->> 7, \
     jsonb_extract(r.value, '$[8]'), CAST(r.value ->> 9 AS BLOB), jsonb_extract(r.value, '$[10]'), jsonb_extract(r.value, '$[11]'), \
     jsonb_extract(r.value, '$[12]'), CAST(r.value ->> 13 AS BLOB), r.value ->> 14, r.value ->> 15, r.value ->> 16, \
     jsonb_extract(r.value, '$[17]'), r.value ->> 18, jsonb_extract(r.value, '$[19]'), r.value ->> 20 FROM jsonb_each(?1) AS r";

/// Adds to the index of names.
pub(in crate::sqlite) const INSERT_NAMES: &str = "INSERT INTO archive_name (rowid, name) SELECT r.value ->> 0, r.value ->> 1 FROM jsonb_each(?1) AS r";

/// Adds to the index of words.
pub(in crate::sqlite) const INSERT_WORDS: &str = "INSERT INTO archive_word (rowid, words) SELECT r.value ->> 0, r.value ->> 1 FROM jsonb_each(?1) AS r";

/// Primary key of archive.
pub(in crate::sqlite) const RESTORED: &str = "UPDATE archive SET sealed_keys = NULL, restorable_until = NULL, \
     restored_at = r.value ->> 1, restored_by = jsonb_extract(r.value, '$[2]') FROM jsonb_each(?1) AS r WHERE archive.number = r.value ->> 0";

/// Appends at the end of succession's primary key; adds to index `succession_by_old`.
pub(in crate::sqlite) const INSERT_SUCCESSIONS: &str = "INSERT INTO succession (slot, device_id, old_slot, old_id, at) \
     SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value ->> 4 FROM jsonb_each(?1) AS r";

/// Adds the row of a retired device. Its keys are kept only when it may be restored.
pub(in crate::sqlite) fn write_retired(
    rows: &mut Rows,
    deletion: &Deletion<'_>,
    retirement: &Retirement,
) {
    let Deletion {
        seq,
        at,
        actor,
        last,
        ..
    } = deletion;
    let twin = &last.twin;
    let mut metadata = Vec::new();
    record::write_metadata(&mut metadata, twin);
    let keys = last.identity.sealed_keys.as_deref();
    let keys = keys.filter(|_| retirement.restorable_until.is_some());
    let moment = |out: &mut Vec<u8>, at: Option<Timestamp>| match at {
        Some(at) => jsonb::write_int(out, at.as_ms()),
        None => jsonb::write_null(out),
    };
    rows.push(|out| {
        jsonb::write_int(out, number(seq.0));
        jsonb::write_int(out, last.slot.0.into());
        jsonb::write_text(out, last.identity.device_id.as_str());
        for counter in [
            twin.etag.0,
            twin.version,
            twin.desired.version,
            twin.reported.version,
        ] {
            jsonb::write_int(out, number(counter));
        }
        jsonb::write_text(out, &twin.model_id);
        record::write_identity(out, &last.identity);
        match keys {
            Some(keys) => jsonb::write_bytes(out, keys),
            None => jsonb::write_null(out),
        }
        jsonb::write_map(out, &twin.tags);
        jsonb::write_map(out, &twin.desired.values);
        jsonb::write_map(out, &twin.reported.values);
        jsonb::write_bytes(out, &metadata);
        moment(
            out,
            (!last.last_activity.is_never()).then_some(last.last_activity),
        );
        moment(out, Some(*at));
        jsonb::write_text(out, who(actor));
        entry::write_actor(out, actor, None);
        jsonb::write_text(out, &retirement.reason);
        let checks = serde_json::to_value(&retirement.checks);
        jsonb::write(out, &checks.unwrap_or_else(|_| Value::Array(Vec::new())));
        moment(out, retirement.restorable_until);
    });
}

/// Adds what a retired device is found by, to the rows of names and to those of words.
pub(in crate::sqlite) fn write_text(
    (names, found): (&mut Rows, &mut Rows),
    number: Seq,
    record: &Record,
    reason: &str,
) {
    let texts = [
        (names, record.identity.device_id.to_string()),
        (found, words(record, reason)),
    ];
    for (rows, text) in texts {
        rows.push(|out| {
            jsonb::write_int(out, self::number(number.0));
            jsonb::write_text(out, &text);
        });
    }
}

/// Adds the row of an entry whose device is back.
pub(in crate::sqlite) fn write_restored(
    rows: &mut Rows,
    number: Seq,
    actor: &Actor,
    at: Timestamp,
) {
    rows.push(|out| {
        jsonb::write_int(out, self::number(number.0));
        jsonb::write_int(out, at.as_ms());
        entry::write_actor(out, actor, None);
    });
}

/// Adds the row of a succession.
pub(in crate::sqlite) fn write_succession(
    rows: &mut Rows,
    new: &Record,
    old: &Record,
    at: Timestamp,
) {
    rows.push(|out| {
        for record in [new, old] {
            jsonb::write_int(out, record.slot.0.into());
            jsonb::write_text(out, record.identity.device_id.as_str());
        }
        jsonb::write_int(out, at.as_ms());
    });
}

fn who(actor: &Actor) -> &str {
    match actor {
        Actor::Person(name)
        | Actor::Service(name)
        | Actor::System(name)
        | Actor::Job { by: name, .. } => name,
        Actor::Device(id) => id.as_str(),
    }
}
