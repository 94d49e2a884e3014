//! The conditions that figures and squares link to, as text of the fleet query language.
//!
//! Every figure opens its query; the query is the same text that a person would type into the list of devices.

/// Devices that differ from what is asked in at least one place.
pub const DRIFTING: &str = "IS_DRIFTING()";
/// Devices that report everything that is asked.
pub const CONVERGED: &str = "NOT IS_DRIFTING()";
/// Devices that refused something.
pub const REFUSING: &str = "drift.refused > 0";
/// Connected devices.
pub const CONNECTED: &str = "connectionState = 'Connected'";
/// Devices that are not connected.
pub const NOT_CONNECTED: &str = "connectionState != 'Connected'";
/// Devices without a sign of life for a day, and not registered since.
pub const SILENT: &str = "lastActivityTime < ago('24h') AND createdTime < ago('24h')";

/// Sets of devices that may be ready to go, each with what they have in common.
pub const LEAVING: [(&str, &str); 3] = [
    (
        "Disabled for more than 30 days",
        "status = 'disabled' AND statusUpdateTime < ago('30d')",
    ),
    (
        "Silent for more than 30 days",
        "lastActivityTime < ago('30d') AND lastActivityTime > '2000-01-01T00:00:00Z'",
    ),
    (
        "Registered more than 30 days ago, never heard of",
        "lastActivityTime < '2000-01-01T00:00:00Z' AND createdTime < ago('30d')",
    ),
];

/// Devices of a region, or those without one.
pub fn region(name: Option<&str>) -> String {
    name.map_or_else(
        || "NOT IS_DEFINED(tags.region)".to_owned(),
        |name| format!("tags.region = {}", text(name)),
    )
}

/// Devices of a region, or those without one, that report all that is asked of them.
pub fn region_converged(name: Option<&str>) -> String {
    format!("{} AND {CONVERGED}", region(name))
}

/// Devices of a condition from one id on and before another, in the order of ids.
pub fn neighbors(of: Option<&str>, from: &str, before: Option<&str>) -> String {
    let from = (!from.is_empty()).then(|| format!("deviceId >= {}", text(from)));
    let before = before.map(|before| format!("deviceId < {}", text(before)));
    let parts = [of.map(str::to_owned), from, before];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(" AND ")
}

/// Devices whose ids begin so.
pub fn beginning(id: &str) -> String {
    format!("STARTSWITH(deviceId, {})", text(id))
}

/// Devices of a model.
pub fn class(name: &str) -> String {
    format!("tags.class = {}", text(name))
}

/// Devices of these names.
pub fn named(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| text(name)).collect();
    format!("deviceId IN [{}]", names.join(", "))
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
            region(Some("'s-Hertogenbosch")),
            r"tags.region = '\'s-Hertogenbosch'"
        );
        assert_eq!(region(Some(r"a\")), r"tags.region = 'a\\'");
    }

    #[test]
    fn every_condition_is_one_that_the_language_reads() {
        let of_region = region(Some("O'Neill \\ Söhne"));
        let texts = [
            DRIFTING.to_owned(),
            CONVERGED.to_owned(),
            REFUSING.to_owned(),
            CONNECTED.to_owned(),
            NOT_CONNECTED.to_owned(),
            SILENT.to_owned(),
            of_region.clone(),
            region(None),
            neighbors(Some(&of_region), "a'1", Some("z'9")),
            neighbors(None, "a", Some("b")),
            neighbors(None, "", Some("b")),
            neighbors(None, "a", None),
            beginning("am4-"),
            class("AM-4"),
            named(&["a".to_owned(), "b'c".to_owned()]),
        ];
        let leaving = LEAVING.map(|(_, text)| text.to_owned());
        for text in texts.into_iter().chain(leaving) {
            let parsed = query::parse_condition(&text);
            assert!(parsed.problems.is_empty(), "{text}: {:?}", parsed.problems);
            assert!(parsed.condition.is_some(), "{text}");
        }
    }
}
