//! The firmware update as a state machine: asked, downloading, verifying, applying, rebooting, current.
//!
//! The machine is pure: it takes what happened and says what to do next ([`Next`]); the device supplies the time, the
//! failures and the reboot. Success is stated only by the new version itself, after the reboot. Every state is
//! serializable, so that a device that is switched off in the middle goes on where it was.
//!
//! **Source**: contract section 10.2 (statuses, a second request is not started while one runs).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use twin::Map;
use twin::time::Timestamp;

use crate::model::object;

/// Longest version text that is accepted, bytes.
const VERSION_BYTES_MAX: usize = 64;
/// Progress of the download is reported in steps of this many percent.
const PROGRESS_STEP_PCT: u8 = 10;

/// A stage of an update that takes time and can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Fetching the image.
    Downloading,
    /// Checking the image.
    Verifying,
    /// Writing the image.
    Applying,
}

/// Where the device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It runs what it was last asked for, or was never asked.
    Current,
    /// An update is under way.
    Updating(Stage),
    /// The image is in place; the device restarts into it.
    Rebooting,
    /// The update failed before the restart; the old version still runs.
    Error,
    /// The new version did not start; the old one was restored.
    RolledBack,
}

/// Why an update failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A status, 400 and above.
    pub code: i64,
    /// The reason, for a person.
    pub message: String,
}

/// What the device has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Rest,
    /// One step of this stage; then call [`Firmware::step_done`] or [`Firmware::failed`].
    Work(Stage),
    /// Restart; then call [`Firmware::started`].
    Reboot,
}

/// The firmware of one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firmware {
    version: String,
    phase: Phase,
    /// The version that is being installed, or whose installation failed.
    pending: Option<String>,
    /// A version that was asked for while another was being installed.
    queued: Option<String>,
    progress_pct: u8,
    started: Option<Timestamp>,
    ended: Option<Timestamp>,
    failure: Option<Failure>,
}

impl Firmware {
    /// A device that runs `version` and was never updated.
    pub fn new(version: &str) -> Self {
        Self {
            version: version.to_owned(),
            phase: Phase::Current,
            pending: None,
            queued: None,
            progress_pct: 0,
            started: None,
            ended: None,
            failure: None,
        }
    }

    /// Whether `value` can be a desired version.
    pub fn is_version(value: &Value) -> bool {
        value
            .as_str()
            .is_some_and(|text| !text.trim().is_empty() && text.len() <= VERSION_BYTES_MAX)
    }

    /// The version that runs.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where the device stands.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// How much of the image is there, percent.
    pub fn progress_pct(&self) -> u8 {
        self.progress_pct
    }

    /// Takes note that `version` is wanted.
    ///
    /// Asking for the version that runs clears an earlier failure. Asking again for a version that failed tries it
    /// again. While an update runs, the wish waits until it has ended.
    pub fn ask(&mut self, version: &str, now: Timestamp) -> Next {
        if self.is_updating() {
            self.queued = (self.pending.as_deref() != Some(version)).then(|| version.to_owned());
            return Next::Rest;
        }
        if version == self.version {
            self.rest(Phase::Current);
            self.failure = None;
            return Next::Rest;
        }
        self.pending = Some(version.to_owned());
        self.failure = None;
        self.progress_pct = 0;
        self.started = Some(now);
        self.ended = None;
        self.work(Stage::Downloading)
    }

    /// The step that [`Next::Work`] asked for is done.
    pub fn step_done(&mut self, now: Timestamp) -> Next {
        match self.phase {
            Phase::Updating(Stage::Downloading) => {
                self.progress_pct = self.progress_pct.saturating_add(PROGRESS_STEP_PCT).min(100);
                self.work(if self.progress_pct < 100 {
                    Stage::Downloading
                } else {
                    Stage::Verifying
                })
            }
            Phase::Updating(Stage::Verifying) => self.work(Stage::Applying),
            Phase::Updating(Stage::Applying) => {
                // When somebody wants another version by now, do not restart into this one.
                if let Some(other) = self.queued.take() {
                    self.rest(Phase::Current);
                    return self.ask(&other, now);
                }
                self.phase = Phase::Rebooting;
                Next::Reboot
            }
            Phase::Current | Phase::Rebooting | Phase::Error | Phase::RolledBack => Next::Rest,
        }
    }

    /// The running stage failed: the device stays on its version, and says why.
    pub fn failed(&mut self, failure: Failure, now: Timestamp) -> Next {
        if !matches!(self.phase, Phase::Updating(_)) {
            return Next::Rest;
        }
        self.end(Phase::Error, Some(failure), now)
    }

