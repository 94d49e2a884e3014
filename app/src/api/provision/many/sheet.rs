//! A file of comma-separated values as devices, with everything that is wrong in it by line and column.
//!
//! The first line names the columns. A cell of tags or desired properties that is JSON (a number, `true`, text in
//! quotes, a list, an object) is that value; an empty cell and `null` are nothing; everything else is text.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use csv::StringRecord;
use fleet::provision::NewDevice;
use twin::identity::{AuthenticationKind, Status};
use twin::limits::STATUS_REASON_CHARS_MAX;
use twin::{Map, Value, value};

use super::super::Field;
use super::super::draft::{check_id, check_key, sentence};
use super::super::section::put;
use super::{CellWrong, FILE_BYTES_MAX, ROWS_MAX};
use crate::format;

/// The line on which a record begins; where it was read from lies before the empty lines above it.
fn begins(text: &str, at: &csv::Position) -> u64 {
    let start = usize::try_from(at.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let ends = rest.iter().take_while(|byte| b"\r\n".contains(byte));
    at.line() + ends.filter(|byte| **byte == b'\n').count() as u64
}

/// The devices of a file.
pub(super) type Sheet = Vec<SheetRow>;

/// One device of a file.
pub(super) struct SheetRow {
    /// The line on which it begins.
    pub(super) line: u64,
    /// Its name as it was written.
    pub(super) id: String,
    /// The device, or all that is wrong with it.
    pub(super) device: Result<NewDevice, Vec<CellWrong>>,
}

/// What a column means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Column {
    Id,
    Status,
    StatusReason,
    PrimaryKey,
    SecondaryKey,
    PrimaryThumbprint,
    Tag(Vec<String>),
    Desired(Vec<String>),
    /// A column without a name: its cells must be empty.
    Nameless,
}

/// The names of the columns that there is one of.
const NAMED: [(&str, Column); 6] = [
    ("deviceId", Column::Id),
    ("status", Column::Status),
    ("statusReason", Column::StatusReason),
    ("primaryKey", Column::PrimaryKey),
    ("secondaryKey", Column::SecondaryKey),
    ("primaryThumbprint", Column::PrimaryThumbprint),
];

/// Reads a file.
///
/// # Errors
/// A sentence, when it is too large, is no text, or its first line does not name the columns.
pub(super) fn read(bytes: &[u8]) -> Result<Sheet, String> {
    if bytes.len() > FILE_BYTES_MAX {
        let most = FILE_BYTES_MAX / 1024 / 1024;
        return Err(format!(
            "The file is larger than {most} MB, the most at once. Split it."
        ));
    }
    let text = text(bytes)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let Some(Ok(head)) = records.next() else {
        return Err("The file is empty. Its first line names the columns.".to_owned());
    };
    let columns = columns(&head)?;
    let mut rows = Sheet::new();
    let mut lines = HashMap::new();
    for record in records {
        let record = record.map_err(|error| format!("The file cannot be read on: {error}."))?;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if rows.len() == ROWS_MAX {
            let most = format::count(ROWS_MAX as u64);
            return Err(format!(
                "The file has more than {most} devices, the most at once. Split it."
            ));
        }
        let line = record.position().map_or(0, |at| begins(text, at));
        rows.push(row(line, &record, &columns, &mut lines));
    }
    if rows.is_empty() {
        return Err("The file has no devices: nothing follows its first line.".to_owned());
    }
    Ok(rows)
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = before.split(|byte| *byte == b'\n').count();
        format!("Line {line} is not UTF-8 text. Save the file as “CSV UTF-8”.")
    })
}

/// What separates cells: whatever the first line has most of, as spreadsheets write it in different countries.
fn delimiter(text: &str) -> u8 {
    let head = text.lines().next().unwrap_or_default();
    let count = |delimiter: u8| head.bytes().filter(|byte| *byte == delimiter).count();
    // The comma is last: of several that are equally frequent, the last one counts.
    let candidates = [b'\t', b';', b','];
    candidates
        .into_iter()
        .max_by_key(|delimiter| count(*delimiter))
        .unwrap_or(b',')
}

