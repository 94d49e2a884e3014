//! A device's row: how it is read into a [`Record`] and how its parts are written.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use twin::Map;
use twin::diff::Drift;
use twin::document::{Section, Twin};
use twin::id::{DeviceId, Etag, Seq, Slot};
use twin::identity::{AuthenticationKind, Identity, Status};
use twin::time::Timestamp;

use super::jsonb::{self, Reader};
use crate::error::Error;
use crate::record::Record;
use crate::stamps;

/// The columns that [`read`] takes, in its order, from `device AS d` and `activity AS a`.
macro_rules! columns {
    () => {
        "d.slot, d.device_id, d.seq, d.etag, d.version, d.desired_version, d.reported_version, d.model_id, \
         d.identity, d.sealed_keys, d.tags, d.desired, d.reported, d.metadata, a.at"
    };
}
pub(super) use columns;

/// How many columns [`columns`] names.
pub(super) const COLUMNS: usize = 15;

/// Reads a row of [`columns`].
pub(super) fn read(row: &SqliteRow) -> Result<Record, Error> {
    let slot = slot(row.try_get(0)?)?;
    let corrupt = |column| Error::corrupt("device", column, slot);
    let identity = read_identity(row.try_get(1)?, row.try_get(8)?, row.try_get(9)?)
        .ok_or_else(|| corrupt("identity"))?;
    let map = |index, column| -> Result<Map, Error> {
        jsonb::read_map(row.try_get(index)?).ok_or_else(|| corrupt(column))
    };
    let (tags, desired, reported) = (map(10, "tags")?, map(11, "desired")?, map(12, "reported")?);
    let mut metadata: &[u8] = row.try_get(13)?;
    let mut section = |values: Map, version: i64| -> Result<Section, Error> {
        let metadata = stamps::read(&mut metadata, &values).ok_or_else(|| corrupt("metadata"))?;
        Ok(Section {
            values,
            metadata,
            version: count(version),
        })
    };
    let twin = Twin {
        etag: Etag(count(row.try_get(3)?)),
        version: count(row.try_get(4)?),
        tags,
        desired: section(desired, row.try_get(5)?)?,
        reported: section(reported, row.try_get(6)?)?,
        model_id: row.try_get(7)?,
    };
    let last_activity = row
        .try_get::<Option<i64>, _>(14)?
        .map_or(Timestamp::NEVER, Timestamp::from_ms);
    Ok(Record {
        slot,
        seq: Seq(count(row.try_get(2)?)),
        identity,
        twin,
        last_activity,
    })
}

/// The columns of [`columns`] whose size differs much from device to device.
const LARGE: [usize; 5] = [8, 10, 11, 12, 13];

/// About how many bytes a row of [`columns`] takes.
pub(super) fn bytes(row: &SqliteRow) -> Result<usize, Error> {
    LARGE.iter().try_fold(0, |sum, column| {
        Ok(sum + row.try_get::<&[u8], _>(*column)?.len())
    })
}

/// Reads count, refused and since from three columns.
pub(super) fn read_drift(row: &SqliteRow, first: usize) -> Result<Drift, Error> {
    Ok(Drift {
        count: row.try_get(first)?,
        refused: row.try_get(first + 1)?,
        since: row
            .try_get::<Option<i64>, _>(first + 2)?
            .map(Timestamp::from_ms),
    })
}

/// A device number from a column.
pub(super) fn slot(number: i64) -> Result<Slot, Error> {
    u32::try_from(number)
        .map(Slot)
        .map_err(|_| Error::corrupt("device", "slot", number))
}

/// A counter from a column: SQLite's integers are signed, ours are not.
#[expect(
    clippy::cast_sign_loss,
    reason = "counters are written from unsigned numbers; the bits are what was counted"
)]
pub(super) const fn count(number: i64) -> u64 {
    number as u64
}

/// A counter for a column.
#[expect(
    clippy::cast_possible_wrap,
    reason = "the bits are kept and come back by `count`"
)]
pub(super) const fn number(count: u64) -> i64 {
    count as i64
}

/// Appends what an identity holds beside its name and its keys.
pub(super) fn write_identity(out: &mut Vec<u8>, identity: &Identity) {
    jsonb::write_array(out, |out| {
        jsonb::write_text(out, &identity.generation_id);
        jsonb::write_int(out, number(identity.etag));
        jsonb::write_text(out, identity.status.as_str());
        write_optional_text(out, identity.status_reason.as_deref());
        jsonb::write_int(out, identity.status_updated_at.as_ms());
        jsonb::write_int(out, identity.created_at.as_ms());
        jsonb::write_text(out, identity.authentication.as_str());
        write_optional_text(out, identity.thumbprints.0.as_deref());
        write_optional_text(out, identity.thumbprints.1.as_deref());
        jsonb::write_int(out, identity.connection_state_updated_at.as_ms());
    });
}

/// Appends a text or null.
pub(super) fn write_optional_text(out: &mut Vec<u8>, text: Option<&str>) {
    match text {
        Some(text) => jsonb::write_text(out, text),
        None => jsonb::write_null(out),
    }
}

/// Reads what [`write_identity`] wrote, with the name and the keys from their own columns.
pub(super) fn read_identity(
    device_id: &str,
    blob: &[u8],
    sealed_keys: Option<&[u8]>,
) -> Option<Identity> {
    let mut reader = Reader::new(blob);
    let mut cells = reader.array()?;
    Some(Identity {
        device_id: DeviceId::parse(device_id).ok()?,
        generation_id: cells.text()?,
        etag: count(cells.int()?),
        status: Status::parse(cells.plain_text()?)?,
        status_reason: cells.nullable(Reader::text)?,
        status_updated_at: Timestamp::from_ms(cells.int()?),
        created_at: Timestamp::from_ms(cells.int()?),
        authentication: AuthenticationKind::parse(cells.plain_text()?)?,
        thumbprints: (cells.nullable(Reader::text)?, cells.nullable(Reader::text)?),
        sealed_keys: sealed_keys.map(<[u8]>::to_vec),
        connection_state_updated_at: Timestamp::from_ms(cells.int()?),
    })
}

/// Appends the metadata of both sections.
pub(super) fn write_metadata(out: &mut Vec<u8>, twin: &Twin) {
    stamps::write(out, &twin.desired);
    stamps::write(out, &twin.reported);
}
