//! The fleet as a whole: opening it, its services by stage, and closing it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use store::{Queue, Store};
use tokio::sync::Semaphore;
use twin::id::Seq;
use twin::time::Timestamp;

use crate::access::{Access, Denied, OpenError, Principal, SealingKey};
use crate::audit::Audit;
use crate::clock::{Clock, Rng};
use crate::commits::Commits;
use crate::configure::Configure;
use crate::core::Core;
use crate::index::Index;
use crate::internals::{Database, Internals};
use crate::limits::Limits;
use crate::live::{Bus, Live};
use crate::monitor::{Checks, Conditions, Monitor};
use crate::outlet::Outlet;
use crate::plan::Plan;
use crate::presence::Presences;
use crate::provision::{CredentialsCache, KeptOut, Provision};
use crate::report::Reports;
use crate::retire::Retire;
use crate::tasks::{Tasks, activity, checks, figures, jobs, retention, sessions};

/// What a fleet is made of; the caller decides all of it.
pub struct Parts {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// What tells the time.
    pub clock: Arc<dyn Clock>,
    /// What makes keys and tokens.
    pub rng: Arc<dyn Rng>,
    /// What stored keys are sealed with.
    pub sealing_key: SealingKey,
    /// The name that devices and service clients connect to.
    pub host_name: String,
    /// How much of everything.
    pub limits: Limits,
}

/// What the system does. Cheap to clone; all clones are the same fleet.
#[derive(Debug, Clone)]
pub struct Fleet(Arc<Services>);

#[derive(Debug)]
struct Services {
    core: Arc<Core>,
    access: Access,
    audit: Audit,
    provision: Provision,
    configure: Configure,
    monitor: Monitor,
    plan: Plan,
    retire: Retire,
    reports: Reports,
    live: Live,
    conditions: Arc<Conditions>,
    checks: Arc<Checks>,
}

impl Fleet {
    /// Opens a fleet. Devices can be served at once; the columns are rebuilt in the background, and
    /// [`Monitor::freshness`] says how far they are.
    ///
    /// # Errors
    /// When the store fails, or the sealing key is not the one that its keys were sealed with.
    pub async fn open(parts: Parts) -> Result<Self, OpenError> {
        let services = Services::new(parts).await?;
        services.start();
        Ok(Self(Arc::new(services)))
    }

    /// The same fleet for a command, beside a server or alone: nothing is done in the background, so that no
    /// column is built, nothing sampled and nothing pruned. Questions that need the columns have no answer.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn beside(parts: Parts) -> Result<Self, OpenError> {
        let services = Services::new(parts).await?;
        // Also what a call would begin: the server, when there is one, does it.
        services.core.tasks.cancel();
        Ok(Self(Arc::new(services)))
    }

    /// Says who holds the devices' connections. The first call counts; `false` for later ones.
    pub fn set_outlet(&self, outlet: Arc<dyn Outlet>) -> bool {
        self.0.core.outlet.set(outlet).is_ok()
    }

    /// Says how to learn when the certificate that devices are shown stops being valid. The first call counts;
    /// `false` for later ones.
    pub fn set_certificate(
        &self,
        expires_at: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> bool {
        self.0.core.certificate.set(Box::new(expires_at)).is_ok()
    }

    /// People, sessions, policies.
    pub fn access(&self) -> &Access {
        &self.0.access
    }

    /// The audit log.
    pub fn audit(&self) -> &Audit {
        &self.0.audit
    }

    /// The device registry.
    pub fn provision(&self) -> &Provision {
        &self.0.provision
    }

    /// Twins and methods.
    pub fn configure(&self) -> &Configure {
        &self.0.configure
    }

    /// What devices say, and questions about the fleet.
    pub fn monitor(&self) -> &Monitor {
        &self.0.monitor
    }

    /// Declared properties.
    pub fn plan(&self) -> &Plan {
        &self.0.plan
    }

    /// Letting devices go, replacing them, and the archive.
    pub fn retire(&self) -> &Retire {
        &self.0.retire
    }

    /// The fleet during a day, a week or a month.
    pub fn reports(&self) -> &Reports {
        &self.0.reports
    }

    /// Hints for open pages.
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// Work that outlives a call.
    pub fn tasks(&self) -> &Tasks {
        &self.0.core.tasks
    }

    /// The store, for what is no service: backup and examination.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.0.core.store
    }

    /// The clock that everything here follows.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.core.clock
    }

    /// The name that devices and service clients connect to.
    pub fn host_name(&self) -> &str {
        &self.0.core.host_name
    }

    /// Reconcilers, queues and memory, for people who run the system.
    pub async fn internals(&self, principal: &Principal) -> Result<Internals, Denied> {
        Internals::of(&self.0.core, principal, self.queues()).await
    }

    /// The database and its writer, for people who run the system.
    ///
    /// # Errors
    /// [`Error::Denied`](crate::Error::Denied), or when the database does not answer.
    pub async fn database(&self, principal: &Principal) -> Result<Database, crate::Error> {
        Database::of(&self.0.core, principal).await
    }

    /// How much of everything: the values in force. They are no secret.
    pub fn limits(&self) -> &Limits {
        &self.0.core.limits
    }

    /// Every bounded queue of the fleet and its store, for metrics.
    pub fn queues(&self) -> Vec<Queue> {
        let core = &self.0.core;
        let mut queues = core.store.queues();
        queues.extend([
            core.bus.queue(),
            core.meters.queue(),
            core.presences.queue(),
            self.0.access.queue(),
            self.0.configure.queue(),
        ]);
        queues
    }

    /// Ends background work and writes behind what is left; close the doors first and the store after.
    /// `false` when some work did not end within `grace`.
    pub async fn shutdown(&self, grace: Duration) -> bool {
        let drained = self.0.core.tasks.drain(grace).await;
        match activity::flush(&self.0.core).await {
            Ok(written) => {
                tracing::info!(
                    devices = written,
                    "Wrote the last activity of {written} devices."
                );
            }
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "The last activity of devices could not be written."
            ),
        }
        drained
    }
}

