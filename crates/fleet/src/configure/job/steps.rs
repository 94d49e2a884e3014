//! The steps of jobs that change twins: a batch of devices at a time, one batch in flight, so that devices' own writes share the writer with it.

use std::collections::HashMap;
use std::sync::Arc;

use store::{
    Actor, DeviceState, Job, JobAct, JobDevice, JobId, JobStep, Outcome, Record, Which, Work, Write,
};
use twin::document::ServiceChange;
use twin::id::{DeviceId, Slot};
use twin::revert::{Replaced, revert};

use crate::Error;
use crate::core::Core;

/// Devices asked in one transaction.
pub(crate) const BATCH: usize = 256;
/// Changes of a device that are looked through for who changed it since.
const HISTORY_ENTRIES_MAX: usize = 50;

/// Changes at most `limit` pending devices; gives how many.
pub(crate) async fn change(
    core: &Core,
    job: &Job,
    change: &Arc<ServiceChange>,
    limit: usize,
) -> Result<usize, Error> {
    let act = |_: &JobDevice| JobAct::Change(Arc::clone(change));
    take(core, job, pending(core, job, limit).await?, act).await
}

/// Takes back what another job changed on at most `limit` pending devices; gives how many.
pub(crate) async fn undo(core: &Core, job: &Job, of: JobId, limit: usize) -> Result<usize, Error> {
    let devices = pending(core, job, limit).await?;
    let slots: Vec<_> = devices.iter().map(|device| device.slot).collect();
    let replaced = core.store.replaced(of, &slots).await?;
    let mut since = HashMap::new();
    let records = core.store.records(&slots).await?;
    for (slot, replaced) in &replaced {
        let record = records.iter().find(|record| record.slot == *slot);
        if let Some(record) = record {
            since.insert(*slot, changed_since(core, record, replaced).await?);
        }
    }
    let mut replaced: HashMap<Slot, Vec<Replaced>> = replaced.into_iter().collect();
    let act = |device: &JobDevice| match replaced.remove(&device.slot) {
        Some(replaced) => JobAct::Revert {
            of,
            replaced,
            since: since.remove(&device.slot).unwrap_or_default(),
        },
        None => JobAct::Settle {
            outcome: Outcome::new(DeviceState::Skipped, "nothing kept", ""),
            event: None,
        },
    };
    take(core, job, devices, act).await
}

async fn pending(core: &Core, job: &Job, limit: usize) -> Result<Vec<JobDevice>, Error> {
    let which = Which::In(DeviceState::Pending);
    Ok(core
        .store
        .job_devices(job.id, which, Slot(0), limit)
        .await?)
}

/// Takes a step for each device. Those that were settled meanwhile refuse theirs, and that is all that happens.
async fn take(
    core: &Core,
    job: &Job,
    devices: Vec<JobDevice>,
    mut act: impl FnMut(&JobDevice) -> JobAct,
) -> Result<usize, Error> {
    let writes = devices
        .iter()
        .map(|device| step(core, job, device.slot, act(device)))
        .collect();
    core.store.write(writes).await?;
    Ok(devices.len())
}

/// A step of a job, as the store takes it.
pub(crate) fn step(core: &Core, job: &Job, slot: Slot, act: JobAct) -> Write {
    Write::Job(Box::new(JobStep {
        job: job.id,
        slot,
        actor: actor(job),
        reason: job.spec.start.reason.clone(),
        at: core.clock.now(),
        act,
    }))
}

/// As whom a job acts.
pub(crate) fn actor(job: &Job) -> Actor {
    Actor::Job {
        job: job.id,
        by: name(&job.spec.start.actor),
    }
}

/// Who changed what another job had set, in words that follow "changed since"; empty when nobody did, as far as can be seen.
async fn changed_since(
    core: &Core,
    record: &Record,
    replaced: &[Replaced],
) -> Result<String, Error> {
    let changed = revert(&record.twin, replaced).changed;
    if changed.is_empty() {
        return Ok(String::new());
    }
    let id: &DeviceId = &record.identity.device_id;
    let entries = core.store.history(id, None, HISTORY_ENTRIES_MAX).await?;
    let is_of_these = |section, path: &str| {
        changed.iter().any(|(of, changed)| {
            *of == section
                && (changed == path
                    || path.starts_with(&format!("{changed}."))
                    || changed.starts_with(&format!("{path}.")))
        })
    };
    let by = entries.iter().find(|entry| {
        let mut edits = entry.edits.iter();
        edits.any(|edit| is_of_these(edit.section, &edit.path))
    });
    Ok(match by.map(|entry| &entry.actor) {
        Some(Actor::Job { job, .. }) => format!("by job {job}"),
        Some(actor) => format!("by {}", name(actor)),
        None => String::new(),
    })
}

fn name(actor: &Actor) -> String {
    match actor {
        Actor::Person(name) | Actor::Job { by: name, .. } => name.clone(),
        Actor::Service(policy) => format!("policy {policy}"),
        Actor::Device(id) => id.to_string(),
        Actor::System(part) => part.clone(),
    }
}

/// What a running job does next.
pub(crate) async fn batch(core: &Core, job: &Job, limit: usize) -> Result<usize, Error> {
    match &job.spec.work {
        Work::Change(asked) => change(core, job, asked, limit).await,
        Work::Undo(of) => undo(core, job, *of, limit).await,
        Work::Method(_) => Ok(0),
    }
}
