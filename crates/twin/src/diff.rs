//! Desired against reported as a flat list: the same walk draws the console's diff and decides drift and convergence.
//!
//! ```
//! use serde_json::json;
//! use twin::diff::{Kind, diff, drift};
//! use twin::document::{Change, ServiceChange, Twin};
//! use twin::time::Timestamp;
//!
//! let object = |value: serde_json::Value| value.as_object().cloned().expect("an object");
//! let mut twin = Twin::new(Timestamp::from_ms(0));
//! let asked = Change::Patch(Some(object(json!({ "firmware": { "version": "2" }, "on": true }))));
//! twin.apply_service(&ServiceChange { tags: None, desired: Some(asked) }, Timestamp::from_ms(10))?;
//! twin.apply_reported(&object(json!({ "firmware": { "version": "1" }, "battery": 80 })), None, Timestamp::from_ms(20))?;
//!
//! let kinds: Vec<_> = diff(&twin).into_iter().map(|d| (d.path, d.kind)).collect();
//! assert_eq!(kinds, [
//!     ("battery".to_owned(), Kind::ReportedOnly),
//!     ("firmware.version".to_owned(), Kind::Drifting),
//!     ("on".to_owned(), Kind::Waiting),
//! ]);
//! assert_eq!(drift(&twin).count, 2);
//! # Ok::<(), twin::document::TwinError>(())
//! ```
//!
//! An entry stands for a leaf (scalar or array), or for the whole place where one side has an object and the other has not.
//! An empty object asks for nothing and answers nothing. It does not say what to do about a difference.

use serde::{Deserialize, Serialize};

use crate::document::{Metadata, Twin};
use crate::time::Timestamp;
use crate::trail::Trail;
use crate::value::is_same;
use crate::{Map, Value};

mod acknowledgment;

use acknowledgment::Acknowledgment;

/// One place where desired or reported holds something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "reader", derive(reader::Read))]
pub struct Difference {
    /// Names from the section down, joined by dots.
    pub path: String,
    /// How the two sides stand to each other.
    pub kind: Kind,
    /// What is asked; `None` for [`Kind::ReportedOnly`].
    pub desired: Option<Value>,
    /// What is answered, taken out of its acknowledgment; `None` for [`Kind::Waiting`].
    pub reported: Option<Value>,
    /// Since when the two sides stand like this: the later of the times when what is asked and what is answered became what
    /// they are. Asking or answering the same again does not move it.
    pub since: Timestamp,
}

/// How desired and reported stand to each other at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "reader", derive(reader::Read))]
pub enum Kind {
    /// The device reports what is asked; numbers compare by value.
    Agrees,
    /// The device reports something else.
    Drifting,
    /// The device has reported nothing here.
    Waiting,
    /// The device acknowledged with an error (IoT Plug and Play: `ac` of 400 or more).
    Refused {
        /// The acknowledgment's code.
        code: i64,
        /// The acknowledgment's description; empty when it has none.
        description: String,
    },
    /// The device reports something that nobody asked for.
    ReportedOnly,
}

impl Kind {
    /// Whether this counts as drift: something is asked and the device does not report it.
    pub const fn is_drift(&self) -> bool {
        match self {
            Self::Drifting | Self::Waiting | Self::Refused { .. } => true,
            Self::Agrees | Self::ReportedOnly => false,
        }
    }
}

/// How far a twin is from what is asked of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "reader", derive(reader::Read))]
pub struct Drift {
    /// Places that are drifting, waiting or refused.
    pub count: u32,
    /// Those of them that the device refused.
    pub refused: u32,
    /// The earliest [`Difference::since`] of those places; `None` when there are none.
    pub since: Option<Timestamp>,
}

/// Every place where desired or reported holds something, sorted by path.
pub fn diff(twin: &Twin) -> Vec<Difference> {
    let mut found = Vec::new();
    walk::<EVERYTHING>(twin, |path, place| {
        found.push(Difference {
            path: path.to_string(),
            kind: place.standing.kind(),
            desired: place.desired.map(|desired| desired.value.clone()),
            reported: place.told.cloned(),
            since: place.since(),
        });
    });
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Counts the drift of a twin without allocating.
pub fn drift(twin: &Twin) -> Drift {
    let mut drift = Drift::default();
    walk::<ASKED>(twin, |_, place| {
        if place.standing.is_drift() {
            let since = place.since();
            drift.count += 1;
            drift.refused += u32::from(matches!(place.standing, Standing::Refused(_)));
            drift.since = Some(drift.since.map_or(since, |earliest| earliest.min(since)));
        }
    });
    drift
}

/// Whether anything at, under or above `path` (names below desired and reported) drifts; an empty path asks about the whole twin.
///
/// ```
/// # use serde_json::json;
/// # use twin::{diff::is_drifting, document::{ServiceChange, Twin}, time::Timestamp};
/// let mut twin = Twin::new(Timestamp::from_ms(0));
/// let body = json!({ "properties": { "desired": { "firmware": { "version": "2" } } } });
/// twin.apply_service(&ServiceChange::from_patch_body(&body)?, Timestamp::from_ms(1))?;
/// assert!(is_drifting(&twin, &[]) && is_drifting(&twin, &["firmware"]));
/// assert!(!is_drifting(&twin, &["network"]));
/// # Ok::<(), twin::document::TwinError>(())
/// ```
pub fn is_drifting(twin: &Twin, path: &[&str]) -> bool {
    let mut found = false;
    walk::<ASKED>(twin, |here, place| {
        found |= place.standing.is_drift() && here.is_on_line_with(path);
    });
    found
}

/// A walk over the places where something is asked: all that drift can be at.
const ASKED: bool = true;
/// A walk over every place where desired or reported holds something.
const EVERYTHING: bool = false;

/// One place on the walk, all borrowed.
struct Place<'a> {
    standing: Standing<'a>,
    desired: Option<Held<'a>>,
    reported: Option<Held<'a>>,
    /// What is reported, out of its acknowledgment.
    told: Option<&'a Value>,
    is_acknowledged: bool,
}

