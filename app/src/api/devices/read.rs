//! Rows and counts as the fleet answers them, in the console's words.

use fleet::monitor::Live;
use twin::value::lookup;
use twin::{Map, Value};

use super::Row;
use crate::api::{Caller, Problem};

impl Row {
    /// The row of a device as it is now.
    pub(crate) fn of(live: &Live) -> Self {
        let (record, presence) = (&live.record, &live.presence);
        let twin = &record.twin;
        let drift = twin::diff::drift(twin);
        Self {
            id: record.identity.device_id.as_str().to_owned(),
            seq: record.seq.0,
            is_enabled: record.identity.status == twin::identity::Status::Enabled,
            is_connected: presence.connected,
            last_activity: presence.last_activity,
            differs: drift.count,
            refused: drift.refused,
            since: drift.since,
            region: text(&twin.tags, &["region"]),
            site: text(&twin.tags, &["site"]),
            class: text(&twin.tags, &["class"]),
            firmware_desired: text(&twin.desired.values, &["firmware", "version"]),
            firmware_reported: text(&twin.reported.values, &["firmware", "version"]),
            rssi_dbm: lookup(&twin.reported.values, &["network", "rssi_dbm"])
                .and_then(Value::as_f64),
            cells: Vec::new(),
        }
    }
}

impl Caller {
    /// How many devices match a condition.
    pub(crate) async fn count(&self, condition: &str) -> Result<u64, Problem> {
        Ok(self
            .fleet
            .monitor()
            .count(&self.principal, condition)
            .await?)
    }
}

/// A text at a path, taken out of its acknowledgment when the device wrapped it in one.
fn text(section: &Map, path: &[&str]) -> Option<String> {
    let value = lookup(section, path)?;
    let value = value
        .as_object()
        .and_then(|wrapped| wrapped.get("value"))
        .unwrap_or(value);
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_come_plain_or_acknowledged() {
        let section = json!({ "a": { "v": "1.2", "w": { "value": "1.3", "ac": 200, "av": 2 } }, "n": 7, "o": {} });
        let section = section.as_object().unwrap();
        assert_eq!(text(section, &["a", "v"]).as_deref(), Some("1.2"));
        assert_eq!(text(section, &["a", "w"]).as_deref(), Some("1.3"));
        assert_eq!(text(section, &["n"]).as_deref(), Some("7"));
        assert_eq!(text(section, &["o"]), None);
    }
}
