//! Goal: a tab hears what it watches, the latest of it, and nothing else; it can hold changes back, and after a
//! break it misses nothing.
//!
//! Method: the server's end over a real fleet on SQLite in a temporary directory, a pair of channels for the
//! socket, and waiting for the message that must come.
#![cfg(feature = "ssr")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use app::live::protocol::{Ask, Delta, Interests, Say};
use fleet::access::{Principal, Role};
use fleet::clock::{SeededRng, SystemClock};
use fleet::monitor::DeviceEvent;
use fleet::provision::NewDevice;
use fleet::{Fleet, Limits, Parts, SealingKey};
use futures::channel::mpsc;
use futures::{SinkExt, StreamExt};
use serde_json::json;
use store::Store;
use twin::Value;
use twin::id::{DeviceId, Match, Slot};

/// Longer than any of these steps takes on a machine that is still alive.
const PATIENCE: Duration = Duration::from_secs(30);

struct World {
    fleet: Fleet,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("tandem.db").display());
        let store: Arc<dyn Store> = store::sqlite::open(&url).await.unwrap();
        let fleet = Fleet::open(Parts {
            store,
            clock: Arc::new(SystemClock::new()),
            rng: Arc::new(SeededRng::new(42)),
            sealing_key: SealingKey::new([9; 32]),
            host_name: "hub.example".to_owned(),
            limits: Limits::default(),
        })
        .await
        .unwrap();
        fleet.monitor().columns_complete().await;
        Self {
            fleet,
            _folder: folder,
        }
    }

    /// Registers a device that is asked for a level.
    async fn device(&self, name: &str) -> Slot {
        let desired = json!({ "level": 1 }).as_object().cloned().unwrap();
        let new = NewDevice {
            desired,
            ..NewDevice::new(id(name))
        };
        self.fleet
            .provision()
            .create(&person(Role::Admin), new)
            .await
            .unwrap()
            .record
            .slot
    }

    async fn report(&self, slot: Slot, patch: Value) {
        let patch = patch.as_object().cloned().unwrap();
        let event = DeviceEvent::Reported {
            slot,
            patch,
            expected_version: None,
        };
        for outcome in self.fleet.monitor().ingest(vec![event]).await {
            outcome.unwrap();
        }
    }

    /// A tab that has just been greeted.
    async fn tab(&self) -> Tab {
        let (say, incoming) = mpsc::channel(16);
        let (outgoing, heard) = mpsc::channel(0);
        tokio::spawn(app::live::serve(
            self.fleet.clone(),
            person(Role::Supervisor),
            "build-1".to_owned(),
            incoming,
            outgoing,
        ));
        let mut tab = Tab {
            say,
            heard,
            before: VecDeque::new(),
        };
        let Say::Hello { build, .. } = tab.next().await else {
            panic!("not greeted")
        };
        assert_eq!(build, "build-1");
        tab
    }
}

struct Tab {
    say: mpsc::Sender<String>,
    heard: mpsc::Receiver<String>,
    before: VecDeque<Say>,
}

impl Tab {
    async fn says(&mut self, ask: Ask) {
        self.say
            .send(serde_json::to_string(&ask).unwrap())
            .await
            .unwrap();
    }

    async fn watches(&mut self, interests: Interests) {
        self.says(Ask::Subscribe(interests)).await;
    }

    async fn next(&mut self) -> Say {
        let text = tokio::time::timeout(PATIENCE, self.heard.next())
            .await
            .expect("nothing came")
            .expect("the server hung up");
        let say: Say = serde_json::from_str(&text).unwrap();
        self.before.push_back(say.clone());
        say
    }

    /// Waits for a delta with something in it.
    async fn hears(&mut self, mut what: impl FnMut(&Delta) -> bool) -> Delta {
        loop {
            if let Say::Delta(delta) = self.next().await
                && what(&delta)
            {
                return delta;
            }
        }
    }
}

fn id(name: &str) -> DeviceId {
    DeviceId::parse(name).unwrap()
}

fn person(role: Role) -> Principal {
    Principal::Person {
        id: 1,
        name: "sam".to_owned(),
        role,
    }
}

fn rows(names: &[&str]) -> Interests {
    Interests {
        rows: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Interests::default()
    }
}

#[tokio::test]
async fn a_report_changes_the_row_that_shows_it_and_no_other() {
    let world = World::new().await;
    let (shown, hidden) = (world.device("shown").await, world.device("hidden").await);
    let mut tab = world.tab().await;
    tab.watches(rows(&["shown"])).await;
    let first = tab.hears(|delta| !delta.rows.is_empty()).await;
    assert_eq!(
        (first.rows[0].id.as_str(), first.rows[0].differs),
        ("shown", 1)
    );

    world.report(hidden, json!({ "level": 1 })).await;
    world.report(shown, json!({ "level": 1 })).await;
    let next = tab.hears(|delta| !delta.rows.is_empty()).await;
    assert_eq!(
        next.rows
            .iter()
            .map(|row| (row.id.as_str(), row.differs))
            .collect::<Vec<_>>(),
        [("shown", 0)]
    );
    assert!(next.seq > first.seq && next.overview.is_none() && next.device.is_none());
}

#[tokio::test]
async fn many_reports_are_the_latest_state_once() {
    let world = World::new().await;
    let slot = world.device("busy").await;
    let mut tab = world.tab().await;
    tab.watches(rows(&["busy"])).await;
    tab.hears(|delta| !delta.rows.is_empty()).await;
    for strength in 0..50 {
        world
            .report(slot, json!({ "network": { "rssi_dbm": -strength } }))
            .await;
    }
    let mut messages = 0;
    tab.hears(|delta| {
        messages += 1;
        delta.rows.iter().any(|row| row.rssi_dbm == Some(-49.0))
    })
    .await;
    assert!(messages < 50, "{messages} messages for 50 reports");
}

