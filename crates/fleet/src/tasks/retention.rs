//! Forgets what retention no longer covers: history, events, messages, audit entries, figures, and the keys of
//! retired devices that can no longer be restored.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use store::Pruned;

use super::Reconciler;
use crate::Error;
use crate::core::Core;

/// Keys destroyed in one transaction.
const KEYS_MAX: usize = 1_000;
/// Calls of one run, each bounded by itself; the rest waits for the next run.
const CALLS_MAX: usize = 20;

pub(crate) struct Retention(pub(crate) Arc<Core>);

#[async_trait]
impl Reconciler for Retention {
    fn name(&self) -> &'static str {
        "store.retention"
    }

    fn every(&self) -> Duration {
        self.0.limits.retention_interval
    }

    async fn reconcile(&self) -> Result<String, Error> {
        let core = &self.0;
        let mut sum = Pruned::default();
        for _ in 0..CALLS_MAX {
            let pruned = core
                .store
                .prune(core.clock.now(), &core.limits.retention)
                .await?;
            sum.history += pruned.history;
            sum.events += pruned.events;
            sum.messages += pruned.messages;
            sum.audit += pruned.audit;
            sum.figures += pruned.figures;
            if !pruned.is_more || core.tasks.token().is_cancelled() {
                break;
            }
        }
        let mut keys = 0;
        for _ in 0..CALLS_MAX {
            let now = core.clock.now();
            let forgotten = core.store.forget_keys(now, KEYS_MAX).await?;
            keys += forgotten;
            if forgotten == 0 || core.tasks.token().is_cancelled() {
                break;
            }
        }
        Ok(format!(
            "forgot {} changes, {} events, {} messages, {} audit entries, {} figures, the keys of {keys} retired devices",
            sum.history, sum.events, sum.messages, sum.audit, sum.figures
        ))
    }
}
