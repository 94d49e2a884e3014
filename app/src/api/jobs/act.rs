//! Cancelling jobs and taking them back.

use store::JobId;

use crate::api::{Caller, Problem};

impl Caller {
    /// Cancels a job.
    pub(crate) async fn cancel_job(&self, id: u64, reason: &str) -> Result<(), Problem> {
        let configure = self.fleet.configure();
        Ok(configure
            .cancel_job(&self.principal, JobId(id), reason)
            .await?)
    }

    /// Takes a job back; gives the number of the job that does.
    pub(crate) async fn undo_job(&self, id: u64, reason: &str) -> Result<u64, Problem> {
        let configure = self.fleet.configure();
        let undo = configure
            .undo_job(&self.principal, JobId(id), reason)
            .await?;
        Ok(undo.0)
    }
}
