//! Many devices in one call, each with its own mode (contract sections 4.2 and 7.5).
//!
//! Everything a call does is one transaction; a device that is refused does not hold the others.

use std::collections::HashMap;

use store::{Record, Refused, Write};
use twin::document::{Change, ServiceChange};
use twin::id::{DeviceId, Match};
use twin::identity::AuthenticationKind;

use super::Provision;
use super::device::{DeviceUpdate, NewDevice};
use super::writes::{create_write, delete_write, update_write};
use crate::access::{Action, Principal, authorize};
use crate::{Error, audit};

/// What to do with one device of a bulk call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImportMode {
    /// Register it; an error when it exists.
    Create,
    /// Overwrite it; an error when it is missing.
    Update,
    /// Overwrite it when its etag is the one given.
    UpdateIfMatchETag,
    /// Register or overwrite it, whatever its etag.
    CreateOrUpdate,
    /// Register it, or overwrite it when its etag is the one given.
    CreateOrUpdateIfMatchETag,
    /// Remove it.
    Delete,
    /// Remove it when its etag is the one given.
    DeleteIfMatchETag,
    /// Overwrite its twin only.
    UpdateTwin,
    /// Overwrite its twin only, when the twin's etag is the one given.
    UpdateTwinIfMatchETag,
}

impl ImportMode {
    const ALL: [Self; 9] = [
        Self::Create,
        Self::Update,
        Self::UpdateIfMatchETag,
        Self::CreateOrUpdate,
        Self::CreateOrUpdateIfMatchETag,
        Self::Delete,
        Self::DeleteIfMatchETag,
        Self::UpdateTwin,
        Self::UpdateTwinIfMatchETag,
    ];

    /// The mode's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::UpdateIfMatchETag => "updateIfMatchETag",
            Self::CreateOrUpdate => "createOrUpdate",
            Self::CreateOrUpdateIfMatchETag => "createOrUpdateIfMatchETag",
            Self::Delete => "delete",
            Self::DeleteIfMatchETag => "deleteIfMatchETag",
            Self::UpdateTwin => "updateTwin",
            Self::UpdateTwinIfMatchETag => "updateTwinIfMatchETag",
        }
    }

    /// The mode of that name, whatever its case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.as_str().eq_ignore_ascii_case(name))
    }

    fn needs_etag(self) -> bool {
        matches!(
            self,
            Self::UpdateIfMatchETag
                | Self::CreateOrUpdateIfMatchETag
                | Self::DeleteIfMatchETag
                | Self::UpdateTwinIfMatchETag
        )
    }

    /// What must be allowed to the caller.
    fn actions(self) -> &'static [Action] {
        match self {
            Self::Create => &[Action::CreateDevice],
            Self::CreateOrUpdate | Self::CreateOrUpdateIfMatchETag => {
                &[Action::CreateDevice, Action::UpdateDevice]
            }
            Self::Delete | Self::DeleteIfMatchETag => &[Action::DeleteDevice],
            // A bulk call is an operation of the registry, its twins included (contract section 1.2).
            Self::Update
            | Self::UpdateIfMatchETag
            | Self::UpdateTwin
            | Self::UpdateTwinIfMatchETag => &[Action::UpdateDevice],
        }
    }
}

/// One device of a bulk call.
#[derive(Debug, Clone)]
pub struct BulkItem {
    /// Its name.
    pub id: DeviceId,
    /// What to do with it.
    pub mode: ImportMode,
    /// The etag of its identity, for the modes that look at it.
    pub etag: Option<String>,
    /// The etag of its twin, for the mode that looks at it.
    pub twin_etag: Option<String>,
    /// How it proves who it is, when the document says so.
    pub authentication: Option<AuthenticationKind>,
    /// The rest of its identity.
    pub update: DeviceUpdate,
    /// Its tags and desired properties, when the document has them.
    pub twin: ServiceChange,
}

/// What a bulk call did not do.
#[derive(Debug, Default)]
pub struct BulkOutcome {
    /// The devices that were refused; all others are done.
    pub failures: Vec<BulkFailure>,
}

/// A device that was refused.
#[derive(Debug)]
pub struct BulkFailure {
    /// Its name, as it was given.
    pub device_id: String,
    /// What was to be done.
    pub operation: &'static str,
    /// Why it was not.
    pub problem: BulkProblem,
}

