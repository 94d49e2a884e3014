//! Direct methods: limits, answers, and what is written down.

use std::sync::Arc;
use std::time::Duration;

use fleet::configure::{Kept, MethodCall};
use fleet::{MethodAnswer, MethodError, MethodRequest};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::world::{Told, World, id, operator, supervisor};

async fn connected() -> World {
    let world = World::new().await;
    world.device("d1").await;
    world.outlet.told();
    world.outlet.is_online("d1");
    world
}

#[tokio::test]
async fn an_answer_comes_back_and_is_written_down() {
    let world = connected().await;
    let before = world.audit().await.len();
    world.outlet.answers(Ok(MethodAnswer {
        status: 299,
        payload: json!([1, "two"]),
    }));
    let call = MethodCall {
        payload: Some(Value::from("")),
        ..MethodCall::new("reboot")
    };
    let answer = world
        .fleet
        .configure()
        .invoke(&operator(), &id("d1"), call)
        .await
        .unwrap();
    assert_eq!(answer.status, 299);
    assert_eq!(answer.payload, json!([1, "two"]));
    assert_eq!(
        world.outlet.told(),
        [Told::Invoke {
            device: "d1".to_owned(),
            request: MethodRequest {
                name: "reboot".to_owned(),
                payload: Some(Value::from("")),
            },
        }]
    );
    assert_eq!(
        world.audited_since(before).await,
        [(
            "method.invoke".to_owned(),
            "d1".to_owned(),
            "299".to_owned()
        )]
    );
    let events = world.store.events(&id("d1"), None, 10).await.unwrap();
    assert_eq!(events[0].event.kind, "method");
    assert_eq!(events[0].event.detail["name"], "reboot");
    assert_eq!(events[0].event.detail["status"], 299);
}

#[tokio::test]
async fn failures_are_told_apart_and_written_down_too() {
    let world = connected().await;
    world.device("offline").await;
    let before = world.audit().await.len();
    let configure = world.fleet.configure();
    let nobody = configure
        .invoke(&operator(), &id("nobody"), MethodCall::new("x"))
        .await;
    assert_eq!(nobody, Err(MethodError::NotFound));
    let waits = MethodCall {
        connect_timeout: Duration::from_secs(7),
        ..MethodCall::new("x")
    };
    let offline = configure.invoke(&operator(), &id("offline"), waits).await;
    assert_eq!(
        offline,
        Err(MethodError::NotOnline {
            waited: Duration::from_secs(7)
        })
    );
    world.outlet.answers(Err(MethodError::Disconnected));
    let gone = configure
        .invoke(&operator(), &id("d1"), MethodCall::new("x"))
        .await;
    assert_eq!(gone, Err(MethodError::Disconnected));
    let outcomes: Vec<_> = world
        .audited_since(before)
        .await
        .into_iter()
        .map(|(.., outcome)| outcome)
        .collect();
    assert_eq!(
        outcomes,
        [
            "Timed out waiting for device to connect.",
            "Device unavailable"
        ]
    );
}

#[tokio::test]
async fn calls_outside_the_limits_never_reach_the_device() {
    let world = connected().await;
    let before = world.audit().await.len();
    let call = |change: fn(&mut MethodCall)| {
        let mut call = MethodCall::new("reboot");
        change(&mut call);
        call
    };
    for bad in [
        call(|call| call.name = String::new()),
        call(|call| call.name = "x".repeat(101)),
        call(|call| call.name = "re boot".to_owned()),
        call(|call| call.name = "re/boot".to_owned()),
        call(|call| call.name = "réboot".to_owned()),
        call(|call| call.response_timeout = Duration::from_secs(4)),
        call(|call| call.response_timeout = Duration::from_secs(301)),
        call(|call| call.connect_timeout = Duration::from_secs(301)),
    ] {
        let answer = world
            .fleet
            .configure()
            .invoke(&operator(), &id("d1"), bad.clone())
            .await;
        assert!(matches!(answer, Err(MethodError::Invalid(_))), "{bad:?}");
    }
    let large = call(|call| call.payload = Some(Value::from("x".repeat(128 * 1_024))));
    let answer = world
        .fleet
        .configure()
        .invoke(&operator(), &id("d1"), large)
        .await;
    assert!(matches!(answer, Err(MethodError::TooLarge { .. })));
    let answer = world
        .fleet
        .configure()
        .invoke(&supervisor(), &id("d1"), MethodCall::new("x"))
        .await;
    assert!(matches!(answer, Err(MethodError::Denied(_))));
    assert_eq!(world.outlet.told(), []);
    assert_eq!(world.audit().await.len(), before);
}

