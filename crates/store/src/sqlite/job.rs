//! Jobs: how they are kept and read. What a step leaves is in `settle`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures::FutureExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use twin::id::{DeviceId, Seq, Slot};
use twin::revert::Replaced;
use twin::time::Timestamp;

use super::record::{count, number, slot};
use super::rows::Rows;
use super::twins::bound;
use super::{SqliteStore, audit, jsonb};
use crate::audit::AuditEntry;
use crate::error::Error;
use crate::job::{
    Counts, DeviceState, Job, JobDevice, JobId, JobSpec, JobState, Jobs, Mark, Outcome,
    OutcomeGroup, Which, Work,
};

mod settle;

#[cfg(test)]
pub(super) use settle::{OPEN_STEPS, SETTLE};
pub(super) use settle::{Settlements, load_open};

/// The columns that [`read`] takes.
macro_rules! columns {
    () => {
        "SELECT id, state, ended_at, spec, cancellation, total, called, done, failed, skipped, canceled, undone FROM job "
    };
}

const CREATE: &str =
    "INSERT INTO job (state, started_at, undoes, spec) VALUES (0, ?1, ?2, ?3) RETURNING id";

/// Primary keys of job, device and `job_device`; adds to its indexes.
const ADD: &str = "INSERT INTO job_device (job, slot, device_id, state) \
     SELECT ?1, d.slot, d.device_id, 0 FROM jsonb_each(?2) AS k CROSS JOIN device AS d ON d.slot = k.value \
     WHERE EXISTS (SELECT 1 FROM job WHERE id = ?1 AND state = 0 AND cancellation IS NULL) ON CONFLICT (job, slot) DO NOTHING";

/// Index `job_device_by_state`.
const CHANGED: &str = "SELECT slot FROM job_device INDEXED BY job_device_by_state WHERE job = ?1 AND state = 2 AND slot > ?2 ORDER BY slot LIMIT ?3";

/// Primary keys of `job_device`, to copy names even of devices that are gone.
const ADD_CHANGED: &str = "INSERT INTO job_device (job, slot, device_id, state) \
     SELECT ?1, f.slot, f.device_id, 0 FROM jsonb_each(?3) AS k CROSS JOIN job_device AS f ON f.job = ?2 AND f.slot = k.value \
     WHERE EXISTS (SELECT 1 FROM job WHERE id = ?1 AND state = 0 AND cancellation IS NULL) ON CONFLICT (job, slot) DO NOTHING";

/// Primary key of job.
const ADDED: &str = "UPDATE job SET total = total + ?2 WHERE id = ?1";

/// Primary key of job.
const BEGIN: &str = "UPDATE job SET state = 1 WHERE id = ?1 AND state = 0";

/// Primary key of job, index `job_device_by_state`.
const END: &str = "UPDATE job SET state = 2, ended_at = ?2 WHERE id = ?1 AND state < 2 \
     AND NOT EXISTS (SELECT 1 FROM job_device INDEXED BY job_device_by_state WHERE job = ?1 AND state < 2)";

/// Primary key of job.
const CANCEL: &str =
    "UPDATE job SET cancellation = ?2 WHERE id = ?1 AND state < 2 AND cancellation IS NULL";

/// Index `job_device_by_state`, primary key of `job_device`.
const CANCEL_PENDING: &str = "UPDATE job_device SET state = 5 WHERE job = ?1 AND slot IN \
     (SELECT p.slot FROM job_device AS p INDEXED BY job_device_by_state WHERE p.job = ?1 AND p.state = 0 ORDER BY p.slot LIMIT ?2) \
     AND EXISTS (SELECT 1 FROM job WHERE id = ?1 AND cancellation IS NOT NULL)";

/// Primary key of job.
const CANCELED: &str = "UPDATE job SET canceled = canceled + ?2 WHERE id = ?1";

/// Primary key of job.
pub(super) const ONE: &str = concat!(columns!(), "WHERE id = ?1");

/// Index `job_open`.
pub(super) const OPEN: &str = concat!(columns!(), "WHERE state < 2 ORDER BY id DESC");

/// Index `job_ended`.
pub(super) const ENDED: &str = concat!(
    columns!(),
    "WHERE state = 2 AND id < ?1 ORDER BY id DESC LIMIT ?2"
);

/// Index `job_by_undoes`.
pub(super) const UNDO_OF: &str =
    "SELECT id FROM job WHERE undoes = ?1 AND undoes IS NOT NULL ORDER BY id DESC LIMIT 1";

