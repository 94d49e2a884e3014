//! The statements of a batch of writes: what is loaded before the fold and what is stored after it.
//!
//! Each statement takes all its rows as one parameter (see `rows`). They run on the writer's connection, inside its transaction.

use std::collections::HashMap;

use sqlx::sqlite::SqliteConnection;
use twin::diff::drift;
use twin::id::{Seq, Slot};

use super::entry::{self, ChangeParts};
use super::jsonb;
use super::record::{self, columns, number};
use super::rows::Rows;
use crate::error::Error;
use crate::fold::{Device, Fold, Keys, Numbers, Past, Standing, What};
use crate::history::ChangeKind;
use crate::record::Record;

/// Primary keys of device and activity.
pub(super) const LOAD_BY_SLOT: &str = concat!(
    "SELECT ", columns!(), " FROM jsonb_each(?1) AS k CROSS JOIN device AS d ON d.slot = k.value LEFT JOIN activity AS a ON a.slot = d.slot"
);

/// Index `device_by_id`, primary key of activity.
pub(super) const LOAD_BY_NAME: &str = concat!(
    "SELECT ", columns!(), " FROM jsonb_each(?1) AS k CROSS JOIN device AS d ON d.device_id = k.value LEFT JOIN activity AS a ON a.slot = d.slot"
);

/// Primary key of device.
pub(super) const EXISTING: &str = "SELECT d.slot FROM jsonb_each(?1) AS k CROSS JOIN device AS d ON d.slot = k.value";

/// Primary key of device.
pub(super) const UPDATE_REPORTED: &str = "UPDATE device SET seq = r.value ->> 1, version = r.value ->> 2, reported_version = r.value ->> 3, \
     drift_count = r.value ->> 4, drift_refused = r.value ->> 5, drift_since = r.value ->> 6, \
     reported = jsonb_extract(r.value, '$[7]'), metadata = CAST(r.value ->> 8 AS BLOB) \
     FROM jsonb_each(?1) AS r WHERE device.slot = r.value ->> 0";

/// Primary key of device.
pub(super) const UPDATE_WHOLE: &str = "UPDATE device SET seq = r.value ->> 1, version = r.value ->> 2, reported_version = r.value ->> 3, \
     drift_count = r.value ->> 4, drift_refused = r.value ->> 5, drift_since = r.value ->> 6, \
     reported = jsonb_extract(r.value, '$[7]'), metadata = CAST(r.value ->> 8 AS BLOB), \
     etag = r.value ->> 9, desired_version = r.value ->> 10, model_id = r.value ->> 11, \
     identity = jsonb_extract(r.value, '$[12]'), sealed_keys = CAST(r.value ->> 13 AS BLOB), \
     tags = jsonb_extract(r.value, '$[14]'), desired = jsonb_extract(r.value, '$[15]') \
     FROM jsonb_each(?1) AS r WHERE device.slot = r.value ->> 0";

/// Primary key of device; index `device_by_id` guards the names.
pub(super) const INSERT: &str = "INSERT INTO device (slot, seq, version, reported_version, drift_count, drift_refused, drift_since, reported, metadata, \
     etag, desired_version, model_id, identity, sealed_keys, tags, desired, device_id) \
     SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value ->> 4, r.value ->> 5, r.value ->> 6, \
     jsonb_extract(r.value, '$[7]'), CAST(r.value ->> 8 AS BLOB), r.value ->> 9, r.value ->> 10, r.value ->> 11, \
     jsonb_extract(r.value, '$[12]'), CAST(r.value ->> 13 AS BLOB), jsonb_extract(r.value, '$[14]'), jsonb_extract(r.value, '$[15]'), r.value ->> 16 \
     FROM jsonb_each(?1) AS r";

/// Primary key of device.
pub(super) const DELETE: &str = "DELETE FROM device WHERE slot IN (SELECT k.value FROM jsonb_each(?1) AS k)";

/// Primary key of activity.
pub(super) const DELETE_ACTIVITY: &str = "DELETE FROM activity WHERE slot IN (SELECT k.value FROM jsonb_each(?1) AS k)";

/// Appends at the end of history's primary key.
const INSERT_HISTORY: &str = "INSERT INTO history (seq, slot, before, at, kind, entry) \
     SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value ->> 4, jsonb_extract(r.value, '$[5]') FROM jsonb_each(?1) AS r";

/// Appends at the end of event's primary key; adds to index `event_by_slot`.
const INSERT_EVENTS: &str = "INSERT INTO event (slot, at, kind, entry) \
     SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, jsonb_extract(r.value, '$[3]') FROM jsonb_each(?1) AS r";

