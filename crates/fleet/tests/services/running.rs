//! Questions that take a while: how far they are, cancelling them, and forgetting those that nobody waits for.

use std::sync::Arc;
use std::time::Duration;

use fleet::Fleet;
use fleet::monitor::{Find, Progress, QueryError, Soon};
use serde_json::json;
use store::Store;

use crate::held::Held;
use crate::world::{World, admin, opened, operator};

const SLOW: &str = "tags.floor = 1";

/// Six devices, of which two match; documents are read two at a time, when they are let.
async fn reading(kept: Duration) -> (World, Fleet, Arc<Held>) {
    let world = World::new().await;
    for number in 0..6 {
        let tags = json!({ "floor": number % 3 });
        world
            .device_with(&format!("d{number}"), tags, json!({}))
            .await;
    }
    let held = Held::new(Arc::clone(&world.store));
    held.opens();
    let store: Arc<dyn Store> = Arc::clone(&held) as _;
    let fleet = opened(&store, &world.clock, |limits| {
        limits.scan_batch_rows = 2;
        limits.scans_max = 1;
        limits.question_kept = kept;
    })
    .await;
    fleet.monitor().columns_complete().await;
    held.lets_read(0);
    (world, fleet, held)
}

fn slow() -> Find<'static> {
    Find {
        condition: SLOW,
        limit: 10,
        ..Find::default()
    }
}

async fn asked(fleet: &Fleet) -> Result<Soon, QueryError> {
    fleet
        .monitor()
        .find_soon(&operator(), slow(), Duration::ZERO)
        .await
}

/// Asks until so many documents are read.
async fn when_read(fleet: &Fleet, read: u64) -> Progress {
    loop {
        match asked(fleet).await.unwrap() {
            Soon::Reading(progress) if progress.read == read && !progress.is_waiting => {
                return progress;
            }
            Soon::Reading(_) => tokio::task::yield_now().await,
            other => panic!("{other:?}"),
        }
    }
}

fn is_running(fleet: &Fleet) -> bool {
    let running = fleet.tasks().running();
    running
        .iter()
        .any(|(name, count)| *name == "monitor.find" && *count > 0)
}

async fn ends(fleet: &Fleet) {
    while is_running(fleet) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_slow_question_says_how_far_it_is_and_ends_with_its_page() {
    let (_world, fleet, held) = reading(Duration::from_mins(1)).await;
    assert!(matches!(asked(&fleet).await, Ok(Soon::Reading(_))));
    held.lets_read(1);
    let progress = when_read(&fleet, 2).await;
    // The store rules the others out.
    assert_eq!((progress.of, progress.matched), (6, 2));
    held.lets_read(3);
    let page = loop {
        match asked(&fleet).await.unwrap() {
            Soon::Page(page) => break page,
            _ => tokio::task::yield_now().await,
        }
    };
    assert_eq!(page.total, 2);
    assert_eq!(held.passes(), 1, "asked often, read once");
    ends(&fleet).await;
}

#[tokio::test]
async fn a_cancelled_question_stops_reading() {
    let (_world, fleet, held) = reading(Duration::from_mins(1)).await;
    held.lets_read(1);
    when_read(&fleet, 2).await;
    let monitor = fleet.monitor();
    assert!(
        !monitor.cancel(&admin(), &slow()).unwrap(),
        "it is another's"
    );
    assert!(monitor.cancel(&operator(), &slow()).unwrap());
    assert!(!monitor.cancel(&operator(), &slow()).unwrap());
    ends(&fleet).await;
    held.lets_read(100);
    assert_eq!(held.passes(), 1, "and begins no further one");
}

#[tokio::test]
async fn a_question_that_nobody_waits_for_is_given_up() {
    let (_world, fleet, _held) = reading(Duration::ZERO).await;
    // Whoever asked has gone.
    drop(asked(&fleet).await);
    ends(&fleet).await;
}

#[tokio::test]
async fn further_questions_wait_for_their_turn() {
    let (_world, fleet, held) = reading(Duration::from_mins(1)).await;
    held.lets_read(1);
    when_read(&fleet, 2).await;
    let other = Find {
        condition: "tags.floor = 2",
        limit: 10,
        ..Find::default()
    };
    let person = operator();
    let ask = || {
        fleet
            .monitor()
            .find_soon(&person, other.clone(), Duration::ZERO)
    };
    loop {
        match ask().await.unwrap() {
            Soon::Reading(progress) if progress.is_waiting => break,
            _ => tokio::task::yield_now().await,
        }
    }
    held.lets_read(100);
    loop {
        match ask().await.unwrap() {
            Soon::Page(page) => break assert_eq!(page.total, 2),
            _ => tokio::task::yield_now().await,
        }
    }
}
