//! The topics that the server publishes to.

use std::fmt;

use super::{Query, identity};

/// What the server says to a device by publishing to a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToDevice<'a> {
    /// Answers a twin request: `$iothub/twin/res/{status}/?$rid={rid}[&$version={n}]`.
    TwinResponse {
        /// 200 for a get, 204 for a patch, an error's HTTP status otherwise (contract 2.5, 2.6).
        status: u16,
        /// The request's id.
        rid: &'a str,
        /// The new reported version after a patch.
        version: Option<u64>,
    },
    /// Tells of a change of desired: `$iothub/twin/PATCH/properties/desired/?$version={n}`.
    DesiredChanged {
        /// The desired version after the change.
        version: u64,
    },
    /// Invokes a direct method: `$iothub/methods/POST/{name}/?$rid={rid}`.
    MethodRequest {
        /// The method, not encoded: see [`is_method_name`].
        name: &'a str,
        /// The request's id, which the device echoes.
        rid: &'a str,
    },
    /// Delivers a message: `devices/{d}/messages/devicebound/{bag}`.
    Message {
        /// The receiver.
        device_id: &'a str,
        /// The properties, encoded: a [`crate::property_bag::PropertyBag`] printed; empty when there are none.
        properties: &'a str,
    },
}

impl<'a> ToDevice<'a> {
    /// Reads a topic; `None` when the contract has no such topic.
    ///
    /// ```
    /// # use wire::topic::ToDevice;
    /// let request = ToDevice::parse("$iothub/methods/POST/reboot/?$rid=3");
    /// assert_eq!(request, Some(ToDevice::MethodRequest { name: "reboot", rid: "3" }));
    /// ```
    pub fn parse(topic: &'a str) -> Option<Self> {
        if let Some(rest) = topic.strip_prefix("$iothub/") {
            Self::parse_hub(rest)
        } else {
            let (device_id, None, rest) = identity(topic)? else {
                return None;
            };
            let properties = rest.strip_prefix("messages/devicebound/")?;
            (!properties.contains('/')).then_some(Self::Message {
                device_id,
                properties,
            })
        }
    }

    fn parse_hub(rest: &'a str) -> Option<Self> {
        if let Some(rest) = rest.strip_prefix("twin/res/") {
            let (status, query) = rest.split_once('/')?;
            let Query { rid, version } = Query::parse(query)?;
            return Some(Self::TwinResponse {
                status: status.parse().ok()?,
                rid: rid?,
                version,
            });
        }
        if let Some(query) = rest.strip_prefix("twin/PATCH/properties/desired/") {
            return Some(Self::DesiredChanged {
                version: Query::parse(query)?.version?,
            });
        }
        let (name, query) = rest.strip_prefix("methods/POST/")?.split_once('/')?;
        Some(Self::MethodRequest {
            name,
            rid: Query::parse(query)?.rid?,
        })
    }
}

impl fmt::Display for ToDevice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TwinResponse {
                status,
                rid,
                version: None,
            } => write!(f, "$iothub/twin/res/{status}/?$rid={rid}"),
            Self::TwinResponse {
                status,
                rid,
                version: Some(version),
            } => {
                write!(
                    f,
                    "$iothub/twin/res/{status}/?$rid={rid}&$version={version}"
                )
            }
            Self::DesiredChanged { version } => write!(
                f,
                "$iothub/twin/PATCH/properties/desired/?$version={version}"
            ),
            Self::MethodRequest { name, rid } => {
                write!(f, "$iothub/methods/POST/{name}/?$rid={rid}")
            }
            Self::Message {
                device_id,
                properties,
            } => write!(f, "devices/{device_id}/messages/devicebound/{properties}"),
        }
    }
}

/// Whether a text may name a direct method: 1 to 128 ASCII letters, digits, `-`, `_`, `.`, `~`, `*`, `!` and `'`.
///
/// Names stand in a topic without encoding and clients read them differently when there is something to decode (contract 2.8,
/// 4.5).
///
/// ```
/// # use wire::topic::is_method_name;
/// assert!(is_method_name("getDiagnostics"));
/// assert!(!is_method_name("a/b") && !is_method_name(""));
/// ```
pub fn is_method_name(text: &str) -> bool {
    let is_plain = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'*' | b'!' | b'\'')
    };
    (1..=128).contains(&text.len()) && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_message_has_its_slash_even_without_properties() {
        let topic = ToDevice::Message {
            device_id: "d",
            properties: "",
        }
        .to_string();
        assert_eq!(topic, "devices/d/messages/devicebound/");
    }

    #[test]
    fn other_topics_are_refused() {
        for topic in [
            "$iothub/twin/res/ok/?$rid=1",
            "$iothub/twin/res/200/",
            "$iothub/twin/PATCH/properties/desired/?$rid=1",
            "$iothub/methods/POST/reboot",
            "devices/d/messages/events/",
            "devices/d/messages/devicebound/a/b",
        ] {
            assert_eq!(ToDevice::parse(topic), None, "{topic}");
        }
    }

    proptest! {
        #[test]
        fn topics_round_trip(
            device_id in "[a-zA-Z0-9.:_=@$'-]{1,12}",
            properties in "[a-z%=&]{0,12}",
            rid in "[a-zA-Z0-9-]{1,8}",
            name in "[a-zA-Z._]{1,8}",
            version in option::of(0..u64::MAX),
            status in 100..600_u16,
        ) {
            for topic in [
                ToDevice::TwinResponse { status, rid: &rid, version },
                ToDevice::DesiredChanged { version: version.unwrap_or(1) },
                ToDevice::MethodRequest { name: &name, rid: &rid },
                ToDevice::Message { device_id: &device_id, properties: &properties },
            ] {
                let text = topic.to_string();
                prop_assert_eq!(ToDevice::parse(&text), Some(topic));
            }
        }
    }
}
