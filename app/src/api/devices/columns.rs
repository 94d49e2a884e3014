//! The columns of a list of devices: the standard ones, and any path.

use fleet::monitor::Live;
use query::{Path, Row as _};
use twin::Value;
use twin::scheme::{Property, PropertyType};
use twin::time::Timestamp;

use super::{Column, Offer, Shows};
use crate::api::{Caller, Problem};
use crate::format;

/// Most columns of a list; further ones are left out.
const COLUMNS_MAX: usize = 24;
/// What holds times.
const TIMES: [&str; 5] = [
    "createdTime",
    "statusUpdateTime",
    "connectionStateUpdatedTime",
    "lastActivityTime",
    "drift.since",
];
/// How long a text of a cell may be, in characters.
const CELL_CHARS_MAX: usize = 40;

/// A column that is drawn in a way of its own.
struct Standard {
    key: &'static str,
    title: &'static str,
    note: Option<&'static str>,
    /// Whether the list can be ordered by it.
    is_sortable: bool,
    shows: Shows,
}

const fn standard(key: &'static str, title: &'static str, shows: Shows) -> Standard {
    Standard {
        key,
        title,
        note: None,
        is_sortable: true,
        shows,
    }
}

/// The standard columns, in their order.
const STANDARD: [Standard; 7] = [
    Standard {
        is_sortable: false,
        ..standard("state", "State", Shows::State)
    },
    standard("tags.site", "Site", Shows::Site),
    Standard {
        is_sortable: false,
        note: Some("reported → desired"),
        ..standard("firmware", "Firmware", Shows::Firmware)
    },
    standard("drift.count", "Differs in", Shows::Differs),
    standard("drift.since", "For", Shows::Since),
    standard(
        "properties.reported.network.rssi_dbm",
        "Signal",
        Shows::Signal,
    ),
    standard("lastActivityTime", "Last report", Shows::LastReport),
];

/// Fields of every device that can be columns too.
const FIELDS: [(&str, &str); 8] = [
    ("status", "Status"),
    ("statusReason", "Status reason"),
    ("connectionState", "Connection"),
    ("modelId", "Model"),
    ("authenticationType", "Authentication"),
    ("createdTime", "Registered"),
    ("version", "Twin version"),
    ("drift.refused", "Refused in"),
];

impl Caller {
    /// Every column that there is to choose from: those that are chosen, then the standard ones, fields, and declared
    /// properties.
    pub(crate) async fn columns(&self, chosen: Option<&str>) -> Result<Vec<Offer>, Problem> {
        let declared = self.declared().await?;
        let offer = |column: Column, is_on| Offer {
            key: column.key,
            title: column.title,
            is_on,
        };
        let chosen = read(chosen, &declared).into_iter();
        let mut offers: Vec<_> = chosen.map(|column| offer(column, true)).collect();
        let standard = STANDARD.iter().map(|one| one.key.to_owned());
        let fields = FIELDS.iter().map(|(key, _)| (*key).to_owned());
        let paths = declared.iter().map(|property| property.path.clone());
        for key in standard.chain(fields).chain(paths) {
            if !offers.iter().any(|offer| offer.key == key) {
                offers.extend(column(&key, &declared, 0).map(|column| offer(column, false)));
            }
        }
        Ok(offers)
    }

    /// The declared properties, which have titles and types.
    pub(crate) async fn declared(&self) -> Result<Vec<Property>, Problem> {
        let declared = self.fleet.plan().declared(&self.principal).await?;
        Ok(declared.into_iter().map(|one| one.property).collect())
    }
}

