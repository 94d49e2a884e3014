//! The product's own services in this process, over the fleet of a place: what a page of the console asks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use fleet::access::Principal;
use fleet::clock::{SystemClock, SystemRng};
use fleet::{Fleet, Limits, Parts, SealingKey};
use store::Store;
use store::sqlite::SqliteStore;
use twin::scheme::{Property, PropertyType};

use super::place::{Place, close};
use crate::process::HOST_NAME;

/// Who asks.
pub const ASKER: Principal = Principal::System("benchmark");
/// Between two looks at columns that are being built.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How long background work may take to end.
const GRACE: Duration = Duration::from_secs(10);

/// A fleet with its store.
#[derive(Debug)]
pub struct FleetHere {
    /// The services.
    pub fleet: Fleet,
    store: Arc<SqliteStore>,
}

impl FleetHere {
    /// Opens the fleet and waits until its columns are whole.
    ///
    /// # Errors
    /// When the database or its sealing key cannot be opened.
    pub async fn open(place: &Place) -> Result<Self> {
        let rng = Arc::new(SystemRng::default());
        let key_file = place.data_dir().join("sealing.key");
        let sealing_key = SealingKey::load_or_create(&key_file, &*rng)?;
        let store = place.store().await?;
        let fleet = Fleet::open(Parts {
            store: Arc::clone(&store) as Arc<dyn Store>,
            clock: Arc::new(SystemClock::new()),
            rng,
            sealing_key,
            host_name: HOST_NAME.to_owned(),
            limits: Limits::default(),
        })
        .await?;
        fleet.monitor().columns_complete().await;
        Ok(Self { fleet, store })
    }

    /// Declares properties and waits until their columns are built; gives how long it took and how many were new.
    ///
    /// # Errors
    /// When a declaration is refused.
    pub async fn declare(&self, paths: impl Iterator<Item = &str>) -> Result<(Duration, usize)> {
        let plan = self.fleet.plan();
        let known = plan.declared(&ASKER).await?;
        let start = Instant::now();
        let mut new = 0;
        for path in paths {
            if known.iter().any(|known| known.property.path == path) {
                continue;
            }
            let property = Property {
                path: path.to_owned(),
                kind: PropertyType::Mixed,
                title: String::new(),
                unit: String::new(),
                description: String::new(),
            };
            plan.declare(&ASKER, property).await?;
            new += 1;
        }
        while plan.declared(&ASKER).await?.iter().any(|declared| {
            let column = declared.column.as_ref();
            column.is_none_or(|column| column.is_building)
        }) {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok((start.elapsed(), new))
    }

    /// Memory of the columns, bytes.
    ///
    /// # Errors
    /// Never for who asks here.
    pub async fn columns_bytes(&self) -> Result<usize> {
        Ok(self.fleet.internals(&ASKER).await?.columns_bytes)
    }

    /// Closes the fleet and its store.
    ///
    /// # Errors
    /// When background work does not end.
    pub async fn close(self) -> Result<()> {
        ensure!(
            self.fleet.shutdown(GRACE).await,
            "work went on after the end"
        );
        close(self.store).await;
        Ok(())
    }
}
