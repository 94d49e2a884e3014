//! Declared properties as lines of text.

use std::fmt::Write as _;

use serde::Deserialize;

/// A declared property as the hub describes it.
#[derive(Debug, Deserialize)]
pub(super) struct Listed {
    path: String,
    #[serde(rename = "type")]
    kind: String,
    title: String,
    unit: String,
    /// `None` when no server runs.
    column: Option<Column>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Column {
    state: String,
    loaded: u64,
    devices: u64,
    devices_with_value: u64,
    /// `None` when they are not counted any more.
    distinct_values: Option<u64>,
    memory_bytes: u64,
}

const HEAD: [&str; 7] = [
    "PATH", "TYPE", "COLUMN", "DEVICES", "VALUES", "BYTES", "TITLE",
];

/// A line for each property, under a line that names the columns.
pub(super) fn of(listed: &[Listed]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(listed.iter().map(Listed::row));
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max();
    let widths: Vec<usize> = (0..HEAD.len()).map(|at| width(at).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

impl Listed {
    fn row(&self) -> [String; 7] {
        let title = match (self.title.as_str(), self.unit.as_str()) {
            (title, "") => title.to_owned(),
            (title, unit) => format!("{title} ({unit})").trim_start().to_owned(),
        };
        let [state, devices, values, bytes] = match &self.column {
            None => ["no server runs", "-", "-", "-"].map(str::to_owned),
            Some(column) => column.cells(),
        };
        let (path, kind) = (self.path.clone(), self.kind.clone());
        [path, kind, state, devices, values, bytes, title]
    }
}

impl Column {
    /// How it stands, devices with a value, distinct values, memory in bytes.
    fn cells(&self) -> [String; 4] {
        let state = match self.state.as_str() {
            "building" => format!("building {} of {}", self.loaded, self.devices),
            state => state.to_owned(),
        };
        let distinct = self.distinct_values;
        let values = distinct.map_or_else(|| "many".to_owned(), |values| values.to_string());
        let devices = self.devices_with_value.to_string();
        [state, devices, values, self.memory_bytes.to_string()]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn listed(path: &str, unit: &str, column: &Value) -> Listed {
        let property = json!({ "path": path, "type": "number", "title": "Level", "unit": unit, "column": column });
        serde_json::from_value(property).unwrap()
    }

    #[test]
    fn columns_line_up_and_say_how_far_they_are() {
        let column = |state: &str, loaded: u64, distinct: Value| {
            json!({ "state": state, "loaded": loaded, "devices": 4000, "devicesWithValue": 1100,
                "distinctValues": distinct, "memoryBytes": 65_536 })
        };
        let text = of(&[
            listed("tags.a", "", &column("ready", 4000, json!(12))),
            listed("tags.b", "%", &column("building", 1200, json!(null))),
            listed("tags.long", "", &json!(null)),
        ]);
        let expected = "\
PATH       TYPE    COLUMN                 DEVICES  VALUES  BYTES  TITLE
tags.a     number  ready                  1100     12      65536  Level
tags.b     number  building 1200 of 4000  1100     many    65536  Level (%)
tags.long  number  no server runs         -        -       -      Level
";
        assert_eq!(text, expected);
    }
}
