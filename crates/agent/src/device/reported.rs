//! What the device has said and what it would say: a report is the difference.
//!
//! After every connect the twin is fetched: what the hub has becomes the ground, and what the device has to say that the
//! hub has not heard is put on top of it. One report is under way at a time; later changes fold into the next.

use twin::{Map, Value};

use super::desired::difference;
use super::firmware::Firmware;
use super::state::StateError;
use super::{Device, Memory};
use crate::client::{ClientError, Document};
use crate::model::object;

impl Device {
    pub(super) fn fetch(&mut self) {
        let client = self.client.clone();
        self.desired_at_fetch = self.state.desired.version();
        self.fetching = Some(Box::pin(async move { client.twin().await }));
    }

    pub(super) async fn fetched(
        &mut self,
        document: Result<Document, ClientError>,
    ) -> Result<(), StateError> {
        let document = match document {
            Ok(document) => document,
            Err(error) => {
                self.note(&format!("the twin cannot be fetched: {error}"));
                return Ok(());
            }
        };
        let is_first = self.said.is_none();
        // The hub never goes back: a lower version than the one known when asking is another twin's.
        if document.desired_version < self.desired_at_fetch {
            self.state.desired.rewind();
        } else {
            // What the device has to say that the hub has not heard, put on top of what the hub has.
            let unsaid = difference(self.said.as_ref().unwrap_or(&Map::new()), &self.reported);
            self.reported.clone_from(&document.reported);
            self.say(&unsaid);
        }
        if is_first {
            self.remember(&document.reported);
        }
        self.said = Some(document.reported);
        let firmware = self.state.firmware.report();
        self.say(&object!({ "firmware": firmware, "boot_count": self.state.boot_count }));
        if let Some(change) = self
            .state
            .desired
            .fetched(document.desired_version, document.desired)
        {
            self.asked(&change).await?;
        }
        Ok(())
    }

    /// Takes over from the twin what a device without a file forgot.
    pub(super) fn remember(&mut self, reported: &Map) {
        if !matches!(self.memory, Memory::Twin) {
            return;
        }
        let version =
            twin::value::lookup(reported, &["firmware", "version"]).and_then(Value::as_str);
        if let Some(version) = version
            && !self.state.firmware.is_updating()
        {
            self.state.firmware = Firmware::new(version);
        }
        let boots = reported
            .get("boot_count")
            .and_then(Value::as_u64)
            .unwrap_or(0);
        self.state.boot_count = boots.saturating_add(1);
    }

    /// Changes what the device would say; the loop sends the difference.
    pub(super) fn say(&mut self, patch: &Map) {
        twin::patch::merge(&mut self.reported, patch);
    }

    pub(super) fn report_what_changed(&mut self) {
        if !self.is_online || self.reporting.is_some() || self.fetching.is_some() {
            return;
        }
        let Some(said) = &mut self.said else { return };
        let patch = difference(said, &self.reported);
        if patch.is_empty() {
            return;
        }
        // Taken as said at once: an unanswered report is sent again, and after a refusal repeating it would not help.
        twin::patch::merge(said, &patch);
        let client = self.client.clone();
        self.reporting = Some(Box::pin(async move { client.report(&patch).await }));
    }

    pub(super) fn was_reported(&mut self, outcome: Result<u64, ClientError>) {
        if let Err(error) = outcome {
            tracing::warn!(device.id = %self.state.device_id, %error, "A report of {} was refused.", self.state.device_id);
            self.note(&format!("report refused: {error}"));
        }
    }
}