/// The columns with their names as they are written.
fn columns(head: &StringRecord) -> Result<Vec<(String, Column)>, String> {
    let mut columns: Vec<(String, Column)> = Vec::with_capacity(head.len());
    for name in head {
        let name = name.trim();
        let column = column(name)?;
        let is_there = columns.iter().any(|(_, known)| *known == column);
        if is_there && column != Column::Nameless {
            return Err(format!(
                "The first line names the column “{name}” twice. Take one out."
            ));
        }
        columns.push((name.to_owned(), column));
    }
    if columns.iter().any(|(_, column)| *column == Column::Id) {
        Ok(columns)
    } else {
        Err(
            "The first line names no column “deviceId”. It is the one that every file needs."
                .to_owned(),
        )
    }
}

fn column(name: &str) -> Result<Column, String> {
    if name.is_empty() {
        return Ok(Column::Nameless);
    }
    let named = NAMED
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    if let Some((_, column)) = named {
        return Ok(column.clone());
    }
    let short = name.strip_prefix("properties.").unwrap_or(name);
    let path = |rest: &str| -> Option<Vec<String>> {
        let path: Vec<_> = rest.split('.').map(str::to_owned).collect();
        path.iter().all(|part| !part.is_empty()).then_some(path)
    };
    let found = match (name.strip_prefix("tags."), short.strip_prefix("desired.")) {
        (Some(rest), _) => path(rest).map(Column::Tag),
        (None, Some(rest)) => path(rest).map(Column::Desired),
        (None, None) => None,
    };
    found.ok_or_else(|| {
        let known: Vec<_> = NAMED.iter().map(|(name, _)| *name).collect();
        format!(
            "The first line names a column “{}” that does not exist. There are {}, and tags.… and desired.… with a name after the dot.",
            format::middle(name, 40),
            known.join(", ")
        )
    })
}

/// The parts of a device, as its cells say them.
#[derive(Default)]
struct Cells {
    id: String,
    status: Status,
    status_reason: Option<String>,
    keys: (String, String),
    thumbprint: Option<String>,
    tags: Map,
    desired: Map,
    wrongs: Vec<CellWrong>,
}

fn row(
    line: u64,
    record: &StringRecord,
    columns: &[(String, Column)],
    lines: &mut HashMap<String, u64>,
) -> SheetRow {
    let mut cells = Cells::default();
    for (cell, (name, column)) in record.iter().zip(columns) {
        let cell = cell.trim();
        if !cell.is_empty()
            && let Err(sentence) = cells.take(column, cell)
        {
            cells.wrong(name, sentence);
        }
    }
    if record.len() > columns.len() {
        let (has, named) = (record.len(), columns.len());
        let sentence = format!(
            "This line has {has} cells, the first line names {named}. Put a cell that holds a comma in quotes."
        );
        cells.wrong("", sentence);
    }
    if cells.thumbprint.is_some() && cells.keys != Default::default() {
        let sentence = "A device proves itself by keys or by a certificate: empty one of the two.";
        cells.wrong("primaryThumbprint", sentence.to_owned());
    }
    let id = cells.id.clone();
    let device = check_id(&id).map_err(|wrong| {
        let fix = wrong.fix.map(|fix| format!(" {}.", fix.words));
        cells.wrong("deviceId", wrong.sentence + &fix.unwrap_or_default());
    });
    match lines.entry(id.clone()) {
        Entry::Occupied(first) if device.is_ok() => {
            let sentence = format!(
                "This name is on line {} already. Give another, or take the line out.",
                first.get()
            );
            cells.wrong("deviceId", sentence);
        }
        Entry::Occupied(_) => {}
        Entry::Vacant(place) => {
            place.insert(line);
        }
    }
    let device = match device {
        Ok(id) if cells.wrongs.is_empty() => Ok(NewDevice {
            status: cells.status,
            status_reason: cells.status_reason,
            authentication: match cells.thumbprint {
                Some(_) => AuthenticationKind::SelfSigned,
                None => AuthenticationKind::Sas,
            },
            keys: Some(cells.keys),
            thumbprints: (cells.thumbprint, None),
            tags: cells.tags,
            desired: cells.desired,
            ..NewDevice::new(id)
        }),
        _ => Err(cells.wrongs),
    };
    SheetRow { line, id, device }
}

impl Cells {
    fn wrong(&mut self, column: &str, sentence: String) {
        let column = column.to_owned();
        self.wrongs.push(CellWrong { column, sentence });
    }

