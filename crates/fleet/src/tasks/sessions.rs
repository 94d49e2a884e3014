//! Removes sessions that have expired. They were refused before: this only keeps the table small.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::Reconciler;
use crate::Error;
use crate::core::Core;

const BATCH: usize = 1_000;

pub(crate) struct SessionExpiry(pub(crate) Arc<Core>);

#[async_trait]
impl Reconciler for SessionExpiry {
    fn name(&self) -> &'static str {
        "access.session_expiry"
    }

    fn every(&self) -> Duration {
        self.0.limits.retention_interval
    }

    async fn reconcile(&self) -> Result<String, Error> {
        let core = &self.0;
        let removed = core.store.expire_sessions(core.clock.now(), BATCH).await?;
        Ok(format!("removed {removed} expired sessions"))
    }
}
