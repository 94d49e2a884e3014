//! The fleet's way out to connected devices, over the [`Registry`].

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use fleet::{MethodAnswer, MethodError, MethodRequest, Outlet};
use twin::Map;
use twin::id::DeviceId;

use crate::mailbox::Undelivered;
use crate::registry::{Call, Goodbye, Letter, Registry, TooMany};

#[async_trait]
impl Outlet for Registry {
    fn desired_changed(&self, device: &DeviceId, notification: Arc<Map>, version: u64) {
        let Some(line) = self.line(device) else {
            return;
        };
        match line.mailbox.push(Letter::Desired {
            notification,
            version,
        }) {
            Ok(()) | Err(Undelivered::Closed) => {}
            // Losing one notification would leave the device wrong for ever; a reconnect makes it read its twin.
            Err(Undelivered::Full) => line.mailbox.close(Goodbye::TooSlow),
        }
    }

    async fn invoke(
        &self,
        device: &DeviceId,
        request: MethodRequest,
        response_timeout: Duration,
    ) -> Result<MethodAnswer, MethodError> {
        let line = self
            .line(device)
            .filter(|line| line.takes_methods())
            .ok_or(MethodError::NotOnline {
                waited: Duration::ZERO,
            })?;
        let rid = self.next_rid();
        let mut call = Call::open(Arc::clone(&line), rid).map_err(|TooMany| MethodError::Busy)?;
        let letter = Letter::Method {
            rid,
            name: request.name,
            payload: request.payload,
        };
        line.mailbox.push(letter).map_err(|why| match why {
            Undelivered::Full => MethodError::Busy,
            Undelivered::Closed => MethodError::Disconnected,
        })?;
        tokio::time::timeout(response_timeout, call.answer())
            .await
            .unwrap_or(Err(MethodError::NoAnswer))
    }

    async fn wait_online(&self, device: &DeviceId, timeout: Duration) -> bool {
        self.wait_for_methods(device, timeout).await
    }

    fn disconnect(&self, device: &DeviceId, why: &str) {
        if let Some(line) = self.line(device) {
            line.mailbox.close(Goodbye::Dismissed(why.to_owned()));
        }
    }
}
