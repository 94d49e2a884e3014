//! What an error looks like on the network: one shape for REST (contract 4.1), one for twin responses over MQTT (2.5).
//!
//! ```
//! use twin::time::Timestamp;
//! use wire::error_body::ErrorBody;
//! use wire::status::ErrorCode;
//!
//! let error = ErrorBody { code: ErrorCode::DeviceNotFound, message: "No device 'd-1'.", tracking_id: "7f", at: Timestamp::from_ms(0) };
//! assert_eq!(error.to_rest()["Message"], "ErrorCode:DeviceNotFound;No device 'd-1'.");
//! assert_eq!(error.to_mqtt()["errorCode"], 404_001);
//! ```
//!
//! Which text a person reads is the caller's to write; it names no table, path or type.

use serde::Deserialize;
use serde_json::json;
use twin::Value;
use twin::time::Timestamp;

use crate::status::ErrorCode;

/// An error on its way to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorBody<'a> {
    /// What kind of error it is.
    pub code: ErrorCode,
    /// What happened, in a sentence; semicolons become commas, since a client splits there (contract 4.1).
    pub message: &'a str,
    /// What finds the request in the logs.
    pub tracking_id: &'a str,
    /// When it happened.
    pub at: Timestamp,
}

impl ErrorBody<'_> {
    /// The body of a REST response: `{"Message":"ErrorCode:<Name>;<text>","ExceptionMessage":"Tracking ID:<id>-TimeStamp:<time>"}`.
    pub fn to_rest(&self) -> Value {
        json!({
            "Message": format!("ErrorCode:{};{}", self.code, self.text()),
            "ExceptionMessage": format!("Tracking ID:{}-TimeStamp:{}", self.tracking_id, us_time(self.at)),
        })
    }

    /// The body of a twin response over MQTT: `{"errorCode":…,"trackingId":…,"message":…,"timestampUtc":…}`.
    pub fn to_mqtt(&self) -> Value {
        json!({
            "errorCode": self.code.number(),
            "trackingId": self.tracking_id,
            "message": self.text(),
            "timestampUtc": self.at.to_string(),
        })
    }

    fn text(&self) -> String {
        self.message.replace(';', ",")
    }
}

/// An error as a device received it over MQTT.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceivedError {
    /// The six-digit number: see [`ErrorCode::from_number`].
    pub error_code: u32,
    /// What happened.
    #[serde(default)]
    pub message: String,
    /// What finds the request in the server's logs.
    #[serde(default)]
    pub tracking_id: String,
}

impl ReceivedError {
    /// Reads the body of a twin response; `None` when it is not an error.
    ///
    /// ```
    /// # use wire::error_body::ReceivedError;
    /// let error = ReceivedError::parse(br#"{"errorCode":429001,"message":"Slow down."}"#).expect("an error");
    /// assert_eq!(error.error_code, 429_001);
    /// assert_eq!(ReceivedError::parse(b"{}"), None);
    /// ```
    pub fn parse(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }
}

/// `01/18/2017 08:11:45`, as the hub of the contract writes it.
fn us_time(at: Timestamp) -> String {
    let text = at.to_string();
    let part = |range| text.get(range).unwrap_or_default();
    format!(
        "{}/{}/{} {}",
        part(5..7),
        part(8..10),
        part(0..4),
        part(11..19)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ERROR: ErrorBody<'_> = ErrorBody {
        code: ErrorCode::ArgumentInvalid,
        message: "'a' is wrong; 'b' too.",
        tracking_id: "1f-2",
        at: Timestamp::from_ms(1_484_727_105_000),
    };

    #[test]
    fn the_rest_body_splits_into_code_and_text() {
        let body = ERROR.to_rest();
        let message = body["Message"].as_str().unwrap();
        assert_eq!(
            message.split(';').collect::<Vec<_>>(),
            ["ErrorCode:ArgumentInvalid", "'a' is wrong, 'b' too."]
        );
        assert_eq!(
            body["ExceptionMessage"],
            "Tracking ID:1f-2-TimeStamp:01/18/2017 08:11:45"
        );
    }

    #[test]
    fn the_mqtt_body_is_read_by_the_device() {
        let body = ERROR.to_mqtt().to_string();
        let received = ReceivedError::parse(body.as_bytes()).unwrap();
        assert_eq!(received.error_code, ERROR.code.number());
        assert_eq!(
            (received.message.as_str(), received.tracking_id.as_str()),
            ("'a' is wrong, 'b' too.", "1f-2")
        );
        assert!(body.contains("\"timestampUtc\":\"2017-01-18T08:11:45.0000000Z\""));
    }
}
