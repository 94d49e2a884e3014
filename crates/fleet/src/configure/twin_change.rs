//! Changing tags and desired properties.

use std::sync::Arc;

use store::{TwinChange, Write, Written};
use twin::document::{Change, ServiceChange};
use twin::id::{DeviceId, Match};

use super::Configure;
use crate::access::{Action, Principal, authorize};
use crate::{Error, audit};

impl Configure {
    /// Changes tags, desired properties or both, in one step, and gives back what was committed.
    ///
    /// A connected device hears of changed desired properties from the path that commits (see
    /// [`Outlet`](crate::Outlet)): in the order of versions, whoever else changes the device meanwhile,
    /// and even when the caller of this function goes away.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::PreconditionFailed`] when the twin's etag is stale;
    /// [`Error::Twin`] when the change breaks a rule of twins.
    pub async fn change_twin(
        &self,
        principal: &Principal,
        id: &DeviceId,
        change: ServiceChange,
        if_match: Match,
        reason: Option<String>,
    ) -> Result<Arc<TwinChange>, Error> {
        authorize(principal, Action::ChangeTwin)?;
        let audit = audit::done(&self.core, principal, "twin.change", id.as_str())
            .reason(reason.clone())
            .detail(serde_json::json!({
                "tags": manner(change.tags.as_ref()),
                "desired": manner(change.desired.as_ref()),
            }))
            .entry();
        let write = Write::Service {
            device_id: id.clone(),
            change,
            if_match,
            actor: principal.actor(),
            reason,
            at: self.core.clock.now(),
            audit: Some(audit),
        };
        let results = self.core.store.write(vec![write]).await?;
        match results.into_iter().next() {
            Some(Ok(Written::Twin(change))) => Ok(change),
            Some(Err(refused)) => Err(Error::refused(id, refused)),
            Some(Ok(Written::Deleted { .. } | Written::Stored)) | None => Err(Error::Busy),
        }
    }
}

/// How a section is changed. What it is changed to is in the device's history.
fn manner(change: Option<&Change>) -> Option<&'static str> {
    Some(match change? {
        Change::Patch(Some(_)) => "patched",
        Change::Patch(None) => "cleared",
        Change::Replace(_) => "replaced",
    })
}
