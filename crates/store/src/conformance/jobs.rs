//! Jobs: a device's outcome and the change of its twin are one, and no step is taken twice.

use std::sync::Arc;

use serde_json::{Value, json};
use twin::document::ServiceChange;
use twin::id::{Match, Slot};

use super::Backend;
use super::given::{ada, at, audit, change, device, name, service, write};
use crate::{
    Actor, DeviceState, Event, JobAct, JobId, JobSpec, JobState, JobStep, Mark, MethodWork,
    Outcome, Refused, Store, Which, Work, Write, Written,
};

fn mark(reason: &str, seconds: i64) -> Mark {
    Mark {
        at: at(seconds),
        actor: ada(),
        reason: reason.to_owned(),
    }
}

fn asked(body: &Value) -> Arc<ServiceChange> {
    Arc::new(ServiceChange::from_patch_body(body).unwrap())
}

fn desired(interval_s: u64) -> Arc<ServiceChange> {
    asked(
        &json!({ "properties": { "desired": { "telemetry": { "interval_s": interval_s }, "new": { "a": 1 } } } }),
    )
}

async fn job(store: &Arc<dyn Store>, work: Work, slots: &[Slot]) -> JobId {
    let spec = JobSpec {
        work,
        condition: "tags.site = 'Breda-West'".to_owned(),
        start: mark("a reason", 1),
        per_second_max: Some(5),
    };
    let id = store
        .create_job(&spec, Some(audit("job.start", 1)))
        .await
        .unwrap();
    store.add_job_devices(id, slots).await.unwrap();
    store.begin_job(id).await.unwrap();
    let kept = store.job(id).await.unwrap().unwrap();
    assert_eq!((kept.spec, kept.state), (spec, JobState::Running));
    id
}

fn step(job: JobId, slot: Slot, act: JobAct) -> Write {
    Write::Job(Box::new(JobStep {
        job,
        slot,
        actor: Actor::Job {
            job,
            by: "ada".to_owned(),
        },
        reason: "a reason".to_owned(),
        at: at(2),
        act,
    }))
}

async fn states(store: &Arc<dyn Store>, job: JobId) -> Vec<(String, DeviceState, String, String)> {
    let devices = store
        .job_devices(job, Which::All, Slot(0), 100)
        .await
        .unwrap();
    let line = |device: crate::JobDevice| {
        let (code, answer) = device
            .outcome
            .map(|outcome| (outcome.code, outcome.answer))
            .unwrap_or_default();
        (device.device_id.to_string(), device.state, code, answer)
    };
    devices.into_iter().map(line).collect()
}

fn state(name: &str, state: DeviceState, code: &str) -> (String, DeviceState, String, String) {
    (name.to_owned(), state, code.to_owned(), String::new())
}

/// A twin and the outcome of its device change together, once.
pub async fn a_step_is_taken_once_with_its_outcome(backend: &dyn Backend) {
    let store = backend.open().await;
    let (a, b) = (device(&store, "a").await, device(&store, "b").await);
    let id = job(&store, Work::Change(desired(5)), &[a.slot, b.slot, a.slot]).await;
    let changed = change(&store, step(id, a.slot, JobAct::Change(desired(5)))).await;
    assert_eq!(changed.record.twin.desired.version, 2);
    let entry = &store.history(&name("a"), None, 1).await.unwrap()[0];
    let by = Actor::Job {
        job: id,
        by: "ada".to_owned(),
    };
    assert_eq!(
        (&entry.actor, entry.reason.as_deref()),
        (&by, Some("a reason"))
    );
    let pending = state("b", DeviceState::Pending, "");
    let done = state("a", DeviceState::Done, "changed");
    assert_eq!(states(&store, id).await, [done, pending]);
    // Again in a call of its own, and twice in one call.
    let again = write(&store, step(id, a.slot, JobAct::Change(desired(6)))).await;
    assert_eq!(again.unwrap_err(), Refused::Settled);
    let twice = vec![
        step(id, b.slot, JobAct::Change(desired(5))),
        step(id, b.slot, JobAct::Change(desired(7))),
    ];
    let results = store.write(twice).await.unwrap();
    assert!(results[0].is_ok());
    assert_eq!(results[1].as_ref().unwrap_err(), &Refused::Settled);
    // And after a restart.
    assert!(store.end_job(id, at(3)).await.unwrap());
    store.close().await;
    let store = backend.open().await;
    let again = write(&store, step(id, b.slot, JobAct::Change(desired(8)))).await;
    assert_eq!(again.unwrap_err(), Refused::Settled);
    let twin = store.device(&name("b")).await.unwrap().unwrap().twin;
    assert_eq!(
        (
            twin.desired.version,
            &twin.desired.values["telemetry"]["interval_s"]
        ),
        (2, &json!(5))
    );
    let ended = store.ended_jobs(None, 10).await.unwrap();
    assert_eq!((ended[0].counts.total, ended[0].counts.done), (2, 2));
    assert_eq!(ended[0].ended_at, Some(at(3)));
    assert_eq!(store.ended_jobs(Some(id), 10).await.unwrap(), []);
    let log = store.audit(None, 1).await.unwrap();
    assert_eq!(log[0].entry.target, format!("job {id}"));
}