impl Place<'_> {
    fn since(&self) -> Timestamp {
        let changed_at = |node: &Metadata| node.changed_at;
        let asked_at = self.desired.and_then(Held::node).map(changed_at);
        let node = self.reported.and_then(Held::node);
        let told_at = if self.is_acknowledged {
            node.and_then(acknowledgment::changed_at)
        } else {
            node.map(changed_at)
        };
        asked_at.max(told_at).unwrap_or(Timestamp::NEVER)
    }
}

enum Standing<'a> {
    Agrees,
    Drifting,
    Waiting,
    Refused(Acknowledgment<'a>),
    ReportedOnly,
}

impl Standing<'_> {
    const fn is_drift(&self) -> bool {
        match self {
            Self::Drifting | Self::Waiting | Self::Refused(_) => true,
            Self::Agrees | Self::ReportedOnly => false,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Agrees => Kind::Agrees,
            Self::Drifting => Kind::Drifting,
            Self::Waiting => Kind::Waiting,
            Self::Refused(ack) => Kind::Refused {
                code: ack.code,
                description: ack.description.to_owned(),
            },
            Self::ReportedOnly => Kind::ReportedOnly,
        }
    }
}

/// A value with the way to its metadata, which most places need not look up.
#[derive(Clone, Copy)]
struct Held<'a> {
    value: &'a Value,
    key: &'a str,
    parent: Option<&'a Metadata>,
}

impl<'a> Held<'a> {
    fn node(self) -> Option<&'a Metadata> {
        self.parent?.children.get(self.key)
    }

    fn members(self) -> Option<Members<'a>> {
        Some((self.value.as_object()?, self.node()))
    }
}

fn walk<'a, const ASKED_ONLY: bool>(twin: &'a Twin, mut visit: impl FnMut(&Trail<'_>, Place<'a>)) {
    let desired = (&twin.desired.values, Some(&twin.desired.metadata));
    let reported = (&twin.reported.values, Some(&twin.reported.metadata));
    members::<ASKED_ONLY>(Some(desired), Some(reported), None, &mut visit);
}

/// The members of an object with the object's metadata.
type Members<'a> = (&'a Map, Option<&'a Metadata>);

fn members<'a, const ASKED_ONLY: bool>(
    desired: Option<Members<'a>>,
    reported: Option<Members<'a>>,
    parent: Option<&Trail<'_>>,
    visit: &mut impl FnMut(&Trail<'_>, Place<'a>),
) {
    for (key, value) in desired.into_iter().flat_map(|(members, _)| members) {
        let asked = held(key, value, desired);
        let told = reported.and_then(|(members, _)| held(key, members.get(key)?, reported));
        member::<ASKED_ONLY>(asked, told, &Trail::new(parent, key), visit);
    }
    if ASKED_ONLY {
        return;
    }
    for (key, value) in reported.into_iter().flat_map(|(members, _)| members) {
        if desired.is_none_or(|(members, _)| !members.contains_key(key)) {
            let told = held(key, value, reported);
            member::<ASKED_ONLY>(None, told, &Trail::new(parent, key), visit);
        }
    }
}

/// A value on one side; an empty object is as good as nothing.
fn held<'a>(key: &'a str, value: &'a Value, side: Option<Members<'a>>) -> Option<Held<'a>> {
    let is_empty = value.as_object().is_some_and(Map::is_empty);
    let parent = side.and_then(|(_, node)| node);
    (!is_empty).then_some(Held { value, key, parent })
}

fn member<'a, const ASKED_ONLY: bool>(
    desired: Option<Held<'a>>,
    reported: Option<Held<'a>>,
    here: &Trail<'_>,
    visit: &mut impl FnMut(&Trail<'_>, Place<'a>),
) {
    if ASKED_ONLY && desired.is_none() {
        return;
    }
    let acknowledgment = reported.and_then(|reported| Acknowledgment::read(reported.value));
    let is_object = |side: Option<Held<'_>>| side.is_none_or(|side| side.value.is_object());
    let standing = match (desired, reported) {
        (None, None) => return,
        _ if acknowledgment.is_none() && is_object(desired) && is_object(reported) => {
            let (desired, reported) = (
                desired.and_then(Held::members),
                reported.and_then(Held::members),
            );
            return members::<ASKED_ONLY>(desired, reported, Some(here), visit);
        }
        (Some(_), None) => Standing::Waiting,
        (None, Some(_)) => Standing::ReportedOnly,
        (Some(asked), Some(told)) => {
            let asked_at = || asked.node().and_then(|node| node.version);
            match acknowledgment.filter(|ack| ack.refuses(asked_at())) {
                Some(refusal) => Standing::Refused(refusal),
                None if is_same(
                    asked.value,
                    acknowledgment.map_or(told.value, |ack| ack.value),
                ) =>
                {
                    Standing::Agrees
                }
                None => Standing::Drifting,
            }
        }
    };
    let told = reported.map(|reported| acknowledgment.map_or(reported.value, |ack| ack.value));
    visit(
        here,
        Place {
            standing,
            desired,
            reported,
            told,
            is_acknowledged: acknowledgment.is_some(),
        },
    );
}

#[cfg(test)]
mod tests;