    /// Takes a cell that is not empty.
    fn take(&mut self, column: &Column, cell: &str) -> Result<(), String> {
        match column {
            Column::Id => cell.clone_into(&mut self.id),
            Column::Status => {
                self.status = match cell.to_ascii_lowercase().as_str() {
                    "enabled" => Status::Enabled,
                    "disabled" => Status::Disabled,
                    _ => return Err("A status is enabled or disabled.".to_owned()),
                }
            }
            Column::StatusReason => {
                let length = cell.chars().count();
                if length > STATUS_REASON_CHARS_MAX {
                    return Err(format!(
                        "This has {length} characters; {STATUS_REASON_CHARS_MAX} is the most."
                    ));
                }
                self.status_reason = Some(cell.to_owned());
            }
            Column::PrimaryKey => self.keys.0 = key(Field::PrimaryKey, cell)?,
            Column::SecondaryKey => self.keys.1 = key(Field::SecondaryKey, cell)?,
            Column::PrimaryThumbprint => self.thumbprint = Some(thumbprint(cell)?),
            Column::Tag(path) => place(&mut self.tags, path, cell)?,
            Column::Desired(path) => place(&mut self.desired, path, cell)?,
            Column::Nameless => {
                return Err("This cell stands in a column without a name.".to_owned());
            }
        }
        Ok(())
    }
}

fn key(field: Field, cell: &str) -> Result<String, String> {
    match check_key(field, cell) {
        None => Ok(cell.to_owned()),
        Some(wrong) => Err(wrong.sentence + " Leave the cell empty to have the key made."),
    }
}

fn thumbprint(cell: &str) -> Result<String, String> {
    let digits: String = cell.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex && matches!(digits.len(), 40 | 64) {
        Ok(digits)
    } else {
        Err(
            "A thumbprint is the SHA-1 or SHA-256 of the certificate: 40 or 64 hexadecimal digits."
                .to_owned(),
        )
    }
}

/// Puts a cell's value where its column says.
fn place(section: &mut Map, path: &[String], cell: &str) -> Result<(), String> {
    let Some(value) = typed(cell)? else {
        return Ok(());
    };
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let mut alone = Map::new();
    put(&mut alone, &path, value.clone());
    value::check(&alone).map_err(|error| sentence(&error.to_string()))?;
    if put(section, &path, value) {
        Ok(())
    } else {
        Err("Another column holds a value where this one needs an object.".to_owned())
    }
}