/// A device that cannot be changed, or need not be, has an outcome and no new version.
pub async fn every_device_of_a_job_has_an_outcome(backend: &dyn Backend) {
    let store = backend.open().await;
    let (a, b) = (device(&store, "a").await, device(&store, "b").await);
    let c = device(&store, "c").await;
    let same = asked(&json!({ "tags": { "site": "Breda-West" } }));
    let id = job(
        &store,
        Work::Change(Arc::clone(&same)),
        &[a.slot, b.slot, c.slot],
    )
    .await;
    write(&store, super::given::delete("b", 2)).await.unwrap();
    let too_large = asked(&json!({ "tags": { "text": "x".repeat(9_000) } }));
    for (slot, change) in [(a.slot, &same), (b.slot, &same), (c.slot, &too_large)] {
        let done = write(&store, step(id, slot, JobAct::Change(Arc::clone(change)))).await;
        assert!(matches!(done, Ok(Written::Stored)), "{done:?}");
    }
    let states = states(&store, id).await;
    assert_eq!(states[0], state("a", DeviceState::Skipped, "unchanged"));
    assert_eq!(states[1], state("b", DeviceState::Failed, "gone"));
    assert_eq!(states[2].2, "refused");
    let version = |text: &'static str| {
        let store = Arc::clone(&store);
        async move {
            store
                .device(&name(text))
                .await
                .unwrap()
                .unwrap()
                .twin
                .version
        }
    };
    assert_eq!((version("a").await, version("c").await), (2, 2));
    let outcomes = store.job_outcomes(id, 10).await.unwrap();
    assert_eq!(outcomes.len(), 3);
    let of_gone = outcomes.iter().find(|group| group.outcome.code == "gone");
    let of_gone = of_gone.unwrap();
    assert_eq!(
        (of_gone.devices, of_gone.examples.as_slice()),
        (1, &["b".to_owned()][..])
    );
    let listed = store
        .job_devices(id, Which::Of(of_gone.id), Slot(0), 10)
        .await
        .unwrap();
    assert_eq!(listed.len(), 1);
    let counts = store.job(id).await.unwrap().unwrap().counts;
    assert_eq!((counts.skipped, counts.failed, counts.pending()), (1, 2, 0));
}

/// A device is called at most once, and what was called can be settled even after the job was canceled.
pub async fn a_canceled_job_begins_nothing(backend: &dyn Backend) {
    let store = backend.open().await;
    let mut slots = Vec::new();
    for text in ["a", "b", "c", "d"] {
        slots.push(device(&store, text).await.slot);
    }
    let work = Work::Method(MethodWork {
        name: "reboot".to_owned(),
        payload: None,
        response_timeout_ms: 5_000,
    });
    let id = job(&store, work, &slots).await;
    assert!(
        write(&store, step(id, slots[0], JobAct::Call))
            .await
            .is_ok()
    );
    let again = write(&store, step(id, slots[0], JobAct::Call)).await;
    assert_eq!(again.unwrap_err(), Refused::Settled);
    assert!(!store.end_job(id, at(3)).await.unwrap());
    let enough = mark("enough", 3);
    let canceled = store.cancel_job(id, &enough, Some(audit("job.cancel", 3)));
    assert!(canceled.await.unwrap());
    assert!(!store.cancel_job(id, &mark("again", 4), None).await.unwrap());
    let late = write(&store, step(id, slots[1], JobAct::Call)).await;
    assert_eq!(late.unwrap_err(), Refused::Settled);
    assert_eq!(store.cancel_pending(id, 2).await.unwrap(), 2);
    assert_eq!(store.cancel_pending(id, 2).await.unwrap(), 1);
    assert!(!store.end_job(id, at(3)).await.unwrap());
    let event = Event {
        at: at(4),
        kind: "method".to_owned(),
        actor: ada(),
        detail: json!({ "name": "reboot" }),
    };
    let settle = JobAct::Settle {
        outcome: Outcome::new(DeviceState::Done, "200", "{\"up\":true}"),
        event: Some(event),
    };
    write(&store, step(id, slots[0], settle.clone()))
        .await
        .unwrap();
    let again = write(&store, step(id, slots[0], settle)).await;
    assert_eq!(again.unwrap_err(), Refused::Settled);
    assert_eq!(store.events(&name("a"), None, 10).await.unwrap().len(), 1);
    assert!(store.end_job(id, at(5)).await.unwrap());
    let job = store.job(id).await.unwrap().unwrap();
    assert_eq!(
        (job.counts.canceled, job.counts.done, job.counts.called),
        (3, 1, 0)
    );
    assert_eq!(job.cancellation, Some(mark("enough", 3)));
    // A job that was canceled while its devices were gathered takes no more.
    let spec = job.spec;
    let id = store.create_job(&spec, None).await.unwrap();
    store.add_job_devices(id, &slots[..1]).await.unwrap();
    assert!(store.cancel_job(id, &mark("no", 6), None).await.unwrap());
    assert_eq!(store.add_job_devices(id, &slots).await.unwrap(), 0);
    assert_eq!(store.open_jobs().await.unwrap().len(), 1);
}

