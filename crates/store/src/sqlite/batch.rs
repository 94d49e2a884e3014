//! The statements of a batch of writes: what is loaded before the fold and what is stored after it.
//!
//! Each statement takes all its rows as one parameter (see `rows`). They run on the writer's connection, inside its transaction.

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use twin::diff::drift;
use twin::id::{DeviceId, Seq, Slot};
use twin::time::Timestamp;

use super::archive;
use super::entry::{self, ChangeParts};
use super::job::Settlements;
use super::jsonb;
use super::record::{self, columns, number};
use super::rows::Rows;
use super::writer::kept::{Entry, Kept};
use crate::archive::Retirement;
use crate::audit::AuditEntry;
use crate::error::Error;
use crate::fold::{Deletion, Fold, Keys, Ledger, Numbers, Settlement, Standing};
use crate::history::{ChangeKind, Event};
use crate::message::Message;
use crate::record::{Actor, Record};
use crate::write::TwinChange;

/// Primary keys of device and activity.
pub(super) const LOAD_BY_SLOT: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM jsonb_each(?1) AS k CROSS JOIN device AS d ON d.slot = k.value LEFT JOIN activity AS a ON a.slot = d.slot"
);

/// Index `device_by_id`, primary key of activity.
pub(super) const LOAD_BY_NAME: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM jsonb_each(?1) AS k CROSS JOIN device AS d ON d.device_id = k.value LEFT JOIN activity AS a ON a.slot = d.slot"
);

/// Primary key of device.
pub(super) const EXISTING: &str =
    "SELECT d.slot FROM jsonb_each(?1) AS k CROSS JOIN device AS d ON d.slot = k.value";

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
pub(super) const DELETE: &str =
    "DELETE FROM device WHERE slot IN (SELECT k.value FROM jsonb_each(?1) AS k)";

/// Primary key of activity.
pub(super) const DELETE_ACTIVITY: &str =
    "DELETE FROM activity WHERE slot IN (SELECT k.value FROM jsonb_each(?1) AS k)";

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
    Ok(Numbers {
        seq: Seq(record::count(seq)),
        slot: record::slot(slot)?,
    })
}

/// Loads what a batch touches; what was kept is taken from there.
pub(super) async fn load(
    connection: &mut SqliteConnection,
    keys: &Keys,
    numbers: Numbers,
    kept: &mut Kept,
) -> Result<Fold<Statements>, Error> {
    let mut fold = Fold::new(Statements::new(), numbers);
    let mut slots = Rows::new();
    for (slot, is_asked_once) in &keys.slots {
        match kept.take(*slot) {
            Some(Entry { record, bytes }) => fold.open(*slot, *is_asked_once, record, bytes),
            None => slots.push_number(i64::from(slot.0)),
        }
    }
    if !slots.is_empty() {
        for row in sqlx::query(LOAD_BY_SLOT)
            .bind(slots.finish())
            .fetch_all(&mut *connection)
            .await?
        {
            let slot = record::slot(row.try_get(0)?)?;
            let is_asked_once = keys.slots.binary_search(&(slot, true)).is_ok();
            fold.load(slot, is_asked_once, row);
        }
    }
    if !keys.names.is_empty() {
        let names = Rows::of_texts(keys.names.iter().map(DeviceId::as_str)).finish();
        for row in sqlx::query(LOAD_BY_NAME)
            .bind(names)
            .fetch_all(&mut *connection)
            .await?
        {
            let slot = record::slot(row.try_get(0)?)?;
            let name = DeviceId::parse(row.try_get(1)?)
                .map_err(|_| Error::corrupt("device", "device_id", slot))?;
            fold.load_named(slot, name, row);
        }
    }
    if !keys.mentioned.is_empty() {
        let slots = Rows::of_numbers(keys.mentioned.iter().map(|slot| i64::from(slot.0))).finish();
        for slot in sqlx::query_scalar(EXISTING)
            .bind(slots)
            .fetch_all(&mut *connection)
            .await?
        {
            fold.mention(record::slot(slot)?);
        }
    }
    if !keys.archived.is_empty() {
        let numbers = Rows::of_numbers(keys.archived.iter().map(|seq| number(seq.0))).finish();
        for row in sqlx::query(archive::LOAD)
            .bind(numbers)
            .fetch_all(&mut *connection)
            .await?
        {
            fold.archive(archive::read(&row)?);
        }
    }
    super::job::load_open(connection, keys, &mut fold).await?;
    Ok(fold)
}