impl Services {
    /// The services, none of which does anything by itself yet.
    async fn new(parts: Parts) -> Result<Self, OpenError> {
        let Parts {
            store,
            clock,
            rng,
            sealing_key,
            host_name,
            limits,
        } = parts;
        let seq: Seq = store.last_seq().await?;
        let core = Arc::new(Core {
            tasks: Tasks::new(Arc::clone(&clock)),
            index: Index::new(&store.declared().await?),
            presences: Presences::default(),
            bus: Arc::new(Bus::new(seq, limits.live_hints_max)),
            meters: crate::monitor::meters::Meters::default(),
            not_admitted: KeptOut::new(limits.check_not_admitted_for),
            certificate: OnceLock::new(),
            credentials: CredentialsCache::new(limits.credentials_max),
            outlet: OnceLock::new(),
            runs: crate::configure::jobs::runs::Runs::default(),
            opened_at: clock.now(),
            scans: Semaphore::new(limits.scans_max.max(1)),
            exports: Arc::new(Semaphore::new(limits.exports_max.max(1))),
            store,
            clock,
            rng,
            sealing: sealing_key,
            host_name,
            limits,
        });
        let conditions = Arc::new(Conditions::new());
        let checks = Arc::new(Checks::default());
        Ok(Self {
            access: Access::open(Arc::clone(&core)).await?,
            audit: Audit::new(Arc::clone(&core)),
            provision: Provision::new(Arc::clone(&core)),
            configure: Configure::new(Arc::clone(&core)),
            monitor: Monitor::new(
                Arc::clone(&core),
                Arc::clone(&conditions),
                Arc::clone(&checks),
            ),
            plan: Plan::new(Arc::clone(&core)),
            retire: Retire::new(Arc::clone(&core)),
            reports: Reports::new(Arc::clone(&core)),
            live: Live::new(
                Arc::clone(&core.bus),
                core.limits.live_interval,
                core.limits.overview_interval,
            ),
            core,
            conditions,
            checks,
        })
    }

    fn start(&self) {
        let (core, conditions) = (&self.core, Arc::clone(&self.conditions));
        // First the observer, then the rebuild: what is committed in between comes by both ways, and the
        // columns keep the newer.
        core.store.observe(Arc::new(Commits::new(core)));
        core.tasks
            .spawn("columns.rebuild", Index::keep_built(Arc::clone(core)));
        core.tasks
            .reconcile(Arc::new(activity::ActivityWriteBehind(Arc::clone(core))));
        core.tasks.reconcile(Arc::new(figures::FigureSampling::new(
            Arc::clone(core),
            conditions,
        )));
        core.tasks.reconcile(Arc::new(checks::CheckKeeping::new(
            Arc::clone(core),
            Arc::clone(&self.checks),
        )));
        core.tasks
            .reconcile(Arc::new(retention::Retention(Arc::clone(core))));
        core.tasks
            .reconcile(Arc::new(sessions::SessionExpiry(Arc::clone(core))));
        // What a process before this one has left goes on.
        core.runs.wake();
        core.tasks
            .reconcile(Arc::new(jobs::JobRunning(Arc::clone(core))));
    }
}

impl Drop for Services {
    /// A fleet that nobody holds does no work: reconcilers end with it.
    fn drop(&mut self) {
        self.core.tasks.cancel();
    }
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("host_name", &self.host_name)
            .finish_non_exhaustive()
    }
}
