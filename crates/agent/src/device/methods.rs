//! The methods that every device answers, whatever its model: `reboot`, `identify`, `getDiagnostics`.

use std::time::Duration;

use serde_json::{Value, json};

use super::Device;
use super::agenda::Task;
use crate::client::MethodCall;
use crate::method::Answer;
use crate::model::object;

const COMMON: [&str; 3] = ["reboot", "identify", "getDiagnostics"];
/// How long a device blinks unless told otherwise, and at most.
const IDENTIFY: Duration = Duration::from_secs(10);
const IDENTIFY_MAX: Duration = Duration::from_mins(5);

impl Device {
    /// Answers a call.
    pub(super) async fn called(&mut self, call: MethodCall) {
        self.note(&format!("method {}", call.name));
        let answer = match call.name.as_str() {
            "reboot" => self.reboot(),
            "identify" => self.identify(&call.payload),
            "getDiagnostics" => Answer::ok(self.diagnostics()),
            name => self
                .model
                .invoke(name, &call.payload, &mut self.chance)
                .unwrap_or_else(|| {
                    let known: Vec<&str> = COMMON
                        .into_iter()
                        .chain(self.model.methods().iter().copied())
                        .collect();
                    Answer::not_found(name, &known)
                }),
        };
        // A driver that has ended is noticed by the loop.
        let _ = self.client.answer(call, answer).await;
    }

    /// Answers first and restarts then (contract section 10.1).
    fn reboot(&mut self) -> Answer {
        self.restart();
        Answer::ok(json!("Reboot started"))
    }

    /// Blinks for a while, so that a person on site finds the device.
    fn identify(&mut self, payload: &Value) -> Answer {
        let asked = payload
            .get("duration_s")
            .and_then(Value::as_f64)
            .map(Duration::try_from_secs_f64);
        let lasting = match asked {
            None => IDENTIFY,
            Some(Ok(lasting)) if lasting <= IDENTIFY_MAX => lasting,
            Some(_) => return Answer::bad_request("duration_s is a number from 0 to 300"),
        };
        self.agenda.cancel(&Task::IdentifyEnd);
        self.agenda.plan(lasting, Task::IdentifyEnd);
        self.say(&object!({ "identifying": true }));
        Answer::ok(json!({ "blinking_s": lasting.as_secs_f64() }))
    }
}
