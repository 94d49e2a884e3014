//! A retirement record in words.

use fleet::retire::ArchivedDevice;
use store::{Actor, Successor};
use twin::Value;
use twin::id::{DeviceId, Seq};
use twin::identity::AuthenticationKind;
use twin::time::Timestamp;
use twin::{Map, diff};

use super::{Leaf, Other, Record};
use crate::api::device::Timeline;
use crate::api::{Caller, Code, Problem, refuse};
use crate::format;

/// How long a value is shown, in characters.
const VALUE_CHARS_MAX: usize = 120;

impl Caller {
    /// The record of this number.
    pub(crate) async fn record(&self, number: &str) -> Result<Record, Problem> {
        let absent = || {
            let sentence = format!("There is no retirement record “{number}”.");
            refuse(Problem::new(Code::NotFound, sentence))
        };
        let number = Seq(number.parse().map_err(|_| absent())?);
        let retire = self.fleet.retire();
        let archived = retire.archived(&self.principal, number).await?;
        let archived = archived.ok_or_else(absent)?;
        let now = self.fleet.clock().now();
        Ok(record_of(&archived, self.fleet.host_name(), now))
    }

    /// A stretch of what happened to a retired device.
    pub(crate) async fn past(&self, number: u64, older: Option<&str>) -> Result<Timeline, Problem> {
        let retire = self.fleet.retire();
        let page = retire
            .timeline(&self.principal, Seq(number), older, Timeline::STRETCH_MAX)
            .await?;
        Ok(Timeline::of(page, self.fleet.clock().now()))
    }

    /// The newest record of a device of this name.
    pub(crate) async fn newest_record(&self, id: &str) -> Result<Option<u64>, Problem> {
        let Ok(id) = DeviceId::parse(id.trim()) else {
            return Ok(None);
        };
        let newest = self.fleet.retire().newest(&self.principal, &id).await?;
        Ok(newest.map(|number| number.0))
    }
}

fn record_of(archived: &ArchivedDevice, host_name: &str, now: Timestamp) -> Record {
    let entry = &archived.entry;
    let (identity, twin) = (&entry.record.identity, &entry.record.twin);
    let id = identity.device_id.as_str().to_owned();
    let (at, by) = (format::instant(entry.retired_at), who(&entry.by));
    let cannot_restore = cannot_restore(archived, now);
    let mut facts = vec![
        ("Device".to_owned(), id.clone(), true),
        (
            "Generation".to_owned(),
            identity.generation_id.clone(),
            true,
        ),
        (
            "Registered".to_owned(),
            format::instant(identity.created_at),
            false,
        ),
        (
            "Last heard of".to_owned(),
            format::instant(entry.record.last_activity),
            false,
        ),
        ("Retired".to_owned(), at.clone(), false),
        ("By".to_owned(), by.clone(), false),
        (
            "Reason".to_owned(),
            format!("“{}”", entry.retirement.reason),
            false,
        ),
    ];
    if !twin.model_id.is_empty() {
        facts.insert(1, ("Model".to_owned(), twin.model_id.clone(), true));
    }
    let lived = format::duration(entry.retired_at.since(identity.created_at));
    Record {
        number: entry.number.0,
        host_name: host_name.to_owned(),
        as_of: format::instant(now),
        summary: format!(
            "{id} was retired by {by} on {at}, {lived} after it was registered. The hub does not know it any more; nothing that it held lets it in."
        ),
        facts,
        checks: entry.retirement.checks.iter().cloned().map(Into::into).collect(),
        credentials: credentials(archived, now),
        replaces: archived.succession.replaces.as_ref().map(other),
        replaced_by: archived.succession.replaced_by.as_ref().map(other),
        tags: values(&twin.tags),
        twin: diff::diff(twin).into_iter().map(|one| leaf(&one)).collect(),
        is_name_taken: archived.is_name_taken,
        cannot_restore,
        id,
    }
    .restored(entry.restored.as_ref())
}

