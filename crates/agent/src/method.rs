//! Direct methods as a device sees them: a call with a name and a payload, an answer with a status and a payload.

use twin::Value;

/// What a device answers to a method call.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The device's own status: 200 for success by custom, anything else as the method defines.
    pub status: i64,
    /// JSON returned to the caller; `null` when there is nothing to say.
    pub payload: Value,
}

impl Answer {
    /// Success.
    pub fn ok(payload: Value) -> Self {
        Self {
            status: 200,
            payload,
        }
    }

    /// A call whose payload the method does not understand.
    pub fn bad_request(message: &str) -> Self {
        Self {
            status: 400,
            payload: serde_json::json!({ "error": message }),
        }
    }

    /// A name that the device does not answer to, with the names it does.
    pub fn not_found(name: &str, known: &[&str]) -> Self {
        let message = format!("this device has no method {name}");
        Self {
            status: 404,
            payload: serde_json::json!({ "error": message, "methods": known }),
        }
    }

    /// A device that has too many calls to answer already.
    pub fn busy() -> Self {
        Self {
            status: 429,
            payload: serde_json::json!({ "error": "too many calls are waiting for an answer" }),
        }
    }
}
