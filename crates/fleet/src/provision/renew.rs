//! Renewing a device's keys one at a time, so that the other one lets it in meanwhile.

use twin::id::{DeviceId, Match};
use twin::identity::AuthenticationKind;

use super::device::DeviceUpdate;
use super::writes::{opened, update_write};
use super::{Provision, keys};
use crate::Error;
use crate::access::{Action, Principal, WhichKey, authorize};

impl Provision {
    /// Makes one of a device's keys anew and gives it back, base64; the other key stays valid. A connection
    /// that stands ends, and the device comes back with either valid key.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] when the device does not prove itself by keys, or they cannot be read;
    /// [`Error::PreconditionFailed`] when somebody else changed the device in the same moment: look again.
    pub async fn renew_key(
        &self,
        principal: &Principal,
        id: &DeviceId,
        which: WhichKey,
        reason: Option<String>,
    ) -> Result<String, Error> {
        authorize(principal, Action::UpdateDevice)?;
        let record = self.core.store.device(id).await?;
        let record = record.ok_or_else(|| Error::no_device(id))?;
        if record.identity.authentication != AuthenticationKind::Sas {
            return Err(Error::invalid(
                "This device does not prove itself by a key: it has none to renew.",
            ));
        }
        // Without the present keys both would be made anew.
        if opened(&self.core, &record).is_none() {
            return Err(Error::invalid(
                "The keys of this device cannot be read: give it both keys anew.",
            ));
        }
        let made = keys::make(&self.core);
        let given = match which {
            WhichKey::Primary => (made.clone(), String::new()),
            WhichKey::Secondary => (String::new(), made.clone()),
        };
        let update = DeviceUpdate {
            keys: Some(given),
            reason,
            ..DeviceUpdate::default()
        };
        // Both keys are sealed together: against an older state, this would bring the other key back.
        let if_match = Match::Etag(record.identity.wire_etag());
        let write = update_write(&self.core, principal, &record, update, if_match)?;
        self.write_one(id, write).await?;
        Ok(made)
    }

    /// What a device connects with: `HostName=…;DeviceId=…;SharedAccessKey=…` (contract section 1.6).
    pub fn connection_string(&self, id: &DeviceId, key: &str) -> String {
        format!(
            "HostName={};DeviceId={id};SharedAccessKey={key}",
            self.core.host_name
        )
    }
}
