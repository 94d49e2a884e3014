//! Built-in checks: what needs a person, since when, and who looks after it.
//!
//! A check is a [`Check`] in a file of its own. Those of devices are conditions of the query language, so that the
//! number a person reads and the number of the list that it opens cannot differ; the others look at what is
//! [around](Around) the devices. All are evaluated together, in the pass of the overview or in the reconciler's,
//! never for a viewer. Since when a check holds, and who took it, is kept in the store and outlives a restart; a
//! check that stops to hold for less than [`Limits::check_settle`](crate::Limits) goes on as the same.

use std::fmt::Debug;
use std::sync::Arc;

use columns::{Columns, Selection};
use query::Context;
use serde::Serialize;
use store::Taken;
use twin::time::Timestamp;

mod around;
mod board;
mod certificate;
mod credentials;
mod crowd;
mod drifting;
mod queues;
mod refusing;
mod silent;
mod storage;
mod upkeep;
mod words;

pub(crate) use around::Around;
pub(crate) use board::Checks;
use crowd::Crowd;

/// One thing that can need a person.
pub(crate) trait Check: Send + Sync + Debug {
    /// The name that it is kept and taken by.
    fn id(&self) -> &'static str;

    /// How grave it is.
    fn severity(&self) -> Severity;

    /// The condition of its devices, as a person would write it; `None` for what is not about devices, and while
    /// there are none.
    fn condition(&self, _around: &Around) -> Option<String> {
        None
    }

    /// What holds, in a sentence with its number; `None` while all is well.
    fn sentence(&self, seen: &Seen<'_>) -> Option<String>;

    /// What the data says of the cause, and what may help.
    fn cause(&self, seen: &Seen<'_>) -> String;
}

/// Every check.
const CHECKS: [&dyn Check; 8] = [
    &refusing::Refusing,
    &credentials::Credentials,
    &storage::Storage,
    &certificate::Certificate,
    &drifting::Drifting,
    &queues::Queues,
    &upkeep::Upkeep,
    &silent::Silent,
];

/// How grave something is, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Refused, failed, about to stop.
    Fault,
    /// Off what was asked, or soon.
    Drift,
    /// No answer.
    Silent,
}

/// What a check sees.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    /// How many devices its condition has.
    pub(crate) devices: u64,
    /// What most of them have in common.
    pub(crate) crowd: &'a Crowd,
    /// What is around the devices.
    pub(crate) around: &'a Around,
    /// Now.
    pub(crate) now: Timestamp,
}

/// Something that needs a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The name of the check.
    pub id: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// What holds.
    pub sentence: String,
    /// What the data says of the cause.
    pub cause: String,
    /// The condition of its devices; `None` when it is not about devices.
    pub condition: Option<String>,
    /// How many those are.
    pub devices: u64,
    /// Since when it holds.
    pub since: Timestamp,
    /// Who took it, and when; `None` for nobody yet.
    #[serde(skip)]
    pub taken: Option<Taken>,
}

/// The devices of each check, in the order of [`CHECKS`]; `None` for checks that are not about devices.
pub(crate) struct Selected(Vec<Option<(String, Selection)>>);

impl Selected {
    /// Finds the devices of each check.
    pub(crate) fn of(columns: &Columns, around: &Around, context: Context) -> Self {
        let of_check = |check: &&dyn Check| {
            let text = check.condition(around)?;
            let condition = query::parse_condition(&text).condition?;
            let devices = columns.filter(&condition, &context).ok()?;
            Some((text, devices))
        };
        Self(CHECKS.iter().map(of_check).collect())
    }

    /// The devices of any check.
    pub(crate) fn any(&self) -> Selection {
        let devices = self.0.iter().flatten().map(|(_, devices)| devices);
        devices.fold(Selection::default(), |any, devices| any.or(devices))
    }

    /// What most devices of each check have in common.
    fn crowds(&self, columns: &Columns) -> Vec<Crowd> {
        let of = |selected: &Option<(String, Selection)>| {
            let devices = selected.as_ref().map(|(_, devices)| devices);
            devices.map_or_else(Crowd::default, |devices| Crowd::of(columns, devices))
        };
        self.0.iter().map(of).collect()
    }
}

/// What holds, without since when: sentence, cause, condition and number of each check that has something to say.
fn holding(
    selected: &Selected,
    crowds: &[Crowd],
    around: &Arc<Around>,
    now: Timestamp,
) -> Vec<Finding> {
    let nothing = Crowd::default();
    let of_check = |(number, check): (usize, &&dyn Check)| {
        let found = selected.0.get(number).and_then(Option::as_ref);
        let seen = Seen {
            devices: found.map_or(0, |(_, devices)| devices.len()),
            crowd: crowds.get(number).unwrap_or(&nothing),
            around,
            now,
        };
        Some(Finding {
            id: check.id(),
            severity: check.severity(),
            sentence: check.sentence(&seen)?,
            cause: check.cause(&seen),
            condition: found.map(|(text, _)| text.clone()),
            devices: seen.devices,
            since: now,
            taken: None,
        })
    };
    CHECKS.iter().enumerate().filter_map(of_check).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_name_of_its_own_and_says_nothing_while_all_is_well() {
        let mut names: Vec<_> = CHECKS.iter().map(|check| check.id()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CHECKS.len());
        let around = Around::default();
        let seen = Seen {
            devices: 0,
            crowd: &Crowd::default(),
            around: &around,
            now: Timestamp::from_ms(0),
        };
        for check in CHECKS {
            assert_eq!(check.sentence(&seen), None, "{}", check.id());
        }
    }

    #[test]
    fn every_condition_is_one_that_the_language_reads() {
        let around = around::tests::troubled();
        let texts: Vec<_> = CHECKS
            .iter()
            .filter_map(|check| check.condition(&around))
            .collect();
        assert_eq!(texts.len(), 4);
        for text in texts {
            let parsed = query::parse_condition(&text);
            assert!(parsed.problems.is_empty(), "{text}: {:?}", parsed.problems);
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_number() {
        let around = around::tests::troubled();
        let said: Vec<_> = CHECKS
            .iter()
            .map(|check| {
                let seen = Seen {
                    devices: 12_345,
                    crowd: &Crowd::default(),
                    around: &around,
                    now: around::tests::NOW,
                };
                (check.id(), check.sentence(&seen), check.cause(&seen))
            })
            .collect();
        let sentences: Vec<_> = said
            .iter()
            .filter_map(|(_, sentence, _)| sentence.as_deref())
            .collect();
        assert_eq!(
            sentences,
            [
                "12,345 devices refuse what was asked of them",
                "12,345 devices were not let in",
                "The database has 512 MB left on its volume",
                "The hub’s certificate expires in 3 days",
                "12,345 devices have differed for more than 4 hours",
                "The queue store.writes is full",
                "The task store.retention fails",
                "12,345 devices have been silent for more than a day",
            ]
        );
        assert!(
            said.iter().all(|(_, _, cause)| cause.ends_with('.')),
            "{said:?}"
        );
    }
}
