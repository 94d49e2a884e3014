//! Monitor: what devices say, who is connected, and every question about the fleet.
//!
//! Questions are answered from the columns; what those cannot answer is read from documents, and the
//! answer says so. Until the columns hold the whole fleet after a start, the answer is how far they are.

use std::sync::Arc;

use store::{Message, Record};
use twin::Value;
use twin::id::DeviceId;
use twin::presence::Presence;

use crate::Error;
use crate::access::{Action, Principal, authorize};
use crate::core::Core;

mod building;
mod checks;
mod connection;
mod courses;
pub(crate) mod cursor;
mod export;
mod facets;
mod field;
mod figures;
mod find;
mod firmware;
mod freshness;
mod gather;
mod ingest;
pub(crate) mod meters;
mod narrow;
mod neighbor;
mod origins;
mod overview;
mod page;
mod question;
mod rows;
mod running;
mod scan;
mod schema;
mod timeline;

pub use building::Building;
pub use checks::{Finding, Severity};
pub use columns::PageAt;
pub use courses::{Course, Courses, Point, Reading};
pub use export::Export;
pub use facets::{Facet, Facets};
pub use field::{Cell, Counts, Region};
pub use figures::{Figure, Figures};
pub use find::{Find, Page, Sort};
pub use firmware::Mix;
pub use freshness::Freshness;
pub use ingest::{DeviceEvent, Outcome, Refused};
pub use narrow::{Choice, Chosen, Narrow, Narrowing};
pub use neighbor::{Neighbor, Toward};
pub use origins::{Origin, Origins};
pub use overview::{Overview, Sparkline};
pub use question::{Answered, By, QueryError};
pub use rows::Rows;
pub use running::{Progress, Soon};
pub use timeline::{Happened, Timeline, TimelineEntry, Topic};

pub(crate) use building::Asker;
pub(crate) use checks::{Checks, Selected};
pub(crate) use figures::Conditions;
pub(crate) use find::{count, count_in_columns, first_matching, matching_slots};
pub(crate) use question::readable;
pub(crate) use schema::sampled;
pub(crate) use timeline::place_of;

use overview::Overviews;
use running::Questions;
use schema::Schemas;

/// Takes in what devices say and answers questions about the fleet.
#[derive(Debug, Clone)]
pub struct Monitor {
    core: Arc<Core>,
    overviews: Arc<Overviews>,
    checks: Arc<Checks>,
    schemas: Arc<Schemas>,
    questions: Arc<Questions>,
}

/// A device as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// Identity and twin.
    pub record: Record,
    /// Whether it is connected and when it was last heard of.
    pub presence: Presence,
}

impl Live {
    /// The twin as service clients see it (contract section 5.1).
    pub fn service_twin(&self) -> Value {
        twin::view::service_twin(&self.record.identity, &self.record.twin, &self.presence)
    }
}

impl Monitor {
    pub(crate) fn new(core: Arc<Core>, conditions: Arc<Conditions>, checks: Arc<Checks>) -> Self {
        Self {
            overviews: Arc::new(Overviews::new(conditions)),
            checks,
            schemas: Arc::default(),
            questions: Arc::default(),
            core,
        }
    }

    /// One device; `None` when it is not registered. A device may read itself.
    pub async fn record(
        &self,
        principal: &Principal,
        id: &DeviceId,
    ) -> Result<Option<Live>, Error> {
        let action = match principal {
            Principal::Device(own) if own == id => Action::ConnectAsDevice,
            _ => Action::ReadDevice,
        };
        authorize(principal, action)?;
        let record = self.core.store.device(id).await?;
        Ok(record.and_then(|record| completed(&self.core, vec![record]).pop()))
    }

    /// A record that the caller holds, with the presence of this moment.
    pub fn with_presence(&self, record: Record) -> Live {
        let presence = self.core.presences.of([&record]).pop().unwrap_or_default();
        Live { record, presence }
    }

    /// The latest telemetry of a device, newest first.
    pub async fn messages(
        &self,
        principal: &Principal,
        id: &DeviceId,
        limit: usize,
    ) -> Result<Vec<Message>, Error> {
        authorize(principal, Action::ReadDevice)?;
        let limit = limit.min(self.core.limits.console_page_rows_max);
        Ok(self.core.store.latest_messages(id, limit).await?)
    }

    /// Takes what a check found, or gives it back: whoever takes it looks after it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when nothing is found by that check, [`Error::Invalid`] when somebody else has taken it.
    pub async fn take(
        &self,
        principal: &Principal,
        check: &str,
        is_taken: bool,
    ) -> Result<(), Error> {
        let core = &self.core;
        self.checks.take(core, principal, check, is_taken).await?;
        self.overviews.forget().await;
        Ok(())
    }

    /// How many devices are connected.
    pub fn connected_count(&self, principal: &Principal) -> Result<u64, Error> {
        authorize(principal, Action::ReadFleet)?;
        Ok(self.core.presences.connected_count())
    }
}

/// Records with the presence of this moment.
pub(crate) fn completed(core: &Core, records: Vec<Record>) -> Vec<Live> {
    let presences = core.presences.of(&records);
    records
        .into_iter()
        .zip(presences)
        .map(|(record, presence)| Live { record, presence })
        .collect()
}
