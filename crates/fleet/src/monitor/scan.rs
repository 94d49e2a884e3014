//! Answers that columns cannot give: documents are read, as many as may match, and each is evaluated.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use columns::{Cursor, Selection};
use query::lower::Predicate;
use query::{Context, DeviceRow, Expr};
use store::Record;
use twin::id::{DeviceId, Slot};

use super::running::Reading;
use super::{Live, completed};
use crate::core::Core;
use crate::index::Index;

/// Documents are read one by one when the columns leave over at most this part of the fleet: reading
/// by number costs some times what reading in a row does.
const CANDIDATES_SHARE: u64 = 8;

impl Live {
    /// The device as the query language sees it.
    pub fn row(&self) -> DeviceRow<'_> {
        DeviceRow::new(&self.record.identity, &self.record.twin, &self.presence)
    }
}

/// Where candidates are read from: those that the columns leave over, when they are few, else whatever
/// the store cannot rule out.
#[derive(Debug)]
pub(super) enum Source {
    Candidates(Arc<Selection>),
    Predicate(Predicate),
}

/// Waits for its turn to read documents: few read at once, so that devices are not held up.
async fn turn<'a>(
    core: &'a Core,
    reading: &Reading,
) -> Result<tokio::sync::SemaphorePermit<'a>, store::Error> {
    reading.is_waiting.store(true, Ordering::Relaxed);
    let permit = core.scans.acquire().await;
    reading.is_waiting.store(false, Ordering::Relaxed);
    // It is never closed.
    permit.map_err(|_| store::Error::Busy)
}

/// Reads every device that matches, once each, in no particular order. Gives how many documents were
/// read. A caller that stops waiting stops it; `reading` says meanwhile how far it is.
pub(super) async fn scan(
    core: &Arc<Core>,
    condition: Option<&Expr>,
    context: &Context,
    reading: &Reading,
    mut each: impl FnMut(Live),
) -> Result<u64, store::Error> {
    let _turn = turn(core, reading).await?;
    let devices = Index::stand(core).await.devices;
    reading.of.store(devices, Ordering::Relaxed);
    let limit = core.limits.scan_batch_rows.max(1);
    let mut read = 0;
    let mut take = |records: Vec<Record>| {
        read += records.len() as u64;
        let mut matched = 0;
        matching(core, condition, context, records).for_each(|live| {
            matched += 1;
            each(live);
        });
        reading.read.store(read, Ordering::Relaxed);
        reading.matched.fetch_add(matched, Ordering::Relaxed);
    };
    match Source::choose(core, condition, context).await {
        Source::Candidates(candidates) => {
            reading.of.store(candidates.len(), Ordering::Relaxed);
            let slots: Vec<_> = candidates.iter().collect();
            for slots in slots.chunks(limit) {
                take(core.store.records(slots).await?);
            }
        }
        Source::Predicate(predicate) => {
            let mut after = Slot(0);
            loop {
                let records = core.store.scan(&predicate, after, limit).await?;
                let is_last = records.len() < limit;
                after = records.last().map_or(after, |record| record.slot);
                take(records);
                if is_last {
                    break;
                }
            }
        }
    }
    Ok(read)
}

/// The first devices that match, in the order of their names.
pub(super) struct Named {
    /// At most as many as were wanted.
    pub(super) records: Vec<Live>,
    /// Whether there are more.
    pub(super) is_more: bool,
    /// Documents read.
    pub(super) read: u64,
}

/// Reads the first `wanted` devices that match, in the order of their names, after the one named.
pub(super) async fn first_by_name(
    core: &Arc<Core>,
    condition: Option<&Expr>,
    context: &Context,
    mut after: Option<DeviceId>,
    wanted: usize,
    reading: &Reading,
) -> Result<Named, store::Error> {
    let _turn = turn(core, reading).await?;
    let devices = Index::stand(core).await.devices;
    reading.of.store(devices, Ordering::Relaxed);
    let source = Source::choose(core, condition, context).await;
    let (mut records, mut read) = (Vec::new(), 0);
    // Small batches first: where matches are frequent, one is enough.
    let mut limit = wanted + 1;
    loop {
        let (batch, next) = source.batch_by_name(core, after, limit).await?;
        read += batch.len() as u64;
        reading.read.store(read, Ordering::Relaxed);
        records.extend(matching(core, condition, context, batch));
        if records.len() > wanted || next.is_none() {
            let is_more = records.len() > wanted;
            records.truncate(wanted);
            return Ok(Named {
                records,
                is_more,
                read,
            });
        }
        after = next;
        limit = (2 * limit).min(core.limits.scan_batch_rows.max(1));
    }
}

/// How many devices match, when the store can tell without giving documents away.
pub(super) async fn stored_count(
    core: &Core,
    condition: Option<&Expr>,
    context: &Context,
) -> Result<Option<u64>, store::Error> {
    let lowered = query::lower::lower(condition, context);
    if !lowered.exact {
        return Ok(None);
    }
    core.store.count(&lowered.predicate).await
}

/// Those of some records that match, as they are now.
pub(super) fn matching<'a>(
    core: &Core,
    condition: Option<&'a Expr>,
    context: &'a Context,
    records: Vec<Record>,
) -> impl Iterator<Item = Live> + use<'a> {
    completed(core, records).into_iter().filter(move |live| {
        condition.is_none_or(|condition| query::matches(condition, &live.row(), context))
    })
}

impl Source {
    pub(super) async fn choose(
        core: &Arc<Core>,
        condition: Option<&Expr>,
        context: &Context,
    ) -> Self {
        if core.index.is_complete()
            && let Some(condition) = condition.cloned()
        {
            let context = *context;
            let candidates = core.index.pass(core, move |columns| {
                let candidates = columns.candidates(&condition, &context);
                let are_few = candidates.len() <= columns.all().len() / CANDIDATES_SHARE;
                are_few.then_some(candidates)
            });
            if let Some(candidates) = candidates.await {
                return Self::Candidates(Arc::new(candidates));
            }
        }
        Self::Predicate(query::lower::lower(condition, context).predicate)
    }

    /// Some documents in the order of names, and the name after which the next begin.
    pub(super) async fn batch_by_name(
        &self,
        core: &Arc<Core>,
        after: Option<DeviceId>,
        limit: usize,
    ) -> Result<(Vec<Record>, Option<DeviceId>), store::Error> {
        match self {
            Self::Predicate(predicate) => {
                let records = core.store.select(predicate, after.as_ref(), limit).await?;
                let last = records.last().filter(|_| records.len() >= limit);
                let next = last.map(|record| record.identity.device_id.clone());
                Ok((records, next))
            }
            Self::Candidates(candidates) => {
                let candidates = Arc::clone(candidates);
                let pass = core.index.pass(core, move |columns| {
                    let after = after.map(Cursor::by_device_id);
                    // An order without keys is always answered.
                    columns
                        .top_k(&[], &candidates, after.as_ref(), limit)
                        .unwrap_or_default()
                });
                let (slots, next) = pass.await;
                let records = core.store.records(&slots).await?;
                Ok((records, next.map(|cursor| cursor.device_id().clone())))
            }
        }
    }
}
