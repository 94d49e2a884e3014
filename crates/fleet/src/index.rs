//! The columns of the running fleet: kept current by commits, rebuilt from the store at start,
//! completed in the background when a property is declared.
//!
//! Readers share one lock and take it on a thread of their own, a few at once, because a pass over a
//! million devices would hold up a thread of the runtime; writers take it once for each batch.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use columns::{Builtin, Columns, LoadRow, PropertyStats};
use query::Path;
use store::{ColumnRow, Committed};
use tokio::sync::{Notify, Semaphore, watch};
use twin::document::SectionName;
use twin::id::Slot;
use twin::scheme::Property;

use crate::core::Core;
use crate::internals::Column;
use crate::monitor::meters::to_f64;
use crate::presence::Presences;
use crate::sync::{locked, reading, writing};

/// Passes over the columns at once.
const PASSES_MAX: usize = 4;
/// Devices whose presence is brought up to date at once.
const CATCH_UP_BATCH: usize = 10_000;
/// How long a scan of the store waits after a failure.
const RETRY_PAUSE: Duration = Duration::from_millis(500);
/// The tag that the field of squares is grouped by.
const REGION: &str = "tags.region";

/// How far the rebuild at start is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Devices loaded.
    pub(crate) loaded: u64,
    /// Devices that there were when it began; zero until they are counted.
    pub(crate) total: u64,
    /// When it began, by the monotonic clock.
    pub(crate) began: Duration,
    /// Whether every device is loaded.
    pub(crate) is_complete: bool,
}

/// How the columns stand at one moment.
#[derive(Debug)]
pub(crate) struct Stand {
    /// How many devices there are.
    pub(crate) devices: u64,
    /// Memory of all columns, in bytes.
    pub(crate) memory_bytes: usize,
    /// The columns of declared properties.
    pub(crate) columns: Vec<Column>,
}

/// The columns and what surrounds them.
#[derive(Debug)]
pub(crate) struct Index {
    columns: RwLock<Columns>,
    progress: watch::Sender<Progress>,
    /// Grows when devices come, go or move to another region.
    layout: AtomicU64,
    passes: Semaphore,
    /// Grows when the columns are discarded.
    generation: AtomicU64,
    /// Wakes whoever rebuilds them.
    discarded: Notify,
    /// Held while the store is scanned for columns: one scan at a time.
    building: tokio::sync::Mutex<()>,
    /// What that scan fills. Locked after the columns, when both are.
    filling: Mutex<Filling>,
}

/// The properties whose columns a scan of the store fills, and how far it is.
#[derive(Debug, Default)]
struct Filling {
    paths: Vec<Path>,
    /// Devices read.
    loaded: u64,
}

impl Index {
    /// Empty columns for the built-in fields and the declared properties.
    pub(crate) fn new(declared: &[Property]) -> Self {
        let mut columns = Columns::new();
        for path in declared.iter().filter_map(path_of) {
            columns.declare(&path);
        }
        Self {
            columns: RwLock::new(columns),
            progress: watch::Sender::new(Progress::default()),
            layout: AtomicU64::new(1),
            passes: Semaphore::new(PASSES_MAX),
            generation: AtomicU64::new(0),
            discarded: Notify::new(),
            building: tokio::sync::Mutex::new(()),
            filling: Mutex::default(),
        }
    }

