//! Pages of devices and the schema of the fleet, as the fleet answers them.

use std::time::Duration;

use fleet::monitor::{Answered as FleetAnswered, By, Find, Sort};

use super::{Answered, PAGE_ROWS, Page, Row};
use crate::api::{Caller, Problem};

impl Caller {
    /// One page of the devices that fulfil a condition.
    pub(crate) async fn page(
        &self,
        condition: &str,
        sort: Option<&str>,
        after: Option<&str>,
    ) -> Result<Page, Problem> {
        // Without an order of its own a page is in the order of ids, so that people find their place again.
        let sort = sort.unwrap_or("deviceId");
        let (path, descending) = match sort.strip_suffix(" DESC") {
            Some(path) => (path, true),
            None => (sort, false),
        };
        let sort = vec![Sort {
            path: path.to_owned(),
            descending,
        }];
        let find = Find {
            condition,
            sort,
            after,
            limit: PAGE_ROWS,
        };
        let page = self.fleet.monitor().find(&self.principal, find).await?;
        Ok(Page {
            rows: page.records.iter().map(Row::of).collect(),
            total: page.total,
            answered: answered(&page.answered),
            next: page.next,
            as_of: self.fleet.clock().now(),
        })
    }

    /// What is known of the fleet's properties.
    pub(crate) async fn schema(&self) -> Result<query::Schema, Problem> {
        Ok(self.fleet.monitor().schema().await.as_ref().clone())
    }
}

fn answered(answered: &FleetAnswered) -> Answered {
    Answered {
        by_columns: matches!(answered.by, By::Columns),
        took_us: micros(answered.took),
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}
