//! Which firmware the classes report, and who reports another one than is usual for its class.

use std::cmp::Reverse;
use std::sync::Arc;

use columns::{Columns, Selection};
use query::{Context, Path};
use serde::Serialize;
use twin::Value;
use twin::time::Timestamp;

use super::field::equals;

const CLASS: &str = "tags.class";
const VERSION: &str = "properties.reported.firmware.version";
/// Classes that are told apart, the largest first.
const CLASSES_MAX: usize = 12;
/// Versions of a class that are told apart, the most frequent first.
const VERSIONS_MAX: usize = 64;
/// The newest version counts as the usual one when at least one in so many devices of its class reports it: a first
/// few that try it out do not make all others old.
const NEWEST_SHARE: u64 = 20;

/// The firmware of one class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Mix {
    /// The value of `tags.class`.
    pub class: String,
    /// Its devices.
    pub devices: u64,
    /// Versions and how many report them, newest first.
    pub versions: Vec<(String, u64)>,
    /// The usual version: the newest that is more than a trial, or the most frequent one.
    pub usual: Option<String>,
}

/// The firmware of the fleet.
#[derive(Debug, Default)]
pub(super) struct Firmware {
    /// By class, largest first.
    pub(super) mixes: Vec<Mix>,
    /// Devices that report another version than is usual for their class.
    pub(super) behind: Arc<Selection>,
}

impl Firmware {
    /// Counts it; nothing when one of the properties has no column.
    pub(super) fn of(columns: &Columns) -> Self {
        let (Some(class), Some(version)) = (Path::parse(CLASS), Path::parse(VERSION)) else {
            return Self::default();
        };
        let has_both = columns.has(&class) && columns.has(&version);
        let classes = columns.facet(&class, &columns.all(), CLASSES_MAX);
        let (true, Ok(classes)) = (has_both, classes) else {
            return Self::default();
        };
        let (mut mixes, mut behind) = (Vec::new(), Selection::default());
        for (name, devices) in classes.values {
            let Value::String(name) = name else { continue };
            let members = holding(columns, &class, &name);
            let Ok(found) = columns.facet(&version, &members, VERSIONS_MAX) else {
                continue;
            };
            let text = |(value, count): (Value, u64)| match value {
                Value::String(version) => Some((version, count)),
                _ => None,
            };
            let versions: Vec<_> = found.values.into_iter().filter_map(text).collect();
            let usual = usual(&versions, devices);
            for (other, _) in &versions {
                if Some(other) != usual.as_ref() {
                    behind = behind.or(&holding(columns, &version, other).and(&members));
                }
            }
            mixes.push(Mix {
                class: name,
                devices,
                versions: newest_first(versions),
                usual,
            });
        }
        mixes.sort_by_key(|mix| Reverse(mix.devices));
        Self {
            mixes,
            behind: Arc::new(behind),
        }
    }
}

fn holding(columns: &Columns, path: &Path, text: &str) -> Selection {
    let context = Context {
        now: Timestamp::NEVER,
    };
    let found = columns.filter(&equals(path, text), &context);
    found.unwrap_or_default()
}

/// The newest version that is more than a trial, or else the most frequent one.
fn usual(versions: &[(String, u64)], devices: u64) -> Option<String> {
    let spread = versions
        .iter()
        .filter(|(_, count)| count.saturating_mul(NEWEST_SHARE) >= devices);
    let newest = spread.max_by_key(|(version, _)| numbers(version));
    let frequent = versions.iter().max_by_key(|(_, count)| *count);
    newest.or(frequent).map(|(version, _)| version.clone())
}

fn newest_first(mut versions: Vec<(String, u64)>) -> Vec<(String, u64)> {
    versions.sort_by_cached_key(|(version, _)| Reverse(numbers(version)));
    versions
}

/// The numbers in a version, in order; then its text, so that equal numbers keep one order.
fn numbers(version: &str) -> (Vec<u64>, String) {
    let numbers = version
        .split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok());
    (numbers.collect(), version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(counts: &[(&str, u64)]) -> Vec<(String, u64)> {
        let owned = |(version, count): &(&str, u64)| ((*version).to_owned(), *count);
        counts.iter().map(owned).collect()
    }

    #[test]
    fn a_trial_of_a_few_does_not_make_all_others_old() {
        for (counts, devices, expected) in [
            (
                &[("4.9.1", 900), ("4.12.0", 100)][..],
                1_000,
                Some("4.12.0"),
            ),
            (&[("4.9.1", 990), ("4.12.0", 10)], 1_000, Some("4.9.1")),
            (&[("4.9.1", 1), ("4.10.0", 2)], 1_000, Some("4.10.0")),
            (&[], 10, None),
        ] {
            assert_eq!(usual(&versions(counts), devices).as_deref(), expected);
        }
    }

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        let ordered = newest_first(versions(&[("4.9.1", 2), ("4.12.0", 5), ("4.12.0-rc1", 1)]));
        let names: Vec<_> = ordered
            .iter()
            .map(|(version, _)| version.as_str())
            .collect();
        assert_eq!(names, ["4.12.0-rc1", "4.12.0", "4.9.1"]);
    }
}