/// The value of a cell; `None` when it says that there is none.
fn typed(cell: &str) -> Result<Option<Value>, String> {
    match serde_json::from_str(cell) {
        Ok(Value::Null) => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(_) if cell.starts_with(['{', '[', '"']) => Err(
            "This begins like JSON and cannot be read as it. In a file, quotes within a quoted cell are doubled: \"{ \"\"a\"\": 1 }\"."
                .to_owned(),
        ),
        Err(_) => Ok(Some(Value::String(cell.to_owned()))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    fn one(text: &str) -> SheetRow {
        let mut rows =
            read(text.as_bytes()).unwrap_or_else(|sentence| panic!("{text}: {sentence}"));
        assert_eq!(rows.len(), 1, "{text}");
        rows.remove(0)
    }

    #[test]
    fn cells_say_a_device() {
        let thumbprint = "ab:".repeat(20);
        let thumbprint = thumbprint.trim_end_matches(':');
        let text = format!(
            "\u{feff}deviceid, STATUS ,statusReason,primaryKey,tags.site,tags.place.floor,properties.desired.metering.interval_s,desired.on,desired.list\r\n\
             am4-1,disabled,\"in \"\"store\"\", row 4\",{KEY},Breda-West,2,900,true,\"[1, \"\"a\"\"]\"\r\n"
        );
        let device = one(&text).device.unwrap();
        assert_eq!(device.id.as_str(), "am4-1");
        assert_eq!(device.status, Status::Disabled);
        assert_eq!(device.status_reason.as_deref(), Some("in \"store\", row 4"));
        assert_eq!(device.keys, Some((KEY.to_owned(), String::new())));
        assert_eq!(
            Value::Object(device.tags),
            json!({ "site": "Breda-West", "place": { "floor": 2 } })
        );
        assert_eq!(
            Value::Object(device.desired),
            json!({ "metering": { "interval_s": 900 }, "on": true, "list": [1, "a"] })
        );
        let device = one(&format!("deviceId;primaryThumbprint\nam4-1;{thumbprint}"))
            .device
            .unwrap();
        assert_eq!(device.authentication, AuthenticationKind::SelfSigned);
        assert_eq!(device.thumbprints.0, Some("ab".repeat(20)));
    }

    #[test]
    fn a_cell_is_json_or_else_text() {
        for (cell, wanted) in [
            ("12", Some(json!(12))),
            ("-1.5", Some(json!(-1.5))),
            ("true", Some(json!(true))),
            ("\"12\"", Some(json!("12"))),
            ("007", Some(json!("007"))),
            ("Nord", Some(json!("Nord"))),
            ("True", Some(json!("True"))),
            ("{\"a\":1}", Some(json!({ "a": 1 }))),
            ("null", None),
        ] {
            assert_eq!(typed(cell), Ok(wanted), "{cell}");
        }
        assert!(typed("{a: 1}").is_err());
        assert!(typed("\"open").is_err());
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_column() {
        let text = "deviceId,status,primaryKey,primaryThumbprint,tags.a,tags.a.b,desired.n\n\
             \n\
             a b,on,short,,,,\n\
             good,enabled,,,1,,2\n\
             good,,,,,,\n\
             ,,,,x,,\n\
             odd,,,,1,2,{\n\
             two,,MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=,abababababababababababababababababababab,,,\n\
             long,,,,,,,,\n\
             big,,,,,,9007199254740993\n";
        let rows = read(text.as_bytes()).unwrap();
        let said: Vec<(u64, Vec<&str>)> = rows
            .iter()
            .map(|row| {
                let wrongs = row
                    .device
                    .as_ref()
                    .err()
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                (
                    row.line,
                    wrongs.iter().map(|wrong| wrong.column.as_str()).collect(),
                )
            })
            .collect();
        let expected: Vec<(u64, Vec<&str>)> = vec![
            (3, vec!["status", "primaryKey", "deviceId"]),
            (4, vec![]),
            (5, vec!["deviceId"]),
            (6, vec!["deviceId"]),
            (7, vec!["tags.a.b", "desired.n"]),
            (8, vec!["primaryThumbprint"]),
            (9, vec![""]),
            (10, vec!["desired.n"]),
        ];
        assert_eq!(said, expected);
        let fix = rows[0].device.as_ref().err().unwrap().last().unwrap();
        assert!(fix.sentence.ends_with("Use a-b."), "{}", fix.sentence);
        assert!(
            rows[2].device.as_ref().err().unwrap()[0]
                .sentence
                .contains("line 4")
        );
        for wrong in rows
            .iter()
            .filter_map(|row| row.device.as_ref().err())
            .flatten()
        {
            assert!(wrong.sentence.ends_with('.'), "{}", wrong.sentence);
        }
    }

    #[test]
    fn a_file_that_is_none_says_why() {
        let many = format!("deviceId\n{}", "a\n".repeat(ROWS_MAX + 1));
        for (bytes, part) in [
            (&b""[..], "empty"),
            (b"deviceId\n", "no devices"),
            (b"deviceId;tags.a\n;\n", "no devices"),
            (b"name,site\na,b\n", "“name”"),
            (b"tags.site\nb\n", "“deviceId”"),
            (b"deviceId,tags.\na,b\n", "“tags.”"),
            (b"deviceId,tags.a,tags.a\na,b,c\n", "twice"),
            (b"deviceId,tags.a\na,\xe9\n", "Line 2 is not UTF-8"),
            (many.as_bytes(), "more than 10,000"),
            (&vec![b'a'; FILE_BYTES_MAX + 1], "larger than 10 MB"),
        ] {
            let sentence = read(bytes)
                .err()
                .unwrap_or_else(|| panic!("{part} was taken"));
            assert!(sentence.contains(part), "{sentence}");
        }
    }

    #[test]
    fn the_template_is_a_file() {
        let rows = read(super::super::TEMPLATE.as_bytes()).unwrap();
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|row| row.device.is_ok()));
    }
}
