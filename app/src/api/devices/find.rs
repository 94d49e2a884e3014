//! Pages of devices and the schema of the fleet, as the fleet answers them.

use std::time::Duration;

use fleet::access::{Action, authorize};
use fleet::monitor::{
    self, Answered as FleetAnswered, By, Find, Live, Page as FleetPage, PageAt, Soon, Sort,
};
use leptos::prelude::use_context;

use super::columns;
use super::{Answered, Building, Column, Listing, PAGE_ROWS, Page, Reading, Row};
use crate::api::{Caller, Problem};
use crate::routes::{At, Search};

/// How long an answer waits for the index to become whole.
const INDEX_WAIT: Duration = Duration::from_millis(500);
/// How long a browser waits before it is told how far reading documents is: it asks again.
const BROWSER_PATIENCE: Duration = Duration::from_millis(400);
/// The same for a document that may be read without scripts.
const DOCUMENT_PATIENCE: Duration = Duration::from_secs(2);

impl Caller {
    /// The page that a search shows.
    pub(crate) async fn page(&self, search: &Search) -> Result<Listing, Problem> {
        let columns = columns::read(search.columns.as_deref(), &self.declared().await?);
        let monitor = self.fleet.monitor();
        let soon = monitor.find_soon(&self.principal, find(search), patience());
        Ok(match soon.await? {
            Soon::Page(page) => Listing::Page(self.page_of(*page, columns, search)),
            Soon::Building(building) => Listing::Building(building.into()),
            Soon::Reading(progress) => Listing::Reading(Reading {
                read: progress.read,
                of: progress.of,
                matched: progress.matched,
                is_waiting: progress.is_waiting,
            }),
        })
    }

    /// Ends the reading of documents for a page.
    pub(crate) fn cancel(&self, search: &Search) -> Result<bool, Problem> {
        let monitor = self.fleet.monitor();
        Ok(monitor.cancel(&self.principal, &find(search))?)
    }

    /// How far the index is, when it is whole or after a little while.
    pub(crate) async fn index(&self) -> Result<Option<Building>, Problem> {
        authorize(&self.principal, Action::ReadFleet)?;
        let monitor = self.fleet.monitor();
        // Whether it was in time is seen below.
        let _ = tokio::time::timeout(INDEX_WAIT, monitor.columns_complete()).await;
        Ok(monitor.freshness().building.map(Building::from))
    }

    /// What is known of the fleet's properties.
    pub(crate) async fn schema(&self) -> Result<query::Schema, Problem> {
        Ok(self.fleet.monitor().schema().await.as_ref().clone())
    }

    fn page_of(&self, page: FleetPage, columns: Vec<Column>, search: &Search) -> Page {
        let paths = columns::cell_paths(&columns);
        let row = |live: &Live| Row {
            cells: columns::cells(live, &paths),
            ..Row::of(live)
        };
        let sort = search.sort.clone().unwrap_or_else(|| BY_ID.to_owned());
        Page {
            rows: page.records.iter().map(row).collect(),
            sorted: columns::sorted(&sort, &columns),
            columns,
            sort,
            total: page.total,
            before: page.before,
            answered: answered(&page.answered),
            earlier: page.earlier,
            later: page.later,
            building: page.building.map(Building::from),
            as_of: self.fleet.clock().now(),
        }
    }
}

/// The order of a list without one of its own: so people find their place again.
const BY_ID: &str = "deviceId";

/// The question behind a page.
fn find(search: &Search) -> Find<'_> {
    Find {
        condition: &search.query,
        sort: vec![sort_of(search.sort.as_deref())],
        at: match &search.at {
            At::First => PageAt::First,
            At::After(place) => PageAt::After(place),
            At::Before(place) => PageAt::Before(place),
            At::Last => PageAt::Last,
        },
        limit: PAGE_ROWS,
    }
}

/// How long whoever asks waits: a script asks again, a document is read as it is.
fn patience() -> Duration {
    let is_script = use_context::<http::request::Parts>()
        .is_some_and(|parts| parts.uri.path().starts_with("/api/"));
    if is_script {
        BROWSER_PATIENCE
    } else {
        DOCUMENT_PATIENCE
    }
}

/// The order of a list.
pub(crate) fn sort_of(sort: Option<&str>) -> Sort {
    let sort = sort.unwrap_or(BY_ID);
    let (path, descending) = match sort.strip_suffix(" DESC") {
        Some(path) => (path, true),
        None => (sort, false),
    };
    Sort {
        path: path.to_owned(),
        descending,
    }
}

impl From<monitor::Building> for Building {
    fn from(building: monitor::Building) -> Self {
        Self {
            done: building.done,
            total: building.total,
        }
    }
}

fn answered(answered: &FleetAnswered) -> Answered {
    Answered {
        is_by_scan: answered.by == By::Scan,
        took_us: micros(answered.took),
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}
