//! Where concrete types meet: the store behind the fleet, the clock, the rng, the sealing key.
//!
//! There are three ways in. The [server](serve) and a command that [has the directory for itself](alone) hold
//! [`Serving`] and bring the schema up to date; a command [beside a server](beside) finds it as it must be, or says
//! what to do.

use std::sync::Arc;

use anyhow::{Context, Result};
use fleet::access::SealingKey;
use fleet::clock::{SystemClock, SystemRng};
use fleet::{Fleet, Limits, Parts};
use store::Store;

use crate::config::Data;
use crate::serving::Serving;

/// A fleet and the store below it, which is closed last.
pub(crate) struct Wired {
    pub(crate) fleet: Fleet,
    pub(crate) store: Arc<dyn Store>,
}

/// Opens the database and the fleet over it, with everything that it does by itself; makes both on the first start.
///
/// # Errors
/// When the data directory cannot be used, the database is damaged or newer, or the sealing key is another.
pub(crate) async fn serve(data: &Data, host_name: &str, serving: &Serving) -> Result<Wired> {
    let store = migrated(data, serving).await?;
    let parts = parts(&store, created_key(data)?, host_name);
    let fleet = Fleet::open(parts).await;
    let fleet = fleet.context("the fleet cannot be opened")?;
    Ok(Wired { fleet, store })
}

/// Opens the database and the fleet over it for a command that keeps servers away meanwhile; makes both when they are
/// missing.
///
/// # Errors
/// As [`serve`].
pub(crate) async fn alone(data: &Data, host_name: &str, serving: &Serving) -> Result<Wired> {
    let store = migrated(data, serving).await?;
    wired(store, created_key(data)?, host_name).await
}

/// Opens the database and the fleet over it for a command beside a server; makes neither.
///
/// # Errors
/// As [`serve`], and when the database was made by an earlier release.
pub(crate) async fn beside(data: &Data, host_name: &str) -> Result<Wired> {
    let store = store(data).await?;
    let path = data.sealing_key();
    let key = SealingKey::load(&path).with_context(|| unusable_key(data))?;
    wired(store, key, host_name).await
}

/// Opens the database alone, as it is.
///
/// # Errors
/// When it is not there, cannot be opened, or was made by an earlier release.
pub(crate) async fn store(data: &Data) -> Result<Arc<dyn Store>> {
    let url = data.database_url();
    match store::sqlite::open_as_is(&url).await {
        Ok(store) => Ok(store),
        Err(error @ store::Error::Outdated) => Err(error).with_context(|| {
            format!(
                "the database {url} is left as it is: start the server of this release to bring it up to date, or use \
                 the program of the release that made it"
            )
        }),
        Err(error) => Err(error).with_context(|| format!("the database {url} cannot be opened")),
    }
}

/// The database with the schema of this release. Whoever holds the directory may bring it there, nobody else.
async fn migrated(data: &Data, _serving: &Serving) -> Result<Arc<dyn Store>> {
    let url = data.database_url();
    let store = store::sqlite::open(&url)
        .await
        .with_context(|| format!("the database {url} cannot be opened"))?;
    Ok(store)
}

/// The fleet of a command.
async fn wired(store: Arc<dyn Store>, key: SealingKey, host_name: &str) -> Result<Wired> {
    let fleet = Fleet::beside(parts(&store, key, host_name)).await;
    let fleet = fleet.context("the fleet cannot be opened")?;
    Ok(Wired { fleet, store })
}

fn created_key(data: &Data) -> Result<SealingKey> {
    SealingKey::load_or_create(&data.sealing_key(), &SystemRng::new())
        .with_context(|| unusable_key(data))
}

fn unusable_key(data: &Data) -> String {
    let key = data.sealing_key();
    format!("the sealing key {} cannot be used", key.display())
}

fn parts(store: &Arc<dyn Store>, sealing_key: SealingKey, host_name: &str) -> Parts {
    Parts {
        store: Arc::clone(store),
        clock: Arc::new(SystemClock::new()),
        rng: Arc::new(SystemRng::new()),
        sealing_key,
        host_name: host_name.to_owned(),
        limits: Limits::default(),
    }
}
