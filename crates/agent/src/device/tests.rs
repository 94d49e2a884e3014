//! Whole devices against a hub with a real twin, in simulated time.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinHandle;

use super::*;
use crate::client::{Settings, connect};
use crate::device::firmware::{Failure, Stage};
use crate::faults::{FirmwareFault, Refuses};
use crate::model::{Kind, Refusal};
use crate::testing::{FakeHub, MORNING, Seen, TwinHub};

/// A device that runs against a hub of its own.
struct Stage1 {
    hub: TwinHub,
    running: JoinHandle<()>,
    shutdown: CancellationToken,
    tally: Arc<Tally>,
}

fn setup(hub: &FakeHub) -> (Setup, Settings) {
    let settings = hub.settings("dev-1");
    let setup = Setup {
        device_id: "dev-1".to_owned(),
        origin: Origin::of(Kind::Valve),
        profile: Arc::new(Profile::faultless()),
        faults: Faults::default(),
        seed: 5,
        clock: settings.clock,
        marks: Map::new(),
        memory: Memory::Twin,
        tally: Arc::clone(&settings.tally),
    };
    (setup, settings)
}

/// Starts a device; its twin is as `before` leaves it.
async fn start(change: impl FnOnce(&mut Setup), before: serde_json::Value) -> Stage1 {
    let fake = FakeHub::new();
    let mut hub = TwinHub::new(fake.clone());
    hub.desire(before).await;
    start_on(&fake, hub, change)
}

fn start_on(fake: &FakeHub, hub: TwinHub, change: impl FnOnce(&mut Setup)) -> Stage1 {
    let (mut setup, settings) = setup(fake);
    change(&mut setup);
    let tally = Arc::clone(&setup.tally);
    let (client, events, driver) = connect(settings);
    let device = Device::new(setup, client, events).unwrap();
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    let running = tokio::spawn(async move {
        let (outcome, ()) = tokio::join!(device.run(stop.clone()), driver.run(stop));
        outcome.unwrap();
    });
    Stage1 {
        hub,
        running,
        shutdown,
        tally,
    }
}

impl Stage1 {
    /// Stops the device's process and gives back the hub.
    async fn stop(mut self) -> TwinHub {
        self.shutdown.cancel();
        self.running.await.unwrap();
        self.hub.cut();
        self.hub
    }
}

/// The firmware statuses in the order in which they were reported, without repetitions.
fn statuses(hub: &TwinHub) -> Vec<String> {
    let mut said: Vec<String> = hub
        .seen
        .iter()
        .filter_map(|(_, seen)| match seen {
            Seen::Reported(patch) => twin::value::lookup(patch, &["firmware", "status"]),
            _ => None,
        })
        .map(|status| status.as_str().unwrap().to_owned())
        .collect();
    said.dedup();
    said
}

