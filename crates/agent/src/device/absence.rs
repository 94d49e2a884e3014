//! Being away: restarts, loss of power, spells of silence.

use std::time::Duration;

use super::Device;
use super::agenda::Task;
use crate::chance::between;
use crate::faults::Silence;

/// How long a device waits for its last report to be answered before it restarts.
const LAST_WORD_LIMIT: Duration = Duration::from_secs(5);

impl Device {
    pub(super) async fn lose_power(&mut self) {
        self.tally.faults.tick("lost power");
        if let Some(mean) = self.faults.loses_power_every {
            self.plan_within(mean * 2, Task::LosePower);
        }
        if self.model.set_mains(false) {
            self.note("mains lost, running on battery");
            self.say_readings();
            let back = between(
                &mut self.chance,
                Duration::from_secs(40),
                Duration::from_mins(2),
            );
            self.agenda.plan(back, Task::PowerBack);
        } else {
            let dark = between(
                &mut self.chance,
                Duration::from_secs(20),
                Duration::from_secs(90),
            );
            self.switch_off(dark, false).await;
        }
    }

    pub(super) async fn fall_silent(&mut self) {
        let Some(Silence::Spells { away, present }) = self.faults.silence else {
            return;
        };
        self.tally.faults.tick("silent");
        // A driver that has ended is noticed by the loop.
        let _ = self.client.leave(away, false).await;
        self.agenda.plan(away + present, Task::FallSilent);
    }

    /// Restarts soon: first the last word, then [`Device::leave`].
    pub(super) fn restart(&mut self) {
        if self.leaving.is_none() {
            self.leaving = Some(self.profile.reboot_s.draw(&mut self.chance));
            self.agenda.plan(LAST_WORD_LIMIT, Task::Leave);
        }
    }

    pub(super) async fn leave_when_all_is_said(&mut self) {
        let all_is_said = self.reporting.is_none() && self.said.as_ref() == Some(&self.reported);
        if self.leaving.is_some() && all_is_said {
            self.leave().await;
        }
    }

    pub(super) async fn leave(&mut self) {
        if let Some(lasting) = self.leaving.take() {
            self.switch_off(lasting, true).await;
        }
    }

    pub(super) async fn switch_off(&mut self, lasting: Duration, farewell: bool) {
        self.leaving = None;
        self.agenda.clear();
        self.agenda.plan(lasting, Task::Boot);
        // A driver that has ended is noticed by the loop.
        let _ = self.client.leave(lasting, farewell).await;
    }
}
