//! Groups: conditions that people have named, with how many devices each means now.
//!
//! A group is a saved view of the list of devices as well: it keeps the order and the columns that go with its condition.
//! Counts come from the columns in one pass for all groups, at most once a second however many people look; a condition
//! that the columns cannot answer has none until its list is opened.

use std::sync::Arc;
use std::time::Duration;

use columns::Columns;
use query::{Context, Expr, Path};
use store::{Actor, Group, GroupId, NewGroup, Saved};

use super::Plan;
use crate::access::{Action, Principal, authorize};
use crate::core::Core;
use crate::monitor::readable;
use crate::{Error, audit};

/// Longest name.
const NAME_CHARS_MAX: usize = 100;
/// Longest description.
const DESCRIPTION_CHARS_MAX: usize = 1_000;
/// Most columns of a list.
const COLUMNS_MAX: usize = 24;
/// How many groups there can be: all are counted together.
const GROUPS_MAX: usize = 200;

/// A group and its devices now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The group.
    pub group: Group,
    /// How many devices are in it; `None` while the index is being built, and when documents would have to be read.
    pub devices: Option<u64>,
}

/// The groups as they were counted last.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Held while they are counted: whoever asks meanwhile waits for the same.
    latest: tokio::sync::Mutex<Option<(Duration, Arc<Vec<Counted>>)>>,
}

impl Plan {
    /// All groups by name, with counts that are at most a second old.
    pub async fn groups(&self, principal: &Principal) -> Result<Arc<Vec<Counted>>, Error> {
        authorize(principal, Action::ReadFleet)?;
        let core = &self.core;
        let mut latest = self.counts.latest.lock().await;
        let now = core.clock.monotonic();
        if let Some((at, counted)) = &*latest
            && now.saturating_sub(*at) < core.limits.overview_interval
        {
            return Ok(Arc::clone(counted));
        }
        let counted = Arc::new(counted(core).await?);
        *latest = Some((now, Arc::clone(&counted)));
        Ok(counted)
    }

    /// One group.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with that number.
    pub async fn group(&self, principal: &Principal, id: GroupId) -> Result<Group, Error> {
        authorize(principal, Action::ReadFleet)?;
        let found = self.core.store.group(id).await?;
        found.ok_or_else(|| no_group(id))
    }

    /// Names a condition.
    ///
    /// # Errors
    /// [`Error::Exists`] when the name is taken; [`Error::Invalid`] when a text is missing or too long, when condition,
    /// order or columns cannot be read, and when there are too many groups.
    pub async fn create_group(
        &self,
        principal: &Principal,
        saved: Saved,
    ) -> Result<GroupId, Error> {
        authorize(principal, Action::ManageGroups)?;
        let saved = checked(&self.core, saved)?;
        let name = saved.name.clone();
        let entry = audit::done(&self.core, principal, "group.create", &name)
            .detail(detail(&saved))
            .entry();
        let group = NewGroup {
            saved,
            created_by: who(&principal.actor()),
            created_at: self.core.clock.now(),
        };
        let (core, counts) = (Arc::clone(&self.core), Arc::clone(&self.counts));
        let work = async move {
            // Held until it is there: two that are made at once do not both find the last room.
            let mut latest = counts.latest.lock().await;
            if core.store.groups().await?.len() >= GROUPS_MAX {
                return Err(Error::Invalid(format!(
                    "There are {GROUPS_MAX} groups, and there is no room for more: delete one first."
                )));
            }
            let created = core.store.insert_group(&group, Some(entry)).await;
            *latest = None;
            created.map_err(|error| taken(error, name))
        };
        self.core.tasks.finish("plan.group", work).await?
    }

    /// Says something else of a group that is at this revision.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::PreconditionFailed`] when it was written since; otherwise as
    /// [`create_group`](Self::create_group).
    pub async fn change_group(
        &self,
        principal: &Principal,
        id: GroupId,
        revision: u64,
        saved: Saved,
    ) -> Result<(), Error> {
        authorize(principal, Action::ManageGroups)?;
        let saved = checked(&self.core, saved)?;
        let name = saved.name.clone();
        let entry = audit::done(&self.core, principal, "group.change", &name)
            .detail(detail(&saved))
            .entry();
        let (core, counts) = (Arc::clone(&self.core), Arc::clone(&self.counts));
        let work = async move {
            let mut latest = counts.latest.lock().await;
            let changed = core.store.update_group(id, revision, &saved, Some(entry));
            let is_changed = changed.await.map_err(|error| taken(error, name))?;
            *latest = None;
            if is_changed {
                return Ok(());
            }
            match core.store.group(id).await? {
                Some(_) => Err(Error::PreconditionFailed),
                None => Err(no_group(id)),
            }
        };
        self.core.tasks.finish("plan.group", work).await?
    }

