//! Letting many devices in at once: a rehearsal that writes nothing, and the enrollment itself.
//!
//! A rehearsal makes the same writes as the enrollment and throws them away, so that it finds what would be refused.
//! An enrollment commits some hundreds of devices at a time; whatever ends it, the same list can be given again:
//! devices that are there are told of and left as they are.

use std::collections::HashSet;

use twin::document::TwinError;
use twin::limits::{DESIRED_SIZE_BYTES_MAX, TAGS_SIZE_BYTES_MAX};
use twin::{Map, value};

use super::Provision;
use super::device::{NewDevice, Registered};
use super::writes::create_write;
use crate::Error;
use crate::access::{Action, Principal, authorize};

impl Provision {
    /// What an enrollment of these devices would do with each, as things stand: `Ok` for one that would be registered.
    /// Writes nothing.
    ///
    /// # Errors
    /// When the caller may not enroll, or the store does not answer. What is wrong with one device is in its place.
    pub async fn rehearse(
        &self,
        principal: &Principal,
        devices: &[NewDevice],
    ) -> Result<Vec<Result<(), Error>>, Error> {
        authorize(principal, Action::CreateDevice)?;
        let mut taken = HashSet::new();
        for batch in devices.chunks(self.batch()) {
            let names: Vec<_> = batch.iter().map(|device| device.id.clone()).collect();
            taken.extend(self.core.store.taken(&names).await?);
        }
        let rehearsed = devices.iter().map(|device| {
            if !taken.insert(device.id.clone()) {
                return Err(Error::refused(&device.id, store::Refused::Exists));
            }
            fits(&device.tags, "tags", TAGS_SIZE_BYTES_MAX)?;
            fits(&device.desired, "desired", DESIRED_SIZE_BYTES_MAX)?;
            create_write(&self.core, principal, device.clone()).map(drop)
        });
        Ok(rehearsed.collect())
    }

    /// Registers these devices for a reason, some hundreds in each transaction, to its end even when the caller stops
    /// waiting. Gives what became of each, in their order.
    ///
    /// # Errors
    /// When the caller may not enroll or gives no reason: then nothing was done. When the store fails in the middle,
    /// the devices that were not registered say so in their place.
    pub async fn enroll_many(
        &self,
        principal: &Principal,
        devices: Vec<NewDevice>,
        reason: &str,
    ) -> Result<Vec<Result<Registered, Error>>, Error> {
        authorize(principal, Action::CreateDevice)?;
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Error::invalid(
                "An enrollment of many devices needs a reason.",
            ));
        }
        let (these, principal) = (self.clone(), principal.clone());
        let reason = reason.to_owned();
        let work = async move { these.enroll_batches(&principal, devices, &reason).await };
        self.core.tasks.finish("devices.enroll", work).await
    }

    async fn enroll_batches(
        &self,
        principal: &Principal,
        devices: Vec<NewDevice>,
        reason: &str,
    ) -> Vec<Result<Registered, Error>> {
        let mut results = Vec::with_capacity(devices.len());
        let mut rest = devices.into_iter().map(|device| NewDevice {
            reason: Some(reason.to_owned()),
            ..device
        });
        loop {
            let batch: Vec<_> = rest.by_ref().take(self.batch()).collect();
            let length = batch.len();
            if length == 0 {
                return results;
            }
            match self.create_many(principal, batch).await {
                Ok(done) => results.extend(done),
                // A transaction that failed has left nothing; the next one is tried all the same.
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "A batch of {length} devices could not be registered."
                    );
                    results.extend((0..length).map(|_| Err(Error::Busy)));
                }
            }
        }
    }

    fn batch(&self) -> usize {
        self.core.limits.create_batch_rows.max(1)
    }
}

/// Whether a section of a first twin keeps the rules of twins.
fn fits(section: &Map, name: &'static str, size_bytes_max: usize) -> Result<(), Error> {
    value::check(section).map_err(TwinError::from)?;
    let size_bytes = value::size(section);
    if size_bytes > size_bytes_max {
        return Err(Error::Invalid(format!(
            "The {name} have {size_bytes} bytes; {size_bytes_max} is the most."
        )));
    }
    Ok(())
}