/// The columns of an address; the standard ones without any that can be read.
pub(crate) fn read(text: Option<&str>, declared: &[Property]) -> Vec<Column> {
    let keys = text.map(split).unwrap_or_default();
    let standard = || STANDARD.iter().map(|one| one.key.to_owned());
    let mut columns: Vec<Column> = Vec::new();
    let mut cells = 0;
    let chosen = keys.into_iter().take(COLUMNS_MAX);
    for key in chosen {
        if columns.iter().any(|column| column.key == key) {
            continue;
        }
        if let Some(column) = column(&key, declared, cells) {
            cells += usize::from(matches!(column.shows, Shows::Cell(_)));
            columns.push(column);
        }
    }
    if columns.is_empty() {
        columns = standard()
            .filter_map(|key| column(&key, declared, 0))
            .collect();
    }
    columns
}

/// The keys between commas; commas within brackets belong to a key.
pub(crate) fn split(text: &str) -> Vec<String> {
    let (mut keys, mut key, mut depth) = (Vec::new(), String::new(), 0_u32);
    for letter in text.chars() {
        match letter {
            ',' if depth == 0 => keys.push(std::mem::take(&mut key)),
            letter => {
                match letter {
                    '[' => depth += 1,
                    ']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                key.push(letter);
            }
        }
    }
    keys.push(key);
    keys.iter()
        .map(|key| key.trim().to_owned())
        .filter(|key| !key.is_empty())
        .collect()
}

/// A column by its key, the `cells`th of those that show a value as it is; `None` when it is no path.
fn column(key: &str, declared: &[Property], cells: usize) -> Option<Column> {
    if let Some(one) = STANDARD.iter().find(|one| one.key == key) {
        return Some(Column {
            key: key.to_owned(),
            title: one.title.to_owned(),
            note: one.note.map(str::to_owned),
            sort: one.is_sortable.then(|| key.to_owned()),
            is_number: matches!(
                one.shows,
                Shows::Differs | Shows::Since | Shows::Signal | Shows::LastReport
            ),
            shows: one.shows,
        });
    }
    let path = Path::parse(key)?;
    let text = path.to_string();
    let property = declared.iter().find(|property| property.path == text);
    let field = FIELDS.iter().find(|(known, _)| *known == text);
    let title = match (property, field) {
        (Some(property), _) if !property.title.is_empty() => property.title.clone(),
        (_, Some((_, title))) => (*title).to_owned(),
        _ => path.last().to_owned(),
    };
    let is_number = property.is_some_and(|property| property.kind == PropertyType::Number)
        || ["version", "drift.refused"].contains(&text.as_str());
    Some(Column {
        title,
        note: property
            .map(|property| property.unit.clone())
            .filter(|unit| !unit.is_empty()),
        sort: Some(text.clone()),
        key: text,
        is_number,
        shows: Shows::Cell(cells),
    })
}

/// An order in words: by which column, and what comes first.
pub(crate) fn sorted(sort: &str, columns: &[Column]) -> String {
    let (path, is_descending) = match sort.strip_suffix(" DESC") {
        Some(path) => (path, true),
        None => (sort, false),
    };
    let column = columns
        .iter()
        .find(|column| column.sort.as_deref() == Some(path));
    let title = column.map_or_else(
        || match path {
            "deviceId" => "device".to_owned(),
            path => path.to_owned(),
        },
        |column| column.title.clone(),
    );
    let is_time = TIMES.contains(&path);
    let first = match (is_time, column.is_some_and(|column| column.is_number)) {
        (true, _) if is_descending => "latest first",
        (true, _) => "oldest first",
        (_, true) if is_descending => "highest first",
        (_, true) => "lowest first",
        _ if is_descending => "last first",
        _ => return format!("Sorted by {title}"),
    };
    format!("Sorted by {title}, {first}")
}

/// The paths of the columns that show a value as it is, in the order of the cells.
pub(crate) fn cell_paths(columns: &[Column]) -> Vec<Path> {
    columns
        .iter()
        .filter(|column| matches!(column.shows, Shows::Cell(_)))
        .filter_map(|column| Path::parse(&column.key))
        .collect()
}

/// What a device holds at the paths, in words.
pub(crate) fn cells(live: &Live, paths: &[Path]) -> Vec<String> {
    let row = live.row();
    let cell = |path: &Path| match row.get(path).to_value() {
        None => format::UNKNOWN.to_owned(),
        Some(Value::String(text)) if text.is_empty() => format::UNKNOWN.to_owned(),
        Some(Value::String(text)) if TIMES.contains(&path.to_string().as_str()) => {
            Timestamp::parse(&text).map_or(text, format::instant)
        }
        Some(Value::String(text)) => format::middle(&text, CELL_CHARS_MAX),
        Some(value) => format::middle(&value.to_string(), CELL_CHARS_MAX),
    };
    paths.iter().map(cell).collect()
}

/// The paths that a file holds of the columns: what is drawn from several values is written as these.
pub(crate) fn file_paths(columns: &[Column]) -> Vec<Path> {
    let mut paths: Vec<Path> = Vec::new();
    let mut add = |text: &str| {
        if let Some(path) = Path::parse(text)
            && !paths.contains(&path)
        {
            paths.push(path);
        }
    };
    add("deviceId");
    for column in columns {
        match column.shows {
            Shows::State => {
                for text in ["status", "connectionState", "drift.count", "drift.refused"] {
                    add(text);
                }
            }
            Shows::Site => ["tags.region", "tags.site"].into_iter().for_each(&mut add),
            Shows::Firmware => {
                for side in ["reported", "desired"] {
                    add(&format!("properties.{side}.firmware.version"));
                }
            }
            Shows::Differs | Shows::Since | Shows::Signal | Shows::LastReport | Shows::Cell(_) => {
                add(&column.key);
            }
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: Option<&str>) -> Vec<String> {
        let columns = read(text, &[]);
        columns.into_iter().map(|column| column.key).collect()
    }

    #[test]
    fn columns_are_read_in_their_order_and_once() {
        assert_eq!(keys(None).len(), STANDARD.len());
        assert_eq!(keys(Some(" ,")), keys(None), "nothing that can be read");
        assert_eq!(
            keys(Some("tags.a,state,tags.['x,y'],state,desired.b,1 + 1")),
            ["tags.a", "state", "tags.[[x,y]]", "properties.desired.b"]
        );
        let columns = read(Some("tags.a,state,tags.b"), &[]);
        assert_eq!(columns[2].shows, Shows::Cell(1));
        assert_eq!(cell_paths(&columns).len(), 2);
    }

    #[test]
    fn an_order_is_said_in_words() {
        let columns = read(None, &[]);
        for (sort, words) in [
            ("deviceId", "Sorted by device"),
            ("deviceId DESC", "Sorted by device, last first"),
            ("tags.site", "Sorted by Site"),
            ("drift.since", "Sorted by For, oldest first"),
            ("drift.count DESC", "Sorted by Differs in, highest first"),
            ("tags.floor", "Sorted by tags.floor"),
        ] {
            assert_eq!(sorted(sort, &columns), words);
        }
    }

    #[test]
    fn declared_properties_lend_title_and_unit() {
        let property = Property {
            path: "tags.floor".to_owned(),
            kind: PropertyType::Number,
            title: "Floor".to_owned(),
            unit: "m".to_owned(),
            description: String::new(),
        };
        let columns = read(Some("tags.floor"), &[property]);
        assert_eq!(columns[0].title, "Floor");
        assert_eq!(columns[0].note.as_deref(), Some("m"));
        assert!(columns[0].is_number);
    }

    #[test]
    fn a_file_holds_what_columns_are_drawn_from() {
        let paths = file_paths(&read(Some("state,firmware,tags.a,drift.count"), &[]));
        let paths: Vec<_> = paths.iter().map(ToString::to_string).collect();
        assert_eq!(
            paths,
            [
                "deviceId",
                "status",
                "connectionState",
                "drift.count",
                "drift.refused",
                "properties.reported.firmware.version",
                "properties.desired.firmware.version",
                "tags.a"
            ]
        );
    }
}
