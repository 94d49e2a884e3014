//! Steps of jobs: what each does to its device, and the outcome that is committed with it.

use std::sync::Arc;

use twin::document::{ServiceChange, Twin};
use twin::revert::{Replaced, replaced, revert};

use super::{Fold, Ledger, Signature, Standing, Stop};
use crate::error::Error;
use crate::history::Event;
use crate::job::{DeviceState, JobAct, JobId, JobStep, Outcome};
use crate::write::{Refused, Written};
use twin::id::{Seq, Slot};

/// How a step leaves its device.
#[derive(Debug)]
pub(crate) struct Settlement {
    pub(crate) job: JobId,
    pub(crate) slot: Slot,
    /// How the device stood.
    pub(crate) from: DeviceState,
    pub(crate) to: After,
}

/// What is kept of a device after a step.
#[derive(Debug)]
pub(crate) enum After {
    /// It is called.
    Called,
    /// It has its outcome.
    Settled {
        outcome: Outcome,
        seq: Option<Seq>,
        replaced: Vec<Replaced>,
        /// The job of which it was taken back.
        undone: Option<JobId>,
    },
}

/// What a step has done to a twin.
struct Done {
    written: Written,
    code: &'static str,
    answer: String,
    seq: Seq,
    replaced: Vec<Replaced>,
}

impl<L: Ledger> Fold<L> {
    /// Takes in a step that is open: its device has no outcome yet.
    pub(crate) fn open_step(&mut self, job: JobId, slot: Slot, state: DeviceState) {
        self.steps.insert((job, slot), state);
    }

    pub(super) fn step(&mut self, step: JobStep) -> Result<Written, Stop> {
        let JobStep {
            job,
            slot,
            actor,
            reason,
            at,
            act,
        } = step;
        let key = (job, slot);
        let from = self.steps.get(&key).copied().ok_or(Refused::Settled)?;
        let signature = Signature {
            actor,
            reason: Some(reason),
            at,
        };
        let (to, written) = match act {
            JobAct::Call if from == DeviceState::Called => return Err(Refused::Settled.into()),
            JobAct::Call => (After::Called, Written::Stored),
            JobAct::Settle { outcome, event } => {
                self.tell_event(slot, event);
                (settled(outcome), Written::Stored)
            }
            JobAct::Change(change) => settlement(self.change(slot, &change, signature), None)?,
            JobAct::Revert {
                of,
                replaced,
                since,
            } => {
                let reverted = self.revert(slot, &replaced, &since, signature);
                settlement(reverted, Some(of))?
            }
        };
        match to {
            After::Called => self.steps.insert(key, DeviceState::Called),
            After::Settled { .. } => self.steps.remove(&key),
        };
        self.ledger.settlement(Settlement {
            job,
            slot,
            from,
            to,
        });
        Ok(written)
    }

    /// A device that is gone has no log.
    fn tell_event(&mut self, slot: Slot, event: Option<Event>) {
        let is_there = self.devices.get(&slot).is_some_and(super::Device::exists);
        if let Some(event) = event.filter(|_| is_there) {
            self.ledger.event(slot, &event);
        }
    }

    fn change(
        &mut self,
        slot: Slot,
        change: &ServiceChange,
        signature: Signature,
    ) -> Result<Result<Done, Outcome>, Stop> {
        Ok(match self.put(slot, change, signature)? {
            Some((written, seq, replaced)) => Ok(Done {
                written,
                code: "changed",
                answer: String::new(),
                seq,
                replaced,
            }),
            None => Err(Outcome::new(DeviceState::Skipped, "unchanged", "")),
        })
    }

    fn revert(
        &mut self,
        slot: Slot,
        replaced: &[Replaced],
        since: &str,
        signature: Signature,
    ) -> Result<Result<Done, Outcome>, Stop> {
        let back = revert(&self.record(slot)?.twin, replaced);
        let put = self.put(slot, &back.change, signature)?;
        Ok(match put {
            Some((written, seq, replaced)) if back.changed.is_empty() => Ok(Done {
                written,
                code: "restored",
                answer: String::new(),
                seq,
                replaced,
            }),
            Some((written, seq, replaced)) => Ok(Done {
                written,
                code: "partly restored",
                answer: since.to_owned(),
                seq,
                replaced,
            }),
            None => Err(Outcome::new(DeviceState::Skipped, "changed since", since)),
        })
    }

    /// Changes a twin, unless every value would be what it is.
    fn put(
        &mut self,
        slot: Slot,
        change: &ServiceChange,
        signature: Signature,
    ) -> Result<Option<(Written, Seq, Vec<Replaced>)>, Stop> {
        let before = Arc::clone(self.record(slot)?);
        let mut twin: Twin = before.twin.clone();
        let applied = twin
            .apply_service(change, signature.at)
            .map_err(Refused::Twin)?;
        if applied.edits.is_empty() {
            return Ok(None);
        }
        let replaced = replaced(&before.twin, &applied.edits);
        drop(before);
        Arc::make_mut(self.record(slot)?).twin = twin;
        let written = self.changed(slot, Standing::Changed, signature, applied, Vec::new())?;
        let seq = self.record(slot)?.seq;
        Ok(Some((written, seq, replaced)))
    }
}

fn settled(outcome: Outcome) -> After {
    After::Settled {
        outcome,
        seq: None,
        replaced: Vec::new(),
        undone: None,
    }
}

/// What a step comes to: a device that cannot be changed has an outcome too.
fn settlement(
    result: Result<Result<Done, Outcome>, Stop>,
    undone: Option<JobId>,
) -> Result<(After, Written), Stop> {
    let failed = |code, answer: &str| settled(Outcome::new(DeviceState::Failed, code, answer));
    let after = match result {
        Ok(Ok(done)) => {
            let after = After::Settled {
                outcome: Outcome::new(DeviceState::Done, done.code, &done.answer),
                seq: Some(done.seq),
                replaced: done.replaced,
                // What was taken back in part is still changed by the other job.
                undone: undone.filter(|_| done.code == "restored"),
            };
            return Ok((after, done.written));
        }
        Ok(Err(outcome)) => settled(outcome),
        Err(Stop::Refused(Refused::NotFound)) => failed("gone", ""),
        Err(Stop::Refused(Refused::Twin(error))) => failed("refused", &error.to_string()),
        Err(Stop::Refused(refused)) => failed("refused", &refused.to_string()),
        Err(Stop::Failed(Error::Corrupt { table, column, .. })) => failed(
            "unreadable",
            &format!("its {column} in table {table} cannot be read"),
        ),
        Err(failed) => return Err(failed),
    };
    Ok((after, Written::Stored))
}