/// Appends at the end of message's primary key; adds to index `message_by_slot`.
const INSERT_MESSAGES: &str = "INSERT INTO message (slot, at, entry, body) \
     SELECT r.value ->> 0, r.value ->> 1, jsonb_extract(r.value, '$[2]'), CAST(r.value ->> 3 AS BLOB) FROM jsonb_each(?1) AS r";

/// The table has one row.
const SELECT_NUMBERS: &str = "SELECT seq, slot FROM counter";

/// The table has one row.
const UPDATE_NUMBERS: &str = "UPDATE counter SET seq = ?1, slot = ?2";

/// The last numbers given out.
pub(super) async fn numbers(connection: &mut SqliteConnection) -> Result<Numbers, Error> {
    let (seq, slot): (i64, i64) = sqlx::query_as(SELECT_NUMBERS).fetch_one(connection).await?;
    Ok(Numbers { seq: Seq(record::count(seq)), slot: record::slot(slot)? })
}

/// Loads what a batch touches.
pub(super) async fn load(connection: &mut SqliteConnection, keys: &Keys, numbers: Numbers) -> Result<Fold, Error> {
    let mut loaded = Vec::with_capacity(keys.slots.len());
    if !keys.slots.is_empty() {
        let slots = Rows::of_numbers(keys.slots.iter().map(|slot| i64::from(slot.0))).finish();
        read_all(connection, LOAD_BY_SLOT, slots, &mut loaded).await?;
    }
    if !keys.names.is_empty() {
        let names = Rows::of_texts(keys.names.iter().map(twin::id::DeviceId::as_str)).finish();
        read_all(connection, LOAD_BY_NAME, names, &mut loaded).await?;
    }
    let mut existing = Vec::new();
    if !keys.mentioned.is_empty() {
        let slots = Rows::of_numbers(keys.mentioned.iter().map(|slot| i64::from(slot.0))).finish();
        for slot in sqlx::query_scalar(EXISTING).bind(slots).fetch_all(connection).await? {
            existing.push(record::slot(slot)?);
        }
    }
    Ok(Fold::new(numbers, loaded, existing))
}

async fn read_all(connection: &mut SqliteConnection, sql: &'static str, keys: Vec<u8>, into: &mut Vec<Record>) -> Result<(), Error> {
    for row in sqlx::query(sql).bind(keys).fetch_all(connection).await? {
        into.push(record::read(&row)?);
    }
    Ok(())
}

/// Stores what a batch has come to. Removals come first, so that a name may be taken again in the same batch.
pub(super) async fn store(connection: &mut SqliteConnection, fold: &Fold, before: Numbers) -> Result<(), Error> {
    let devices = Devices::sort(&fold.devices);
    for (sql, rows) in devices.statements() {
        execute(connection, sql, rows).await?;
    }
    execute(connection, INSERT_HISTORY, history(&fold.history)).await?;
    execute(connection, INSERT_EVENTS, events(fold)).await?;
    execute(connection, INSERT_MESSAGES, messages(fold)).await?;
    super::audit::insert(connection, &fold.audit).await?;
    if fold.numbers != before {
        let Numbers { seq, slot } = fold.numbers;
        sqlx::query(UPDATE_NUMBERS).bind(number(seq.0)).bind(i64::from(slot.0)).execute(connection).await?;
    }
    Ok(())
}

/// Runs a statement over rows, unless there are none.
pub(super) async fn execute(connection: &mut SqliteConnection, sql: &'static str, rows: Rows) -> Result<(), Error> {
    if !rows.is_empty() {
        sqlx::query(sql).bind(rows.finish()).execute(connection).await?;
    }
    Ok(())
}

/// The touched devices by what must be done with them, each list in the order of the primary key.
#[derive(Default)]
struct Devices<'a> {
    deleted: Vec<Slot>,
    created: Vec<&'a Record>,
    whole: Vec<&'a Record>,
    reported: Vec<&'a Record>,
}

impl<'a> Devices<'a> {
    fn sort(devices: &'a HashMap<Slot, Device>) -> Self {
        let mut sorted = Self::default();
        for (slot, device) in devices {
            match device.standing {
                Standing::Unchanged | Standing::Vanished => {}
                Standing::Reported => sorted.reported.push(&device.record),
                Standing::Changed => sorted.whole.push(&device.record),
                Standing::Created => sorted.created.push(&device.record),
                Standing::Deleted => sorted.deleted.push(*slot),
            }
        }
        sorted.deleted.sort_unstable();
        for list in [&mut sorted.created, &mut sorted.whole, &mut sorted.reported] {
            list.sort_unstable_by_key(|record| record.slot);
        }
        sorted
    }

