//! The numbers of one device over the last seven days: what it reported and what its messages held.
//!
//! Nothing is stored for this: at most so many of the latest changes and messages are read, and the numbers found in
//! them are put into buckets. Which are shown is chosen by how often the device sent them.

use std::time::Duration;

use store::Actor;
use twin::document::SectionName;
use twin::id::DeviceId;
use twin::time::Timestamp;
use twin::{Map, Value};

use super::Monitor;
use crate::Error;
use crate::access::{Action, Principal, authorize};

mod series;

pub use series::{Course, Courses, Point, Reading};
use series::{Sample, chosen};

/// How far back numbers are read.
const SPAN: Duration = Duration::from_hours(7 * 24);
/// How many of the latest changes, and of the latest messages, are read.
const ENTRIES_MAX: usize = 1_000;
/// The largest body of a message that is looked into, in bytes.
const BODY_BYTES_MAX: usize = 2_048;
/// Numbers that are taken from one message.
const NUMBERS_MAX: usize = 32;

/// Numbers as they were found, newest first.
#[derive(Default)]
struct Found {
    samples: Vec<Sample>,
    /// The oldest entry that was read, where there are older ones.
    cut_at: Option<Timestamp>,
}

impl Monitor {
    /// At most three courses of numbers of a device: the one that is asked for, then those that it sent most.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Busy`] or [`Error::Unavailable`]; a device that nobody knows has no numbers.
    pub async fn courses(
        &self,
        principal: &Principal,
        id: &DeviceId,
        first: Option<&str>,
    ) -> Result<Courses, Error> {
        authorize(principal, Action::ReadDevice)?;
        let now = self.core.clock.now();
        let since = now.minus(SPAN);
        let (mut reported, sent) =
            futures::try_join!(self.reported(id, since), self.sent(id, since))?;
        let cut_at = reported.cut_at.max(sent.cut_at);
        reported.samples.extend(sent.samples);
        let mut courses = chosen(reported.samples, first, (since, now), cut_at);
        let declared = self.core.store.declared().await?;
        for course in &mut courses.shown {
            let Reading::Reported(path) = &course.reading else {
                continue;
            };
            let path = format!("properties.reported.{path}");
            if let Some(property) = declared.iter().find(|property| property.path == path) {
                course.title.clone_from(&property.title);
                course.unit.clone_from(&property.unit);
            }
        }
        Ok(courses)
    }

    /// The numbers that the device reported.
    async fn reported(&self, id: &DeviceId, since: Timestamp) -> Result<Found, Error> {
        let mut found = Found::default();
        let (mut before, mut left) = (None, ENTRIES_MAX);
        let batch = self.core.limits.console_page_rows_max;
        while left > 0 {
            let batch = left.min(batch);
            let entries = self.core.store.history(id, before, batch).await?;
            before = entries.last().map(|entry| entry.seq);
            found.cut_at = entries.last().map(|entry| entry.at).or(found.cut_at);
            for entry in entries.iter().filter(|entry| entry.at >= since) {
                if !matches!(entry.actor, Actor::Device(_)) {
                    continue;
                }
                for edit in &entry.edits {
                    let number = edit.new.as_ref().and_then(Value::as_f64);
                    if let (SectionName::Reported, Some(value)) = (edit.section, number) {
                        found.samples.push(Sample {
                            reading: Reading::Reported(edit.path.clone()),
                            at: entry.at,
                            value,
                        });
                    }
                }
            }
            if entries.len() < batch || entries.last().is_some_and(|entry| entry.at < since) {
                found.cut_at = None;
                break;
            }
            left -= batch;
        }
        Ok(found)
    }

    /// The numbers in the device's messages.
    async fn sent(&self, id: &DeviceId, since: Timestamp) -> Result<Found, Error> {
        let mut found = Found::default();
        let messages = self
            .core
            .store
            .messages_before(id, None, ENTRIES_MAX, BODY_BYTES_MAX)
            .await?;
        let oldest = messages.last().map(|last| last.message.enqueued_at);
        if messages.len() == ENTRIES_MAX {
            found.cut_at = oldest.filter(|oldest| *oldest >= since);
        }
        for logged in &messages {
            let at = logged.message.enqueued_at;
            if at < since {
                break;
            }
            // What is no JSON object, or too large, holds no numbers for a chart.
            let Ok(body) = serde_json::from_slice::<Map>(&logged.message.body) else {
                continue;
            };
            let mut left = NUMBERS_MAX;
            numbers(&body, "", &mut left, &mut |path, value| {
                found.samples.push(Sample {
                    reading: Reading::Sent(path),
                    at,
                    value,
                });
            });
        }
        Ok(found)
    }
}

/// The numbers in an object, by path; what stands in arrays has no name of its own.
fn numbers(object: &Map, above: &str, left: &mut usize, take: &mut impl FnMut(String, f64)) {
    for (key, value) in object {
        let path = || {
            if above.is_empty() {
                key.clone()
            } else {
                format!("{above}.{key}")
            }
        };
        match value {
            Value::Number(number) if *left > 0 => {
                if let Some(number) = number.as_f64() {
                    *left -= 1;
                    take(path(), number);
                }
            }
            Value::Object(inner) => numbers(inner, &path(), left, take),
            _ => {}
        }
    }
}
