//! Where desired properties come from, in words.

use fleet::monitor::{Origin, Origins as Found};
use store::Actor;

use super::{Origins, Source};
use crate::api::{Caller, Problem};

/// How many paths of a source are named before the rest is counted.
const NAMED_MAX: usize = 4;

impl Caller {
    /// Where the desired properties of a device come from.
    pub(crate) async fn origins(&self, id: &str) -> Result<Origins, Problem> {
        let device = super::ask::known(id)?;
        let monitor = self.fleet.monitor();
        Ok(origins(monitor.origins(&self.principal, &device).await?))
    }
}

/// The oldest first: later ones win.
fn origins(found: Found) -> Origins {
    let mut sources: Vec<Source> = found.found.into_iter().rev().map(source).collect();
    if !found.older.is_empty() {
        let before = Source {
            kind: "Before".to_owned(),
            name: String::new(),
            why: "the kept history does not tell".to_owned(),
            sets: named(&found.older),
            paths: found.older,
            since: found.read_from,
            is_older: true,
        };
        sources.insert(0, before);
    }
    Origins { sources }
}

fn source(mut origin: Origin) -> Source {
    origin.paths.sort();
    let (kind, name) = whose(&origin);
    Source {
        kind: kind.to_owned(),
        name,
        why: origin.reason.unwrap_or_default(),
        sets: named(&origin.paths),
        paths: origin.paths,
        since: Some(origin.at),
        is_older: false,
    }
}

/// What kind of source it is, and its name: the one place that names them.
fn whose(origin: &Origin) -> (&'static str, String) {
    let (kind, name) = match &origin.actor {
        Actor::Person(name) => ("Person", name),
        Actor::Service(policy) => ("Service policy", policy),
        Actor::System(part) => ("System", part),
        Actor::Job { job, by } => return ("Job", format!("{job}, started by {by}")),
        Actor::Device(id) => return ("Device", id.as_str().to_owned()),
    };
    let kind = if origin.is_registration {
        "Registration"
    } else {
        kind
    };
    (kind, name.clone())
}

/// The first few paths; a group of which all members are set is not folded, since others may be set below it.
fn named(paths: &[String]) -> String {
    let shown = paths.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>();
    match paths.len().saturating_sub(NAMED_MAX) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use twin::time::Timestamp;

    use super::*;

    fn origin(actor: Actor, paths: &[&str], is_registration: bool, ms: i64) -> Origin {
        Origin {
            actor,
            reason: Some("why".to_owned()),
            is_registration,
            paths: paths.iter().map(|&path| path.to_owned()).collect(),
            at: Timestamp::from_ms(ms),
        }
    }

    #[test]
    fn every_source_has_a_kind_a_name_and_its_paths_and_the_latest_is_last() {
        let said = |found| {
            let said = origins(found)
                .sources
                .into_iter()
                .map(|source| format!("{} {}: {}", source.kind, source.name, source.sets));
            said.collect::<Vec<_>>()
        };
        let person = || Actor::Person("mina".to_owned());
        let found = Found {
            found: vec![
                origin(person(), &["b", "a"], false, 4),
                origin(Actor::Service("fleetWrite".to_owned()), &["c"], false, 3),
                origin(Actor::System("planner".to_owned()), &["d"], false, 2),
                origin(person(), &["e1", "e2", "e3", "e4", "e5", "e6"], true, 1),
            ],
            older: Vec::new(),
            read_from: Some(Timestamp::from_ms(1)),
        };
        assert_eq!(
            said(found),
            [
                "Registration mina: e1, e2, e3, e4 and 2 more",
                "System planner: d",
                "Service policy fleetWrite: c",
                "Person mina: a, b",
            ]
        );
        let found = Found {
            found: vec![origin(person(), &["a"], false, 4)],
            older: vec!["z".to_owned()],
            read_from: Some(Timestamp::from_ms(3)),
        };
        assert_eq!(said(found), ["Before : z", "Person mina: a"]);
        assert!(said(Found::default()).is_empty());
    }
}