    /// Takes a batch of changes; from the store's observer, in commit order.
    pub(crate) fn apply(&self, changes: &[Committed]) {
        let mut moves = false;
        let mut columns = writing(&self.columns);
        for change in changes {
            match change {
                Committed::Twin(change) => {
                    let record = &change.record;
                    columns.apply_edits(
                        record.slot,
                        (change.before, change.seq),
                        &record.identity,
                        &record.twin,
                        &change.applied.edits,
                    );
                    moves |=
                        change.created
                            || change.applied.edits.iter().any(|edit| {
                                edit.section == SectionName::Tags && edit.path == "region"
                            });
                }
                Committed::Deleted { slot, seq, .. } => {
                    columns.remove(*slot, *seq);
                    moves = true;
                }
            }
        }
        drop(columns);
        if moves {
            self.layout.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Brings the presence in the columns up to date.
    pub(crate) fn catch_up(&self, presences: &Presences) {
        let changed = presences.take_unindexed();
        if changed.is_empty() {
            return;
        }
        // Let go now and then: commits wait for the same lock.
        for batch in changed.chunks(CATCH_UP_BATCH) {
            let mut columns = writing(&self.columns);
            for (slot, presence) in batch {
                columns.set_presence(*slot, presence);
            }
        }
    }

    /// Asks the columns, with the presence of this moment, on a thread that may take its time. Commits
    /// wait meanwhile: a pass is short, and what needs no columns is done [elsewhere](aside).
    pub(crate) async fn pass<T: Send + 'static>(
        &self,
        core: &Arc<Core>,
        pass: impl FnOnce(&Columns) -> T + Send + 'static,
    ) -> T {
        // The semaphore is never closed.
        let _permit = self.passes.acquire().await;
        let core = Arc::clone(core);
        aside(move || {
            core.index.catch_up(&core.presences);
            pass(&reading(&core.index.columns))
        })
        .await
    }

    /// How far the rebuild is.
    pub(crate) fn progress(&self) -> Progress {
        *self.progress.borrow()
    }

    /// Whether every device is in the columns.
    pub(crate) fn is_complete(&self) -> bool {
        self.progress().is_complete
    }

    /// Waits until every device is in the columns.
    pub(crate) async fn complete(&self) {
        // The sender lives as long as the index: waiting ends only by completion.
        let _ = self
            .progress
            .subscribe()
            .wait_for(|progress| progress.is_complete)
            .await;
    }

    /// The number of the present layout of the fleet.
    pub(crate) fn layout(&self) -> u64 {
        self.layout.load(Ordering::Relaxed)
    }

    /// The path of the region, when it has a column.
    pub(crate) fn region(columns: &Columns) -> Option<Path> {
        Path::parse(REGION).filter(|region| columns.has(region))
    }

    /// How the columns stand, looked at on a thread that may wait for them.
    pub(crate) async fn stand(core: &Arc<Core>) -> Stand {
        let core = Arc::clone(core);
        aside(move || {
            let index = &core.index;
            // One lock after the other: within one expression the first would be held while the next waits behind a writer.
            let devices = index.devices();
            let memory_bytes = reading(&index.columns).memory_bytes();
            let columns = index.columns();
            Stand {
                devices,
                memory_bytes,
                columns,
            }
        })
        .await
    }

    /// How many devices there are.
    fn devices(&self) -> u64 {
        let progress = self.progress();
        if progress.is_complete {
            reading(&self.columns).all().len()
        } else {
            // Devices that came since it began are loaded too.
            progress.total.max(progress.loaded)
        }
    }

    /// The columns of declared properties.
    fn columns(&self) -> Vec<Column> {
        let columns = reading(&self.columns);
        let devices = columns.all().len();
        let filling = locked(&self.filling);
        let of_property = |property: PropertyStats| Column {
            loaded: if !property.building {
                devices
            } else if filling.paths.contains(&property.path) {
                filling.loaded
            } else {
                0
            },
            path: property.path.to_string(),
            is_building: property.building,
            memory_bytes: property.memory_bytes,
            distinct: property.distinct,
            present: property.present,
        };
        columns.properties().into_iter().map(of_property).collect()
    }

    /// Loads every device from the store, at start and whenever the columns were discarded, until the
    /// fleet shuts down.
    pub(crate) async fn keep_built(core: Arc<Core>) {
        let token = core.tasks.token();
        while Self::rebuild(&core).await {
            // Columns that were discarded during a rebuild were rebuilt by it; what woke nobody then wakes now.
            while core.index.is_complete() {
                let discarded = core.index.discarded.notified();
                if token.run_until_cancelled(discarded).await.is_none() {
                    return;
                }
            }
        }
    }

    /// Loads every device from the store, oldest slot first, while changes go on. `false` when the fleet
    /// shuts down first.
    async fn rebuild(core: &Arc<Core>) -> bool {
        let index = &core.index;
        let _one_at_a_time = index.building.lock().await;
        let started = core.clock.monotonic();
        metrics::gauge!("columns.rebuild.complete").set(0.0);
        loop {
            let generation = index.generation.load(Ordering::SeqCst);
            index.begin_rebuild(core).await;
            let paths = index.begin_filling(|_| true);
            if !scan(core, &paths, load).await {
                return false;
            }
            if index.finish_rebuild(generation) {
                break;
            }
        }
        let took = core.clock.monotonic().saturating_sub(started);
        let loaded = index.progress().loaded;
        metrics::gauge!("columns.rebuild.complete").set(1.0);
        metrics::gauge!("columns.rebuild.duration_seconds").set(took.as_secs_f64());
        tracing::info!(
            devices = loaded,
            duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "The columns hold all {loaded} devices."
        );
        true
    }

    /// Sets the progress to its beginning, with the number of devices to come.
    async fn begin_rebuild(&self, core: &Core) {
        let total = core.store.device_count().await.unwrap_or_else(|error| {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "The devices could not be counted; how far the columns are is not known."
            );
            0
        });
        metrics::gauge!("columns.rebuild.total").set(to_f64(total));
        self.progress.send_replace(Progress {
            total,
            began: core.clock.monotonic(),
            ..Progress::default()
        });
    }

