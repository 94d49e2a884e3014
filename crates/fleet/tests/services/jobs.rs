//! Jobs: each device is asked once whatever happens in between, outcomes are told, and changes are taken back.

use std::sync::Arc;
use std::time::Duration;

use fleet::configure::{JobReport, NewJob};
use fleet::{Error, MethodAnswer, Principal};
use futures::future::join_all;
use serde_json::{Value, json};
use store::{
    Actor, DeviceState, JobAct, JobId, JobSpec, JobState, JobStep, Mark, MethodWork, Which, Work,
    Write,
};
use twin::document::ServiceChange;
use twin::id::Slot;
use twin::scheme::PropertyType;

use crate::held::Held;
use crate::world::{START, Told, World, id, operator, supervisor};

fn change(body: &Value) -> Work {
    Work::Change(Arc::new(ServiceChange::from_patch_body(body).unwrap()))
}

fn interval(seconds: u64) -> Work {
    change(&json!({ "properties": { "desired": { "interval_s": seconds } } }))
}

fn method() -> Work {
    Work::Method(MethodWork {
        name: "reboot".to_owned(),
        payload: None,
        response_timeout_ms: 30_000,
    })
}

fn new(work: Work, condition: &str) -> NewJob {
    NewJob {
        work,
        condition: condition.to_owned(),
        reason: "a quieter night".to_owned(),
        per_second_max: None,
        confirmed: None,
    }
}

async fn devices(world: &World, count: usize) {
    let create = |number| async move {
        let name = format!("d{number:03}");
        world
            .device_with(&name, json!({ "site": "Breda" }), json!({}))
            .await
    };
    join_all((0..count).map(create)).await;
}

async fn start(world: &World, new: NewJob) -> JobId {
    let configure = world.fleet.configure();
    configure.start_job(&operator(), new).await.unwrap()
}

async fn report(world: &World, job: JobId) -> JobReport {
    let configure = world.fleet.configure();
    configure.job(&operator(), job).await.unwrap().unwrap()
}

/// Waits until a job is as wanted.
async fn until(world: &World, job: JobId, is_so: impl Fn(&JobReport) -> bool) -> JobReport {
    loop {
        let report = report(world, job).await;
        if is_so(&report) {
            return report;
        }
        tokio::task::yield_now().await;
    }
}

async fn ended(world: &World, job: JobId) -> JobReport {
    until(world, job, |report| report.job.state == JobState::Ended).await
}

fn groups(report: &JobReport) -> Vec<(DeviceState, &str, &str, u64)> {
    let mut groups: Vec<_> = report
        .outcomes
        .iter()
        .map(|group| {
            let outcome = &group.outcome;
            (
                outcome.state,
                outcome.code.as_str(),
                outcome.answer.as_str(),
                group.devices,
            )
        })
        .collect();
    groups.sort_unstable();
    groups
}

/// A job as a process leaves it that ends in the middle.
async fn left_behind(world: &World, work: Work, slots: &[Slot], act: JobAct) -> JobId {
    let start = Mark {
        at: START,
        actor: operator().actor(),
        reason: "before".to_owned(),
    };
    let spec = JobSpec {
        work,
        condition: String::new(),
        start: start.clone(),
        per_second_max: None,
    };
    let job = world.store.create_job(&spec, None).await.unwrap();
    world.store.add_job_devices(job, slots).await.unwrap();
    world.store.begin_job(job).await.unwrap();
    let step = JobStep {
        job,
        slot: slots[0],
        actor: Actor::Job {
            job,
            by: "olga".to_owned(),
        },
        reason: start.reason,
        at: START,
        act,
    };
    let taken = world.store.write(vec![Write::Job(Box::new(step))]).await;
    assert!(taken.unwrap()[0].is_ok());
    job
}

