//! A store that gives the rows for the columns only when it is let, and counts the passes over its documents.

use std::path::Path as FilePath;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use query::Path;
use query::lower::Predicate;
use store::{
    Archive, ArchiveSearch, Archived, ArchivedLine, Attention, Attentions, AuditEntry, Audits,
    Bucket, Changes, ColumnRow, Error, Figures, Group, GroupId, Groups, History, HistoryEntry, Job,
    JobDevice, JobId, JobSpec, Jobs, LoggedAudit, LoggedEvent, LoggedMessage, Maintenance, Mark,
    Message, Messages, Meta, NewGroup, NewPerson, Observer, OutcomeGroup, People, Person, PersonId,
    Policies, Policy, Properties, Pruned, Record, Refused, Retention, Saved, Session, Store,
    Subscriptions, Succession, Twins, Which, Write, Written,
};
use tokio::sync::Semaphore;
use twin::id::{DeviceId, Seq, Slot};
use twin::revert::Replaced;
use twin::scheme::Property;
use twin::time::Timestamp;

/// A store before another one.
pub(crate) struct Held {
    store: Arc<dyn Store>,
    /// Batches of rows that may still pass; closed when all may.
    gate: Semaphore,
    passes: AtomicUsize,
    /// Whether batches of documents are held too, and those that may still pass.
    is_gated: AtomicBool,
    reading: Semaphore,
}

impl Held {
    /// Nothing passes yet.
    pub(crate) fn new(store: Arc<dyn Store>) -> Arc<Self> {
        Arc::new(Self {
            store,
            gate: Semaphore::new(0),
            passes: AtomicUsize::new(0),
            is_gated: AtomicBool::new(false),
            reading: Semaphore::new(0),
        })
    }

    /// Lets some batches of rows pass.
    pub(crate) fn lets(&self, batches: usize) {
        self.gate.add_permits(batches);
    }

    /// Lets all rows pass from now on.
    pub(crate) fn opens(&self) {
        self.gate.close();
    }

    /// How many passes over its documents were begun since the last call.
    pub(crate) fn passes(&self) -> usize {
        self.passes.swap(0, Ordering::SeqCst)
    }

    /// Holds batches of documents from now on, but for so many.
    pub(crate) fn lets_read(&self, batches: usize) {
        self.is_gated.store(true, Ordering::SeqCst);
        self.reading.add_permits(batches);
    }

