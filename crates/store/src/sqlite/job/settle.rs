//! What steps of jobs leave, in the transaction of whatever they changed.

use std::collections::HashMap;

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;
use twin::id::Slot;
use twin::revert::Replaced;

use super::Moves;
use crate::error::Error;
use crate::fold::{After, Fold, Keys, Ledger, Settlement};
use crate::job::{DeviceState, JobId, Outcome};
use crate::sqlite::batch::execute;
use crate::sqlite::entry;
use crate::sqlite::jsonb::{self, Reader};
use crate::sqlite::record::{count, number, slot, write_optional_text};
use crate::sqlite::rows::Rows;

/// Primary keys of `job_device` and job.
pub(in crate::sqlite) const OPEN_STEPS: &str = "SELECT d.job, d.slot, d.state FROM jsonb_each(?1) AS k \
     CROSS JOIN job_device AS d ON d.job = k.value ->> 0 AND d.slot = k.value ->> 1 CROSS JOIN job AS j ON j.id = d.job \
     WHERE d.state = 1 OR (d.state = 0 AND j.state = 1 AND j.cancellation IS NULL)";

/// Primary keys of `job_device` and `job_outcome`. Which devices the other job did is still to be seen.
pub(in crate::sqlite) const LEAVE_OUTCOMES: &str = "UPDATE job_outcome SET devices = devices - left_by.n FROM \
     (SELECT d.outcome AS id, count(*) AS n FROM jsonb_each(?1) AS k CROSS JOIN job_device AS d ON d.job = k.value ->> 0 AND d.slot = k.value ->> 1 \
     WHERE d.outcome IS NOT NULL GROUP BY d.outcome) AS left_by WHERE job_outcome.id = left_by.id";

/// Index `job_outcome_by_answer`.
pub(in crate::sqlite) const ENTER_OUTCOMES: &str = "INSERT INTO job_outcome (job, state, code, answer, devices) \
     SELECT r.value ->> 0, r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value ->> 4 FROM jsonb_each(?1) AS r WHERE true \
     ON CONFLICT (job, state, code, answer) DO UPDATE SET devices = devices + excluded.devices";

/// Primary key of `job_device`, index `job_outcome_by_answer`.
pub(in crate::sqlite) const SETTLE: &str = "UPDATE job_device SET state = r.value ->> 2, seq = coalesce(r.value ->> 5, seq), replaced = jsonb_extract(r.value, '$[6]'), \
     outcome = (SELECT o.id FROM job_outcome AS o WHERE o.job = r.value ->> 0 AND o.state = r.value ->> 2 AND o.code = r.value ->> 3 AND o.answer = r.value ->> 4) \
     FROM jsonb_each(?1) AS r WHERE job_device.job = r.value ->> 0 AND job_device.slot = r.value ->> 1";

/// Primary key of job.
pub(in crate::sqlite) const COUNT: &str = "UPDATE job SET called = called + (r.value ->> 1), done = done + (r.value ->> 2), failed = failed + (r.value ->> 3), \
     skipped = skipped + (r.value ->> 4), canceled = canceled + (r.value ->> 5), undone = undone + (r.value ->> 6) FROM jsonb_each(?1) AS r WHERE job.id = r.value ->> 0";

/// Tells the fold which of the steps it is about to take are open.
pub(in crate::sqlite) async fn load_open<L: Ledger>(
    connection: &mut SqliteConnection,
    keys: &Keys,
    fold: &mut Fold<L>,
) -> Result<(), Error> {
    if keys.steps.is_empty() {
        return Ok(());
    }
    let mut steps = Rows::new();
    for (job, slot) in &keys.steps {
        steps.push(|out| {
            jsonb::write_int(out, number(job.0));
            jsonb::write_int(out, slot.0.into());
        });
    }
    for row in sqlx::query(OPEN_STEPS)
        .bind(steps.finish())
        .fetch_all(connection)
        .await?
    {
        let state = match row.try_get(2)? {
            1 => DeviceState::Called,
            _ => DeviceState::Pending,
        };
        fold.open_step(JobId(count(row.try_get(0)?)), slot(row.try_get(1)?)?, state);
    }
    Ok(())
}

/// The settlements of a batch.
#[derive(Debug)]
pub(in crate::sqlite) struct Settlements {
    undone: Rows,
    devices: Rows,
    outcomes: HashMap<(JobId, Outcome), i64>,
    moves: Moves,
}

impl Default for Settlements {
    fn default() -> Self {
        Self {
            undone: Rows::new(),
            devices: Rows::new(),
            outcomes: HashMap::new(),
            moves: Moves::new(),
        }
    }
}