    /// Throws the columns away and has them rebuilt: for when it is not certain that they followed
    /// every change. Questions wait meanwhile, as after a start. `now` is monotonic.
    pub(crate) fn discard(&self, now: Duration) {
        let mut columns = writing(&self.columns);
        let declared = columns.properties();
        *columns = Columns::new();
        for property in declared {
            columns.declare(&property.path);
        }
        // A scan that is under way fills columns that are gone.
        locked(&self.filling).paths.clear();
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.progress.send_replace(Progress {
            began: now,
            ..Progress::default()
        });
        drop(columns);
        self.discarded.notify_one();
    }

    /// Lets rebuilt columns answer, unless they were discarded meanwhile.
    fn finish_rebuild(&self, generation: u64) -> bool {
        let mut columns = writing(&self.columns);
        if self.generation.load(Ordering::SeqCst) != generation {
            return false;
        }
        self.finish_filling(&mut columns);
        self.layout.fetch_add(1, Ordering::Relaxed);
        self.progress
            .send_modify(|progress| progress.is_complete = true);
        true
    }

    /// Fills the column of a property from the store; the property is answered by scan until then.
    pub(crate) async fn build(core: Arc<Core>, path: Path) {
        let index = &core.index;
        let _one_at_a_time = index.building.lock().await;
        let paths = index.begin_filling(|declared| *declared == path);
        // It may have been taken back, or built with all others, while this waited.
        if paths.is_empty() || !scan(&core, &paths, backfill).await {
            return;
        }
        if index.finish_filling(&mut writing(&index.columns)) > 0 {
            index.layout.fetch_add(1, Ordering::Relaxed);
            tracing::info!(path = %path, "The column of {path} is built.");
        }
    }

    /// Makes room for a declared property; until it is [built](Self::build) it answers nothing.
    pub(crate) fn declare(&self, path: &Path) {
        writing(&self.columns).declare(path);
    }

    /// Forgets the column of a property. When it is declared again, a scan that is under way does not
    /// count for the new column, because it has passed devices already.
    pub(crate) fn drop_property(&self, path: &Path) {
        let mut columns = writing(&self.columns);
        columns.drop_property(path);
        locked(&self.filling).paths.retain(|filled| filled != path);
    }

    /// Begins to fill those columns that need it and are chosen; gives their paths.
    fn begin_filling(&self, is_chosen: impl Fn(&Path) -> bool) -> Arc<[Path]> {
        let columns = reading(&self.columns);
        let properties = columns.properties().into_iter();
        let paths: Vec<Path> = properties
            .filter(|property| property.building && is_chosen(&property.path))
            .map(|property| property.path)
            .collect();
        let mut filling = locked(&self.filling);
        filling.paths.clone_from(&paths);
        filling.loaded = 0;
        paths.into()
    }

    /// Lets the columns answer that were filled from their beginning to the end; gives how many.
    fn finish_filling(&self, columns: &mut Columns) -> usize {
        let filled = std::mem::take(&mut locked(&self.filling).paths);
        for path in &filled {
            columns.finish_build(path);
        }
        filled.len()
    }
}

/// What to do with a batch of rows.
type Take = fn(&Core, &[Path], &[ColumnRow]);