    fn begins_pass(&self) {
        self.passes.fetch_add(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Twins for Held {
    async fn scan_columns(
        &self,
        declared: &[Path],
        after: Slot,
        limit: usize,
    ) -> Result<Vec<ColumnRow>, Error> {
        if let Ok(permit) = self.gate.acquire().await {
            permit.forget();
        }
        self.store.scan_columns(declared, after, limit).await
    }

    async fn scan(
        &self,
        predicate: &Predicate,
        after: Slot,
        limit: usize,
    ) -> Result<Vec<Record>, Error> {
        if after == Slot(0) {
            self.begins_pass();
        }
        if self.is_gated.load(Ordering::SeqCst)
            && let Ok(permit) = self.reading.acquire().await
        {
            permit.forget();
        }
        self.store.scan(predicate, after, limit).await
    }

    async fn select(
        &self,
        predicate: &Predicate,
        after: Option<&DeviceId>,
        limit: usize,
    ) -> Result<Vec<Record>, Error> {
        self.begins_pass();
        self.store.select(predicate, after, limit).await
    }

    async fn count(&self, predicate: &Predicate) -> Result<Option<u64>, Error> {
        self.begins_pass();
        self.store.count(predicate).await
    }

    async fn write(&self, writes: Vec<Write>) -> Result<Vec<Result<Written, Refused>>, Error> {
        self.store.write(writes).await
    }

    fn observe(&self, observer: Arc<dyn Observer>) {
        self.store.observe(observer);
    }

    async fn taken(&self, names: &[DeviceId]) -> Result<Vec<DeviceId>, Error> {
        self.store.taken(names).await
    }

    async fn device(&self, device_id: &DeviceId) -> Result<Option<Record>, Error> {
        self.store.device(device_id).await
    }

    async fn records(&self, slots: &[Slot]) -> Result<Vec<Record>, Error> {
        self.store.records(slots).await
    }

    async fn page(&self, after: Option<&DeviceId>, limit: usize) -> Result<Vec<Record>, Error> {
        self.store.page(after, limit).await
    }

    async fn page_before(
        &self,
        before: Option<&DeviceId>,
        limit: usize,
    ) -> Result<Vec<Record>, Error> {
        self.store.page_before(before, limit).await
    }

    async fn device_count(&self) -> Result<u64, Error> {
        self.store.device_count().await
    }

    async fn last_seq(&self) -> Result<Seq, Error> {
        self.store.last_seq().await
    }

    async fn touch_activity(&self, heard: &[(Slot, Timestamp)]) -> Result<(), Error> {
        self.store.touch_activity(heard).await
    }
}

/// Methods that only hand on.
macro_rules! hands_on {
    ($of:ident: $(fn $method:ident($($name:ident: $kind:ty),*) -> $answer:ty;)*) => {
        #[async_trait]
        impl $of for Held {
            $(async fn $method(&self, $($name: $kind),*) -> $answer {
                self.store.$method($($name),*).await
            })*
        }
    };
}

hands_on! { Attentions:
    fn attentions() -> Result<Vec<Attention>, Error>;
    fn open_attention(id: &str, since: Timestamp) -> Result<(), Error>;
    fn close_attention(id: &str) -> Result<(), Error>;
    fn put_attention(attention: &Attention, audit: Option<AuditEntry>) -> Result<(), Error>;
}

hands_on! { History:
    fn history(id: &DeviceId, before: Option<Seq>, limit: usize) -> Result<Vec<HistoryEntry>, Error>;
    fn changes_since(after: Seq, limit: usize) -> Result<Changes, Error>;
    fn events(id: &DeviceId, before: Option<u64>, limit: usize) -> Result<Vec<LoggedEvent>, Error>;
    fn calls(id: &DeviceId, before: Option<u64>, limit: usize) -> Result<Vec<LoggedEvent>, Error>;
    fn prune(now: Timestamp, retention: &Retention) -> Result<Pruned, Error>;
}

hands_on! { Messages:
    fn latest_messages(id: &DeviceId, limit: usize) -> Result<Vec<Message>, Error>;
    fn messages_before(id: &DeviceId, before: Option<u64>, limit: usize, body_bytes_max: usize) -> Result<Vec<LoggedMessage>, Error>;
}

hands_on! { Figures:
    fn append_figures(at: Timestamp, figures: &[(String, f64)]) -> Result<(), Error>;
    fn figure_range(name: &str, from: Timestamp, to: Timestamp, buckets: usize) -> Result<Vec<Bucket>, Error>;
    fn figure_kept(name: &str, from: Timestamp, to: Timestamp, now: Timestamp) -> Result<store::Kept, Error>;
}

hands_on! { People:
    fn person_by_name(name: &str) -> Result<Option<Person>, Error>;
    fn person(id: PersonId) -> Result<Option<Person>, Error>;
    fn people() -> Result<Vec<Person>, Error>;
    fn insert_person(person: &NewPerson, audit: Option<AuditEntry>) -> Result<PersonId, Error>;
    fn update_person(person: &Person, audit: Option<AuditEntry>) -> Result<bool, Error>;
    fn delete_person(id: PersonId, audit: Option<AuditEntry>) -> Result<bool, Error>;
    fn insert_session(session: &Session, audit: Option<AuditEntry>) -> Result<(), Error>;
    fn session_by_hash(token_hash: &[u8]) -> Result<Option<(Session, Person)>, Error>;
    fn sessions_of(id: PersonId) -> Result<Vec<Session>, Error>;
    fn touch_session(token_hash: &[u8], seen_at: Timestamp, expires_at: Timestamp) -> Result<(), Error>;
    fn delete_session(token_hash: &[u8], audit: Option<AuditEntry>) -> Result<bool, Error>;
    fn delete_sessions_of(id: PersonId) -> Result<u64, Error>;
    fn expire_sessions(now: Timestamp, limit: usize) -> Result<u64, Error>;
}

hands_on! { Audits:
    fn audit(before: Option<u64>, limit: usize) -> Result<Vec<LoggedAudit>, Error>;
    fn audit_tally(from: Timestamp, to: Timestamp, entries_max: usize, tallies_max: usize) -> Result<Vec<store::AuditTally>, Error>;
}

hands_on! { Policies:
    fn policies() -> Result<Vec<Policy>, Error>;
    fn put_policy(policy: &Policy, audit: Option<AuditEntry>) -> Result<(), Error>;
}

hands_on! { Properties:
    fn declared() -> Result<Vec<Property>, Error>;
    fn declare(property: &Property, audit: Option<AuditEntry>) -> Result<(), Error>;
    fn drop_property(path: &str, audit: Option<AuditEntry>) -> Result<bool, Error>;
}

hands_on! { Groups:
    fn groups() -> Result<Vec<Group>, Error>;
    fn group(id: GroupId) -> Result<Option<Group>, Error>;
    fn insert_group(group: &NewGroup, audit: Option<AuditEntry>) -> Result<GroupId, Error>;
    fn update_group(id: GroupId, revision: u64, saved: &Saved, audit: Option<AuditEntry>) -> Result<bool, Error>;
    fn delete_group(id: GroupId, audit: Option<AuditEntry>) -> Result<bool, Error>;
}

hands_on! { Subscriptions:
    fn subscriptions(slot: Slot) -> Result<Option<u32>, Error>;
    fn put_subscriptions(changed: &[(Slot, Option<u32>)]) -> Result<(), Error>;
}

hands_on! { Archive:
    fn archived(number: Seq) -> Result<Option<Archived>, Error>;
    fn newest_archived(device_id: &DeviceId) -> Result<Option<Seq>, Error>;
    fn search_archive(search: &ArchiveSearch) -> Result<Vec<ArchivedLine>, Error>;
    fn retired_between(from: Timestamp, until: Timestamp) -> Result<u64, Error>;
    fn archived_history(number: Seq, before: Option<Seq>, limit: usize) -> Result<Vec<HistoryEntry>, Error>;
    fn archived_events(number: Seq, before: Option<u64>, limit: usize) -> Result<Vec<LoggedEvent>, Error>;
    fn succession(slot: Slot) -> Result<Succession, Error>;
    fn forget_keys(now: Timestamp, rows_max: usize) -> Result<u64, Error>;
}

hands_on! { Jobs:
    fn create_job(spec: &JobSpec, audit: Option<AuditEntry>) -> Result<JobId, Error>;
    fn add_job_devices(job: JobId, slots: &[Slot]) -> Result<u64, Error>;
    fn add_changed_devices(job: JobId, of: JobId, after: Slot, limit: usize) -> Result<Option<Slot>, Error>;
    fn begin_job(job: JobId) -> Result<(), Error>;
    fn end_job(job: JobId, at: Timestamp) -> Result<bool, Error>;
    fn cancel_job(job: JobId, cancellation: &Mark, audit: Option<AuditEntry>) -> Result<bool, Error>;
    fn cancel_pending(job: JobId, limit: usize) -> Result<u64, Error>;
    fn job(job: JobId) -> Result<Option<Job>, Error>;
    fn open_jobs() -> Result<Vec<Job>, Error>;
    fn ended_jobs(before: Option<JobId>, limit: usize) -> Result<Vec<Job>, Error>;
    fn undo_of(job: JobId) -> Result<Option<JobId>, Error>;
    fn job_devices(job: JobId, which: Which, after: Slot, limit: usize) -> Result<Vec<JobDevice>, Error>;
    fn replaced(job: JobId, slots: &[Slot]) -> Result<Vec<(Slot, Vec<Replaced>)>, Error>;
    fn job_outcomes(job: JobId, limit: usize) -> Result<Vec<OutcomeGroup>, Error>;
    fn prune_jobs(before: Timestamp, limit: usize) -> Result<u64, Error>;
}

hands_on! { Meta:
    fn meta(key: &str) -> Result<Option<String>, Error>;
    fn set_meta(key: &str, value: &str) -> Result<(), Error>;
}

#[async_trait]
impl Maintenance for Held {
    async fn backup(&self, path: &FilePath) -> Result<(), Error> {
        self.store.backup(path).await
    }

    async fn check(&self) -> Result<Vec<String>, Error> {
        self.store.check().await
    }

    async fn condition(&self) -> Result<store::Condition, Error> {
        self.store.condition().await
    }

    fn queues(&self) -> Vec<store::Queue> {
        self.store.queues()
    }

    async fn close(&self) {
        self.store.close().await;
    }
}
