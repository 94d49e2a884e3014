//! Taking over desired values: accepted as plain values, refused with a Plug and Play acknowledgment.

use serde_json::json;
use twin::{Map, Value};

use super::Device;
use super::agenda::Task;
use super::desired::{leaves, patch_at};
use super::firmware::Firmware;
use super::state::StateError;
use crate::model::{self, Refusal};

/// The setting that is carried out by the firmware machine.
const FIRMWARE_VERSION: &str = "firmware.version";

impl Device {
    /// Something is asked differently: keeps it, and plans to carry it out.
    pub(super) async fn asked(&mut self, change: &Map) -> Result<(), StateError> {
        let paths: Vec<String> = leaves(change).into_iter().map(|(path, _)| path).collect();
        self.note(&format!(
            "asked for version {}: {}",
            self.state.desired.version(),
            paths.join(", ")
        ));
        self.save().await?;
        self.plan_to_settle(paths);
        Ok(())
    }

    /// Plans to settle what was asked before a restart and not carried out.
    pub(super) fn settle_what_is_open(&mut self) {
        let open = leaves(self.state.desired.values())
            .into_iter()
            .filter(|(path, value)| {
                path != FIRMWARE_VERSION && at(&self.state.settings, path) != *value
            })
            .map(|(path, _)| path)
            .collect();
        self.plan_to_settle(open);
    }

    fn plan_to_settle(&mut self, paths: Vec<String>) {
        if paths.is_empty() {
            return;
        }
        let span = if self.faults.is_slow {
            self.profile.settle_slowly_s
        } else {
            self.profile.settle_s
        };
        if self.faults.is_slow {
            self.tally.faults.tick("slow");
        }
        let after = span.draw(&mut self.chance);
        self.agenda.plan(after, Task::Settle(paths));
    }

    /// Carries out what is asked at `paths` by now, which may be newer than what was asked when this was planned.
    pub(super) async fn settle(&mut self, paths: &[String]) -> Result<(), StateError> {
        for path in paths {
            let asked = at(self.state.desired.values(), path).cloned();
            if path == FIRMWARE_VERSION {
                self.settle_firmware(asked.as_ref()).await?;
                continue;
            }
            match asked {
                None => self.keep(path, Value::Null),
                Some(_) if self.faults.is_ignored(path) => {
                    self.tally.faults.tick("ignored a setting");
                }
                Some(value) => match self.objection(path, &value) {
                    Some((refusal, holds)) => self.refuse(path, &refusal, &holds),
                    None => self.keep(path, value),
                },
            }
        }
        self.save().await
    }

    async fn settle_firmware(&mut self, asked: Option<&Value>) -> Result<(), StateError> {
        match asked {
            // Nobody asks any more; what runs, runs.
            None => Ok(()),
            Some(value) if Firmware::is_version(value) => {
                let version = value.as_str().unwrap_or_default();
                let next = self.state.firmware.ask(version, self.clock.now());
                self.go_on(next).await
            }
            Some(_) => {
                let description = "not_a_version: a version is text of 1 to 64 bytes".to_owned();
                let running = json!(self.state.firmware.version());
                self.refuse(
                    FIRMWARE_VERSION,
                    &Refusal {
                        code: 400,
                        description,
                    },
                    &running,
                );
                Ok(())
            }
        }
    }

    /// Why the device does not take over `value`, and what it holds instead.
    fn objection(&self, path: &str, value: &Value) -> Option<(Refusal, Value)> {
        let (refusal, factory) = match self.faults.refusal(path) {
            Some(refuses) => (refuses.refusal.clone(), refuses.holds.clone()),
            None => model::check(self.kind, path, value).err()?,
        };
        Some((
            refusal,
            at(&self.state.settings, path).cloned().unwrap_or(factory),
        ))
    }

    /// Reports a refusal (IoT Plug and Play) in place of the value.
    fn refuse(&mut self, path: &str, refusal: &Refusal, holds: &Value) {
        self.tally.faults.tick("refused a setting");
        self.note(&format!("refused {path}: {}", refusal.description));
        let version = self.state.desired.version();
        let acknowledgment =
            json!({ "value": holds, "ac": refusal.code, "av": version, "ad": refusal.description });
        self.say(&patch_at(path, acknowledgment));
    }

    /// Takes a value over, or drops the setting.
    fn keep(&mut self, path: &str, value: Value) {
        let patch = patch_at(path, value);
        twin::patch::merge(&mut self.state.settings, &patch);
        self.say(&patch);
        if path == "telemetry.interval_s" {
            self.agenda.cancel(&Task::Telemetry);
            self.measure();
        }
    }
}

/// A value at a dotted path.
fn at<'a>(map: &'a Map, path: &str) -> Option<&'a Value> {
    let parts: Vec<&str> = path.split('.').collect();
    twin::value::lookup(map, &parts)
}
