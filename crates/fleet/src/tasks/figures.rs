//! Samples the fleet's figures for sparklines.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use query::Context;

use super::Reconciler;
use crate::Error;
use crate::core::Core;
use crate::index::Index;
use crate::monitor::{Conditions, Figure};

pub(crate) struct FigureSampling {
    core: Arc<Core>,
    conditions: Arc<Conditions>,
}

impl FigureSampling {
    pub(crate) fn new(core: Arc<Core>, conditions: Arc<Conditions>) -> Self {
        Self { core, conditions }
    }
}

#[async_trait]
impl Reconciler for FigureSampling {
    fn name(&self) -> &'static str {
        "figures.sampling"
    }

    fn every(&self) -> Duration {
        self.core.limits.figures_interval
    }

    async fn reconcile(&self) -> Result<String, Error> {
        let core = Arc::clone(&self.core);
        if !core.index.is_complete() {
            return Ok("nothing: the columns are being rebuilt".to_owned());
        }
        let conditions = Arc::clone(&self.conditions);
        let at = core.clock.now();
        let figures = self
            .core
            .index
            .pass(&self.core, move |columns| {
                conditions
                    .select(columns, Context { now: at })
                    .figures(&core)
            })
            .await;
        let samples: Vec<_> = Figure::ALL
            .into_iter()
            .filter_map(|figure| Some((figure.as_str().to_owned(), figures.value(figure)?)))
            .collect();
        for (name, value) in &samples {
            metrics::gauge!("fleet.figures.value", "figure" => name.clone()).set(*value);
        }
        let memory = Index::stand(&self.core).await.memory_bytes;
        metrics::gauge!("columns.memory.bytes").set(float(memory));
        self.core.store.append_figures(at, &samples).await?;
        Ok(format!("sampled {} figures", samples.len()))
    }
}

#[expect(clippy::cast_precision_loss, reason = "memory is far below 2^53 bytes")]
fn float(size: usize) -> f64 {
    size as f64
}
