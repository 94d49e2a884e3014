//! The topics that a device publishes to.

use std::fmt;

use super::{Query, identity};

/// What a device says by publishing to a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromDevice<'a> {
    /// Telemetry: `devices/{d}[/modules/{m}]/messages/events/{bag}`.
    Message {
        /// The id in the topic.
        device_id: &'a str,
        /// The module in the topic.
        module_id: Option<&'a str>,
        /// The properties, still encoded: see [`crate::property_bag::PropertyBag::parse`]; empty when there are none.
        properties: &'a str,
    },
    /// Asks for the twin: `$iothub/twin/GET/?$rid={rid}`.
    TwinGet {
        /// The request's id, to echo.
        rid: &'a str,
    },
    /// Patches the reported properties: `$iothub/twin/PATCH/properties/reported/?$rid={rid}[&$version={n}]`.
    ReportedPatch {
        /// The request's id, to echo.
        rid: &'a str,
        /// The reported version that the device believes to be current (contract 2.6).
        version: Option<u64>,
    },
    /// Answers a direct method: `$iothub/methods/res/{status}/?$rid={rid}`.
    MethodResponse {
        /// The status as it was written; one that is no integer is a bad response (contract 2.8).
        status: &'a str,
        /// The request's id.
        rid: &'a str,
    },
}

impl<'a> FromDevice<'a> {
    /// Reads a topic; `None` when the contract has no such topic.
    ///
    /// ```
    /// # use wire::topic::FromDevice;
    /// let message = FromDevice::parse("devices/d-1/messages/events/%24.ct=text%2Fplain").expect("telemetry");
    /// assert_eq!(message, FromDevice::Message { device_id: "d-1", module_id: None, properties: "%24.ct=text%2Fplain" });
    /// assert_eq!(FromDevice::parse("some/other/topic"), None);
    /// ```
    pub fn parse(topic: &'a str) -> Option<Self> {
        match topic.strip_prefix("$iothub/") {
            Some(rest) => Self::parse_hub(rest),
            None => Self::parse_message(topic),
        }
    }

    fn parse_hub(rest: &'a str) -> Option<Self> {
        if let Some(query) = rest.strip_prefix("twin/GET/") {
            return Some(Self::TwinGet {
                rid: Query::parse(query)?.rid?,
            });
        }
        if let Some(query) = rest.strip_prefix("twin/PATCH/properties/reported/") {
            let Query { rid, version } = Query::parse(query)?;
            return Some(Self::ReportedPatch { rid: rid?, version });
        }
        let (status, query) = rest.strip_prefix("methods/res/")?.split_once('/')?;
        Some(Self::MethodResponse {
            status,
            rid: Query::parse(query)?.rid?,
        })
    }

    /// The bag may be missing, and one slash may follow it (contract 2.2).
    fn parse_message(topic: &'a str) -> Option<Self> {
        let (device_id, module_id, rest) = identity(topic)?;
        let bag = rest.strip_prefix("messages/events")?;
        let bag = if bag.is_empty() {
            bag
        } else {
            bag.strip_prefix('/')?
        };
        let properties = bag.strip_suffix('/').unwrap_or(bag);
        (!properties.contains('/')).then_some(Self::Message {
            device_id,
            module_id,
            properties,
        })
    }
}