/// What [`read_device`] takes; the primary key of `job_outcome` for each.
macro_rules! devices {
    ($indexed:literal) => {
        concat!(
            "SELECT d.slot, d.device_id, d.state, o.code, o.answer, d.seq FROM job_device AS d ",
            $indexed,
            " LEFT JOIN job_outcome AS o ON o.id = d.outcome "
        )
    };
}

/// Primary key of `job_device`.
pub(super) const DEVICES: &str = concat!(
    devices!(""),
    "WHERE d.job = ?1 AND d.slot > ?2 ORDER BY d.slot LIMIT ?3"
);

/// Index `job_device_by_state`.
pub(super) const DEVICES_IN: &str = concat!(
    devices!("INDEXED BY job_device_by_state"),
    "WHERE d.job = ?1 AND d.slot > ?2 AND d.state = ?4 ORDER BY d.slot LIMIT ?3"
);

/// Index `job_device_by_outcome`.
pub(super) const DEVICES_OF: &str = concat!(
    devices!("INDEXED BY job_device_by_outcome"),
    "WHERE d.job = ?1 AND d.slot > ?2 AND d.outcome = ?4 ORDER BY d.slot LIMIT ?3"
);

/// Primary key of `job_device`.
const REPLACED: &str = "SELECT d.slot, d.replaced FROM jsonb_each(?2) AS k CROSS JOIN job_device AS d ON d.job = ?1 AND d.slot = k.value \
     WHERE d.replaced IS NOT NULL";

/// Index `job_outcome_by_devices`; index `job_device_by_outcome` for the examples.
pub(super) const OUTCOMES: &str = "SELECT o.id, o.state, o.code, o.answer, o.devices, \
     (SELECT group_concat(few.device_id, char(10)) FROM (SELECT d.device_id FROM job_device AS d INDEXED BY job_device_by_outcome WHERE d.job = o.job AND d.outcome = o.id ORDER BY d.slot LIMIT 3) AS few) \
     FROM job_outcome AS o WHERE o.job = ?1 AND o.devices > 0 ORDER BY o.devices DESC LIMIT ?2";

/// Index `job_ended`; a job is as old as its number.
const OLDEST: &str = "SELECT id FROM job WHERE state = 2 AND ended_at < ?1 ORDER BY id LIMIT 1";

/// Primary key of `job_device`.
const PRUNE_DEVICES: &str = "DELETE FROM job_device WHERE job = ?1 AND slot IN (SELECT slot FROM job_device WHERE job = ?1 ORDER BY slot LIMIT ?2)";

/// Index `job_outcome_by_answer`.
const PRUNE_OUTCOMES: &str =
    "DELETE FROM job_outcome WHERE id IN (SELECT id FROM job_outcome WHERE job = ?1 LIMIT ?2)";

/// Primary key of job.
const PRUNE_JOB: &str = "DELETE FROM job WHERE id = ?1";

#[async_trait]
impl Jobs for SqliteStore {
    async fn create_job(&self, spec: &JobSpec, audit: Option<AuditEntry>) -> Result<JobId, Error> {
        let (at, blob) = (spec.start.at.as_ms(), blob(spec)?);
        let undoes = match spec.work {
            Work::Undo(job) => Some(number(job.0)),
            Work::Change(_) | Work::Method(_) => None,
        };
        let id: i64 = self
            .writer
            .run(move |connection| {
                async move {
                    let id = sqlx::query_scalar(CREATE)
                        .bind(at)
                        .bind(undoes)
                        .bind(blob)
                        .fetch_one(&mut *connection)
                        .await?;
                    let audit = audit.map(|entry| AuditEntry {
                        target: format!("job {id}"),
                        ..entry
                    });
                    audit::insert(connection, &audit).await?;
                    Ok(id)
                }
                .boxed()
            })
            .await?;
        Ok(JobId(count(id)))
    }

    async fn add_job_devices(&self, job: JobId, slots: &[Slot]) -> Result<u64, Error> {
        let slots = numbers(slots);
        self.writer
            .run(move |connection| {
                async move {
                    let done = sqlx::query(ADD)
                        .bind(number(job.0))
                        .bind(slots)
                        .execute(&mut *connection)
                        .await?;
                    add(connection, ADDED, job, done.rows_affected()).await
                }
                .boxed()
            })
            .await
    }

