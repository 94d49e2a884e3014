//! Storage: the volume of the database is nearly full.

use super::{Check, Seen, Severity, words};

#[derive(Debug)]
pub(super) struct Storage;

impl Check for Storage {
    fn id(&self) -> &'static str {
        "storage"
    }

    fn severity(&self) -> Severity {
        Severity::Fault
    }

    fn sentence(&self, seen: &Seen<'_>) -> Option<String> {
        let free = seen.around.database?.free_bytes?;
        let left = words::size(free);
        (free < seen.around.free_bytes_min)
            .then(|| format!("The database has {left} left on its volume"))
    }

    fn cause(&self, seen: &Seen<'_>) -> String {
        let condition = seen.around.database.unwrap_or_default();
        format!(
            "It holds {} and a log of {}. When the volume is full nothing can be written: make room there, or move the data to a larger one.",
            words::size(condition.database_bytes),
            words::size(condition.log_bytes)
        )
    }
}
