//! Queues: one of the store's is found full again and again.

use super::{Check, Seen, Severity};

#[derive(Debug)]
pub(super) struct Queues;

impl Check for Queues {
    fn id(&self) -> &'static str {
        "queues"
    }

    fn severity(&self) -> Severity {
        Severity::Drift
    }

    fn sentence(&self, seen: &Seen<'_>) -> Option<String> {
        match seen.around.full_queues.as_slice() {
            [] => None,
            [queue] => Some(format!("The queue {queue} is full")),
            queues => Some(format!("{} queues are full", queues.len())),
        }
    }

    fn cause(&self, seen: &Seen<'_>) -> String {
        format!(
            "Writes wait for room in {}. More comes than the disk takes: look at the writer under System internals.",
            seen.around.full_queues.join(", ")
        )
    }
}
