//! What most devices of a check have in common and most others have not: the guess at a cause.

use columns::{Columns, Selection};
use query::Path;
use twin::Value;

use super::words;

/// The properties that are compared, when they are declared, with how they are said.
const PATHS: [(&str, &str); 5] = [
    ("tags.region", "in region"),
    ("tags.site", "at site"),
    ("tags.class", "of class"),
    ("properties.reported.firmware.version", "on firmware"),
    ("properties.reported.network.type", "on network"),
];
/// Fewer devices have things in common by chance.
const DEVICES_MIN: u64 = 4;
/// What they have in common is a value of at least this share of them, in percent.
const SHARE_MIN: u64 = 60;

/// What most of some devices have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Crowd {
    devices: u64,
    connected: u64,
    common: Option<Common>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Common {
    said: &'static str,
    value: String,
    here: u64,
    everywhere: u64,
    fleet: u64,
}

impl Common {
    /// By how much the value is more frequent among them than in the fleet, in parts of a thousand.
    fn excess(&self, devices: u64) -> u64 {
        let per_mille = |part: u64, whole: u64| part.saturating_mul(1_000) / whole.max(1);
        per_mille(self.here, devices).saturating_sub(per_mille(self.everywhere, self.fleet))
    }
}

impl Crowd {
    /// Compares some devices with all. Takes a histogram of each property over them.
    pub(super) fn of(columns: &Columns, devices: &Selection) -> Self {
        let connected = query::parse_condition("connectionState = 'Connected'").condition;
        let context = query::Context {
            now: twin::time::Timestamp::NEVER,
        };
        let connected = connected
            .and_then(|condition| columns.filter(&condition, &context).ok())
            .unwrap_or_default();
        let mut crowd = Self {
            devices: devices.len(),
            connected: connected.and(devices).len(),
            common: None,
        };
        if crowd.devices >= DEVICES_MIN {
            let of_path = |(path, said): &(&str, &'static str)| {
                common(columns, devices, &Path::parse(path)?, said)
            };
            let found = PATHS.iter().filter_map(of_path);
            crowd.common = found.max_by_key(|common| common.excess(crowd.devices));
        }
        crowd
    }

    /// How many of them are not connected.
    pub(super) fn not_connected(&self) -> u64 {
        self.devices.saturating_sub(self.connected)
    }

    /// What they have in common, as half a sentence; `None` when nothing tells them apart from the fleet.
    pub(super) fn in_common(&self) -> Option<String> {
        let common = self.common.as_ref()?;
        Some(format!(
            "{} of them are {} {}, which has {} of the fleet",
            words::percent(common.here, self.devices),
            common.said,
            common.value,
            words::percent(common.everywhere, common.fleet)
        ))
    }
}

fn common(
    columns: &Columns,
    devices: &Selection,
    path: &Path,
    said: &'static str,
) -> Option<Common> {
    let here = columns.facet(path, devices, 1).ok()?;
    let (Value::String(value), count) = here.values.into_iter().next()? else {
        return None;
    };
    if count.saturating_mul(100) < devices.len().saturating_mul(SHARE_MIN) {
        return None;
    }
    let all = columns.all();
    let everywhere = columns.facet(path, &all, usize::MAX).ok()?;
    let everywhere = everywhere
        .values
        .iter()
        .find_map(|(other, count)| (other.as_str() == Some(&value)).then_some(*count))?;
    let common = Common {
        said,
        value,
        here: count,
        everywhere,
        fleet: all.len(),
    };
    // Twice as frequent as elsewhere, at least.
    let is_telling = count.saturating_mul(all.len())
        >= everywhere.saturating_mul(devices.len()).saturating_mul(2);
    is_telling.then_some(common)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_common_is_said_beside_what_is_usual() {
        let crowd = Crowd {
            devices: 861,
            connected: 0,
            common: Some(Common {
                said: "in region",
                value: "Brabant".to_owned(),
                here: 848,
                everywhere: 30_000,
                fleet: 1_000_000,
            }),
        };
        assert_eq!(
            crowd.in_common().as_deref(),
            Some("98\u{2009}% of them are in region Brabant, which has 3\u{2009}% of the fleet")
        );
        assert_eq!(crowd.not_connected(), 861);
        assert_eq!(Crowd::default().in_common(), None);
    }
}
