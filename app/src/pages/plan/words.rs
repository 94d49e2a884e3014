//! The plan in words: pure, so that both sides of hydration say the same.

use query::{Location, Path};
use twin::scheme::PropertyType;

use crate::api::plan::{Column, Found, Inventory, Property, Scheme};
use crate::format;
use crate::language::Language;
use crate::routes::{Address, Search};

/// What the page begins with.
pub(super) fn facts(scheme: &Scheme) -> Vec<String> {
    let columns = scheme.properties.iter().filter_map(|one| one.column);
    let bytes = columns.map(|column| column.memory_bytes).sum();
    vec![
        format!(
            "{} of {} properties declared",
            format::count(scheme.properties.len() as u64),
            format::count(scheme.properties_max)
        ),
        format!("columns take {}", format::bytes(bytes)),
    ]
}

/// A type as a property has it: `number, %`.
pub(super) fn kind(property: &Property) -> String {
    if property.unit.is_empty() {
        property.kind.to_string()
    } else {
        format!("{}, {}", property.kind, property.unit)
    }
}

/// Types side by side.
pub(super) fn types(types: &[PropertyType]) -> String {
    let names: Vec<&str> = types.iter().map(|kind| kind.as_str()).collect();
    names.join(", ")
}

/// How a column stands, in one word.
pub(super) fn standing(column: Option<&Column>) -> &'static str {
    match column {
        Some(column) if !column.is_building => "Ready",
        _ => "Building",
    }
}

/// How far a column is: `212,000 of 1,000,000 devices looked at`.
pub(super) fn progress(column: Option<&Column>, devices: u64) -> String {
    format!(
        "{} of {} devices looked at",
        format::count(column.map_or(0, |column| column.loaded)),
        format::count(devices)
    )
}

/// The devices that hold a property.
pub(super) fn holders(path: &str) -> String {
    Address::Devices(Search::of(format!("IS_DEFINED({path})"))).href()
}

/// What is lost by dropping a property, and what is not.
pub(super) fn consequences(property: &Property, devices: u64) -> Vec<String> {
    let (present, bytes) = property
        .column
        .map_or((0, 0), |column| (column.present, column.memory_bytes));
    vec![
        format!(
            "Its column is forgotten, which frees {}. Queries, counts and orders by it read {} again.",
            format::bytes(bytes),
            format::plural(devices, "document", "documents")
        ),
        "Its title, unit and description are forgotten.".to_owned(),
        match present {
            0 => "No device has a value of it.".to_owned(),
            1 => "The 1 device that has a value keeps it.".to_owned(),
            present => format!(
                "The {} devices that have a value keep it.",
                format::count(present)
            ),
        },
        "Declared again, its column is built anew.".to_owned(),
    ]
}

/// What is wrong with a path that is to be declared.
pub(super) fn wrong_path(language: Language, text: &str) -> Option<String> {
    let text = text.trim();
    let below = "A path begins with tags, desired or reported and leads below it: tags.region";
    if text.is_empty() {
        return Some(format!("{below}."));
    }
    match (language.path)(text).as_ref().map(Path::location) {
        None => Some(
            "This is not a path. Names that are no words stand in brackets: tags.[[floor 2]]."
                .to_owned(),
        ),
        Some(Location::Tags(below) | Location::Desired(below) | Location::Reported(below))
            if !below.is_empty() =>
        {
            None
        }
        Some(_) => Some(format!("{below}.")),
    }
}

/// The property of the inventory that a text names.
pub(super) fn found<'a>(
    language: Option<Language>,
    inventory: &'a Inventory,
    text: &str,
) -> Option<&'a Found> {
    let path = match language {
        Some(language) => (language.path)(text.trim())?.to_string(),
        None => text.trim().to_owned(),
    };
    inventory.found.iter().find(|found| found.path == path)
}

/// How many devices hold a property, as far as they were looked at: `487 of 500 devices looked at`.
pub(super) fn seen(found: &Found, inventory: &Inventory) -> String {
    format!(
        "{} of {} devices looked at",
        format::count(found.present),
        format::count(inventory.sampled)
    )
}

/// What the inventory was told from.
pub(super) fn source(inventory: &Inventory) -> String {
    if inventory.sampled >= inventory.devices {
        format!(
            "told from all {}",
            format::plural(inventory.devices, "device", "devices")
        )
    } else {
        format!(
            "told from {} of {} devices",
            format::count(inventory.sampled),
            format::count(inventory.devices)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::language;

    fn property(present: u64) -> Property {
        Property {
            path: "tags.region".to_owned(),
            kind: PropertyType::String,
            title: String::new(),
            unit: String::new(),
            description: String::new(),
            column: Some(Column {
                is_building: true,
                loaded: 212_000,
                present,
                distinct: Some(12),
                memory_bytes: 1_066_240,
            }),
        }
    }

    #[test]
    fn a_path_that_cannot_be_declared_is_told_before_it_is_sent() {
        for path in [
            "tags.region",
            " reported.network.rssi_dbm ",
            "properties.desired.mode",
            "tags.[[floor 2]]",
        ] {
            assert_eq!(wrong_path(language(), path), None, "{path}");
        }
        for path in [
            "",
            "tags",
            "deviceId",
            "desired.$version",
            "a b",
            "tags.floor 2",
        ] {
            assert!(wrong_path(language(), path).is_some(), "{path}");
        }
    }

    #[test]
    fn dropping_says_what_goes_and_what_stays() {
        let said = consequences(&property(1_000), 2_000).join(" ");
        for part in [
            "1.07\u{2009}MB",
            "2,000 documents",
            "1,000 devices that have a value keep",
        ] {
            assert!(said.contains(part), "{said}");
        }
        assert!(
            consequences(&property(0), 1)
                .join(" ")
                .contains("No device has a value")
        );
    }

    #[test]
    fn a_column_tells_how_far_it_is() {
        let column = property(1).column;
        assert_eq!(
            progress(column.as_ref(), 1_000_000),
            "212,000 of 1,000,000 devices looked at"
        );
        assert_eq!(standing(column.as_ref()), "Building");
        assert_eq!(standing(None), "Building");
    }

    #[test]
    fn a_property_is_found_by_any_way_to_write_its_path() {
        let inventory = Inventory {
            sampled: 2,
            devices: 2,
            found: vec![Found {
                path: "properties.reported.level".to_owned(),
                kind: PropertyType::Number,
                types: vec![PropertyType::Number],
                present: 1,
                examples: Vec::new(),
            }],
        };
        assert!(found(Some(language()), &inventory, " reported.level").is_some());
        assert!(found(Some(language()), &inventory, "reported.lev").is_none());
        assert!(found(Some(language()), &inventory, "").is_none());
    }
}
