//! The conditions that figures and squares link to, as text of the fleet query language.
//!
//! Every figure opens its query; the query is the same text that a person would type into the list of devices.

/// Devices that differ from what is asked in at least one place.
pub const DRIFTING: &str = "IS_DRIFTING()";
/// Devices that report everything that is asked.
pub const CONVERGED: &str = "drift.count = 0";
/// Devices that refused something.
pub const REFUSING: &str = "drift.refused > 0";
/// Connected devices.
pub const CONNECTED: &str = "connectionState = 'Connected'";
/// Devices without a sign of life for a day.
pub const SILENT: &str = "lastActivityTime < ago('24h')";

/// Devices of a region.
pub fn region(name: &str) -> String {
    format!("tags.region = {}", text(name))
}

/// Devices of a region from one id to another, in the order of ids.
pub fn neighbors(region_name: &str, first: &str, last: &str) -> String {
    format!(
        "{} AND deviceId >= {} AND deviceId <= {}",
        region(region_name),
        text(first),
        text(last)
    )
}

/// Devices of a model.
pub fn class(name: &str) -> String {
    format!("tags.class = {}", text(name))
}

/// A string of the language.
fn text(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_quotes() {
        assert_eq!(
            region("'s-Hertogenbosch"),
            r"tags.region = '\'s-Hertogenbosch'"
        );
        assert_eq!(region(r"a\"), r"tags.region = 'a\\'");
    }
}