/// A call that the device has got and does not answer.
async fn unanswered(world: &Arc<World>) -> JoinHandle<Result<MethodAnswer, MethodError>> {
    let caller = tokio::spawn({
        let world = Arc::clone(world);
        async move {
            let call = MethodCall {
                response_timeout: Duration::from_secs(5),
                ..MethodCall::new("x")
            };
            world
                .fleet
                .configure()
                .invoke(&operator(), &id("d1"), call)
                .await
        }
    });
    while world.outlet.told().is_empty() {
        tokio::task::yield_now().await;
    }
    caller
}

/// Lets the response timeout pass, and real time go on: the store works on threads of its own.
async fn wait_in_vain() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(8)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn an_outlet_that_never_answers_is_given_up_on() {
    let world = Arc::new(connected().await);
    let caller = unanswered(&world).await;
    wait_in_vain().await;
    assert_eq!(caller.await.unwrap(), Err(MethodError::NoAnswer));
}

#[tokio::test]
async fn a_call_is_written_down_though_the_caller_goes_away() {
    let world = Arc::new(connected().await);
    let before = world.audit().await.len();
    let caller = unanswered(&world).await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    wait_in_vain().await;
    while world.audited_since(before).await.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        world.audited_since(before).await[0].2,
        "Timed out waiting for the response from device."
    );
}

#[tokio::test]
async fn calls_are_told_with_what_they_carried_and_what_came_back() {
    let world = connected().await;
    let call = async |name: &str, payload: Option<Value>| {
        let call = MethodCall {
            payload,
            ..MethodCall::new(name)
        };
        let _ = world
            .fleet
            .configure()
            .invoke(&operator(), &id("d1"), call)
            .await;
    };
    world.outlet.answers(Ok(MethodAnswer {
        status: 200,
        payload: json!({ "ok": true }),
    }));
    call("identify", Some(json!({ "seconds": 5 }))).await;
    call("long", Some(json!("x".repeat(3_000)))).await;
    world.outlet.answers(Err(MethodError::NoAnswer));
    call("reboot", None).await;
    let calls = async |before| {
        let configure = world.fleet.configure();
        configure
            .calls(&supervisor(), &id("d1"), before, 2)
            .await
            .unwrap()
    };
    let newest = calls(None).await;
    let names: Vec<_> = newest.iter().map(|call| call.name.as_str()).collect();
    assert_eq!(names, ["reboot", "long"]);
    assert_eq!(newest[0].payload, Kept::Value(Value::Null));
    assert!(newest[0].answer.as_ref().is_err_and(|why| !why.is_empty()));
    assert_eq!(newest[1].payload, Kept::TooLarge { size_bytes: 3_002 });
    let oldest = calls(Some(newest[1].number)).await;
    assert_eq!(oldest.len(), 1);
    assert_eq!(oldest[0].payload, Kept::Value(json!({ "seconds": 5 })));
    assert_eq!(
        oldest[0].answer,
        Ok((200, Kept::Value(json!({ "ok": true }))))
    );
    // The audit log says that it was run, not with what.
    let audited = world.audit().await.pop().unwrap();
    assert_eq!(audited.action, "method.invoke");
    assert!(audited.detail.get("payload").is_none() && audited.detail.get("answer").is_none());
}