    /// The device has started; `outcome` says whether the version it restarted into came up.
    ///
    /// Called at every start. Only after a reboot for an update does it change the version; an update that was
    /// interrupted goes on with the stage it was in.
    pub fn started(&mut self, outcome: Result<(), Failure>, now: Timestamp) -> Next {
        match (self.phase, outcome) {
            (Phase::Rebooting, Ok(())) => {
                if let Some(version) = self.pending.take() {
                    self.version = version;
                }
                self.end(Phase::Current, None, now)
            }
            (Phase::Rebooting, Err(failure)) => self.end(Phase::RolledBack, Some(failure), now),
            (Phase::Updating(stage), _) => Next::Work(stage),
            (Phase::Current | Phase::Error | Phase::RolledBack, _) => Next::Rest,
        }
    }

    /// Whether an update is under way.
    pub fn is_updating(&self) -> bool {
        matches!(self.phase, Phase::Updating(_) | Phase::Rebooting)
    }

    /// Steps of the download, for pacing: how many times [`Next::Work`] asks for it.
    pub fn download_steps() -> u32 {
        u32::from(100 / PROGRESS_STEP_PCT)
    }

    /// The whole reported `firmware` object; `null` where there is nothing to say, so that it removes what was said before.
    pub fn report(&self) -> Map {
        let status = match self.phase {
            Phase::Current => "current",
            Phase::Updating(Stage::Downloading) => "downloading",
            Phase::Updating(Stage::Verifying) => "verifying",
            Phase::Updating(Stage::Applying) => "applying",
            Phase::Rebooting => "rebooting",
            Phase::Error => "error",
            Phase::RolledBack => "rolledback",
        };
        let downloading = self.phase == Phase::Updating(Stage::Downloading);
        let error = self
            .failure
            .as_ref()
            .map(|failure| json!({ "code": failure.code, "message": failure.message }));
        object!({
            "version": self.version,
            "status": status,
            "pending_version": self.pending,
            "progress_pct": downloading.then_some(self.progress_pct),
            "update_started": self.started.map(|at| at.to_string()),
            "update_ended": self.ended.map(|at| at.to_string()),
            "error": error,
        })
    }

    fn work(&mut self, stage: Stage) -> Next {
        self.phase = Phase::Updating(stage);
        Next::Work(stage)
    }

    fn rest(&mut self, phase: Phase) {
        self.phase = phase;
        self.pending = None;
    }