/// Why a device of a bulk call was refused.
#[derive(Debug, thiserror::Error)]
pub enum BulkProblem {
    /// The call names the device more than once.
    #[error("The device is defined multiple times.")]
    DefinedMultipleTimes,
    /// The same reasons as for a single device.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl Provision {
    /// Carries out a bulk call of at most a hundred devices.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there are more, [`Error::Denied`] when the caller may not do everything
    /// that is asked: then nothing was done. Everything else is in the outcome.
    pub async fn bulk(
        &self,
        principal: &Principal,
        items: Vec<BulkItem>,
    ) -> Result<BulkOutcome, Error> {
        let max = self.core.limits.bulk_rows_max;
        if items.len() > max {
            return Err(Error::Invalid(format!(
                "A bulk call has at most {max} devices."
            )));
        }
        if items.is_empty() {
            authorize(principal, Action::UpdateDevice)?;
        }
        for action in items.iter().flat_map(|item| item.mode.actions()) {
            authorize(principal, *action)?;
        }
        let mut named = HashMap::new();
        for item in &items {
            *named.entry(item.id.clone()).or_insert(0) += 1;
        }
        let mut outcome = BulkOutcome::default();
        let mut writes = Vec::new();
        let mut owners = Vec::new();
        for item in items {
            let (id, operation) = (item.id.clone(), item.mode.as_str());
            let prepared = if named.get(&id).is_some_and(|times| *times > 1) {
                Err(BulkProblem::DefinedMultipleTimes)
            } else {
                self.prepare(principal, item)
                    .await
                    .map_err(BulkProblem::from)
            };
            match prepared {
                Ok(prepared) => {
                    owners.extend(prepared.iter().map(|_| (id.clone(), operation)));
                    writes.extend(prepared);
                }
                Err(problem) => outcome.fail(id.as_str(), operation, problem),
            }
        }
        let results = self.core.store.write(writes).await?;
        let mut failed: Option<DeviceId> = None;
        for ((id, operation), result) in owners.into_iter().zip(results) {
            if let Err(refused) = result
                && failed.as_ref() != Some(&id)
            {
                let problem = BulkProblem::Refused(Error::refused(&id, refused));
                outcome.fail(id.as_str(), operation, problem);
                failed = Some(id);
            }
        }
        Ok(outcome)
    }

    /// The writes that carry out one item, given what is there now.
    async fn prepare(&self, principal: &Principal, item: BulkItem) -> Result<Vec<Write>, Error> {
        let etag_match = |etag: Option<String>| match (item.mode.needs_etag(), etag) {
            (false, _) => Ok(Match::Any),
            (true, Some(etag)) => Ok(Match::parse(Some(&etag))),
            (true, None) => Err(Error::Invalid(format!(
                "Mode '{}' needs an etag.",
                item.mode.as_str()
            ))),
        };
        let existing = self.core.store.device(&item.id).await?;
        match (item.mode, existing) {
            (
                ImportMode::Create
                | ImportMode::CreateOrUpdate
                | ImportMode::CreateOrUpdateIfMatchETag,
                None,
            ) => self.create_one(principal, item),
            (ImportMode::Create, Some(_)) => Err(Error::refused(&item.id, Refused::Exists)),
            (
                ImportMode::Update
                | ImportMode::UpdateIfMatchETag
                | ImportMode::CreateOrUpdate
                | ImportMode::CreateOrUpdateIfMatchETag,
                Some(record),
            ) => {
                let if_match = etag_match(item.etag.clone())?;
                // Looked at here as well, so that a stale etag holds the twin too.
                if !if_match.admits(&record.identity.wire_etag()) {
                    return Err(Error::PreconditionFailed);
                }
                self.update_one(principal, &record, item, if_match)
            }
            (ImportMode::Delete | ImportMode::DeleteIfMatchETag, Some(_)) => {
                let if_match = etag_match(item.etag.clone())?;
                Ok(vec![delete_write(
                    &self.core, principal, &item.id, if_match, None,
                )])
            }
            (ImportMode::UpdateTwin | ImportMode::UpdateTwinIfMatchETag, Some(_)) => {
                let if_match = etag_match(item.twin_etag.clone())?;
                Ok(vec![
                    self.twin_write(principal, &item.id, item.twin, if_match),
                ])
            }
            (
                ImportMode::Update
                | ImportMode::UpdateIfMatchETag
                | ImportMode::Delete
                | ImportMode::DeleteIfMatchETag
                | ImportMode::UpdateTwin
                | ImportMode::UpdateTwinIfMatchETag,
                None,
            ) => Err(Error::no_device(&item.id)),
        }
    }

    fn create_one(&self, principal: &Principal, item: BulkItem) -> Result<Vec<Write>, Error> {
        let replaced = |change| match change {
            Some(Change::Replace(section) | Change::Patch(Some(section))) => section,
            Some(Change::Patch(None)) | None => twin::Map::new(),
        };
        let new = NewDevice {
            id: item.id,
            status: item.update.status.unwrap_or_default(),
            status_reason: item.update.status_reason.flatten(),
            authentication: item.authentication.unwrap_or_default(),
            keys: item.update.keys,
            thumbprints: item.update.thumbprints.unwrap_or_default(),
            tags: replaced(item.twin.tags),
            desired: replaced(item.twin.desired),
            reason: item.update.reason,
        };
        create_write(&self.core, principal, new).map(|(write, _)| vec![write])
    }

    fn update_one(
        &self,
        principal: &Principal,
        record: &Record,
        item: BulkItem,
        if_match: Match,
    ) -> Result<Vec<Write>, Error> {
        let mut writes = vec![update_write(
            &self.core,
            principal,
            record,
            item.update,
            if_match,
        )?];
        if item.twin.tags.is_some() || item.twin.desired.is_some() {
            writes.push(self.twin_write(principal, &item.id, item.twin, Match::Any));
        }
        Ok(writes)
    }

    fn twin_write(
        &self,
        principal: &Principal,
        id: &DeviceId,
        change: ServiceChange,
        if_match: Match,
    ) -> Write {
        Write::Service {
            device_id: id.clone(),
            change,
            if_match,
            actor: principal.actor(),
            reason: None,
            at: self.core.clock.now(),
            audit: Some(audit::done(&self.core, principal, "twin.change", id.as_str()).entry()),
        }
    }
}

impl BulkOutcome {
    fn fail(&mut self, device_id: &str, operation: &'static str, problem: BulkProblem) {
        self.failures.push(BulkFailure {
            device_id: device_id.to_owned(),
            operation,
            problem,
        });
    }
}
