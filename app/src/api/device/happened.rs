//! What happened to a device, in words.

use fleet::monitor::{self, Happened, Timeline as FleetTimeline, TimelineEntry};
use store::{Actor, ChangeKind, Event, HistoryEntry, LoggedMessage};
use twin::Value;
use twin::document::{Edit, SectionName};
use twin::time::Timestamp;

use super::{Happening, Timeline, What};
use crate::api::{Caller, Problem};
use crate::format;
use crate::routes::{Address, Topic};

/// How many moments one stretch holds.
const STRETCH_MAX: usize = 20;
/// How many changed places are named before the rest is counted.
const NAMED_MAX: usize = 3;
/// How long a value may be shown, in characters.
const VALUE_CHARS_MAX: usize = 32;

impl Caller {
    /// A stretch of the device's timeline.
    pub(crate) async fn timeline(
        &self,
        id: &str,
        topic: Option<Topic>,
        older: Option<&str>,
    ) -> Result<Timeline, Problem> {
        let as_of = self.fleet.clock().now();
        let Some(device) = super::ask::parse(id) else {
            return Ok(Timeline {
                as_of,
                ..Timeline::default()
            });
        };
        let page = self
            .fleet
            .monitor()
            .timeline(
                &self.principal,
                &device,
                topic.map(topic_of),
                older,
                STRETCH_MAX,
            )
            .await?;
        Ok(Timeline::of(page, as_of))
    }
}

impl Timeline {
    /// How many moments one stretch holds.
    pub(crate) const STRETCH_MAX: usize = STRETCH_MAX;

    /// A page of the fleet's, in words.
    pub(crate) fn of(page: FleetTimeline, as_of: Timestamp) -> Self {
        let happenings = page.entries.iter().map(happening).collect();
        Self {
            happenings,
            older: page.next,
            as_of,
        }
    }
}

fn happening(entry: &TimelineEntry) -> Happening {
    let key = match &entry.what {
        Happened::Changed(change) => format!("c{}", change.seq),
        Happened::Event(logged) => format!("e{}", logged.number),
        Happened::Sent(message) => format!("m{}", message.number),
    };
    let who = who(&entry.actor);
    let why = entry.reason.as_deref().map(|reason| format!("“{reason}”"));
    let (what, subject, cause) = match &entry.what {
        Happened::Changed(change) => of_change(change, who, why),
        Happened::Event(logged) => of_event(&logged.event, who),
        Happened::Sent(message) => of_message(message),
    };
    Happening {
        key,
        at: entry.at,
        what,
        subject,
        href: href(&entry.what),
        cause,
    }
}

fn of_change(change: &HistoryEntry, who: String, why: Option<String>) -> (What, String, String) {
    let said = |parts: Vec<String>| {
        parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · ")
    };
    let has = |section| change.edits.iter().any(|edit| edit.section == section);
    if change.kind == ChangeKind::Deleted {
        let cause = said(vec![who, why.unwrap_or_default()]);
        return (What::Retired, String::new(), cause);
    }
    if let Some(beginning) = Beginning::of(change) {
        let cause = said(vec![who, why.unwrap_or_default()]);
        return match beginning {
            Beginning::Replaces { device, .. } => (What::Replaced, device, cause),
            Beginning::Restored { number } => (What::Restored, format!("record {number}"), cause),
        };
    }
    if change.kind == ChangeKind::Created {
        return (
            What::Registered,
            String::new(),
            said(vec![who, why.unwrap_or_default()]),
        );
    }
    if !change.identity_edits.is_empty() {
        let fields: Vec<&str> = change
            .identity_edits
            .iter()
            .map(|edit| edit.field.as_str())
            .collect();
        return (
            What::Identity,
            fields.join(", "),
            said(vec![who, why.unwrap_or_default()]),
        );
    }
    if matches!(change.actor, Actor::Device(_)) {
        let version = format!("v {}", format::count(change.reported_version));
        let from = match change.edits.as_slice() {
            [edit] => format!(
                "{} → {}",
                value(edit.old.as_ref()),
                value(edit.new.as_ref())
            ),
            _ => String::new(),
        };
        let names: Vec<&str> = change.edits.iter().map(|edit| edit.path.as_str()).collect();
        return (What::Reported, named(&names), said(vec![version, from]));
    }
    let what = if has(SectionName::Desired) || change.edits.is_empty() {
        What::Asked
    } else {
        What::Tagged
    };
    let asked: Vec<String> = change.edits.iter().map(asked).collect();
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let version = if what == What::Asked {
        format!("v {}", format::count(change.desired_version))
    } else {
        String::new()
    };
    let by = match why {
        Some(why) => format!("{who}: {why}"),
        None => who,
    };
    (what, named(&asked), said(vec![version, by]))
}

