//! The audit log: who did what to what, and what came of it.

use async_trait::async_trait;
use twin::Value;
use twin::time::Timestamp;

use crate::error::Error;
use crate::record::Actor;

/// Reading the audit log; it is written with the change it tells of.
#[async_trait]
pub trait Audits: Send + Sync {
    /// Entries, newest first, that came before the one numbered `before`.
    async fn audit(&self, before: Option<u64>, limit: usize) -> Result<Vec<LoggedAudit>, Error>;

    /// Who did what how often from `from` until `to`, most often first. Looks at the newest `entries_max` entries of
    /// that time and gives at most `tallies_max` tallies.
    async fn audit_tally(
        &self,
        from: Timestamp,
        to: Timestamp,
        entries_max: usize,
        tallies_max: usize,
    ) -> Result<Vec<AuditTally>, Error>;
}

/// How often one actor did one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditTally {
    /// Who.
    pub actor: Actor,
    /// What was done.
    pub action: String,
    /// How often, with all outcomes.
    pub entries: u64,
    /// How often it came to something else than `done`.
    pub not_done: u64,
    /// The newest reason that was given.
    pub reason: Option<String>,
}

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What was done, as a verb with its noun: `device.create`, `twin.change`.
    pub action: String,
    /// To what: a device, a person, a policy, by name.
    pub target: String,
    /// What came of it: `done` or `refused`, or why it failed.
    pub outcome: String,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// Whatever else is worth knowing; never keys or passwords.
    pub detail: Value,
}

/// A line of the audit log with its number, which later pages refer to.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedAudit {
    /// Its number, growing with time.
    pub number: u64,
    /// What it says.
    pub entry: AuditEntry,
}