impl Settlements {
    pub(in crate::sqlite) fn take(&mut self, settlement: Settlement) {
        let Settlement {
            job,
            slot,
            from,
            to,
        } = settlement;
        match to {
            After::Called => {
                self.moves(job, from, DeviceState::Called);
                self.device(job, slot, None, None, &[]);
            }
            After::Settled {
                outcome,
                seq,
                replaced,
                undone,
            } => {
                self.moves(job, from, outcome.state);
                let seq = seq.map(|seq| number(seq.0));
                self.device(job, slot, Some(&outcome), seq, &replaced);
                self.enter(job, outcome);
                if let Some(of) = undone {
                    self.undo(of, slot, job);
                }
            }
        }
    }

    /// A device of another job has been taken back by this one.
    fn undo(&mut self, of: JobId, slot: Slot, by: JobId) {
        let outcome = Outcome::new(DeviceState::Undone, "undone", &format!("by job {by}"));
        self.undone.push(|out| {
            jsonb::write_int(out, number(of.0));
            jsonb::write_int(out, slot.0.into());
        });
        self.moves(of, DeviceState::Done, DeviceState::Undone);
        self.device(of, slot, Some(&outcome), None, &[]);
        self.enter(of, outcome);
    }

    fn enter(&mut self, job: JobId, outcome: Outcome) {
        *self.outcomes.entry((job, outcome)).or_default() += 1;
    }

    fn moves(&mut self, job: JobId, from: DeviceState, to: DeviceState) {
        let counts = self.moves.entry(job).or_default();
        for (state, by) in [(from, -1), (to, 1)] {
            if let Some(count) = counts.get_mut(state as usize) {
                *count += by;
            }
        }
    }

    fn device(
        &mut self,
        job: JobId,
        slot: Slot,
        outcome: Option<&Outcome>,
        seq: Option<i64>,
        replaced: &[Replaced],
    ) {
        self.devices.push(|out| {
            jsonb::write_int(out, number(job.0));
            jsonb::write_int(out, slot.0.into());
            let state = outcome.map_or(DeviceState::Called, |outcome| outcome.state);
            jsonb::write_int(out, state as i64);
            for text in [
                outcome.map(|outcome| outcome.code.as_str()),
                outcome.map(|outcome| outcome.answer.as_str()),
            ] {
                write_optional_text(out, text);
            }
            match seq {
                Some(seq) => jsonb::write_int(out, seq),
                None => jsonb::write_null(out),
            }
            if replaced.is_empty() {
                jsonb::write_null(out);
            } else {
                write_replaced(out, replaced);
            }
        });
    }

    pub(in crate::sqlite) async fn store(
        self,
        connection: &mut SqliteConnection,
    ) -> Result<(), Error> {
        let mut outcomes = Rows::new();
        for ((job, outcome), devices) in self.outcomes {
            outcomes.push(|out| {
                jsonb::write_int(out, number(job.0));
                jsonb::write_int(out, outcome.state as i64);
                jsonb::write_text(out, &outcome.code);
                jsonb::write_text(out, &outcome.answer);
                jsonb::write_int(out, devices);
            });
        }
        let mut counts = Rows::new();
        for (job, moves) in self.moves {
            counts.push(|out| {
                jsonb::write_int(out, number(job.0));
                // How many are pending is what is left of the total.
                moves
                    .iter()
                    .skip(1)
                    .for_each(|by| jsonb::write_int(out, *by));
            });
        }
        execute(connection, LEAVE_OUTCOMES, self.undone).await?;
        execute(connection, ENTER_OUTCOMES, outcomes).await?;
        execute(connection, SETTLE, self.devices).await?;
        execute(connection, COUNT, counts).await
    }
}

fn write_replaced(out: &mut Vec<u8>, replaced: &[Replaced]) {
    jsonb::write_array(out, |out| {
        for replaced in replaced {
            jsonb::write_array(out, |out| {
                jsonb::write_int(out, i64::try_from(replaced.made_from).unwrap_or(i64::MAX));
                entry::write_edit(out, &replaced.edit);
            });
        }
    });
}

pub(super) fn read_replaced(blob: &[u8]) -> Option<Vec<Replaced>> {
    entry::read_list(&mut Reader::new(blob), |cells| {
        let made_from = usize::try_from(cells.int()?).ok()?;
        let edit = entry::read_edit(&mut cells.array()?)?;
        Some(Replaced { edit, made_from })
    })
}
