//! The last few lines of a device's own log, for `getDiagnostics`.

use std::collections::VecDeque;

use serde_json::{Value, json};
use twin::time::Timestamp;

/// Lines that are kept; the oldest gives way.
const LINES_MAX: usize = 12;

/// What happened lately on the device.
#[derive(Debug, Default)]
pub(super) struct Journal(VecDeque<(Timestamp, String)>);

impl Journal {
    /// Writes a line.
    pub(super) fn note(&mut self, at: Timestamp, what: &str) {
        if self.0.len() == LINES_MAX {
            self.0.pop_front();
        }
        self.0.push_back((at, what.to_owned()));
    }

    /// The lines as JSON, oldest first.
    pub(super) fn lines(&self) -> Value {
        self.0
            .iter()
            .map(|(at, what)| json!({ "at": at.to_string(), "what": what }))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_line_gives_way() {
        let mut journal = Journal::default();
        for line in 0..20 {
            journal.note(Timestamp::from_ms(line), &format!("line {line}"));
        }
        let lines = journal.lines();
        assert_eq!(lines.as_array().unwrap().len(), LINES_MAX);
        assert_eq!(lines[0]["what"], json!("line 8"));
        assert_eq!(lines[11]["what"], json!("line 19"));
    }
}