    async fn add_changed_devices(
        &self,
        job: JobId,
        of: JobId,
        after: Slot,
        limit: usize,
    ) -> Result<Option<Slot>, Error> {
        let changed: Vec<i64> = sqlx::query_scalar(CHANGED)
            .bind(number(of.0))
            .bind(i64::from(after.0))
            .bind(bound(limit))
            .fetch_all(&self.readers)
            .await?;
        let Some(last) = changed.last().copied() else {
            return Ok(None);
        };
        self.writer
            .run(move |connection| {
                async move {
                    let done = sqlx::query(ADD_CHANGED)
                        .bind(number(job.0))
                        .bind(number(of.0))
                        .bind(Rows::of_numbers(changed).finish())
                        .execute(&mut *connection)
                        .await?;
                    add(connection, ADDED, job, done.rows_affected()).await
                }
                .boxed()
            })
            .await?;
        Ok(Some(slot(last)?))
    }

    async fn begin_job(&self, job: JobId) -> Result<(), Error> {
        let begin = sqlx::query(BEGIN).bind(number(job.0));
        self.change(begin, None).await.map(drop)
    }

    async fn end_job(&self, job: JobId, at: Timestamp) -> Result<bool, Error> {
        let end = sqlx::query(END).bind(number(job.0)).bind(at.as_ms());
        let done = self.change(end, None).await?;
        Ok(done.rows_affected() > 0)
    }

    async fn cancel_job(
        &self,
        job: JobId,
        cancellation: &Mark,
        audit: Option<AuditEntry>,
    ) -> Result<bool, Error> {
        let cancel = sqlx::query(CANCEL)
            .bind(number(job.0))
            .bind(blob(cancellation)?);
        let done = self.change(cancel, audit).await?;
        Ok(done.rows_affected() > 0)
    }

    async fn cancel_pending(&self, job: JobId, limit: usize) -> Result<u64, Error> {
        self.writer
            .run(move |connection| {
                async move {
                    let done = sqlx::query(CANCEL_PENDING)
                        .bind(number(job.0))
                        .bind(bound(limit))
                        .execute(&mut *connection)
                        .await?;
                    add(connection, CANCELED, job, done.rows_affected()).await
                }
                .boxed()
            })
            .await
    }

    async fn job(&self, job: JobId) -> Result<Option<Job>, Error> {
        let row = sqlx::query(ONE)
            .bind(number(job.0))
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(read).transpose()
    }

    async fn open_jobs(&self) -> Result<Vec<Job>, Error> {
        let rows = sqlx::query(OPEN).fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    async fn ended_jobs(&self, before: Option<JobId>, limit: usize) -> Result<Vec<Job>, Error> {
        let rows = sqlx::query(ENDED)
            .bind(before.map_or(i64::MAX, |job| number(job.0)))
            .bind(bound(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read).collect()
    }

    async fn undo_of(&self, job: JobId) -> Result<Option<JobId>, Error> {
        let id: Option<i64> = sqlx::query_scalar(UNDO_OF)
            .bind(number(job.0))
            .fetch_optional(&self.readers)
            .await?;
        Ok(id.map(|id| JobId(count(id))))
    }

    async fn job_devices(
        &self,
        job: JobId,
        which: Which,
        after: Slot,
        limit: usize,
    ) -> Result<Vec<JobDevice>, Error> {
        let (sql, key) = match which {
            Which::All => (DEVICES, None),
            Which::In(state) => (DEVICES_IN, Some(state as i64)),
            Which::Of(outcome) => (DEVICES_OF, Some(number(outcome))),
        };
        let query = sqlx::query(sql)
            .bind(number(job.0))
            .bind(i64::from(after.0))
            .bind(bound(limit));
        let query = match key {
            Some(key) => query.bind(key),
            None => query,
        };
        let rows = query.fetch_all(&self.readers).await?;
        rows.iter().map(read_device).collect()
    }

    async fn replaced(
        &self,
        job: JobId,
        slots: &[Slot],
    ) -> Result<Vec<(Slot, Vec<Replaced>)>, Error> {
        let rows = sqlx::query(REPLACED)
            .bind(number(job.0))
            .bind(numbers(slots))
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                let slot = slot(row.try_get(0)?)?;
                let replaced = settle::read_replaced(row.try_get(1)?)
                    .ok_or_else(|| Error::corrupt("job_device", "replaced", slot))?;
                Ok((slot, replaced))
            })
            .collect()
    }

