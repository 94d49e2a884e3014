use std::sync::LazyLock;

use futures::FutureExt as _;
use tokio::time::advance;

use super::*;
use crate::mailbox::Received;
use fleet::{MethodAnswer, MethodError, MethodRequest, Outlet as _};

fn registry() -> Arc<Registry> {
    let limits = Limits {
        mailbox_messages_max: 2,
        methods_in_flight_max: 1,
        ..Limits::default()
    };
    Arc::new(Registry::new(Arc::new(limits), Timestamp::from_ms(1_000)))
}

/// One device for all tests.
fn device() -> &'static DeviceId {
    static DEVICE: LazyLock<DeviceId> = LazyLock::new(|| DeviceId::parse("d1").unwrap());
    &DEVICE
}

fn request(name: &str) -> MethodRequest {
    MethodRequest {
        name: name.to_owned(),
        payload: None,
    }
}

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(start_paused = true)]
async fn a_newer_connection_displaces_the_older_and_waits_until_it_is_gone() {
    let registry = registry();
    let first = registry.claim(device()).await;
    advance(Duration::from_secs(2)).await;
    let second = {
        let registry = Arc::clone(&registry);
        tokio::spawn(async move { registry.claim(device()).await })
    };
    let Received::Closed(why) = first.line().mailbox.receive(true).await else {
        panic!("no letter was sent")
    };
    assert_eq!(why, Goodbye::TakenOver);
    assert!(!second.is_finished());
    drop(first);
    let second = second.await.unwrap();
    assert_eq!(second.line().mailbox.closed(), None);
    assert_eq!(registry.connected(), 1);
    drop(second);
    assert_eq!(registry.connected(), 0);
    assert!(registry.line(device()).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_young_connection_is_not_displaced_yet() {
    let registry = registry();
    let first = registry.claim(device()).await;
    let mut second = Box::pin(registry.claim(device()));
    assert!(second.as_mut().now_or_never().is_none());
    advance(Duration::from_millis(900)).await;
    assert!(second.as_mut().now_or_never().is_none());
    assert_eq!(first.line().mailbox.closed(), None);
    advance(Duration::from_millis(101)).await;
    assert!(
        second.as_mut().now_or_never().is_none(),
        "the first has still to go"
    );
    assert_eq!(first.line().mailbox.closed(), Some(Goodbye::TakenOver));
    drop(first);
    second.await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_waits_for_its_turn_can_be_displaced_itself() {
    let registry = registry();
    let first = registry.claim(device()).await;
    advance(Duration::from_secs(2)).await;
    let mut second = Box::pin(registry.claim(device()));
    assert!(second.as_mut().now_or_never().is_none());
    advance(Duration::from_secs(2)).await;
    let mut third = Box::pin(registry.claim(device()));
    assert!(third.as_mut().now_or_never().is_none());
    drop(first);
    let second = second.await;
    assert_eq!(second.line().mailbox.closed(), Some(Goodbye::TakenOver));
    assert!(third.as_mut().now_or_never().is_none());
    drop(second);
    assert_eq!(third.await.line().mailbox.closed(), None);
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_methods_is_woken_by_the_subscription() {
    let registry = registry();
    assert!(!registry.wait_online(device(), Duration::ZERO).await);
    let waiting = {
        let registry = Arc::clone(&registry);
        tokio::spawn(async move { registry.wait_online(device(), PATIENCE).await })
    };
    tokio::task::yield_now().await;
    let attached = registry.claim(device()).await;
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished(), "connected is not enough");
    attached.set_takes_methods(true);
    assert!(waiting.await.unwrap());
    assert!(registry.wait_online(device(), Duration::ZERO).await);

    attached.set_takes_methods(false);
    assert!(!registry.wait_online(device(), PATIENCE).await, "in vain");
    assert!(registry.waiting().is_empty(), "nothing is left behind");
}

#[tokio::test(start_paused = true)]
async fn a_method_meets_its_answer() {
    let registry = registry();
    let refused = registry.invoke(device(), request("m"), PATIENCE).await;
    assert_eq!(
        refused,
        Err(MethodError::NotOnline {
            waited: Duration::ZERO
        })
    );

    let attached = registry.claim(device()).await;
    attached.set_takes_methods(true);
    let mut call = Box::pin(registry.invoke(device(), request("m"), PATIENCE));
    assert!(call.as_mut().now_or_never().is_none());
    let Received::Letter(Letter::Method { rid, name, .. }) =
        attached.line().mailbox.receive(true).await
    else {
        panic!()
    };
    assert_eq!(name, "m");
    assert_eq!(Rid::parse(&rid.to_string()), Some(rid));
    assert_eq!(
        registry.invoke(device(), request("m"), PATIENCE).await,
        Err(MethodError::Busy)
    );
    let answer = MethodAnswer {
        status: 200,
        payload: Value::Null,
    };
    attached.line().calls.answer(rid, Ok(answer.clone()));
    attached.line().calls.answer(rid, Err(MethodError::Busy));
    assert_eq!(call.await, Ok(answer));
}

#[tokio::test(start_paused = true)]
async fn a_method_without_answer_ends_with_the_time_or_the_connection() {
    let registry = registry();
    let attached = registry.claim(device()).await;
    attached.set_takes_methods(true);
    assert_eq!(
        registry.invoke(device(), request("m"), PATIENCE).await,
        Err(MethodError::NoAnswer)
    );
    let mut call = Box::pin(registry.invoke(device(), request("m"), PATIENCE));
    assert!(call.as_mut().now_or_never().is_none());
    drop(attached);
    assert_eq!(call.await, Err(MethodError::Disconnected));
}

#[tokio::test]
async fn a_device_that_does_not_look_is_sent_away_rather_than_left_behind() {
    let registry = registry();
    let attached = registry.claim(device()).await;
    for version in 1..=2 {
        registry.desired_changed(device(), Arc::default(), version);
    }
    assert_eq!(attached.line().mailbox.closed(), None);
    registry.desired_changed(device(), Arc::default(), 3);
    assert_eq!(attached.line().mailbox.closed(), Some(Goodbye::TooSlow));
}

#[tokio::test]
async fn request_ids_differ_between_runs_of_the_hub() {
    let early = registry().next_rid();
    let later = Registry::new(Arc::new(Limits::default()), Timestamp::from_ms(1_001)).next_rid();
    assert_ne!(early, later);
}
