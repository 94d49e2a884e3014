//! Creating, reading, changing and removing devices, one at a time or by the thousand.

use store::{Record, Write, Written};
use twin::id::{DeviceId, Match};
use twin::presence::Presence;

use super::Provision;
use super::device::{DeviceUpdate, NewDevice, Registered, Statistics};
use super::keys::Keys;
use super::writes::{create_write, delete_write, opened, update_write};
use crate::access::{Action, Principal, authorize};
use crate::monitor::{Asker, QueryError};
use crate::{Error, audit};

impl Provision {
    /// Registers a device and gives it back with its keys.
    ///
    /// # Errors
    /// [`Error::Exists`]; [`Error::Invalid`] and [`Error::Twin`] for what breaks a rule.
    pub async fn create(&self, principal: &Principal, new: NewDevice) -> Result<Registered, Error> {
        authorize(principal, Action::CreateDevice)?;
        let results = self.create_batch(principal, vec![new]).await?;
        results.into_iter().next().unwrap_or(Err(Error::Busy))
    }

    /// Registers many devices, some hundreds in each transaction; one refusal does not hold the others.
    ///
    /// # Errors
    /// When nobody may, or the store fails: devices of earlier transactions are then registered.
    pub async fn create_many(
        &self,
        principal: &Principal,
        new: Vec<NewDevice>,
    ) -> Result<Vec<Result<Registered, Error>>, Error> {
        authorize(principal, Action::CreateDevice)?;
        let mut results = Vec::with_capacity(new.len());
        let mut rest = new.into_iter();
        loop {
            let batch: Vec<_> = rest
                .by_ref()
                .take(self.core.limits.create_batch_rows.max(1))
                .collect();
            if batch.is_empty() {
                return Ok(results);
            }
            results.extend(self.create_batch(principal, batch).await?);
        }
    }

    /// One device, with its keys for a policy that may read them; people ask for [`keys`](Self::keys).
    pub async fn device(
        &self,
        principal: &Principal,
        id: &DeviceId,
    ) -> Result<Option<Registered>, Error> {
        authorize(principal, Action::ReadRegistry)?;
        let record = self.core.store.device(id).await?;
        Ok(record.map(|record| self.registered(principal, record)))
    }

    /// At most `top` devices in the order of their names, and never more than a thousand.
    pub async fn list(
        &self,
        principal: &Principal,
        top: Option<usize>,
    ) -> Result<Vec<Registered>, Error> {
        let top = top.unwrap_or(self.core.limits.list_rows_max);
        self.page(principal, None, top).await
    }

    /// At most `limit` devices in the order of their names, after the one named, and never more than a
    /// thousand.
    pub async fn page(
        &self,
        principal: &Principal,
        after: Option<&DeviceId>,
        limit: usize,
    ) -> Result<Vec<Registered>, Error> {
        authorize(principal, Action::ReadRegistry)?;
        let limit = limit.min(self.core.limits.list_rows_max);
        let records = self.core.store.page(after, limit).await?;
        Ok(records
            .into_iter()
            .map(|record| self.registered(principal, record))
            .collect())
    }

    /// The keys of a device, primary and secondary; `None` when it has none. That a person read them is
    /// audited.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn keys(
        &self,
        principal: &Principal,
        id: &DeviceId,
    ) -> Result<Option<(String, String)>, Error> {
        authorize(principal, Action::ReadKeys)?;
        let record = self
            .core
            .store
            .device(id)
            .await?
            .ok_or_else(|| Error::no_device(id))?;
        if matches!(principal, Principal::Person { .. }) {
            let entry = audit::done(&self.core, principal, "device.read_keys", id.as_str()).entry();
            self.core.store.write(vec![Write::Audit(entry)]).await?;
        }
        Ok(opened(&self.core, &record))
    }

    /// Changes a device's identity.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::PreconditionFailed`] when the etag is stale, [`Error::Invalid`].
    pub async fn update(
        &self,
        principal: &Principal,
        id: &DeviceId,
        update: DeviceUpdate,
        if_match: Match,
    ) -> Result<Registered, Error> {
        authorize(principal, Action::UpdateDevice)?;
        let record = self
            .core
            .store
            .device(id)
            .await?
            .ok_or_else(|| Error::no_device(id))?;
        let write = update_write(&self.core, principal, &record, update, if_match)?;
        match self.write_one(id, write).await? {
            Written::Twin(change) => {
                let record = Record::clone(&change.record);
                Ok(Registered {
                    keys: opened(&self.core, &record),
                    presence: self.core.presences.get(record.slot),
                    record,
                })
            }
            Written::Deleted { .. } | Written::Stored => Err(Error::Busy),
        }
    }

    /// Removes a device with its twin; its connection ends.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::PreconditionFailed`] when the etag is stale.
    pub async fn delete(
        &self,
        principal: &Principal,
        id: &DeviceId,
        if_match: Match,
        reason: Option<String>,
    ) -> Result<(), Error> {
        authorize(principal, Action::DeleteDevice)?;
        let write = delete_write(&self.core, principal, id, if_match, reason);
        self.write_one(id, write).await.map(drop)
    }

    /// How many devices are registered, and how many of them may connect.
    ///
    /// # Errors
    /// [`QueryError::Building`] soon after a start.
    pub async fn statistics(&self, principal: &Principal) -> Result<Statistics, QueryError> {
        authorize(principal, Action::ReadRegistry)?;
        let count =
            |condition: &'static str| crate::monitor::count(&self.core, condition, Asker::Service);
        let total = count("*").await?;
        let disabled = count("status = 'disabled'").await?.min(total);
        Ok(Statistics {
            total,
            enabled: total - disabled,
            disabled,
        })
    }

    pub(super) async fn write_one(&self, id: &DeviceId, write: Write) -> Result<Written, Error> {
        let results = self.core.store.write(vec![write]).await?;
        results
            .into_iter()
            .next()
            .unwrap_or(Ok(Written::Stored))
            .map_err(|refused| Error::refused(id, refused))
    }

    async fn create_batch(
        &self,
        principal: &Principal,
        new: Vec<NewDevice>,
    ) -> Result<Vec<Result<Registered, Error>>, Error> {
        let mut writes = Vec::with_capacity(new.len());
        let mut drafts = Vec::with_capacity(new.len());
        for new in new {
            let id = new.id.clone();
            drafts.push(
                create_write(&self.core, principal, new).map(|(write, keys)| {
                    writes.push(write);
                    (id, keys)
                }),
            );
        }
        let mut written = self.core.store.write(writes).await?.into_iter();
        let finish = |draft: Result<(DeviceId, Option<Keys>), Error>| {
            let (id, keys) = draft?;
            match written.next() {
                Some(Ok(Written::Twin(change))) => Ok(Registered {
                    record: Record::clone(&change.record),
                    presence: Presence::default(),
                    keys,
                }),
                Some(Err(refused)) => Err(Error::refused(&id, refused)),
                Some(Ok(Written::Deleted { .. } | Written::Stored)) | None => Err(Error::Busy),
            }
        };
        Ok(drafts.into_iter().map(finish).collect())
    }

    fn registered(&self, principal: &Principal, record: Record) -> Registered {
        let shows_keys = match principal {
            Principal::Person { .. } | Principal::Device(_) => false,
            Principal::Service { .. } | Principal::System(_) => {
                authorize(principal, Action::ReadKeys).is_ok()
            }
        };
        let presence = self.core.presences.of([&record]).pop().unwrap_or_default();
        Registered {
            keys: shows_keys.then(|| opened(&self.core, &record)).flatten(),
            presence,
            record,
        }
    }
}