impl Record {
    /// The same, of a device that is back.
    fn restored(mut self, restored: Option<&(Timestamp, Actor)>) -> Self {
        if let Some((at, by)) = restored {
            let (at, by) = (format::instant(*at), who(by));
            self.facts
                .push(("Restored".to_owned(), format!("{at}, by {by}"), false));
            self.summary = format!("{} It was restored by {by} on {at}.", self.summary);
            self.summary = self.summary.replace(
                " The hub does not know it any more; nothing that it held lets it in.",
                "",
            );
        }
        self
    }
}

fn cannot_restore(archived: &ArchivedDevice, now: Timestamp) -> Option<String> {
    let id = &archived.entry.record.identity.device_id;
    if archived.entry.restored.is_some() {
        Some(format!("{id} was restored."))
    } else if archived
        .entry
        .retirement
        .restorable_until
        .is_none_or(|until| until <= now)
    {
        Some("What it proved itself by is destroyed. Enroll it anew.".to_owned())
    } else if archived.is_name_taken {
        Some(format!(
            "A device “{id}” was enrolled since: retire or delete that one first."
        ))
    } else {
        None
    }
}

fn credentials(archived: &ArchivedDevice, now: Timestamp) -> Vec<String> {
    let entry = &archived.entry;
    let identity = &entry.record.identity;
    let named: Vec<&str> = [&identity.thumbprints.0, &identity.thumbprints.1]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let (what, has_keys) = match identity.authentication {
        AuthenticationKind::Sas => ("Two symmetric keys".to_owned(), true),
        AuthenticationKind::SelfSigned => {
            (format!("The certificate {}", named.join(" and ")), false)
        }
        AuthenticationKind::CertificateAuthority => {
            ("The certificate of its authority".to_owned(), false)
        }
        AuthenticationKind::None => ("Nothing that it could prove itself by".to_owned(), false),
    };
    let at = format::instant(entry.retired_at);
    let mut said = vec![format!(
        "{what}: revoked on {at}, together with its registration."
    )];
    if entry.restored.is_some() {
        said.push("In force again since it was restored.".to_owned());
        return said;
    }
    let until = entry
        .retirement
        .restorable_until
        .filter(|until| now < *until);
    said.push(match (until, has_keys) {
        (Some(until), true) => format!(
            "The keys are kept sealed until {}, so that it can be restored; then they are destroyed.",
            format::instant(until)
        ),
        (Some(until), false) => format!("It can be restored until {}.", format::instant(until)),
        (None, true) => "The keys are destroyed; it can never be restored.".to_owned(),
        (None, false) => "It can no longer be restored.".to_owned(),
    });
    said
}

fn other(successor: &Successor) -> Other {
    Other {
        id: successor.device_id.as_str().to_owned(),
        archived: successor.archived.map(|number| number.0),
        at: format::instant(successor.at),
    }
}

fn leaf(one: &diff::Difference) -> Leaf {
    Leaf {
        path: one.path.clone(),
        desired: value(one.desired.as_ref()),
        reported: value(one.reported.as_ref()),
    }
}

fn values(object: &Map) -> Vec<(String, String)> {
    fn collect(above: &str, object: &Map, all: &mut Vec<(String, String)>) {
        for (key, one) in object {
            let path = if above.is_empty() {
                key.clone()
            } else {
                format!("{above}.{key}")
            };
            match one {
                Value::Object(inner) => collect(&path, inner, all),
                one => all.push((path, value(Some(one)))),
            }
        }
    }
    let mut all = Vec::new();
    collect("", object, &mut all);
    all
}

fn value(value: Option<&Value>) -> String {
    let text = match value {
        None => return format::UNKNOWN.to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    format::middle(&text, VALUE_CHARS_MAX)
}

/// Who did it.
pub(super) fn who(actor: &Actor) -> String {
    match actor {
        Actor::Person(name) | Actor::System(name) => name.clone(),
        Actor::Service(policy) => format!("service client, policy {policy}"),
        Actor::Device(id) => format!("the device {id}"),
        Actor::Job { job, by } => format!("job {job}, started by {by}"),
    }
}
