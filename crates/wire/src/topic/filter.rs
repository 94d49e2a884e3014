//! The topic filters that a device may subscribe to.

use std::fmt;

use super::{ToDevice, identity};

/// A subscription; each filter ends in `#`, and nothing else is granted (contract 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Filter<'a> {
    /// Messages to the device: `devices/{d}/messages/devicebound/#`.
    Messages {
        /// The id in the filter; that it is the connection's own is for the session to check.
        device_id: &'a str,
    },
    /// Inputs of a module: `devices/{d}/modules/{m}/inputs/#`.
    ModuleInputs {
        /// The id in the filter.
        device_id: &'a str,
        /// The module in the filter.
        module_id: &'a str,
    },
    /// Direct method requests: `$iothub/methods/POST/#`.
    Methods,
    /// Answers to twin requests: `$iothub/twin/res/#`.
    TwinResponses,
    /// Changes of desired: `$iothub/twin/PATCH/properties/desired/#`.
    Desired,
}

impl<'a> Filter<'a> {
    /// Reads a filter; `None` when the contract has no such filter.
    ///
    /// ```
    /// # use wire::topic::Filter;
    /// assert_eq!(Filter::parse("devices/d/messages/devicebound/#"), Some(Filter::Messages { device_id: "d" }));
    /// assert_eq!(Filter::parse("#"), None);
    /// ```
    pub fn parse(filter: &'a str) -> Option<Self> {
        match filter {
            "$iothub/methods/POST/#" => return Some(Self::Methods),
            "$iothub/twin/res/#" => return Some(Self::TwinResponses),
            "$iothub/twin/PATCH/properties/desired/#" => return Some(Self::Desired),
            _ => {}
        }
        let (device_id, module_id, rest) = identity(filter)?;
        match (module_id, rest) {
            (None, "messages/devicebound/#") => Some(Self::Messages { device_id }),
            (Some(module_id), "inputs/#") => Some(Self::ModuleInputs {
                device_id,
                module_id,
            }),
            _ => None,
        }
    }

    /// Whether a topic is one that this filter subscribes to.
    ///
    /// ```
    /// # use wire::topic::{Filter, ToDevice};
    /// assert!(Filter::Desired.covers(&ToDevice::DesiredChanged { version: 4 }));
    /// assert!(!Filter::Methods.covers(&ToDevice::DesiredChanged { version: 4 }));
    /// ```
    pub fn covers(&self, topic: &ToDevice<'_>) -> bool {
        match (self, topic) {
            (Self::Methods, ToDevice::MethodRequest { .. })
            | (Self::TwinResponses, ToDevice::TwinResponse { .. })
            | (Self::Desired, ToDevice::DesiredChanged { .. }) => true,
            (
                Self::Messages { device_id },
                ToDevice::Message {
                    device_id: receiver,
                    ..
                },
            ) => device_id == receiver,
            _ => false,
        }
    }
}

impl fmt::Display for Filter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Messages { device_id } => write!(f, "devices/{device_id}/messages/devicebound/#"),
            Self::ModuleInputs {
                device_id,
                module_id,
            } => write!(f, "devices/{device_id}/modules/{module_id}/inputs/#"),
            Self::Methods => f.write_str("$iothub/methods/POST/#"),
            Self::TwinResponses => f.write_str("$iothub/twin/res/#"),
            Self::Desired => f.write_str("$iothub/twin/PATCH/properties/desired/#"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn other_filters_are_refused() {
        for filter in [
            "#",
            "$iothub/#",
            "$iothub/twin/#",
            "$iothub/methods/POST/reboot/#",
            "$iothub/twin/res/+",
            "devices/+/messages/devicebound",
            "devices/d/messages/devicebound/x/#",
            "devices/d/messages/events/#",
            "devices/d/modules/m/messages/devicebound/#",
            "devices/d/inputs/#",
        ] {
            assert_eq!(Filter::parse(filter), None, "{filter}");
        }
    }

    proptest! {
        #[test]
        fn filters_round_trip(device_id in "[a-zA-Z0-9.:_=@$'-]{1,12}", module_id in "[a-z$]{1,6}") {
            for filter in [
                Filter::Messages { device_id: &device_id },
                Filter::ModuleInputs { device_id: &device_id, module_id: &module_id },
                Filter::Methods,
                Filter::TwinResponses,
                Filter::Desired,
            ] {
                let text = filter.to_string();
                prop_assert_eq!(Filter::parse(&text), Some(filter));
            }
        }
    }
}