#[tokio::test]
async fn counts_and_the_whole_device_follow() {
    let world = World::new().await;
    let slot = world.device("one").await;
    world.device("two").await;
    let mut tab = world.tab().await;
    let condition = "NOT IS_DRIFTING()".to_owned();
    tab.watches(Interests {
        counts: vec![condition.clone()],
        device: Some("one".into()),
        ..Interests::default()
    })
    .await;
    let count = |delta: &Delta| delta.counts.first().map(|count| count.total);
    let mut seen = Vec::new();
    while !seen.contains(&Some(0)) {
        seen.push(count(&tab.hears(|delta| !delta.counts.is_empty()).await));
    }

    world.report(slot, json!({ "level": 1 })).await;
    let (mut is_counted, mut is_shown) = (false, false);
    while !(is_counted && is_shown) {
        let delta = tab
            .hears(|delta| !delta.counts.is_empty() || delta.device.is_some())
            .await;
        is_counted |= count(&delta) == Some(1) && delta.counts[0].condition == condition;
        is_shown |= delta
            .device
            .is_some_and(|device| device.reported.get("level") == Some(&json!(1)));
    }
}

#[tokio::test]
async fn a_condition_that_cannot_be_read_does_not_silence_the_others() {
    let world = World::new().await;
    world.device("one").await;
    let mut tab = world.tab().await;
    tab.watches(Interests {
        counts: vec!["tags.a = ".into(), "*".into()],
        ..Interests::default()
    })
    .await;
    let delta = tab.hears(|delta| !delta.counts.is_empty()).await;
    assert_eq!(
        delta
            .counts
            .iter()
            .map(|count| (count.condition.as_str(), count.total))
            .collect::<Vec<_>>(),
        [("*", 1)]
    );
}

#[tokio::test]
async fn held_changes_are_counted_and_come_as_one() {
    let world = World::new().await;
    let slot = world.device("one").await;
    let mut tab = world.tab().await;
    tab.watches(rows(&["one"])).await;
    tab.hears(|delta| !delta.rows.is_empty()).await;
    tab.says(Ask::Hold).await;
    // The server takes what the tab says and what the fleet does in any order: report until one is held.
    let held = loop {
        world
            .report(slot, json!({ "network": { "rssi_dbm": -90 } }))
            .await;
        if let Say::Held { changes } = tab.next().await {
            break changes;
        }
    };
    assert!(held > 0);
    world
        .report(slot, json!({ "network": { "rssi_dbm": -50 } }))
        .await;
    tab.says(Ask::Resume).await;
    let delta = tab.hears(|delta| !delta.rows.is_empty()).await;
    assert_eq!(delta.rows[0].rssi_dbm, Some(-50.0));
}

#[tokio::test]
async fn a_deleted_device_is_said_to_be_gone() {
    let world = World::new().await;
    world.device("one").await;
    let mut tab = world.tab().await;
    tab.watches(rows(&["one"])).await;
    tab.hears(|delta| !delta.rows.is_empty()).await;
    let admin = person(Role::Admin);
    world
        .fleet
        .provision()
        .delete(&admin, &id("one"), Match::Any, None)
        .await
        .unwrap();
    assert_eq!(
        tab.hears(|delta| !delta.gone.is_empty()).await.gone,
        ["one"]
    );
}

#[tokio::test]
async fn a_tab_that_comes_back_gets_what_it_missed() {
    let world = World::new().await;
    let slot = world.device("one").await;
    let mut tab = world.tab().await;
    tab.watches(rows(&["one"])).await;
    let seen = tab.hears(|delta| !delta.rows.is_empty()).await.seq;
    drop(tab);
    world.report(slot, json!({ "level": 1 })).await;
    let mut tab = world.tab().await;
    tab.watches(Interests {
        since: seen,
        ..rows(&["one"])
    })
    .await;
    assert_eq!(
        tab.hears(|delta| !delta.rows.is_empty()).await.rows[0].differs,
        0
    );
}

#[tokio::test]
async fn the_overview_comes_with_its_field_and_who_watches_nothing_gets_neither() {
    let world = World::new().await;
    let slot = world.device("one").await;
    let mut quiet = world.tab().await;
    let mut tab = world.tab().await;
    tab.watches(Interests {
        overview: true,
        ..Interests::default()
    })
    .await;
    let delta = tab.hears(|delta| delta.overview.is_some()).await;
    assert_eq!(
        delta.overview.map(|overview| overview.figures.devices),
        Some(1)
    );
    assert_eq!(delta.field.map(|field| field.regions.len()), Some(1));
    assert_eq!(delta.pulse.devices, Some(1));

    world.report(slot, json!({ "level": 1 })).await;
    tab.hears(|delta| {
        delta
            .overview
            .as_ref()
            .is_some_and(|overview| overview.figures.converged == 1)
    })
    .await;
    quiet
        .watches(Interests {
            overview: true,
            ..Interests::default()
        })
        .await;
    quiet.hears(|delta| delta.overview.is_some()).await;
    let early = quiet
        .before
        .iter()
        .filter(|say| matches!(say, Say::Delta(delta) if delta.overview.is_none()));
    // Before it watched, only the pulse at the beginning.
    assert!(early.count() <= 1, "{:?}", quiet.before);
}