impl fmt::Display for FromDevice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message {
                device_id,
                module_id: None,
                properties,
            } => {
                write!(f, "devices/{device_id}/messages/events/{properties}")
            }
            Self::Message {
                device_id,
                module_id: Some(module_id),
                properties,
            } => {
                write!(
                    f,
                    "devices/{device_id}/modules/{module_id}/messages/events/{properties}"
                )
            }
            Self::TwinGet { rid } => write!(f, "$iothub/twin/GET/?$rid={rid}"),
            Self::ReportedPatch { rid, version: None } => {
                write!(f, "$iothub/twin/PATCH/properties/reported/?$rid={rid}")
            }
            Self::ReportedPatch {
                rid,
                version: Some(version),
            } => {
                write!(
                    f,
                    "$iothub/twin/PATCH/properties/reported/?$rid={rid}&$version={version}"
                )
            }
            Self::MethodResponse { status, rid } => {
                write!(f, "$iothub/methods/res/{status}/?$rid={rid}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_the_clients_send_is_read() {
        let message = |module_id, properties| FromDevice::Message {
            device_id: "d",
            module_id,
            properties,
        };
        for (topic, expected) in [
            ("devices/d/messages/events", message(None, "")),
            ("devices/d/messages/events/", message(None, "")),
            (
                "devices/d/messages/events/a=b&c=%2F",
                message(None, "a=b&c=%2F"),
            ),
            ("devices/d/messages/events/a=b/", message(None, "a=b")),
            (
                "devices/d/modules/m/messages/events/%24.on=out/",
                message(Some("m"), "%24.on=out"),
            ),
            (
                "$iothub/twin/GET/?$rid=5f1e-8",
                FromDevice::TwinGet { rid: "5f1e-8" },
            ),
            (
                "$iothub/twin/PATCH/properties/reported/?$rid=1",
                FromDevice::ReportedPatch {
                    rid: "1",
                    version: None,
                },
            ),
            (
                "$iothub/twin/PATCH/properties/reported/?$version=4&$rid=1",
                FromDevice::ReportedPatch {
                    rid: "1",
                    version: Some(4),
                },
            ),
            (
                "$iothub/methods/res/200/?$rid=a=b",
                FromDevice::MethodResponse {
                    status: "200",
                    rid: "a=b",
                },
            ),
            (
                "$iothub/methods/res/ok/?$rid=1",
                FromDevice::MethodResponse {
                    status: "ok",
                    rid: "1",
                },
            ),
        ] {
            assert_eq!(FromDevice::parse(topic), Some(expected), "{topic}");
        }
    }

    #[test]
    fn other_topics_are_refused() {
        for topic in [
            "",
            "devices/d",
            "devices//messages/events/",
            "devices/d/messages/eventsx",
            "devices/d/messages/events/a=b/c",
            "devices/d/messages/devicebound/",
            "devices/d/modules//messages/events/",
            "$iothub/twin/GET/",
            "$iothub/twin/GET/?rid=1",
            "$iothub/twin/GET",
            "$iothub/twin/PATCH/properties/desired/?$rid=1",
            "$iothub/twin/PATCH/properties/reported/?$rid=1&$version=x",
            "$iothub/methods/res/200?$rid=1",
            "$iothub/methods/POST/reboot/?$rid=1",
            "$SYS/broker",
        ] {
            assert_eq!(FromDevice::parse(topic), None, "{topic}");
        }
    }

    proptest! {
        #[test]
        fn topics_round_trip(
            device_id in "[a-zA-Z0-9.:_=@$'-]{1,12}",
            module_id in option::of("[a-z$]{1,6}"),
            properties in "([a-z%=&]{1,12})?",
            rid in "[a-zA-Z0-9-]{1,8}",
            version in option::of(0..u64::MAX),
            status in "-?[0-9]{1,5}",
        ) {
            for topic in [
                FromDevice::Message { device_id: &device_id, module_id: module_id.as_deref(), properties: &properties },
                FromDevice::TwinGet { rid: &rid },
                FromDevice::ReportedPatch { rid: &rid, version },
                FromDevice::MethodResponse { status: &status, rid: &rid },
            ] {
                let text = topic.to_string();
                prop_assert_eq!(FromDevice::parse(&text), Some(topic));
            }
        }

        #[test]
        fn parsing_never_panics(topic in r"(devices/|\$iothub/)?[a-z/?$&=]{0,30}") {
            let _ = FromDevice::parse(&topic);
        }
    }
}
