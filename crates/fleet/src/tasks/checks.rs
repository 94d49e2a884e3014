//! Evaluates the checks when nobody looks, and keeps since when they hold.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::Reconciler;
use crate::Error;
use crate::core::Core;
use crate::monitor::{Checks, Selected};

pub(crate) struct CheckKeeping {
    core: Arc<Core>,
    checks: Arc<Checks>,
}

impl CheckKeeping {
    pub(crate) fn new(core: Arc<Core>, checks: Arc<Checks>) -> Self {
        Self { core, checks }
    }
}

#[async_trait]
impl Reconciler for CheckKeeping {
    fn name(&self) -> &'static str {
        "checks.keeping"
    }

    fn every(&self) -> Duration {
        self.core.limits.checks_interval
    }

    async fn reconcile(&self) -> Result<String, Error> {
        let (core, checks) = (&self.core, &self.checks);
        if !core.index.is_complete() {
            return Ok("nothing: the columns are being rebuilt".to_owned());
        }
        checks.look(core).await?;
        let (around, now) = (checks.around(), core.clock.now());
        let selected = core
            .index
            .pass(core, move |columns| {
                Selected::of(columns, &around, query::Context { now })
            })
            .await;
        let open = checks.findings(core, &selected, now).len();
        let (begun, over) = checks.settle(core).await?;
        Ok(format!("{open} hold; {begun} began, {over} are over"))
    }
}