#[tokio::test]
async fn a_change_reaches_every_device_once_and_names_its_job() {
    let world = World::new().await;
    devices(&world, 300).await;
    world.device("other").await;
    let before = world.audit().await.len();
    let job = start(&world, new(interval(30), "tags.site = 'Breda'")).await;
    let report = ended(&world, job).await;
    assert_eq!(groups(&report), [(DeviceState::Done, "changed", "", 300)]);
    assert_eq!(report.job.counts.total, 300);
    for name in ["d000", "d299"] {
        let twin = world.live(name).await.unwrap().record.twin;
        assert_eq!(twin.desired.version, 2, "{name}");
        let entry = &world.store.history(&id(name), None, 1).await.unwrap()[0];
        let by = "olga".to_owned();
        assert_eq!(entry.actor, Actor::Job { job, by });
        assert_eq!(entry.reason.as_deref(), Some("a quieter night"));
    }
    let twin = world.live("other").await.unwrap().record.twin;
    assert_eq!(twin.desired.version, 1);
    let told = world.outlet.told();
    let is_desired = |told: &&Told| matches!(told, Told::Desired { .. });
    assert_eq!(told.iter().filter(is_desired).count(), 300);
    assert_eq!(
        world.audited_since(before).await,
        [(
            "job.start".to_owned(),
            format!("job {job}"),
            "done".to_owned()
        )]
    );
    // The same again changes nothing and moves no version.
    let job = start(&world, new(interval(30), "tags.site = 'Breda'")).await;
    let report = ended(&world, job).await;
    assert_eq!(
        groups(&report),
        [(DeviceState::Skipped, "unchanged", "", 300)]
    );
    let twin = world.live("d000").await.unwrap().record.twin;
    assert_eq!(twin.desired.version, 2);
}

#[tokio::test]
async fn a_job_goes_on_after_a_restart_with_the_devices_that_are_left() {
    let world = World::new().await;
    let (a, b) = (world.device("a").await, world.device("b").await);
    let Work::Change(asked) = interval(30) else {
        panic!("a change")
    };
    let job = left_behind(
        &world,
        interval(30),
        &[a.record.slot, b.record.slot],
        JobAct::Change(asked),
    )
    .await;
    let world = world.reopened().await;
    let report = ended(&world, job).await;
    assert_eq!(groups(&report), [(DeviceState::Done, "changed", "", 2)]);
    for name in ["a", "b"] {
        let twin = world.live(name).await.unwrap().record.twin;
        assert_eq!(twin.desired.version, 2, "{name}");
    }
}

#[tokio::test]
async fn a_device_that_was_called_at_the_crash_is_not_called_again() {
    let world = World::new().await;
    let (a, b) = (world.device("a").await, world.device("b").await);
    let slots = [a.record.slot, b.record.slot];
    let job = left_behind(&world, method(), &slots, JobAct::Call).await;
    let world = world
        .reopened_with(
            |limits| limits.jobs_reconnect_wait = Duration::ZERO,
            |outlet| {
                outlet.is_online("a");
                outlet.is_online("b");
                outlet.answers(Ok(MethodAnswer {
                    status: 200,
                    payload: Value::Null,
                }));
            },
        )
        .await;
    let report = ended(&world, job).await;
    let codes: Vec<_> = groups(&report)
        .into_iter()
        .map(|(state, code, _, devices)| (state, code, devices))
        .collect();
    assert_eq!(
        codes,
        [
            (DeviceState::Done, "200", 1),
            (DeviceState::Failed, "unknown", 1)
        ]
    );
    let called: Vec<_> = world
        .outlet
        .told()
        .into_iter()
        .filter_map(|told| match told {
            Told::Invoke { device, .. } => Some(device),
            Told::Desired { .. } | Told::Disconnect { .. } => None,
        })
        .collect();
    assert_eq!(called, ["b"]);
}