    /// Removes a group, with the reason. Its devices stay as they are.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with that number; [`Error::Invalid`] without a reason.
    pub async fn delete_group(
        &self,
        principal: &Principal,
        id: GroupId,
        reason: &str,
    ) -> Result<(), Error> {
        authorize(principal, Action::ManageGroups)?;
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > DESCRIPTION_CHARS_MAX {
            return Err(Error::Invalid(format!(
                "Say why, in at most {DESCRIPTION_CHARS_MAX} characters."
            )));
        }
        let group = self.core.store.group(id).await?;
        let group = group.ok_or_else(|| no_group(id))?;
        let entry = audit::done(&self.core, principal, "group.delete", &group.saved.name)
            .reason(Some(reason.to_owned()))
            .detail(detail(&group.saved))
            .entry();
        let (core, counts) = (Arc::clone(&self.core), Arc::clone(&self.counts));
        let work = async move {
            let mut latest = counts.latest.lock().await;
            let is_gone = core.store.delete_group(id, Some(entry)).await?;
            *latest = None;
            if is_gone { Ok(()) } else { Err(no_group(id)) }
        };
        self.core.tasks.finish("plan.group", work).await?
    }
}

/// Counts all groups in one pass over the columns.
async fn counted(core: &Arc<Core>) -> Result<Vec<Counted>, Error> {
    let groups = core.store.groups().await?;
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let conditions: Vec<_> = groups
        .iter()
        .map(|group| query::parse_condition(&group.saved.condition).condition)
        .collect();
    let context = Context {
        now: core.clock.now(),
    };
    let counts = if core.index.is_complete() {
        let count = move |columns: &Columns| {
            let count = |condition: &Option<Expr>| match condition {
                None => Some(columns.all().len()),
                Some(condition) => Some(columns.filter(condition, &context).ok()?.len()),
            };
            conditions.iter().map(count).collect()
        };
        core.index.pass(core, count).await
    } else {
        vec![None; groups.len()]
    };
    let counted = groups.into_iter().zip(counts);
    Ok(counted
        .map(|(group, devices)| Counted { group, devices })
        .collect())
}

/// What a group is to be, with its texts trimmed.
fn checked(core: &Core, saved: Saved) -> Result<Saved, Error> {
    let text = |text: &str| text.trim().to_owned();
    let saved = Saved {
        name: text(&saved.name),
        description: text(&saved.description),
        condition: text(&saved.condition),
        sort: text(&saved.sort),
        columns: saved.columns,
    };
    let invalid = |sentence: String| Err(Error::Invalid(sentence));
    if saved.name.is_empty() {
        return invalid("The group has no name: give it one.".to_owned());
    }
    if saved.name.chars().any(char::is_control) {
        return invalid("The name is one line of text.".to_owned());
    }
    for (what, text, chars_max) in [
        ("name", &saved.name, NAME_CHARS_MAX),
        ("description", &saved.description, DESCRIPTION_CHARS_MAX),
    ] {
        if text.chars().count() > chars_max {
            return invalid(format!("The {what} is longer than {chars_max} characters."));
        }
    }
    if readable(core, &saved.condition)?.is_ordered {
        return invalid(
            "The condition holds an order: leave out ORDER BY, and sort the list instead."
                .to_owned(),
        );
    }
    let by = saved.sort.strip_suffix(" DESC").unwrap_or(&saved.sort);
    if !by.is_empty() && Path::parse(by).is_none() {
        return invalid(format!(
            "'{by}' is not a path that devices can be ordered by."
        ));
    }
    if saved.columns.len() > COLUMNS_MAX {
        return invalid(format!("A list has at most {COLUMNS_MAX} columns."));
    }
    if let Some(column) = saved.columns.iter().find(|one| Path::parse(one).is_none()) {
        return invalid(format!("'{column}' is not a path that can be a column."));
    }
    Ok(saved)
}

/// A name for people.
fn who(actor: &Actor) -> String {
    match actor {
        Actor::Person(name) | Actor::Service(name) | Actor::System(name) => name.clone(),
        Actor::Device(id) => id.as_str().to_owned(),
        Actor::Job { by, .. } => by.clone(),
    }
}

fn detail(saved: &Saved) -> twin::Value {
    serde_json::json!({ "condition": saved.condition, "sort": saved.sort, "columns": saved.columns })
}

fn taken(error: store::Error, name: String) -> Error {
    match error {
        store::Error::Conflict => Error::Exists {
            what: "Group",
            name,
        },
        error => error.into(),
    }
}

fn no_group(id: GroupId) -> Error {
    Error::NotFound {
        what: "Group",
        name: id.0.to_string(),
    }
}