/// Taking a job back restores what still stands, and says of the rest that it was changed since.
pub async fn a_job_takes_another_back(backend: &dyn Backend) {
    let store = backend.open().await;
    let (a, b) = (device(&store, "a").await, device(&store, "b").await);
    let before = a.twin.desired.values.clone();
    let id = job(&store, Work::Change(desired(5)), &[a.slot, b.slot]).await;
    for slot in [a.slot, b.slot] {
        change(&store, step(id, slot, JobAct::Change(desired(5)))).await;
    }
    store.end_job(id, at(3)).await.unwrap();
    let later =
        json!({ "properties": { "desired": { "telemetry": { "interval_s": 9 }, "new": null } } });
    change(&store, service("b", &later, Match::Any, 4)).await;
    let undo = job(&store, Work::Undo(id), &[]).await;
    assert_eq!(store.undo_of(id).await.unwrap(), Some(undo));
    // It runs: devices are added while it is gathered only.
    assert_eq!(store.add_job_devices(undo, &[a.slot]).await.unwrap(), 0);
    let spec = store.job(undo).await.unwrap().unwrap().spec;
    let undo = store.create_job(&spec, None).await.unwrap();
    let first = store
        .add_changed_devices(undo, id, Slot(0), 1)
        .await
        .unwrap();
    assert_eq!(first, Some(a.slot));
    let second = store
        .add_changed_devices(undo, id, a.slot, 1)
        .await
        .unwrap();
    assert_eq!(second, Some(b.slot));
    assert_eq!(
        store
            .add_changed_devices(undo, id, b.slot, 1)
            .await
            .unwrap(),
        None
    );
    store.begin_job(undo).await.unwrap();
    for (slot, replaced) in store.replaced(id, &[a.slot, b.slot]).await.unwrap() {
        let act = JobAct::Revert {
            of: id,
            replaced,
            since: "by ada".to_owned(),
        };
        write(&store, step(undo, slot, act)).await.unwrap();
    }
    let twin = store.device(&name("a")).await.unwrap().unwrap().twin;
    assert_eq!(twin.desired.values, before);
    let states = [states(&store, undo).await, states(&store, id).await].concat();
    let line = |name: &str, state, code: &str, answer: &str| {
        (name.to_owned(), state, code.to_owned(), answer.to_owned())
    };
    assert_eq!(
        states,
        [
            line("a", DeviceState::Done, "restored", ""),
            line("b", DeviceState::Skipped, "changed since", "by ada"),
            line(
                "a",
                DeviceState::Undone,
                "undone",
                &format!("by job {undo}")
            ),
            line("b", DeviceState::Done, "changed", ""),
        ]
    );
    let counts = store.job(id).await.unwrap().unwrap().counts;
    assert_eq!((counts.done, counts.undone), (1, 1));
    let groups = store.job_outcomes(id, 10).await.unwrap();
    assert_eq!(groups.iter().map(|group| group.devices).sum::<u64>(), 2);
    // Old jobs go, a few rows at a time.
    let mut calls = 0;
    while store.prune_jobs(at(100), 1).await.unwrap() > 0 {
        calls += 1;
    }
    assert_eq!(calls, 2 + 2 + 1);
    assert_eq!(store.job(id).await.unwrap(), None);
}
