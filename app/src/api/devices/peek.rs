//! The essential of a device for a look beside the list, in finished words.

use fleet::monitor::Live;
use twin::Value;
use twin::diff::Kind;

use super::{Peek, Row, Sides};
use crate::api::{Caller, Code, Problem};
use crate::format;

/// Places shown where it differs; the page of the device shows all.
const SIDES_MAX: usize = 12;
/// How long the text of a value may be, in characters.
const VALUE_CHARS_MAX: usize = 48;

impl Caller {
    /// A look at a device.
    pub(crate) async fn peek(&self, id: &str) -> Result<Peek, Problem> {
        let known = twin::id::DeviceId::parse(id).ok();
        let live = match known {
            Some(id) => self.live(&id).await?,
            None => None,
        };
        let live = live.ok_or_else(|| {
            crate::api::refuse(Problem::new(
                Code::NotFound,
                format!("There is no device “{id}”. It may have been deleted since."),
            ))
        })?;
        Ok(self.look(&live))
    }

    fn look(&self, live: &Live) -> Peek {
        let now = self.fleet.clock().now();
        let row = Row::of(live);
        let (identity, presence) = (&live.record.identity, &live.presence);
        let or_unknown = |text: Option<String>| text.unwrap_or_else(|| format::UNKNOWN.to_owned());
        let connection = if presence.connected {
            format!("connected for {}", format::lasting(presence.since, now))
        } else {
            "not connected".to_owned()
        };
        let status = match &identity.status_reason {
            _ if row.is_enabled => "enabled".to_owned(),
            Some(reason) => format!("disabled: {reason}"),
            None => "disabled".to_owned(),
        };
        let place: Vec<_> = [row.region.clone(), row.site.clone()]
            .into_iter()
            .flatten()
            .collect();
        let facts = [
            ("Connection", connection),
            ("Last report", format::ago(row.last_activity, now)),
            ("Status", status),
            (
                "Site",
                if place.is_empty() {
                    format::UNKNOWN.to_owned()
                } else {
                    place.join(" / ")
                },
            ),
            ("Class", or_unknown(row.class.clone())),
            ("Firmware", or_unknown(row.firmware_reported.clone())),
            ("Registered", format::ago(identity.created_at, now)),
        ];
        let differences = twin::diff::diff(&live.record.twin);
        let mut sides: Vec<_> = differences
            .iter()
            .filter_map(|difference| {
                let word = match &difference.kind {
                    Kind::Agrees | Kind::ReportedOnly => return None,
                    Kind::Drifting => "drifting",
                    Kind::Waiting => "waiting",
                    Kind::Refused { .. } => "refused",
                };
                Some(Sides {
                    path: difference.path.clone(),
                    desired: said(difference.desired.as_ref()),
                    reported: said(difference.reported.as_ref()),
                    word: word.to_owned(),
                })
            })
            .collect();
        let more = sides.len().saturating_sub(SIDES_MAX);
        sides.truncate(SIDES_MAX);
        Peek {
            facts: facts
                .into_iter()
                .map(|(name, words)| (name.to_owned(), words))
                .collect(),
            sides,
            more: (more > 0).then(|| {
                format!(
                    "and {}",
                    format::plural(more as u64, "more place", "more places")
                )
            }),
            as_of: now,
            row,
        }
    }
}

fn said(value: Option<&Value>) -> String {
    value.map_or_else(
        || format::UNKNOWN.to_owned(),
        |value| format::middle(&value.to_string(), VALUE_CHARS_MAX),
    )
}
