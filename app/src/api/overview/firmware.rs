//! Which firmware the models report, asked as the query that a person would write.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use twin::Value;

use super::Mix;
use crate::api::{Caller, Problem};

const CLASS: &str = "tags.class";
const VERSION: &str = "properties.reported.firmware.version";
/// Pages of groups that are read; more groups are no picture.
const PAGES_MAX: usize = 5;

impl Caller {
    /// Firmware by model. Nothing when the two properties are not declared: the whole fleet is not read for a picture.
    pub(crate) async fn firmware(&self) -> Result<Vec<Mix>, Problem> {
        let declared = self.fleet.plan().declared(&self.principal).await?;
        let is_indexed = |path: &str| {
            let of_path = |declared: &&fleet::plan::Declared| declared.property.path == path;
            let column = declared
                .iter()
                .find(of_path)
                .and_then(|declared| declared.column.as_ref());
            column.is_some_and(|column| !column.is_building)
        };
        if !is_indexed(CLASS) || !is_indexed(VERSION) {
            return Ok(Vec::new());
        }
        let query = format!(
            "SELECT {CLASS} AS model, {VERSION} AS version, COUNT() AS devices FROM devices GROUP BY {CLASS}, {VERSION}"
        );
        let mut groups = Vec::new();
        let mut place = None;
        for _ in 0..PAGES_MAX {
            let page = self
                .fleet
                .monitor()
                .run_query(&self.principal, &query, place.as_deref(), None)
                .await?;
            groups.extend(page.rows);
            place = page.continuation;
            if place.is_none() {
                return Ok(mixes(&groups));
            }
        }
        Ok(Vec::new())
    }
}

/// Models, largest first, each with its versions, newest first. Groups without a model are left out.
fn mixes(groups: &[Value]) -> Vec<Mix> {
    let mut models: BTreeMap<&str, Mix> = BTreeMap::new();
    for group in groups {
        let of = |name: &str| group.get(name);
        let (Some(model), Some(devices)) = (
            of("model").and_then(Value::as_str),
            of("devices").and_then(Value::as_u64),
        ) else {
            continue;
        };
        let mix = models.entry(model).or_insert_with(|| Mix {
            model: model.to_owned(),
            ..Mix::default()
        });
        mix.devices += devices;
        if let Some(version) = of("version").and_then(Value::as_str) {
            mix.versions.push((version.to_owned(), devices));
        }
    }
    let mut mixes: Vec<Mix> = models.into_values().collect();
    mixes.sort_by_key(|mix| Reverse(mix.devices));
    for mix in &mut mixes {
        mix.versions
            .sort_by_cached_key(|(version, _)| Reverse(numbers(version)));
    }
    mixes
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
    use serde_json::json;

    use super::*;

    #[test]
    fn the_largest_model_and_the_newest_version_come_first() {
        let groups = [
            json!({ "model": "GW-9", "version": "2.0.0", "devices": 3 }),
            json!({ "model": "AM-4", "version": "4.9.1", "devices": 2 }),
            json!({ "model": "AM-4", "version": "4.12.0", "devices": 5 }),
            json!({ "model": "AM-4", "devices": 1 }),
            json!({ "version": "1.0", "devices": 9 }),
        ];
        let mixes = mixes(&groups);
        assert_eq!(
            mixes
                .iter()
                .map(|mix| (mix.model.as_str(), mix.devices))
                .collect::<Vec<_>>(),
            [("AM-4", 8), ("GW-9", 3)]
        );
        assert_eq!(
            mixes[0].versions,
            [("4.12.0".to_owned(), 5), ("4.9.1".to_owned(), 2)]
        );
    }
}
