//! The MQTT topics of a device: parsed and printed in both directions (contract 2.1 to 2.8).
//!
//! ```
//! use wire::topic::{Filter, FromDevice};
//!
//! let topic = FromDevice::ReportedPatch { rid: "a-1", version: None }.to_string();
//! assert_eq!(topic, "$iothub/twin/PATCH/properties/reported/?$rid=a-1");
//! assert_eq!(Filter::parse("$iothub/twin/res/#"), Some(Filter::TwinResponses));
//! ```
//!
//! Ids stand in topics without encoding, and whether they are the connection's own is for the session to check. A request
//! id (`rid`) is opaque and echoed byte for byte. Parsed topics borrow from the text they came from.

mod filter;
mod from_device;
mod to_device;

pub use filter::Filter;
pub use from_device::FromDevice;
pub use to_device::{ToDevice, is_method_name};

/// The query at the end of a topic: `?$rid={rid}` and perhaps `&$version={n}`, in any order, other members ignored.
#[derive(Debug, PartialEq, Eq)]
struct Query<'a> {
    rid: Option<&'a str>,
    version: Option<u64>,
}

impl<'a> Query<'a> {
    /// `None` when it does not start with `?` or a version is no number.
    fn parse(text: &'a str) -> Option<Self> {
        let mut query = Query {
            rid: None,
            version: None,
        };
        for member in text.strip_prefix('?')?.split('&') {
            match member.split_once('=') {
                Some(("$rid", rid)) => query.rid = Some(rid),
                Some(("$version", version)) => query.version = Some(version.parse().ok()?),
                _ => {}
            }
        }
        Some(query)
    }
}

/// Splits `devices/{d}/rest` or `devices/{d}/modules/{m}/rest`.
fn identity(topic: &str) -> Option<(&str, Option<&str>, &str)> {
    let (device_id, rest) = topic.strip_prefix("devices/")?.split_once('/')?;
    let module = rest
        .strip_prefix("modules/")
        .and_then(|rest| rest.split_once('/'));
    let (module_id, rest) =
        module.map_or((None, rest), |(module_id, rest)| (Some(module_id), rest));
    let is_named = !device_id.is_empty() && module_id.is_none_or(|module_id| !module_id.is_empty());
    is_named.then_some((device_id, module_id, rest))
}