    fn statements(&self) -> [(&'static str, Rows); 5] {
        let deleted = || Rows::of_numbers(self.deleted.iter().map(|slot| i64::from(slot.0)));
        [
            (DELETE, deleted()),
            (DELETE_ACTIVITY, deleted()),
            (INSERT, device_rows(&self.created, |out, record| {
                write_rest(out, record);
                jsonb::write_text(out, record.identity.device_id.as_str());
            })),
            (UPDATE_WHOLE, device_rows(&self.whole, write_rest)),
            (UPDATE_REPORTED, device_rows(&self.reported, |_, _| {})),
        ]
    }
}

/// Rows whose first nine cells are what a report changes, followed by what `rest` appends.
fn device_rows(records: &[&Record], rest: impl Fn(&mut Vec<u8>, &Record)) -> Rows {
    let mut rows = Rows::new();
    let mut metadata = Vec::new();
    for record in records {
        let twin = &record.twin;
        let drift = drift(twin);
        metadata.clear();
        record::write_metadata(&mut metadata, twin);
        rows.push(|out| {
            for cell in [u64::from(record.slot.0), record.seq.0, twin.version, twin.reported.version, drift.count.into(), drift.refused.into()] {
                jsonb::write_int(out, number(cell));
            }
            match drift.since {
                Some(since) => jsonb::write_int(out, since.as_ms()),
                None => jsonb::write_null(out),
            }
            jsonb::write_map(out, &twin.reported.values);
            jsonb::write_bytes(out, &metadata);
            rest(out, record);
        });
    }
    rows
}

/// The cells that a report leaves alone.
fn write_rest(out: &mut Vec<u8>, record: &Record) {
    let twin = &record.twin;
    jsonb::write_int(out, number(twin.etag.0));
    jsonb::write_int(out, number(twin.desired.version));
    jsonb::write_text(out, &twin.model_id);
    record::write_identity(out, &record.identity);
    match &record.identity.sealed_keys {
        Some(keys) => jsonb::write_bytes(out, keys),
        None => jsonb::write_null(out),
    }
    jsonb::write_map(out, &twin.tags);
    jsonb::write_map(out, &twin.desired.values);
}

fn history(history: &[Past]) -> Rows {
    let mut rows = Rows::new();
    for Past { before, what } in history {
        rows.push(|out| match what {
            What::Change(change) => {
                let kind = if change.created { ChangeKind::Created } else { ChangeKind::Changed };
                write_place(out, [change.seq.0, change.record.slot.0.into(), before.0], change.at.as_ms(), kind);
                let twin = &change.record.twin;
                entry::write_change(out, &ChangeParts {
                    device: &change.record.identity.device_id,
                    actor: &change.actor,
                    reason: change.reason.as_deref(),
                    versions: (twin.desired.version, twin.reported.version),
                    // A new device's values are all in its twin, and later edits say what they were.
                    edits: if change.created { &[] } else { &change.applied.edits },
                    identity_edits: &change.identity_edits,
                });
            }
            What::Deletion { slot, seq, at, actor, reason, last } => {
                write_place(out, [seq.0, slot.0.into(), before.0], at.as_ms(), ChangeKind::Deleted);
                entry::write_change(out, &ChangeParts {
                    device: &last.identity.device_id,
                    actor,
                    reason: reason.as_deref(),
                    versions: (last.twin.desired.version, last.twin.reported.version),
                    edits: &[],
                    identity_edits: &[],
                });
            }
        });
    }
    rows
}

fn write_place(out: &mut Vec<u8>, numbers: [u64; 3], at_ms: i64, kind: ChangeKind) {
    for cell in numbers {
        jsonb::write_int(out, number(cell));
    }
    jsonb::write_int(out, at_ms);
    jsonb::write_int(out, kind as i64);
}

fn events(fold: &Fold) -> Rows {
    let mut rows = Rows::new();
    for (slot, event) in &fold.events {
        rows.push(|out| {
            jsonb::write_int(out, slot.0.into());
            jsonb::write_int(out, event.at.as_ms());
            jsonb::write_text(out, &event.kind);
            jsonb::write_array(out, |out| {
                entry::write_actor(out, &event.actor, None);
                jsonb::write(out, &event.detail);
            });
        });
    }
    rows
}

fn messages(fold: &Fold) -> Rows {
    let mut rows = Rows::new();
    for (slot, message) in &fold.messages {
        rows.push(|out| {
            jsonb::write_int(out, slot.0.into());
            jsonb::write_int(out, message.enqueued_at.as_ms());
            jsonb::write_array(out, |out| {
                jsonb::write_map(out, &message.properties);
                jsonb::write_map(out, &message.system);
            });
            jsonb::write_bytes(out, &message.body);
        });
    }
    rows
}