/// Reads every device's row and gives it on, a batch at a time; waits and tries again when the store
/// fails. `false` when the fleet shuts down first.
async fn scan(core: &Arc<Core>, paths: &Arc<[Path]>, take: Take) -> bool {
    let token = core.tasks.token();
    let mut after = Slot(0);
    loop {
        let limit = core.limits.rebuild_batch_rows;
        let rows = core.store.scan_columns(paths, after, limit);
        match token.run_until_cancelled(rows).await {
            None => return false,
            Some(Ok(rows)) => {
                let Some(last) = rows.last() else {
                    return true;
                };
                after = last.slot;
                let (core, paths) = (Arc::clone(core), Arc::clone(paths));
                aside(move || {
                    take(&core, &paths, &rows);
                    locked(&core.index.filling).loaded += rows.len() as u64;
                })
                .await;
            }
            Some(Err(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "Rows for the columns could not be read; trying again."
                );
                let pause = tokio::time::sleep(RETRY_PAUSE);
                if token.run_until_cancelled(pause).await.is_none() {
                    return false;
                }
            }
        }
    }
}

/// Loads whole rows; the columns keep what is newer there.
fn load(core: &Core, paths: &[Path], rows: &[ColumnRow]) {
    let (index, presences) = (&core.index, &core.presences);
    presences.load(rows.iter().map(|row| (row.slot, row.last_activity)));
    let mut columns = writing(&index.columns);
    for row in rows {
        load_row(&mut columns, paths, row);
        columns.set_presence(row.slot, &presences.get(row.slot));
    }
    drop(columns);
    let more = rows.len() as u64;
    index
        .progress
        .send_modify(|progress| progress.loaded += more);
    metrics::gauge!("columns.rebuild.loaded").set(to_f64(index.progress().loaded));
}

/// Loads the values of one property.
fn backfill(core: &Core, paths: &[Path], rows: &[ColumnRow]) {
    let mut columns = writing(&core.index.columns);
    for row in rows {
        for (path, value) in paths.iter().zip(&row.values) {
            columns.backfill(path, row.slot, row.seq, value.as_ref());
        }
    }
}

/// Computes on a thread that may take its time. A panic is carried on to the caller.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going away, and the caller with it.
            Err(_) => std::future::pending().await,
        },
    }
}

/// The path of a declared property; a path that this version cannot read has no column.
fn path_of(property: &Property) -> Option<Path> {
    let path = Path::parse(&property.path);
    if path.is_none() {
        let path = &property.path;
        tracing::warn!(
            path,
            "The declared property {path} has no column: its path cannot be read."
        );
    }
    path
}

fn load_row(columns: &mut Columns, paths: &[Path], row: &ColumnRow) {
    columns.load(&LoadRow {
        slot: row.slot,
        seq: row.seq,
        builtin: Builtin {
            identity: &row.identity,
            etag: row.etag,
            version: row.version,
            desired_version: row.desired_version,
            reported_version: row.reported_version,
            model_id: &row.model_id,
            drift: row.drift,
        },
        last_activity: row.last_activity,
        paths,
        values: &row.values,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region() -> Path {
        Path::new(["tags", "region"])
    }

    /// An index whose one property is being filled.
    fn filling() -> Index {
        let index = Index::new(&[]);
        index.declare(&region());
        assert_eq!(*index.begin_filling(|_| true), [region()]);
        index
    }

    fn finish(index: &Index) -> usize {
        index.finish_filling(&mut writing(&index.columns))
    }

    #[test]
    fn a_scan_does_not_complete_a_column_that_was_declared_again_meanwhile() {
        let index = filling();
        index.drop_property(&region());
        index.declare(&region());
        assert_eq!(finish(&index), 0);
        assert!(index.columns()[0].is_building);
        index.begin_filling(|path| *path == region());
        assert_eq!(finish(&index), 1);
        assert!(!index.columns()[0].is_building);
        assert!(index.begin_filling(|_| true).is_empty(), "nothing to fill");
    }

    #[test]
    fn a_scan_does_not_complete_columns_that_are_discarded_meanwhile() {
        let index = filling();
        index.discard(Duration::from_secs(9));
        assert_eq!(index.progress().began, Duration::from_secs(9));
        assert_eq!(finish(&index), 0);
        assert!(index.columns()[0].is_building);
    }
}
