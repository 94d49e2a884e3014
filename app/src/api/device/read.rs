//! A device as the fleet knows it, in the console's words.

use fleet::monitor::Live;
use twin::id::DeviceId;
use twin::identity::Status;

use super::Device;
use crate::api::{Caller, Problem};

impl Caller {
    /// A device as it is now; `None` when it is not registered.
    pub(crate) async fn live(&self, id: &DeviceId) -> Result<Option<Live>, Problem> {
        Ok(self.fleet.monitor().record(&self.principal, id).await?)
    }

    /// The whole of a device.
    pub(crate) fn device_of(&self, live: &Live) -> Device {
        let (identity, twin, presence) = (&live.record.identity, &live.record.twin, &live.presence);
        Device {
            id: identity.device_id.as_str().to_owned(),
            seq: live.record.seq.0,
            as_of: self.fleet.clock().now(),
            generation_id: identity.generation_id.clone(),
            is_enabled: identity.status == Status::Enabled,
            status_reason: identity.status_reason.clone(),
            created_at: identity.created_at,
            authentication: identity.authentication.as_str().to_owned(),
            is_connected: presence.connected,
            connection_since: presence.since,
            last_activity: presence.last_activity,
            etag: twin.etag.to_string(),
            desired_version: twin.desired.version,
            reported_version: twin.reported.version,
            model_id: twin.model_id.clone(),
            tags: twin.tags.clone(),
            desired: twin.desired.values.clone(),
            reported: twin.reported.values.clone(),
            differences: twin::diff::diff(twin),
        }
    }
}