/// Stores what a batch has come to.
pub(super) async fn store(
    connection: &mut SqliteConnection,
    statements: Statements,
    before: Numbers,
    after: Numbers,
) -> Result<(), Error> {
    let (statements, settlements) = statements.in_order();
    for (sql, rows) in statements {
        execute(connection, sql, rows).await?;
    }
    settlements.store(connection).await?;
    if after != before {
        let Numbers { seq, slot } = after;
        sqlx::query(UPDATE_NUMBERS)
            .bind(number(seq.0))
            .bind(i64::from(slot.0))
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Runs a statement over rows, unless there are none.
pub(super) async fn execute(
    connection: &mut SqliteConnection,
    sql: &'static str,
    rows: Rows,
) -> Result<(), Error> {
    if !rows.is_empty() {
        sqlx::query(sql)
            .bind(rows.finish())
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// The rows of every statement, as the fold gives them.
pub(super) struct Statements {
    deleted: Vec<Slot>,
    created: Rows,
    whole: Rows,
    reported: Rows,
    history: Rows,
    events: Rows,
    messages: Rows,
    audit: Rows,
    activity: Rows,
    retired: Rows,
    names: Rows,
    words: Rows,
    restored: Rows,
    successions: Rows,
    settlements: Settlements,
    /// Where metadata is written before it becomes a cell.
    metadata: Vec<u8>,
}

impl Statements {
    fn new() -> Self {
        Self {
            deleted: Vec::new(),
            created: Rows::new(),
            whole: Rows::new(),
            reported: Rows::new(),
            history: Rows::new(),
            events: Rows::new(),
            messages: Rows::new(),
            audit: Rows::new(),
            activity: Rows::new(),
            retired: Rows::new(),
            names: Rows::new(),
            words: Rows::new(),
            restored: Rows::new(),
            successions: Rows::new(),
            settlements: Settlements::default(),
            metadata: Vec::new(),
        }
    }

    /// Removals come first, so that a name may be taken again in the same batch.
    fn in_order(self) -> ([(&'static str, Rows); 15], Settlements) {
        let deleted = || Rows::of_numbers(self.deleted.iter().map(|slot| i64::from(slot.0)));
        let statements = [
            (DELETE, deleted()),
            (DELETE_ACTIVITY, deleted()),
            (INSERT, self.created),
            (UPDATE_WHOLE, self.whole),
            (UPDATE_REPORTED, self.reported),
            (INSERT_HISTORY, self.history),
            (INSERT_EVENTS, self.events),
            (INSERT_MESSAGES, self.messages),
            (super::audit::INSERT, self.audit),
            (super::twins::TOUCH, self.activity),
            (archive::INSERT, self.retired),
            (archive::INSERT_NAMES, self.names),
            (archive::INSERT_WORDS, self.words),
            (archive::RESTORED, self.restored),
            (archive::INSERT_SUCCESSIONS, self.successions),
        ];
        (statements, self.settlements)
    }
}

impl Ledger for Statements {
    type Row = SqliteRow;

    fn decode(row: &SqliteRow) -> Result<(Record, usize), Error> {
        Ok((record::read(row)?, record::bytes(row)?))
    }

    fn device(&mut self, standing: Standing, record: &Record) -> usize {
        let rows = match standing {
            Standing::Settled | Standing::Vanished => return 0,
            Standing::Deleted => {
                self.deleted.push(record.slot);
                return 0;
            }
            Standing::Created => {
                // A device that comes back from the archive was heard of before.
                if !record.last_activity.is_never() {
                    self.activity.push(|out| {
                        jsonb::write_int(out, record.slot.0.into());
                        jsonb::write_int(out, record.last_activity.as_ms());
                    });
                }
                &mut self.created
            }
            Standing::Changed => &mut self.whole,
            Standing::Reported => &mut self.reported,
        };
        self.metadata.clear();
        record::write_metadata(&mut self.metadata, &record.twin);
        rows.push(|out| {
            write_reported(out, record, &self.metadata);
            if standing != Standing::Reported {
                write_rest(out, record);
            }
            if standing == Standing::Created {
                jsonb::write_text(out, record.identity.device_id.as_str());
            }
        })
    }

    fn change(&mut self, change: &TwinChange) {
        let kind = if change.created {
            ChangeKind::Created
        } else {
            ChangeKind::Changed
        };
        let twin = &change.record.twin;
        self.history.push(|out| {
            write_place(
                out,
                [change.seq.0, change.record.slot.0.into(), change.before.0],
                change.at,
                kind,
            );
            entry::write_change(
                out,
                &ChangeParts {
                    device: &change.record.identity.device_id,
                    actor: &change.actor,
                    reason: change.reason.as_deref(),
                    versions: (twin.desired.version, twin.reported.version),
                    // A new device's values are all in its twin, and later edits say what they were.
                    edits: if change.created {
                        &[]
                    } else {
                        &change.applied.edits
                    },
                    identity_edits: &change.identity_edits,
                },
            );
        });
    }

    fn deletion(&mut self, deletion: &Deletion<'_>) {
        let last = deletion.last;
        self.history.push(|out| {
            write_place(
                out,
                [deletion.seq.0, last.slot.0.into(), last.seq.0],
                deletion.at,
                ChangeKind::Deleted,
            );
            entry::write_change(
                out,
                &ChangeParts {
                    device: &last.identity.device_id,
                    actor: deletion.actor,
                    reason: deletion.reason,
                    versions: (last.twin.desired.version, last.twin.reported.version),
                    edits: &[],
                    identity_edits: &[],
                },
            );
        });
    }

    fn retired(&mut self, deletion: &Deletion<'_>, retirement: &Retirement) {
        archive::write_retired(&mut self.retired, deletion, retirement);
        let texts = (&mut self.names, &mut self.words);
        archive::write_text(texts, deletion.seq, deletion.last, &retirement.reason);
    }

    fn restored(&mut self, number: Seq, actor: &Actor, at: Timestamp) {
        archive::write_restored(&mut self.restored, number, actor, at);
    }

    fn succeeded(&mut self, new: &Record, old: &Record, at: Timestamp) {
        archive::write_succession(&mut self.successions, new, old, at);
    }

    fn event(&mut self, slot: Slot, event: &Event) {
        self.events.push(|out| {
            jsonb::write_int(out, slot.0.into());
            jsonb::write_int(out, event.at.as_ms());
            jsonb::write_text(out, &event.kind);
            jsonb::write_array(out, |out| {
                entry::write_actor(out, &event.actor, None);
                jsonb::write(out, &event.detail);
            });
        });
    }

    fn message(&mut self, slot: Slot, message: &Message) {
        self.messages.push(|out| {
            jsonb::write_int(out, slot.0.into());
            jsonb::write_int(out, message.enqueued_at.as_ms());
            jsonb::write_array(out, |out| {
                jsonb::write_map(out, &message.properties);
                jsonb::write_map(out, &message.system);
            });
            jsonb::write_bytes(out, &message.body);
        });
    }

    fn audit(&mut self, entry: &AuditEntry) {
        super::audit::write(&mut self.audit, entry);
    }

    fn settlement(&mut self, settlement: Settlement) {
        self.settlements.take(settlement);
    }
}

/// The cells that a report changes: the first nine.
fn write_reported(out: &mut Vec<u8>, record: &Record, metadata: &[u8]) {
    let twin = &record.twin;
    let drift = drift(twin);
    for cell in [
        u64::from(record.slot.0),
        record.seq.0,
        twin.version,
        twin.reported.version,
        drift.count.into(),
        drift.refused.into(),
    ] {
        jsonb::write_int(out, number(cell));
    }
    match drift.since {
        Some(since) => jsonb::write_int(out, since.as_ms()),
        None => jsonb::write_null(out),
    }
    jsonb::write_map(out, &twin.reported.values);
    jsonb::write_bytes(out, metadata);
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

/// The first cells of a row of the history.
fn write_place(out: &mut Vec<u8>, numbers: [u64; 3], at: Timestamp, kind: ChangeKind) {
    for cell in numbers {
        jsonb::write_int(out, number(cell));
    }
    jsonb::write_int(out, at.as_ms());
    jsonb::write_int(out, kind as i64);
}