fn is_connected(seen: &Seen) -> bool {
    matches!(seen, Seen::Connected)
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_is_taken_over_and_reported_as_plain_values() {
    let asked = json!({ "valve": { "position_pct": 40 }, "telemetry": { "level": "warn" } });
    let mut stage = start(|_| {}, asked).await;
    stage
        .hub
        .serve_until(|hub| twin::diff::drift(&hub.twin).count == 0)
        .await;
    assert_eq!(stage.hub.reported("valve.position_pct"), json!(40));
    assert_eq!(stage.hub.reported("hardware.class"), json!("VC-1"));
    assert_eq!(stage.hub.reported("boot_count"), json!(1));

    stage
        .hub
        .desire(json!({ "valve": { "position_pct": 10 }, "telemetry": { "level": null } }))
        .await;
    assert_eq!(twin::diff::drift(&stage.hub.twin).count, 1);
    stage
        .hub
        .serve_until(|hub| hub.reported("telemetry.level").is_null())
        .await;
    stage
        .hub
        .serve_until(|hub| hub.reported("valve.position_pct") == json!(10))
        .await;
    // The valve then travels there.
    stage
        .hub
        .serve_until(|hub| hub.reported("opening.actual_pct") == json!(10))
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_while_the_device_was_away_is_found_on_return() {
    let mut stage = start(|_| {}, json!({ "a": 1, "b": 2 })).await;
    stage
        .hub
        .serve_until(|hub| hub.reported("b") == json!(2))
        .await;
    stage.hub.cut();
    stage
        .hub
        .desire(json!({ "a": 3, "b": null, "c": { "d": 4 } }))
        .await;
    stage
        .hub
        .serve_until(|hub| hub.reported("c.d") == json!(4))
        .await;
    stage
        .hub
        .serve_until(|hub| hub.reported("b").is_null() && hub.reported("a") == json!(3))
        .await;
    assert_eq!(stage.hub.count(is_connected), 2);
    assert_eq!(
        stage.hub.reported("boot_count"),
        json!(1),
        "a lost connection is no restart"
    );
}

#[tokio::test(start_paused = true)]
async fn a_device_that_was_registered_anew_hears_its_new_twin() {
    let mut stage = start(|_| {}, json!({ "a": 1 })).await;
    for value in 2..6 {
        stage.hub.desire(json!({ "a": value })).await;
    }
    stage
        .hub
        .serve_until(|hub| hub.reported("a") == json!(5))
        .await;
    stage.hub.cut();
    stage.hub.twin = twin::document::Twin::new(MORNING);
    stage.hub.desire(json!({ "b": 7 })).await;
    assert!(stage.hub.twin.desired.version < 6);
    stage
        .hub
        .serve_until(|hub| hub.reported("b") == json!(7))
        .await;
    stage
        .hub
        .serve_until(|hub| hub.reported("a").is_null())
        .await;
    assert_eq!(
        stage.hub.reported("hardware.class"),
        json!("VC-1"),
        "what it is, is said to the new twin as well"
    );
}

#[tokio::test(start_paused = true)]
async fn readings_and_telemetry_come_at_their_pace() {
    let mut stage = start(|_| {}, json!({ "telemetry": { "interval_s": 5 } })).await;
    stage.hub.serve_for(Duration::from_mins(10)).await;
    let telemetry = stage.hub.count(|seen| matches!(seen, Seen::Telemetry(_)));
    assert!(
        (100..140).contains(&telemetry),
        "{telemetry} messages in ten minutes"
    );
    let reports = stage.hub.count(|seen| matches!(seen, Seen::Reported(_)));
    assert!(
        (12..70).contains(&reports),
        "{reports} reports in ten minutes"
    );
    // Reports say what changed, not everything.
    let last = stage
        .hub
        .seen
        .iter()
        .rev()
        .find_map(|(_, seen)| match seen {
            Seen::Reported(patch) => Some(patch.clone()),
            _ => None,
        });
    assert!(!last.unwrap().contains_key("hardware"));
}

#[tokio::test(start_paused = true)]
async fn a_firmware_update_succeeds_only_after_the_restart() {
    let mut stage = start(|_| {}, json!({ "firmware": { "version": "9.0" } })).await;
    stage
        .hub
        .serve_until(|hub| hub.reported("firmware.status") == json!("rebooting"))
        .await;
    assert_eq!(stage.hub.reported("firmware.version"), json!("4.11.3"));
    assert_eq!(stage.hub.reported("firmware.pending_version"), json!("9.0"));
    stage
        .hub
        .serve_until(|hub| hub.reported("firmware.version") == json!("9.0"))
        .await;
    assert_eq!(
        statuses(&stage.hub),
        [
            "current",
            "downloading",
            "verifying",
            "applying",
            "rebooting",
            "current"
        ]
    );
    assert_eq!(stage.hub.count(|seen| matches!(seen, Seen::Farewell)), 1);
    assert_eq!(stage.hub.count(is_connected), 2);
    assert_eq!(stage.hub.reported("boot_count"), json!(2));
    assert_eq!(stage.hub.reported("firmware.pending_version"), Value::Null);
    assert_eq!(twin::diff::drift(&stage.hub.twin).count, 0);
    // The download told how far it was.
    let steps = stage.hub.count(|seen| {
        matches!(seen, Seen::Reported(patch) if twin::value::lookup(patch, &["firmware", "progress_pct"]).is_some())
    });
    assert!(steps >= 10, "{steps} steps");
}

#[tokio::test(start_paused = true)]
async fn a_failing_update_stays_on_the_old_version() {
    let failure = Failure {
        code: 507,
        message: "no_space: full".to_owned(),
    };
    for (stage, status) in [
        (Some(Stage::Downloading), "error"),
        (Some(Stage::Applying), "error"),
        (None, "rolledback"),
    ] {
        let failure = failure.clone();
        let mut stage = start(
            |setup| setup.faults.firmware = Some(FirmwareFault { stage, failure }),
            json!({ "firmware": { "version": "9.0" } }),
        )
        .await;
        stage
            .hub
            .serve_until(|hub| hub.reported("firmware.status") == json!(status))
            .await;
        assert_eq!(stage.hub.reported("firmware.version"), json!("4.11.3"));
        assert_eq!(
            stage.hub.reported("firmware.error"),
            json!({ "code": 507, "message": "no_space: full" })
        );
        // It does not try again by itself.
        stage.hub.serve_for(Duration::from_mins(5)).await;
        assert_eq!(stage.hub.reported("firmware.status"), json!(status));
        assert_eq!(twin::diff::drift(&stage.hub.twin).count, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_setting_is_acknowledged_with_the_reason() {
    let refusal = Refusal {
        code: 409,
        description: "cover_open: close it".to_owned(),
    };
    let refuses = Refuses {
        path: "safety.valve_lock",
        refusal,
        holds: json!(false),
    };
    let asked = json!({ "safety": { "valve_lock": true }, "valve": { "position_pct": 500 }, "firmware": { "version": 5 } });
    let mut stage = start(|setup| setup.faults.refuses = Some(refuses), asked).await;
    stage
        .hub
        .serve_until(|hub| twin::diff::drift(&hub.twin).refused == 3)
        .await;
    let version = stage.hub.twin.desired.version;
    let expected =
        json!({ "value": false, "ac": 409, "av": version, "ad": "cover_open: close it" });
    assert_eq!(stage.hub.reported("safety.valve_lock"), expected);
    assert_eq!(stage.hub.reported("valve.position_pct.ac"), json!(400));
    // A value that is accepted takes the refusal's place.
    stage
        .hub
        .desire(json!({ "valve": { "position_pct": 50 } }))
        .await;
    stage
        .hub
        .serve_until(|hub| hub.reported("valve.position_pct") == json!(50))
        .await;
    assert_eq!(twin::diff::drift(&stage.hub.twin).refused, 2);
    assert_eq!(stage.tally.faults.all()["refused a setting"], 3);
}

#[tokio::test(start_paused = true)]
async fn an_ignored_setting_waits_and_a_slow_device_takes_its_time() {
    let mut stage = start(
        |setup| {
            setup.faults.ignores = Some("telemetry.level");
            setup.faults.is_slow = true;
        },
        json!({ "telemetry": { "level": "info" }, "a": 1 }),
    )
    .await;
    stage.hub.serve_for(Duration::from_secs(50)).await;
    assert_eq!(twin::diff::drift(&stage.hub.twin).count, 2);
    stage.hub.serve_for(Duration::from_secs(140)).await;
    assert_eq!(stage.hub.reported("a"), json!(1));
    assert_eq!(twin::diff::drift(&stage.hub.twin).count, 1);
}

#[tokio::test(start_paused = true)]
async fn reboot_answers_first_and_restarts_then() {
    let mut stage = start(|_| {}, json!({})).await;
    stage
        .hub
        .serve_until(|hub| hub.reported("boot_count") == json!(1))
        .await;
    assert_eq!(
        stage.hub.call("reboot", json!(null)).await,
        (200, json!("Reboot started"))
    );
    stage
        .hub
        .serve_until(|hub| hub.reported("boot_count") == json!(2))
        .await;
    assert_eq!(stage.hub.count(|seen| matches!(seen, Seen::Farewell)), 1);
    let at = stage.hub.reported("iothubDM.reboot.lastReboot");
    assert!(twin::time::Timestamp::parse(at.as_str().unwrap()).unwrap() > MORNING);
}

#[tokio::test(start_paused = true)]
async fn identify_blinks_for_as_long_as_asked() {
    let mut stage = start(|_| {}, json!({})).await;
    stage
        .hub
        .serve_until(|hub| hub.reported("identifying") == json!(false))
        .await;
    assert_eq!(
        stage.hub.call("identify", json!({ "duration_s": 3 })).await,
        (200, json!({ "blinking_s": 3.0 }))
    );
    stage
        .hub
        .serve_until(|hub| hub.reported("identifying") == json!(true))
        .await;
    let began = Instant::now();
    stage
        .hub
        .serve_until(|hub| hub.reported("identifying") == json!(false))
        .await;
    assert_eq!(began.elapsed().as_secs(), 3);
    assert_eq!(
        stage
            .hub
            .call("identify", json!({ "duration_s": -1 }))
            .await
            .0,
        400
    );
}

#[tokio::test(start_paused = true)]
async fn diagnostics_tell_what_really_happened() {
    let mut stage = start(|_| {}, json!({ "telemetry": { "interval_s": 5 } })).await;
    stage.hub.serve_for(Duration::from_mins(1)).await;
    stage.hub.cut();
    stage.hub.serve_for(Duration::from_mins(1)).await;
    let acknowledged = stage.hub.count(|seen| matches!(seen, Seen::Telemetry(_)));
    let (status, diagnostics) = stage.hub.call("getDiagnostics", json!(null)).await;
    assert_eq!(status, 200);
    assert_eq!(diagnostics["uptime_s"], json!(120));
    assert_eq!(diagnostics["desired_version"], json!(2));
    assert_eq!(diagnostics["settings"]["telemetry"]["interval_s"], json!(5));
    assert_eq!(diagnostics["connection"]["reconnects"], json!(1));
    assert_eq!(
        diagnostics["connection"]["telemetry_acknowledged"],
        json!(acknowledged)
    );
    let log = diagnostics["log"].to_string();
    assert!(
        log.contains("the hub closed the connection") && log.contains("method getDiagnostics"),
        "{log}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_unknown_method_is_answered_with_the_known_ones() {
    let mut stage = start(|_| {}, json!({})).await;
    stage
        .hub
        .serve_until(|hub| hub.reported("boot_count") == json!(1))
        .await;
    let (status, payload) = stage.hub.call("fly", json!({ "to": "moon" })).await;
    assert_eq!(status, 404);
    assert_eq!(
        payload["methods"],
        json!(["reboot", "identify", "getDiagnostics", "exercise"])
    );
    assert_eq!(stage.hub.call("exercise", json!(null)).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_device_without_mains_goes_dark_without_a_word() {
    let mut stage = start(
        |setup| setup.faults.loses_power_every = Some(Duration::from_mins(5)),
        json!({}),
    )
    .await;
    stage
        .hub
        .serve_until(|hub| hub.reported("boot_count") == json!(2))
        .await;
    assert_eq!(stage.hub.count(|seen| matches!(seen, Seen::Dropped)), 1);
    assert_eq!(stage.hub.count(|seen| matches!(seen, Seen::Farewell)), 0);
}

#[tokio::test(start_paused = true)]
async fn a_device_on_mains_falls_back_to_its_battery() {
    let mut stage = start(
        |setup| {
            setup.origin = Origin::of(Kind::Gateway);
            setup.faults.loses_power_every = Some(Duration::from_mins(5));
        },
        json!({}),
    )
    .await;
    stage
        .hub
        .serve_until(|hub| hub.reported("power.source") == json!("battery"))
        .await;
    stage
        .hub
        .serve_until(|hub| hub.reported("power.source") == json!("mains"))
        .await;
    assert_eq!(stage.hub.count(is_connected), 1);
}

#[tokio::test(start_paused = true)]
async fn a_silent_device_stays_away_for_its_spell() {
    let (away, present) = (Duration::from_mins(10), Duration::from_mins(1));
    let mut stage = start(
        |setup| setup.faults.silence = Some(Silence::Spells { away, present }),
        json!({}),
    )
    .await;
    stage
        .hub
        .serve_until(|hub| hub.count(|seen| matches!(seen, Seen::Dropped)) == 1)
        .await;
    let left = Instant::now();
    stage
        .hub
        .serve_until(|hub| hub.count(is_connected) == 2)
        .await;
    assert_eq!(left.elapsed().as_secs(), 600);
    assert_eq!(stage.hub.reported("boot_count"), json!(1));
}

#[tokio::test(start_paused = true)]
async fn a_restarted_process_goes_on_with_its_state_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = StateFile::new(directory.path().join("dev-1.json"));
    let with_file = |file: &StateFile| {
        let memory = Memory::File(file.clone());
        move |setup: &mut Setup| setup.memory = memory
    };
    let mut stage = start(
        with_file(&file),
        json!({ "a": 1, "firmware": { "version": "9.0" } }),
    )
    .await;
    // The process is killed in the middle of the download.
    stage
        .hub
        .serve_until(|hub| hub.reported("firmware.progress_pct") == json!(50))
        .await;
    let hub = stage.stop().await;
    let kept = file.load("dev-1").unwrap().unwrap();
    assert_eq!((kept.boot_count, kept.desired.version()), (1, 2));
    assert_eq!(kept.firmware.progress_pct(), 50);

    let before = hub.seen.len();
    let fake = hub.fake();
    let mut stage = start_on(&fake, hub, with_file(&file));
    stage
        .hub
        .serve_until(|hub| hub.reported("firmware.version") == json!("9.0"))
        .await;
    let percents: Vec<u64> = stage.hub.seen[before..]
        .iter()
        .filter_map(|(_, seen)| match seen {
            Seen::Reported(patch) => {
                twin::value::lookup(patch, &["firmware", "progress_pct"])?.as_u64()
            }
            _ => None,
        })
        .collect();
    assert!(
        percents.iter().all(|percent| *percent >= 50),
        "the download began again: {percents:?}"
    );
    assert_eq!(stage.hub.reported("boot_count"), json!(3));
    assert_eq!(stage.hub.reported("a"), json!(1));
    let kept = file.load("dev-1").unwrap().unwrap();
    assert_eq!((kept.boot_count, kept.firmware.version()), (3, "9.0"));
}

#[tokio::test(start_paused = true)]
async fn a_device_without_a_file_remembers_by_its_twin() {
    let mut stage = start(|_| {}, json!({ "firmware": { "version": "9.0" } })).await;
    stage
        .hub
        .serve_until(|hub| hub.reported("firmware.version") == json!("9.0"))
        .await;
    let hub = stage.stop().await;
    let fake = hub.fake();
    let mut stage = start_on(&fake, hub, |_| {});
    stage
        .hub
        .serve_until(|hub| hub.reported("boot_count") == json!(3))
        .await;
    stage.hub.serve_for(Duration::from_mins(1)).await;
    assert_eq!(stage.hub.reported("firmware.version"), json!("9.0"));
    assert_eq!(stage.hub.reported("firmware.status"), json!("current"));
}

#[tokio::test(start_paused = true)]
async fn a_device_whose_state_cannot_be_kept_stops_instead_of_lying() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("missing").join("dev-1.json");
    let fake = FakeHub::new();
    let (mut setup, settings) = setup(&fake);
    setup.memory = Memory::File(StateFile::new(path));
    let (client, events, _driver) = connect(settings);
    let device = Device::new(setup, client, events).unwrap();
    assert!(matches!(
        device.run(CancellationToken::new()).await,
        Err(StateError::Io { .. })
    ));
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_lives_the_same_life() {
    let mut lives = Vec::new();
    for seed in [5, 5, 6] {
        let mut stage = start(
            |setup| {
                setup.seed = seed;
                setup.faults.loses_power_every = Some(Duration::from_secs(200));
            },
            json!({ "firmware": { "version": "9.0" }, "telemetry": { "interval_s": 7 } }),
        )
        .await;
        stage.hub.serve_for(Duration::from_mins(15)).await;
        lives.push(stage.stop().await.seen);
    }
    assert!(lives[0].len() > 100);
    assert_eq!(lives[0], lives[1]);
    assert_ne!(lives[0], lives[2]);
}
