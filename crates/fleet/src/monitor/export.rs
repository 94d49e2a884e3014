//! Lists of devices as files: every device that matches, in the order of ids, batch by batch.
//!
//! A batch is read when the one before was taken, so memory does not grow with the list, and whoever stops taking stops
//! the reading.

use std::sync::Arc;

use store::Write;
use tokio::sync::OwnedSemaphorePermit;
use twin::id::DeviceId;

use super::question::{QueryError, Question};
use super::scan::{Source, matching};
use super::{Live, Monitor};
use crate::access::{Action, Principal, authorize};
use crate::audit;
use crate::core::Core;

/// A list on its way.
#[derive(Debug)]
pub struct Export {
    core: Arc<Core>,
    question: Question,
    source: Source,
    after: Option<DeviceId>,
    is_over: bool,
    _permit: OwnedSemaphorePermit,
}

impl Monitor {
    /// Begins a list of all devices of a condition; an order that the text says is not followed. It is written down that
    /// the principal took it.
    ///
    /// # Errors
    /// [`QueryError::Problems`] when the condition cannot be read; [`QueryError::Busy`] while
    /// [as many](crate::Limits::exports_max) lists are taken.
    pub async fn export(
        &self,
        principal: &Principal,
        condition: &str,
    ) -> Result<Export, QueryError> {
        authorize(principal, Action::ExportFleet)?;
        let core = Arc::clone(&self.core);
        let question = Question::read(&core, condition)?;
        let permit = Arc::clone(&core.exports).try_acquire_owned();
        let permit = permit.map_err(|_| QueryError::Busy)?;
        let entry = audit::done(&core, principal, "devices.export", "devices")
            .detail(serde_json::json!({ "condition": condition }))
            .entry();
        core.store.write(vec![Write::Audit(entry)]).await?;
        let source = Source::choose(&core, question.condition.as_ref(), &question.context).await;
        Ok(Export {
            core,
            question,
            source,
            after: None,
            is_over: false,
            _permit: permit,
        })
    }
}

impl Export {
    /// The next devices, perhaps none; `None` at the end.
    ///
    /// # Errors
    /// When the store fails: the list is not whole then.
    pub async fn next(&mut self) -> Result<Option<Vec<Live>>, QueryError> {
        if self.is_over {
            return Ok(None);
        }
        let limit = self.core.limits.scan_batch_rows.max(1);
        let batch = self
            .source
            .batch_by_name(&self.core, self.after.take(), limit);
        let (records, next) = batch.await?;
        self.is_over = next.is_none();
        self.after = next;
        let condition = self.question.condition.as_ref();
        Ok(Some(
            matching(&self.core, condition, &self.question.context, records).collect(),
        ))
    }
}