    /// Ends an update and begins the one that waited for it, if any.
    fn end(&mut self, phase: Phase, failure: Option<Failure>, now: Timestamp) -> Next {
        self.phase = phase;
        self.failure = failure;
        self.ended = Some(now);
        match self.queued.take() {
            Some(version) => self.ask(&version, now),
            None => Next::Rest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_ms(ms)
    }

    fn failure() -> Failure {
        Failure {
            code: 507,
            message: "no_space".to_owned(),
        }
    }

    /// Steps until the stage changes, and returns what comes next.
    fn through(firmware: &mut Firmware, stage: Stage) -> Next {
        let mut next = Next::Work(stage);
        while next == Next::Work(stage) {
            next = firmware.step_done(at(2));
        }
        next
    }

    fn downloading() -> Firmware {
        let mut firmware = Firmware::new("1.0");
        assert_eq!(firmware.ask("2.0", at(1)), Next::Work(Stage::Downloading));
        firmware
    }

    fn rebooting() -> Firmware {
        let mut firmware = downloading();
        assert_eq!(
            through(&mut firmware, Stage::Downloading),
            Next::Work(Stage::Verifying)
        );
        assert_eq!(firmware.step_done(at(3)), Next::Work(Stage::Applying));
        assert_eq!(firmware.step_done(at(4)), Next::Reboot);
        firmware
    }

    #[test]
    fn an_update_reports_every_stage_and_its_success_only_after_the_reboot() {
        let mut firmware = Firmware::new("1.0");
        let mut said = Vec::new();
        let mut next = firmware.ask("2.0", at(1));
        loop {
            let report = firmware.report();
            said.push(format!(
                "{} {}",
                report["status"].as_str().unwrap(),
                report["progress_pct"]
            ));
            assert_eq!(report["version"], json!("1.0"));
            match next {
                Next::Work(_) => next = firmware.step_done(at(2)),
                Next::Reboot => break,
                Next::Rest => panic!("rested at {:?}", firmware.phase()),
            }
        }
        let mut expected: Vec<String> = (0..10)
            .map(|tenth| format!("downloading {}", tenth * 10))
            .collect();
        expected.extend(["verifying null", "applying null", "rebooting null"].map(str::to_owned));
        assert_eq!(said, expected);
        assert_eq!(firmware.started(Ok(()), at(9)), Next::Rest);
        let report = firmware.report();
        assert_eq!(
            (&report["version"], &report["status"]),
            (&json!("2.0"), &json!("current"))
        );
        assert_eq!(
            (&report["pending_version"], &report["error"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(report["update_ended"], json!(at(9).to_string()));
    }

    #[test]
    fn a_failure_in_any_stage_keeps_the_old_version_and_says_why() {
        for stage in [Stage::Downloading, Stage::Verifying, Stage::Applying] {
            let mut firmware = downloading();
            while firmware.phase() != Phase::Updating(stage) {
                firmware.step_done(at(2));
            }
            assert_eq!(firmware.failed(failure(), at(5)), Next::Rest);
            let report = firmware.report();
            assert_eq!(report["version"], json!("1.0"), "{stage:?}");
            assert_eq!(report["status"], json!("error"));
            assert_eq!(report["pending_version"], json!("2.0"));
            assert_eq!(
                report["error"],
                json!({ "code": 507, "message": "no_space" })
            );
        }
    }

    #[test]
    fn a_version_that_does_not_start_is_rolled_back() {
        let mut firmware = rebooting();
        assert_eq!(firmware.started(Err(failure()), at(6)), Next::Rest);
        assert_eq!(firmware.phase(), Phase::RolledBack);
        assert_eq!(firmware.version(), "1.0");
        assert_eq!(firmware.report()["status"], json!("rolledback"));
    }

    #[test]
    fn a_failed_version_is_tried_again_when_asked_again_and_forgiven_when_the_old_one_is_asked() {
        let mut again = downloading();
        again.failed(failure(), at(2));
        assert_eq!(again.ask("2.0", at(3)), Next::Work(Stage::Downloading));
        assert_eq!(again.report()["error"], Value::Null);

        let mut back = downloading();
        back.failed(failure(), at(2));
        assert_eq!(back.ask("1.0", at(3)), Next::Rest);
        assert_eq!(back.phase(), Phase::Current);
        assert_eq!(
            (&back.report()["pending_version"], &back.report()["error"]),
            (&Value::Null, &Value::Null)
        );
    }

    #[test]
    fn a_second_wish_waits_for_the_first() {
        // While downloading: the first is abandoned before its restart, and the second begins.
        let mut firmware = downloading();
        assert_eq!(firmware.ask("3.0", at(2)), Next::Rest);
        assert_eq!(firmware.report()["pending_version"], json!("2.0"));
        through(&mut firmware, Stage::Downloading);
        firmware.step_done(at(3));
        assert_eq!(firmware.step_done(at(4)), Next::Work(Stage::Downloading));
        assert_eq!(firmware.report()["pending_version"], json!("3.0"));

        // While rebooting: it begins after the start.
        let mut firmware = rebooting();
        assert_eq!(firmware.ask("3.0", at(5)), Next::Rest);
        assert_eq!(
            firmware.started(Ok(()), at(6)),
            Next::Work(Stage::Downloading)
        );
        assert_eq!(firmware.version(), "2.0");

        // Asking for what runs already, during the update, abandons it.
        let mut firmware = downloading();
        firmware.ask("1.0", at(2));
        through(&mut firmware, Stage::Downloading);
        firmware.step_done(at(3));
        assert_eq!(firmware.step_done(at(4)), Next::Rest);
        assert_eq!(
            (firmware.version(), firmware.phase()),
            ("1.0", Phase::Current)
        );

        // Asking for the one under way is nothing new, and takes back another wish.
        let mut firmware = downloading();
        firmware.ask("3.0", at(2));
        firmware.ask("2.0", at(3));
        firmware.failed(failure(), at(4));
        assert_eq!(firmware.phase(), Phase::Error);
    }

    #[test]
    fn a_start_goes_on_where_the_device_was_switched_off() {
        let table = [
            (Firmware::new("1.0"), Next::Rest, "1.0"),
            (downloading(), Next::Work(Stage::Downloading), "1.0"),
            (rebooting(), Next::Rest, "2.0"),
        ];
        for (firmware, expected, version) in table {
            let text = serde_json::to_string(&firmware).unwrap();
            let mut restored: Firmware = serde_json::from_str(&text).unwrap();
            assert_eq!(restored, firmware);
            assert_eq!(restored.started(Ok(()), at(9)), expected, "{text}");
            assert_eq!(restored.version(), version);
        }
    }

    #[test]
    fn stray_events_change_nothing() {
        let mut firmware = Firmware::new("1.0");
        let before = firmware.clone();
        assert_eq!(firmware.step_done(at(1)), Next::Rest);
        assert_eq!(firmware.failed(failure(), at(1)), Next::Rest);
        assert_eq!(firmware, before);
    }

    #[test]
    fn only_short_text_is_a_version() {
        assert!(Firmware::is_version(&json!("4.12.0")));
        for value in [
            json!(""),
            json!("  "),
            json!(4.12),
            json!(null),
            json!("x".repeat(65)),
        ] {
            assert!(!Firmware::is_version(&value), "{value}");
        }
    }
}
