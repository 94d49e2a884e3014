//! What a job would do, before it is started: how many devices, some of them before and after, how many would stay as they are, and what does not fit.

use query::Path;
use store::Work;
use twin::document::{Change, Edit, SectionName, ServiceChange};
use twin::id::DeviceId;
use twin::scheme::PropertyType;
use twin::{Map, Value};

use super::check_work;
use crate::Error;
use crate::access::{Action, Principal, authorize};
use crate::configure::Configure;
use crate::monitor::{Asker, Live, count, count_in_columns, first_matching};

/// Devices shown before and after.
const SAMPLES: usize = 20;

/// What a job would do at this moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// Devices that match.
    pub total: u64,
    /// Those of them that are not connected.
    pub disconnected: u64,
    /// Those of them that are disabled.
    pub disabled: u64,
    /// Those of them whose twin holds every value already; `None` when only reading all their documents would tell.
    pub unchanged: Option<u64>,
    /// The first of them by name.
    pub samples: Vec<Sample>,
    /// What does not fit the declared properties, in sentences.
    pub clashes: Vec<String>,
}

/// A device as it would be.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Its name.
    pub device_id: DeviceId,
    /// Whether it is connected.
    pub is_connected: bool,
    /// Every leaf that would change; or why the change would be refused.
    pub edits: Result<Vec<Edit>, String>,
}

impl Configure {
    /// Tells what a job would do.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the condition cannot be read, or the change or method breaks a rule; [`Error::Busy`] soon after a start.
    pub async fn preview_job(
        &self,
        principal: &Principal,
        work: &Work,
        condition: &str,
    ) -> Result<Preview, Error> {
        authorize(principal, Action::ReadFleet)?;
        check_work(work)?;
        let core = &self.core;
        let total = count(core, condition, Asker::Person).await?;
        let of_these = |more: &str| narrowed(condition, more);
        let disconnected = of_these("connectionState = 'Disconnected'");
        let disabled = of_these("status = 'disabled'");
        let change = match work {
            Work::Change(change) => Some(change.as_ref()),
            Work::Method(_) | Work::Undo(_) => None,
        };
        let leaves = change.map(leaves).unwrap_or_default();
        let unchanged = match change.and_then(|_| already(&leaves)) {
            Some(already) => count_in_columns(core, &of_these(&already)).await?,
            None => None,
        };
        let samples = first_matching(core, condition, SAMPLES).await?;
        Ok(Preview {
            total,
            disconnected: count(core, &disconnected, Asker::Person).await?,
            disabled: count(core, &disabled, Asker::Person).await?,
            unchanged,
            samples: samples
                .into_iter()
                .map(|live| sample(live, change))
                .collect(),
            clashes: self.clashes(&leaves).await?,
        })
    }

    async fn clashes(&self, leaves: &[Leaf<'_>]) -> Result<Vec<String>, Error> {
        let declared = self.core.store.declared().await?;
        let clash = |leaf: &Leaf<'_>| {
            let path = leaf.path();
            let given = PropertyType::of(leaf.value)?;
            let property = declared
                .iter()
                .find(|property| property.path == path.to_string())?;
            let fits =
                property.kind == PropertyType::Mixed || property.kind.or(given) == property.kind;
            (!fits).then(|| {
                format!(
                    "{path} is declared as {}, and this value is of type {given}.",
                    property.kind
                )
            })
        };
        Ok(leaves.iter().filter_map(clash).collect())
    }
}

fn sample(live: Live, change: Option<&ServiceChange>) -> Sample {
    let mut twin = live.record.twin;
    let edits = match change {
        None => Ok(Vec::new()),
        Some(change) => twin
            .apply_service(change, twin::time::Timestamp::NEVER)
            .map(|applied| applied.edits)
            .map_err(|error| error.to_string()),
    };
    Sample {
        device_id: live.record.identity.device_id,
        is_connected: live.presence.connected,
        edits,
    }
}

/// A condition and more.
fn narrowed(condition: &str, more: &str) -> String {
    match query::parse_condition(condition).condition {
        Some(condition) => format!("({condition}) AND {more}"),
        None => more.to_owned(),
    }
}

/// A value that a change gives, and where; null removes.
struct Leaf<'a> {
    section: SectionName,
    names: Vec<&'a str>,
    value: &'a Value,
}

impl Leaf<'_> {
    fn path(&self) -> Path {
        let path = format!("{}.{}", self.section.path(), self.names.join("."));
        Path::from_dotted(&path)
    }
}

fn leaves(change: &ServiceChange) -> Vec<Leaf<'_>> {
    fn walk<'a>(
        section: SectionName,
        members: &'a Map,
        above: &[&'a str],
        found: &mut Vec<Leaf<'a>>,
    ) {
        for (name, value) in members {
            let mut names = above.to_vec();
            names.push(name);
            match value {
                Value::Object(inner) if !inner.is_empty() => walk(section, inner, &names, found),
                value => found.push(Leaf {
                    section,
                    names,
                    value,
                }),
            }
        }
    }
    let mut found = Vec::new();
    for (section, change) in [
        (SectionName::Tags, &change.tags),
        (SectionName::Desired, &change.desired),
    ] {
        if let Some(Change::Patch(Some(members)) | Change::Replace(members)) = change {
            walk(section, members, &[], &mut found);
        }
    }
    found
}

/// The condition that a twin holds every value already; `None` when the language cannot say it.
fn already(leaves: &[Leaf<'_>]) -> Option<String> {
    if leaves.is_empty() {
        return None;
    }
    let parts: Option<Vec<String>> = leaves
        .iter()
        .map(|leaf| {
            let path = leaf.path();
            match leaf.value {
                Value::Null => Some(format!("NOT IS_DEFINED({path})")),
                Value::String(text) => Some(format!(
                    "{path} = '{}'",
                    text.replace('\\', "\\\\").replace('\'', "\\'")
                )),
                value @ (Value::Bool(_) | Value::Number(_)) => Some(format!("{path} = {value}")),
                Value::Array(_) | Value::Object(_) => None,
            }
        })
        .collect();
    Some(parts?.join(" AND "))
}