#[tokio::test]
async fn answers_of_a_method_are_counted_together() {
    let world = World::new().await;
    devices(&world, 120).await;
    for number in 0..100 {
        world.outlet.is_online(&format!("d{number:03}"));
    }
    world.outlet.answers(Ok(MethodAnswer {
        status: 200,
        payload: json!({ "up": true }),
    }));
    let job = start(&world, new(method(), "")).await;
    let report = ended(&world, job).await;
    assert_eq!(
        groups(&report),
        [
            (DeviceState::Done, "200", "{\"up\":true}", 100),
            (DeviceState::Skipped, "not connected", "", 20)
        ]
    );
    let well = report.outcomes.iter().find(|group| group.devices == 100);
    assert_eq!(well.unwrap().examples.len(), 3);
    let events = world.store.events(&id("d000"), None, 5).await.unwrap();
    assert_eq!(events[0].event.detail["job"], json!(job.0));
    world.outlet.answers(Ok(MethodAnswer {
        status: 500,
        payload: json!("no"),
    }));
    let job = start(&world, new(method(), "deviceId = 'd000'")).await;
    let report = ended(&world, job).await;
    assert_eq!(groups(&report), [(DeviceState::Failed, "500", "\"no\"", 1)]);
}

#[tokio::test]
async fn a_canceled_job_begins_nothing_more() {
    let world = World::new().await;
    devices(&world, 5).await;
    // The clock stands: at one a second, one device is changed and no more.
    let slow = NewJob {
        per_second_max: Some(1),
        ..new(interval(30), "")
    };
    let job = start(&world, slow).await;
    until(&world, job, |report| report.job.counts.done == 1).await;
    let configure = world.fleet.configure();
    let undone = configure.undo_job(&operator(), job, "no").await;
    assert!(matches!(undone, Err(Error::Invalid(_))), "it has not ended");
    configure
        .cancel_job(&operator(), job, "enough")
        .await
        .unwrap();
    let report = ended(&world, job).await;
    assert_eq!((report.job.counts.done, report.job.counts.canceled), (1, 4));
    let cancellation = report.job.cancellation.unwrap();
    assert_eq!(cancellation.reason, "enough");
    let again = configure.cancel_job(&operator(), job, "enough").await;
    assert!(matches!(again, Err(Error::Invalid(_))));
    let log = world.audited_since(0).await;
    assert_eq!(log.last().unwrap().0, "job.cancel");
}

#[tokio::test]
async fn taking_a_job_back_leaves_what_was_changed_since() {
    let world = World::new().await;
    devices(&world, 3).await;
    world.desire("d001", json!({ "interval_s": 60 })).await;
    let job = start(&world, new(interval(30), "")).await;
    ended(&world, job).await;
    world.desire("d002", json!({ "interval_s": 10 })).await;
    let configure = world.fleet.configure();
    let undo = configure
        .undo_job(&operator(), job, "it was too quiet")
        .await
        .unwrap();
    let report = ended(&world, undo).await;
    assert_eq!(
        groups(&report),
        [
            (DeviceState::Done, "restored", "", 2),
            (DeviceState::Skipped, "changed since", "by olga", 1)
        ]
    );
    let desired = |name: &'static str| {
        let world = &world;
        async move {
            let live = world.live(name).await.unwrap();
            Value::Object(live.record.twin.desired.values)
        }
    };
    assert_eq!(desired("d000").await, json!({}));
    assert_eq!(desired("d001").await, json!({ "interval_s": 60 }));
    assert_eq!(desired("d002").await, json!({ "interval_s": 10 }));
    let first = self::report(&world, job).await;
    assert_eq!(first.undo, Some(undo));
    assert_eq!((first.job.counts.undone, first.job.counts.done), (2, 1));
    let undone = Which::In(DeviceState::Undone);
    let listed = configure
        .job_devices(&operator(), job, undone, Slot(0), 1)
        .await
        .unwrap();
    assert_eq!(listed[0].device_id, id("d000"));
    // What was taken back can be brought back in turn.
    let redo = configure
        .undo_job(&operator(), undo, "the night is over")
        .await
        .unwrap();
    ended(&world, redo).await;
    assert_eq!(desired("d001").await, json!({ "interval_s": 30 }));
}

