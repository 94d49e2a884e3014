//! Writes last activity behind: what was heard of devices goes to the store in batches, and the
//! columns are brought up to date even when nobody asks.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::Reconciler;
use crate::Error;
use crate::core::Core;

/// Devices written in one statement.
const BATCH: usize = 5_000;
/// Batches of one run; the rest waits for the next, so that a run ends.
const BATCHES_MAX: usize = 200;

pub(crate) struct ActivityWriteBehind(pub(crate) Arc<Core>);

#[async_trait]
impl Reconciler for ActivityWriteBehind {
    fn name(&self) -> &'static str {
        "activity.write_behind"
    }

    fn every(&self) -> Duration {
        self.0.limits.activity_interval
    }

    async fn reconcile(&self) -> Result<String, Error> {
        self.0.index.catch_up(&self.0.presences);
        let written = flush(&self.0).await?;
        Ok(format!("wrote the last activity of {written} devices"))
    }
}

/// Writes what the store has not seen.
pub(crate) async fn flush(core: &Core) -> Result<usize, Error> {
    let mut written = 0;
    for _ in 0..BATCHES_MAX {
        let batch = core.presences.take_unwritten(BATCH);
        if batch.is_empty() {
            break;
        }
        if let Err(error) = core.store.touch_activity(&batch).await {
            core.presences.put_back(batch.iter().map(|(slot, _)| *slot));
            return Err(error.into());
        }
        written += batch.len();
    }
    Ok(written)
}