/// How a device came that was not simply registered.
enum Beginning {
    /// It took over from another one, which may have gone to the archive.
    Replaces {
        device: String,
        archived: Option<u64>,
    },
    /// It came back from the archive.
    Restored { number: u64 },
}

impl Beginning {
    fn of(change: &HistoryEntry) -> Option<Self> {
        let new = |name: &str| {
            let mut edits = change.identity_edits.iter();
            edits.find(|edit| edit.field == name)?.new.as_ref()
        };
        if let Some(replaces) = new("replaces") {
            return Some(Self::Replaces {
                device: replaces.get("device")?.as_str()?.to_owned(),
                archived: replaces.get("archived").and_then(Value::as_u64),
            });
        }
        let number = new("restored")?.as_u64()?;
        Some(Self::Restored { number })
    }
}

/// Where that is what something is about.
fn href(what: &Happened) -> Option<String> {
    let Happened::Changed(change) = what else {
        return None;
    };
    let address = match Beginning::of(change)? {
        Beginning::Replaces {
            archived: Some(number),
            ..
        }
        | Beginning::Restored { number } => Address::Archived(number),
        Beginning::Replaces { device, .. } => Address::Device(device),
    };
    Some(address.href())
}

fn of_event(event: &Event, who: String) -> (What, String, String) {
    let text = |name: &str| {
        event
            .detail
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    match event.kind.as_str() {
        "connected" => (What::Connected, String::new(), "MQTT over TLS".to_owned()),
        "disconnected" => (What::Disconnected, String::new(), text("why")),
        "method" => {
            let took = event
                .detail
                .get("tookMs")
                .and_then(Value::as_u64)
                .unwrap_or(0);
            let answer = match event.detail.get("status").and_then(Value::as_i64) {
                Some(status) => format!("answered {status} in {took} ms"),
                None => text("error"),
            };
            (What::Method, text("name"), format!("{who} · {answer}"))
        }
        other => (What::Other, other.to_owned(), who),
    }
}

/// How long the beginning of a body is, in characters.
const BODY_CHARS_MAX: usize = 80;

/// A message by the beginning of its body, or how long it is.
fn of_message(logged: &LoggedMessage) -> (What, String, String) {
    let message = &logged.message;
    let size = format::bytes(logged.body_bytes);
    let subject = match std::str::from_utf8(&message.body) {
        Ok("") if logged.body_bytes > 0 => format!("{size}, too long to be shown"),
        Ok("") => "an empty message".to_owned(),
        Ok(text) => format::middle(text, BODY_CHARS_MAX),
        Err(_) => "bytes that are no text".to_owned(),
    };
    let properties = message
        .properties
        .iter()
        .map(|(name, given)| format!("{name} = {}", value(Some(given))));
    let cause = std::iter::once(size).chain(properties.take(NAMED_MAX));
    (What::Sent, subject, cause.collect::<Vec<_>>().join(" · "))
}

fn topic_of(topic: Topic) -> monitor::Topic {
    match topic {
        Topic::People => monitor::Topic::People,
        Topic::Jobs => monitor::Topic::Jobs,
        Topic::Device => monitor::Topic::Device,
        Topic::Connection => monitor::Topic::Connection,
        Topic::Messages => monitor::Topic::Messages,
    }
}

fn asked(edit: &Edit) -> String {
    match &edit.new {
        Some(new) => format!("{} = {}", edit.path, value(Some(new))),
        None => format!("{} removed", edit.path),
    }
}

/// The first few, and how many more.
fn named(names: &[&str]) -> String {
    let shown = names
        .iter()
        .take(NAMED_MAX)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(NAMED_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn value(value: Option<&Value>) -> String {
    let text = match value {
        None => "nothing".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    format::middle(&text, VALUE_CHARS_MAX)
}

pub(super) fn who(actor: &Actor) -> String {
    match actor {
        Actor::Person(name) => name.clone(),
        Actor::Service(policy) => format!("service client, policy {policy}"),
        Actor::Device(_) => "the device".to_owned(),
        Actor::System(part) => part.clone(),
        Actor::Job { job, by } => format!("job {job}, started by {by}"),
    }
}
