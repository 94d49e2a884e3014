//! Driving the firmware machine: time, faults and the restart.

use super::Device;
use super::agenda::Task;
use super::firmware::{Firmware, Next, Phase, Stage};
use super::state::StateError;
use crate::model::object;

/// A download that fails does so when this much of it is done, percent.
const DOWNLOAD_FAILS_AT_PCT: u8 = 60;

impl Device {
    /// Makes the machine's new state durable, tells of it, and does what it asks for next.
    pub(super) async fn go_on(&mut self, next: Next) -> Result<(), StateError> {
        self.save().await?;
        let firmware = self.state.firmware.report();
        self.say(&object!({ "firmware": firmware }));
        match next {
            Next::Rest => {}
            Next::Work(stage) => {
                let pace = &self.profile.firmware;
                let after = match stage {
                    Stage::Downloading => {
                        pace.download_s.draw(&mut self.chance) / Firmware::download_steps()
                    }
                    Stage::Verifying => pace.verify_s.draw(&mut self.chance),
                    Stage::Applying => pace.apply_s.draw(&mut self.chance),
                };
                self.agenda.cancel(&Task::FirmwareStep);
                self.agenda.plan(after, Task::FirmwareStep);
            }
            Next::Reboot => {
                self.note("restarting into the new firmware");
                self.restart();
            }
        }
        Ok(())
    }

    /// The running step has taken its time: it is done, or it fails.
    pub(super) async fn firmware_step(&mut self) -> Result<(), StateError> {
        let Phase::Updating(stage) = self.state.firmware.phase() else {
            return Ok(());
        };
        let is_ripe = stage != Stage::Downloading
            || self.state.firmware.progress_pct() >= DOWNLOAD_FAILS_AT_PCT;
        let failure = self
            .faults
            .firmware_failure(Some(stage))
            .filter(|_| is_ripe)
            .cloned();
        let now = self.clock.now();
        let next = match failure {
            Some(failure) => {
                self.tally.faults.tick("firmware failed");
                self.note(&format!("firmware update failed: {}", failure.message));
                self.state.firmware.failed(failure, now)
            }
            None => self.state.firmware.step_done(now),
        };
        self.go_on(next).await
    }
}
