//! What a person sees before a device goes.

use fleet::monitor::{Find, QueryError};
use twin::id::DeviceId;
use twin::identity::AuthenticationKind;
use twin::{Map, Value};

use super::{Candidate, Check, Desk, Preview, Subject, TOGETHER_MAX, Waiting};
use crate::api::{Caller, Code, Problem, refuse};
use crate::{conditions, format};

/// How many ids are suggested.
const SUGGESTED_MAX: usize = 8;

impl Caller {
    /// What there is to do, and what was done lately.
    pub(crate) async fn desk(&self) -> Result<Desk, Problem> {
        let month = std::time::Duration::from_hours(30 * 24);
        let now = self.fleet.clock().now();
        let since = day(&now.minus(month).to_string());
        let retire = self.fleet.retire();
        let from = super::midnight(&since).unwrap_or(now);
        let until = now.plus(std::time::Duration::from_secs(1));
        let retired = retire.count_between(&self.principal, from, until).await?;
        let mut waiting = Vec::new();
        for (title, query) in conditions::LEAVING {
            let count = match self.fleet.monitor().count(&self.principal, query).await {
                Ok(count) => Some(count),
                Err(QueryError::Building(_)) => None,
                Err(error) => return Err(error.into()),
            };
            waiting.push(Waiting {
                title: title.to_owned(),
                query: query.to_owned(),
                count,
            });
        }
        Ok(Desk {
            waiting,
            retired,
            since,
            grace: grace(retire.grace()),
            reason_chars_max: fleet::retire::REASON_CHARS_MAX,
        })
    }

    /// A device with what there is to know before it goes.
    pub(crate) async fn subject(&self, id: &str) -> Result<Option<Subject>, Problem> {
        let id = id.trim();
        if id.is_empty() {
            return Ok(None);
        }
        let device = known(id)?;
        let retire = self.fleet.retire();
        let looked = retire.checks(&self.principal, &device).await?;
        let record = &looked.device.record;
        let proof = match record.identity.authentication {
            AuthenticationKind::Sas => "Its two keys",
            AuthenticationKind::SelfSigned | AuthenticationKind::CertificateAuthority => {
                "Its certificate"
            }
            AuthenticationKind::None => "Nothing",
        };
        Ok(Some(Subject {
            id: device.as_str().to_owned(),
            etag: record.identity.wire_etag(),
            is_connected: looked.device.presence.connected,
            proof: proof.to_owned(),
            tags: leaves(&record.twin.tags),
            settings: leaves(&record.twin.desired.values),
            checks: looked.checks.into_iter().map(Check::from).collect(),
        }))
    }

    /// The first devices whose ids begin so.
    pub(crate) async fn beginning(&self, id: &str) -> Result<Vec<String>, Problem> {
        let condition = conditions::beginning(id.trim());
        let find = Find {
            condition: &condition,
            limit: SUGGESTED_MAX,
            ..Find::default()
        };
        let page = self.fleet.monitor().find(&self.principal, find).await?;
        let ids = page
            .records
            .iter()
            .map(|live| &live.record.identity.device_id);
        Ok(ids.map(ToString::to_string).collect())
    }

    /// The devices of a condition that may go together.
    pub(crate) async fn preview(&self, query: &str) -> Result<Option<Preview>, Problem> {
        let query = query.trim();
        if query.is_empty() {
            return Ok(None);
        }
        let find = Find {
            condition: query,
            limit: TOGETHER_MAX,
            ..Find::default()
        };
        let page = self.fleet.monitor().find(&self.principal, find).await?;
        let retire = self.fleet.retire();
        let candidate = |live: &fleet::monitor::Live| {
            let checks = retire.checks_of(live);
            let open: Vec<&str> = checks
                .iter()
                .filter(|check| !check.is_clear)
                .map(|check| check.sentence.as_str())
                .collect();
            let is_clear = open.is_empty();
            let first = checks.first().map(|check| check.sentence.as_str());
            Candidate {
                id: live.record.identity.device_id.to_string(),
                is_clear,
                words: if is_clear {
                    first.unwrap_or_default().to_owned()
                } else {
                    open.join(" ")
                },
            }
        };
        Ok(Some(Preview {
            total: page.total,
            rows: page.records.iter().map(candidate).collect(),
        }))
    }
}

impl From<store::Check> for Check {
    fn from(check: store::Check) -> Self {
        Self {
            name: check.name,
            is_clear: check.is_clear,
            sentence: check.sentence,
        }
    }
}

/// The device of this name, as far as it is one.
pub(super) fn known(id: &str) -> Result<DeviceId, Problem> {
    DeviceId::parse(id.trim()).map_err(|_| {
        let sentence = format!("There is no device “{}”.", id.trim());
        refuse(Problem::new(Code::NotFound, sentence))
    })
}

/// A length of time in whole days where it is some, otherwise as short as can be.
pub(super) fn grace(length: std::time::Duration) -> String {
    let days = length.as_secs() / 86_400;
    if days > 0 && length.as_secs().is_multiple_of(86_400) {
        format::plural(days, "day", "days")
    } else {
        format::duration(length)
    }
}

fn day(instant: &str) -> String {
    instant.get(..10).unwrap_or_default().to_owned()
}

fn leaves(object: &Map) -> u64 {
    object
        .values()
        .map(|value| match value {
            Value::Object(inner) => leaves(inner),
            _ => 1,
        })
        .sum()
}
