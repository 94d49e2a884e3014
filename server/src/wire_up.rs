//! Where concrete types meet: the store behind the fleet, the clock, the rng, the sealing key.

use std::sync::Arc;

use anyhow::{Context, Result};
use fleet::access::SealingKey;
use fleet::clock::{SystemClock, SystemRng};
use fleet::{Fleet, Limits, Parts};
use store::Store;

use crate::config::Data;

/// A fleet and the store below it, which is closed last.
pub(crate) struct Wired {
    pub(crate) fleet: Fleet,
    pub(crate) store: Arc<dyn Store>,
}

/// Opens the database and the fleet over it; makes both on the first start.
///
/// # Errors
/// When the data directory cannot be used, the database is damaged or newer, or the sealing key is another.
pub(crate) async fn open(data: &Data, host_name: &str) -> Result<Wired> {
    let store = store(data).await?;
    let rng = Arc::new(SystemRng::new());
    let key = data.sealing_key();
    let sealing_key = SealingKey::load_or_create(&key, rng.as_ref())
        .with_context(|| format!("the sealing key {} cannot be used", key.display()))?;
    let parts = Parts {
        store: Arc::clone(&store),
        clock: Arc::new(SystemClock::new()),
        rng,
        sealing_key,
        host_name: host_name.to_owned(),
        limits: Limits::default(),
    };
    let fleet = Fleet::open(parts)
        .await
        .context("the fleet cannot be opened")?;
    Ok(Wired { fleet, store })
}

/// Opens the database alone.
///
/// # Errors
/// When the data directory cannot be made, or the database cannot be opened.
pub(crate) async fn store(data: &Data) -> Result<Arc<dyn Store>> {
    data.make_dir()?;
    let url = data.database_url();
    let store = store::sqlite::open(&url)
        .await
        .with_context(|| format!("the database {url} cannot be opened"))?;
    Ok(store)
}
