//! Pages of devices and the schema of the fleet, as the fleet answers them.

use std::time::Duration;

use fleet::access::{Action, authorize};
use fleet::monitor::{
    self, Answered as FleetAnswered, By, Find, Page as FleetPage, PageAt, QueryError, Sort,
};

use super::{Answered, Building, Listing, PAGE_ROWS, Page, Row};
use crate::api::{Caller, Problem};
use crate::routes::At;

/// How long an answer waits for the index to become whole.
const INDEX_WAIT: Duration = Duration::from_millis(500);

impl Caller {
    /// One page of the devices that fulfil a condition.
    pub(crate) async fn page(
        &self,
        condition: &str,
        sort: Option<&str>,
        at: &At,
    ) -> Result<Listing, Problem> {
        let sort = vec![sort_of(sort)];
        let find = Find {
            condition,
            sort,
            at: match at {
                At::First => PageAt::First,
                At::After(place) => PageAt::After(place),
                At::Before(place) => PageAt::Before(place),
                At::Last => PageAt::Last,
            },
            limit: PAGE_ROWS,
        };
        match self.fleet.monitor().find(&self.principal, find).await {
            Ok(page) => Ok(Listing::Page(self.page_of(page))),
            Err(QueryError::Building(building)) => Ok(Listing::Building(building.into())),
            Err(error) => Err(error.into()),
        }
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

    fn page_of(&self, page: FleetPage) -> Page {
        Page {
            rows: page.records.iter().map(Row::of).collect(),
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

/// The order of a list. Without one of its own it is in the order of ids, so that people find their place again.
pub(crate) fn sort_of(sort: Option<&str>) -> Sort {
    let sort = sort.unwrap_or("deviceId");
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
