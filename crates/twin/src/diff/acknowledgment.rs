//! The acknowledgment of a writable property as IoT Plug and Play devices report it: `{value, ac, av, ad}`.
//!
//! Any other object, even with one of these names among others, is an ordinary value.

use crate::Value;
use crate::document::Metadata;
use crate::time::Timestamp;

/// When a device's answer became what it is: its value and its code count. The version that it answers moves with each
/// request, also with one that asks the same.
pub(super) fn changed_at(node: &Metadata) -> Option<Timestamp> {
    let members = ["value", "ac"].into_iter();
    members
        .filter_map(|member| node.children.get(member))
        .map(|node| node.changed_at)
        .max()
}

/// An acknowledgment, borrowed from the reported value.
#[derive(Clone, Copy)]
pub(super) struct Acknowledgment<'a> {
    /// What the device holds.
    pub(super) value: &'a Value,
    /// `ac`: a status code in the manner of HTTP.
    pub(super) code: i64,
    /// `ad`: a description for people; empty when it has none.
    pub(super) description: &'a str,
    /// `av`: the desired `$version` that this answers.
    version: Option<u64>,
}

impl<'a> Acknowledgment<'a> {
    pub(super) fn read(reported: &'a Value) -> Option<Self> {
        let members = reported.as_object()?;
        if members
            .keys()
            .any(|key| !matches!(key.as_str(), "value" | "ac" | "av" | "ad"))
        {
            return None;
        }
        Some(Self {
            value: members.get("value")?,
            code: members.get("ac")?.as_i64()?,
            description: members
                .get("ad")
                .and_then(Value::as_str)
                .unwrap_or_default(),
            version: members.get("av").and_then(Value::as_u64),
        })
    }

    /// Whether this refuses what was asked at desired version `asked`: an answer to something older does not.
    pub(super) fn refuses(&self, asked: Option<u64>) -> bool {
        let is_older = self
            .version
            .zip(asked)
            .is_some_and(|(answered, asked)| answered < asked);
        self.code >= 400 && !is_older
    }
}