#[tokio::test]
async fn a_preview_says_what_would_happen() {
    let world = World::new().await;
    devices(&world, 30).await;
    world.desire("d001", json!({ "interval_s": 30 })).await;
    world
        .declare("desired.interval_s", PropertyType::Number)
        .await;
    let configure = world.fleet.configure();
    let preview = configure
        .preview_job(&operator(), &interval(30), "status = 'enabled'")
        .await
        .unwrap();
    assert_eq!(
        (preview.total, preview.disconnected, preview.disabled),
        (30, 30, 0)
    );
    assert_eq!((preview.unchanged, preview.samples.len()), (Some(1), 20));
    let first = preview.samples[0].edits.as_ref().unwrap();
    assert_eq!((&first[0].old, &first[0].new), (&None, &Some(json!(30))));
    assert!(preview.samples[1].edits.as_ref().unwrap().is_empty());
    assert!(preview.clashes.is_empty());
    let text = change(&json!({ "properties": { "desired": { "interval_s": "30" } } }));
    let preview = configure.preview_job(&operator(), &text, "").await.unwrap();
    assert_eq!(
        preview.clashes,
        ["properties.desired.interval_s is declared as number, and this value is of type string."]
    );
    let undeclared = change(&json!({ "tags": { "crew": "night" } }));
    let preview = configure
        .preview_job(&operator(), &undeclared, "")
        .await
        .unwrap();
    assert_eq!(preview.unchanged, None);
}

#[tokio::test]
async fn what_cannot_be_started_is_refused_with_the_reason() {
    let world = World::new().await;
    devices(&world, 2).await;
    let refusal = |principal: Principal, new: NewJob| {
        let world = &world;
        async move {
            let started = world.fleet.configure().start_job(&principal, new).await;
            started.unwrap_err().to_string()
        }
    };
    let denied = refusal(supervisor(), new(interval(1), "")).await;
    assert!(denied.contains("may run jobs"), "{denied}");
    let without_reason = NewJob {
        reason: " ".to_owned(),
        ..new(interval(1), "")
    };
    assert!(
        refusal(operator(), without_reason)
            .await
            .starts_with("Say why")
    );
    let nobody = refusal(operator(), new(interval(1), "deviceId = 'x'")).await;
    assert!(nobody.contains("matches no device"), "{nobody}");
    let unreadable = refusal(operator(), new(interval(1), "tags.site = ")).await;
    assert!(unreadable.contains("cannot be read"), "{unreadable}");
    let empty = refusal(operator(), new(change(&json!({})), "")).await;
    assert!(empty.contains("says nothing"), "{empty}");
    let illegal = change(&json!({ "tags": { "a.b": 1 } }));
    assert!(refusal(operator(), new(illegal, "")).await.contains("a.b"));
    let work = Work::Method(MethodWork {
        name: "re boot".to_owned(),
        payload: None,
        response_timeout_ms: 30_000,
    });
    let misnamed = refusal(operator(), new(work, "")).await;
    assert!(misnamed.contains("printable"), "{misnamed}");
    let configure = world.fleet.configure();
    let none = configure.undo_job(&operator(), JobId(9), "x").await;
    assert!(matches!(none, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn the_devices_of_a_job_are_taken_down_without_reading_documents() {
    let world = World::new().await;
    devices(&world, 40).await;
    let held = Held::new(Arc::clone(&world.store));
    held.opens();
    let store = Arc::clone(&held) as Arc<dyn store::Store>;
    let fleet = crate::world::opened(&store, &world.clock, |_| ()).await;
    fleet.monitor().columns_complete().await;
    held.passes();
    let new = new(interval(30), "status = 'enabled' AND NOT IS_DRIFTING()");
    let job = fleet.configure().start_job(&operator(), new).await.unwrap();
    let done = loop {
        let report = fleet
            .configure()
            .job(&operator(), job)
            .await
            .unwrap()
            .unwrap();
        if report.job.state == JobState::Ended {
            break report.job.counts.done;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((done, held.passes()), (40, 0));
    assert!(fleet.shutdown(Duration::from_secs(5)).await);
}