    async fn job_outcomes(&self, job: JobId, limit: usize) -> Result<Vec<OutcomeGroup>, Error> {
        let rows = sqlx::query(OUTCOMES)
            .bind(number(job.0))
            .bind(bound(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_group).collect()
    }

    async fn prune_jobs(&self, before: Timestamp, limit: usize) -> Result<u64, Error> {
        self.writer
            .run(move |connection| prune(connection, before, limit).boxed())
            .await
    }
}

/// Adds to a counter of a job what a statement before has done.
async fn add(
    connection: &mut SqliteConnection,
    sql: &'static str,
    job: JobId,
    devices: u64,
) -> Result<u64, Error> {
    sqlx::query(sql)
        .bind(number(job.0))
        .bind(number(devices))
        .execute(connection)
        .await?;
    Ok(devices)
}

async fn prune(
    connection: &mut SqliteConnection,
    before: Timestamp,
    limit: usize,
) -> Result<u64, Error> {
    let oldest: Option<i64> = sqlx::query_scalar(OLDEST)
        .bind(before.as_ms())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(job) = oldest else {
        return Ok(0);
    };
    for sql in [PRUNE_DEVICES, PRUNE_OUTCOMES] {
        let done = sqlx::query(sql)
            .bind(job)
            .bind(bound(limit))
            .execute(&mut *connection)
            .await?;
        if done.rows_affected() > 0 {
            return Ok(done.rows_affected());
        }
    }
    let done = sqlx::query(PRUNE_JOB).bind(job).execute(connection).await?;
    Ok(done.rows_affected())
}

fn numbers(slots: &[Slot]) -> Vec<u8> {
    Rows::of_numbers(slots.iter().map(|slot| i64::from(slot.0))).finish()
}

/// Something of ours as binary JSON.
fn blob(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let value = serde_json::to_value(value).map_err(super::error::driver)?;
    let mut out = Vec::new();
    jsonb::write(&mut out, &value);
    Ok(out)
}

fn unblob<T: DeserializeOwned>(blob: &[u8]) -> Option<T> {
    serde_json::from_value(jsonb::read(blob)?).ok()
}

fn read(row: &SqliteRow) -> Result<Job, Error> {
    let id: i64 = row.try_get(0)?;
    let corrupt = |column| Error::corrupt("job", column, id);
    let cancellation: Option<&[u8]> = row.try_get(4)?;
    let devices = |index| -> Result<u64, Error> { Ok(count(row.try_get(index)?)) };
    Ok(Job {
        id: JobId(count(id)),
        state: match row.try_get(1)? {
            0 => JobState::Gathering,
            1 => JobState::Running,
            2 => JobState::Ended,
            _ => return Err(corrupt("state")),
        },
        ended_at: row.try_get::<Option<i64>, _>(2)?.map(Timestamp::from_ms),
        spec: unblob(row.try_get(3)?).ok_or_else(|| corrupt("spec"))?,
        cancellation: cancellation
            .map(|blob| unblob(blob).ok_or_else(|| corrupt("cancellation")))
            .transpose()?,
        counts: Counts {
            total: devices(5)?,
            called: devices(6)?,
            done: devices(7)?,
            failed: devices(8)?,
            skipped: devices(9)?,
            canceled: devices(10)?,
            undone: devices(11)?,
        },
    })
}

fn state(number: i64) -> Option<DeviceState> {
    DeviceState::ALL.get(usize::try_from(number).ok()?).copied()
}

fn read_device(row: &SqliteRow) -> Result<JobDevice, Error> {
    let slot = slot(row.try_get(0)?)?;
    let corrupt = |column| Error::corrupt("job_device", column, slot);
    let state = state(row.try_get(2)?).ok_or_else(|| corrupt("state"))?;
    let code: Option<String> = row.try_get(3)?;
    let answer: Option<String> = row.try_get(4)?;
    Ok(JobDevice {
        slot,
        device_id: DeviceId::parse(row.try_get(1)?).map_err(|_| corrupt("device_id"))?,
        state,
        outcome: code.zip(answer).map(|(code, answer)| Outcome {
            state,
            code,
            answer,
        }),
        seq: row.try_get::<Option<i64>, _>(5)?.map(|seq| Seq(count(seq))),
    })
}

fn read_group(row: &SqliteRow) -> Result<OutcomeGroup, Error> {
    let id: i64 = row.try_get(0)?;
    let examples: Option<String> = row.try_get(5)?;
    Ok(OutcomeGroup {
        id: count(id),
        outcome: Outcome {
            state: state(row.try_get(1)?)
                .ok_or_else(|| Error::corrupt("job_outcome", "state", id))?,
            code: row.try_get(2)?,
            answer: row.try_get(3)?,
        },
        devices: count(row.try_get(4)?),
        examples: examples
            .iter()
            .flat_map(|names| names.lines())
            .map(str::to_owned)
            .collect(),
    })
}

/// Devices by state that a batch has moved, for a job's counters.
pub(super) type Moves = BTreeMap<JobId, [i64; 7]>;
