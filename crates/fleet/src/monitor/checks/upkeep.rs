//! Upkeep: a task that repeats, such as retention, failed at its last run.

use super::{Check, Seen, Severity};

#[derive(Debug)]
pub(super) struct Upkeep;

impl Check for Upkeep {
    fn id(&self) -> &'static str {
        "upkeep"
    }

    fn severity(&self) -> Severity {
        Severity::Drift
    }

    fn sentence(&self, seen: &Seen<'_>) -> Option<String> {
        match seen.around.failing.as_slice() {
            [] => None,
            [(task, _)] => Some(format!("The task {task} fails")),
            tasks => Some(format!("{} tasks fail", tasks.len())),
        }
    }

    fn cause(&self, seen: &Seen<'_>) -> String {
        let said: Vec<_> = seen
            .around
            .failing
            .iter()
            .map(|(task, error)| format!("{task}: {error}"))
            .collect();
        format!(
            "{} They try again by themselves; the log has the reason.",
            said.join(" ")
        )
    }
}
