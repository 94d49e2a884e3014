//! What was found: a table for people and a file for machines.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

/// One line of the table.
#[derive(Clone, Debug, Default)]
pub struct Row {
    what: String,
    result: String,
    baseline: String,
    ratio: Option<f64>,
    goal: String,
    is_met: Option<bool>,
    figures: Map<String, Value>,
}

impl Row {
    /// A line about something, with what came out.
    pub fn new(what: impl Into<String>, result: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            result: result.into(),
            ..Self::default()
        }
    }

    /// What the same gives by other means in the same run, and the result divided by it.
    #[must_use]
    pub fn against(mut self, baseline: impl Into<String>, ratio: f64) -> Self {
        self.baseline = baseline.into();
        self.ratio = Some(ratio);
        self
    }

    /// What was aimed at, and whether it was reached.
    #[must_use]
    pub fn goal(mut self, goal: impl Into<String>, is_met: bool) -> Self {
        self.goal = goal.into();
        self.is_met = Some(is_met);
        self
    }

    /// A figure for the file.
    #[must_use]
    pub fn figure(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.figures.insert(name.to_owned(), value.into());
        self
    }

    fn cells(&self) -> [String; 6] {
        let met = match self.is_met {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "",
        };
        [
            self.what.clone(),
            self.result.clone(),
            self.baseline.clone(),
            self.ratio
                .map_or(String::new(), |ratio| format!("{ratio:.3}")),
            self.goal.clone(),
            met.to_owned(),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "what": self.what,
            "result": self.result,
            "baseline": self.baseline,
            "ratio": self.ratio,
            "goal": self.goal,
            "is_met": self.is_met,
            "figures": self.figures,
        })
    }
}

/// All lines, in the order of measuring.
#[derive(Debug, Default)]
pub struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// Adds a line and says it at once, so that a long run can be followed.
    #[expect(clippy::print_stderr, reason = "progress of a command line tool")]
    pub fn add(&mut self, row: Row) {
        let cells = row.cells();
        let said: Vec<&str> = cells
            .iter()
            .map(String::as_str)
            .filter(|cell| !cell.is_empty())
            .collect();
        eprintln!("  {}", said.join(" | "));
        self.rows.push(row);
    }

    /// The table, columns aligned.
    pub fn table(&self) -> String {
        let head = ["what", "result", "baseline", "ratio", "goal", "met"].map(str::to_owned);
        let lines: Vec<[String; 6]> = std::iter::once(head)
            .chain(self.rows.iter().map(Row::cells))
            .collect();
        let widths: [usize; 6] =
            std::array::from_fn(|at| lines.iter().map(|line| line[at].chars().count()).max())
                .map(Option::unwrap_or_default);
        let mut table = String::new();
        for (number, line) in lines.iter().enumerate() {
            let cells = line.iter().zip(widths);
            let padded: Vec<String> = cells
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            _ = writeln!(table, "{}", padded.join("  ").trim_end());
            if number == 0 {
                let rule: Vec<String> = widths.map(|width| "-".repeat(width)).into();
                _ = writeln!(table, "{}", rule.join("  "));
            }
        }
        table
    }

    /// Writes the file: what was measured on what, and all rows.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path, about: &Value) -> Result<()> {
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        let text = serde_json::to_string_pretty(&json!({ "about": about, "rows": rows }))?;
        std::fs::write(path, text + "\n")
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

/// A number with separators between thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes, in the unit that fits.
#[expect(clippy::cast_precision_loss, reason = "for reading only")]
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        10_000_000..10_000_000_000 => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// A rate.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is not negative and far below 2^64"
)]
pub fn per_second(rate: f64) -> String {
    format!("{}/s", grouped(rate.round() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(bytes(12_345), "12.3 kB");
        assert_eq!(bytes(1_234_000_000), "1234 MB");
        assert_eq!(per_second(15_000.4), "15,000/s");
    }

    #[test]
    fn the_table_is_aligned_and_the_file_reads_back() {
        let mut report = Report::default();
        report.add(
            Row::new("count", "1 ms")
                .against("20 ms", 0.05)
                .goal("< 10 ms", true),
        );
        report.add(Row::new("a longer name", "2 ms").figure("runs", 7));
        let table = report.table();
        let at = |line: usize, word: &str| table.lines().nth(line).unwrap().find(word).unwrap();
        assert_eq!(at(0, "result"), at(2, "1 ms"));
        assert_eq!(at(0, "result"), at(3, "2 ms"));
        let file = tempfile::NamedTempFile::new().unwrap();
        report.write(file.path(), &json!({ "devices": 3 })).unwrap();
        let read: Value = serde_json::from_slice(&std::fs::read(file.path()).unwrap()).unwrap();
        assert_eq!(read["rows"][1]["figures"]["runs"], 7);
    }
}
