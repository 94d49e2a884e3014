//! Jobs, their states and outcomes in words.

use std::time::Duration;

use store::{Actor, DeviceState, Job, JobState, Work};
use twin::document::{Change, ServiceChange};
use twin::{Map, Value};

use super::{Line, Standing};
use crate::format;

/// Values named in a title before the rest is counted.
const NAMED_MAX: usize = 2;
/// How long a value may be shown, in characters.
const VALUE_CHARS_MAX: usize = 40;

/// What a job does, as a title.
pub(super) fn title(work: &Work) -> String {
    match work {
        Work::Change(change) => {
            let values = asked(change);
            let named: Vec<String> = values
                .iter()
                .take(NAMED_MAX)
                .map(|(path, value)| match value.as_str() {
                    "" => format!("remove {path}"),
                    value => format!("{path} = {value}"),
                })
                .collect();
            let more = values.len().saturating_sub(NAMED_MAX);
            let more = match more {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("{}{more}", named.join(", "))
        }
        Work::Method(method) => format!("call {}", method.name),
        Work::Undo(job) => format!("take back job {job}"),
    }
}

/// The values of a change, path by path; an empty value is removed.
pub(super) fn asked(change: &ServiceChange) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (section, change) in [("tags", &change.tags), ("desired", &change.desired)] {
        match change {
            Some(Change::Patch(Some(members)) | Change::Replace(members)) => {
                walk(section, members, &mut found);
            }
            Some(Change::Patch(None)) => found.push((section.to_owned(), String::new())),
            None => {}
        }
    }
    found
}

fn walk(above: &str, members: &Map, found: &mut Vec<(String, String)>) {
    for (name, value) in members {
        let path = format!("{above}.{name}");
        match value {
            Value::Object(inner) if !inner.is_empty() => walk(&path, inner, found),
            Value::Null => found.push((path, String::new())),
            value => found.push((path, self::value(Some(value)))),
        }
    }
}

/// A value as it is shown: JSON, cut in its middle.
pub(super) fn value(value: Option<&Value>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(value) => format::middle(&value.to_string(), VALUE_CHARS_MAX),
    }
}

/// A name for whoever did something.
pub(super) fn who(actor: &Actor) -> String {
    match actor {
        Actor::Person(name) | Actor::Job { by: name, .. } => name.clone(),
        Actor::Service(policy) => format!("service client, policy {policy}"),
        Actor::Device(id) => id.to_string(),
        Actor::System(part) => part.clone(),
    }
}

/// A job in one line.
pub(crate) fn line(job: &Job) -> Line {
    let counts = &job.counts;
    let good = counts.done + counts.skipped + counts.canceled + counts.undone;
    let share = |part| format::ratio(part, counts.total).unwrap_or(0.0);
    let (standing, state) = state(job);
    Line {
        id: job.id.0,
        title: title(&job.spec.work),
        condition: job.spec.condition.trim().to_owned(),
        standing,
        state: state.to_owned(),
        progress: progress(job),
        done: share(good),
        flight: share(counts.called),
        failed: share(counts.failed),
        by: who(&job.spec.start.actor),
        reason: job.spec.start.reason.clone(),
        at: job.spec.start.at,
    }
}

fn state(job: &Job) -> (Standing, &'static str) {
    match (job.state, &job.cancellation) {
        (JobState::Ended, Some(_)) => (Standing::Held, "canceled"),
        (JobState::Ended, None) if job.counts.failed > 0 => {
            (Standing::Failed, "ended, some failed")
        }
        (JobState::Ended, None) => (Standing::Done, "ended"),
        (_, Some(_)) => (Standing::Busy, "being canceled"),
        (JobState::Gathering, None) => (Standing::Next, "its devices are taken down"),
        (JobState::Running, None) => (Standing::Busy, "under way"),
    }
}

fn progress(job: &Job) -> String {
    let counts = &job.counts;
    let settled = counts.total - counts.pending() - counts.called;
    let mut parts = vec![format!(
        "{} of {}",
        format::count(settled),
        format::plural(counts.total, "device", "devices")
    )];
    for (count, word) in [
        (counts.failed, "failed"),
        (counts.skipped, "skipped"),
        (counts.canceled, "canceled"),
        (counts.undone, "taken back"),
    ] {
        if count > 0 {
            parts.push(format!("{} {word}", format::count(count)));
        }
    }
    parts.join(", ")
}

/// How a device stands.
pub(super) const fn device_state(state: DeviceState) -> (Standing, &'static str) {
    match state {
        DeviceState::Pending => (Standing::Next, "waiting"),
        DeviceState::Called => (Standing::Busy, "called"),
        DeviceState::Done => (Standing::Done, "done"),
        DeviceState::Failed => (Standing::Failed, "failed"),
        DeviceState::Skipped => (Standing::Held, "skipped"),
        DeviceState::Canceled => (Standing::Held, "canceled"),
        DeviceState::Undone => (Standing::Held, "taken back"),
    }
}

/// An outcome's code in a few words.
pub(super) fn outcome(state: DeviceState, code: &str) -> String {
    if code.parse::<i64>().is_ok() {
        return format!("answered {code}");
    }
    match code {
        "unchanged" => "held these values already".to_owned(),
        "gone" => "was deleted".to_owned(),
        "refused" => "the change breaks a rule of twins".to_owned(),
        "unreadable" => "its record cannot be read".to_owned(),
        "unknown" => "outcome unknown".to_owned(),
        "undone" => "taken back".to_owned(),
        "changed since" => "kept: changed since".to_owned(),
        "" => device_state(state).1.to_owned(),
        code => code.to_owned(),
    }
}

/// About how long a job takes that is bounded to a rate.
pub(super) fn lasts(devices: u64, per_second: u32) -> String {
    let seconds = devices.div_ceil(u64::from(per_second.max(1)));
    format::duration(Duration::from_secs(seconds.max(1)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_title_names_what_is_asked() {
        let change = |body| {
            let change = ServiceChange::from_patch_body(&body).unwrap();
            title(&Work::Change(std::sync::Arc::new(change)))
        };
        let desired = json!({ "properties": { "desired": { "a": { "n": 60 } } } });
        assert_eq!(change(desired), "desired.a.n = 60");
        let tags = json!({ "tags": { "crew": "night", "old": null, "x": 1, "y": true } });
        assert_eq!(
            change(tags),
            "tags.crew = \"night\", remove tags.old and 2 more"
        );
    }
}
