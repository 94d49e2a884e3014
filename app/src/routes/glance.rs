//! How one device is looked at: what of its page a colleague should see too.

use reader::Read;
use serde::{Deserialize, Serialize};

use super::{QUERY, SORT, Search};

const VIEW: &str = "view";
const KIND: &str = "kind";
const CHART: &str = "chart";
const AS: &str = "as";
const TABLE: &str = "table";

/// What the page of a device shows besides the device itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    /// What of the twin.
    pub shown: Shown,
    /// What of its past; `None` is all but messages.
    pub topic: Option<Topic>,
    /// The number that is charted first; `None` lets the page choose.
    pub chart: Option<String>,
    /// Whether the charts are tables.
    pub as_table: bool,
    /// The condition of the list that one came from; empty for all devices.
    pub query: String,
    /// The order of that list; `None` for its own.
    pub sort: Option<String>,
}

/// What is shown of a twin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shown {
    /// Every place.
    #[default]
    Everything,
    /// The places that differ.
    Differences,
    /// The whole as JSON.
    Json,
}

/// A kind of things that happen to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Read)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    /// What people and service clients did.
    People,
    /// What jobs and other parts of the system did.
    Jobs,
    /// What the device reported.
    Device,
    /// Its coming and going.
    Connection,
    /// Its telemetry.
    Messages,
}

impl Shown {
    /// All of them, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::Everything, Self::Differences, Self::Json];

    const fn word(self) -> Option<&'static str> {
        match self {
            Self::Everything => None,
            Self::Differences => Some("differences"),
            Self::Json => Some("json"),
        }
    }
}

impl Topic {
    /// All of them, in the order of the switch.
    pub const ALL: [Self; 5] = [
        Self::People,
        Self::Jobs,
        Self::Device,
        Self::Connection,
        Self::Messages,
    ];

    /// The word in the URL.
    const fn word(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Jobs => "jobs",
            Self::Device => "device",
            Self::Connection => "connection",
            Self::Messages => "messages",
        }
    }
}

impl Glance {
    /// What the members of a URL's query say; words that mean nothing are left out.
    pub fn read(member: impl Fn(&str) -> Option<String>) -> Self {
        let member = |name| member(name).filter(|text| !text.is_empty());
        let (view, kind) = (member(VIEW), member(KIND));
        Self {
            shown: Shown::ALL
                .into_iter()
                .find(|shown| shown.word() == view.as_deref())
                .unwrap_or_default(),
            topic: Topic::ALL
                .into_iter()
                .find(|topic| Some(topic.word()) == kind.as_deref()),
            chart: member(CHART),
            as_table: member(AS).as_deref() == Some(TABLE),
            query: member(QUERY).unwrap_or_default(),
            sort: member(SORT),
        }
    }

    /// A device as one comes to it from a list.
    pub fn in_list(list: &Search) -> Self {
        Self {
            query: list.query.clone(),
            sort: list.sort.clone(),
            ..Self::default()
        }
    }

    /// The list that one came from.
    pub fn list(&self) -> Search {
        Search {
            query: self.query.clone(),
            sort: self.sort.clone(),
            ..Search::default()
        }
    }

    pub(super) fn members(&self) -> [(&'static str, Option<&str>); 6] {
        [
            (VIEW, self.shown.word()),
            (KIND, self.topic.map(Topic::word)),
            (CHART, self.chart.as_deref()),
            (AS, self.as_table.then_some(TABLE)),
            (
                QUERY,
                Some(self.query.as_str()).filter(|query| !query.is_empty()),
            ),
            (SORT, self.sort.as_deref()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::Address;
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let glance = Glance {
            shown: Shown::Json,
            topic: Some(Topic::Messages),
            chart: Some("reported.temp c".to_owned()),
            as_table: true,
            query: "IS_DRIFTING()".to_owned(),
            sort: Some("deviceId DESC".to_owned()),
        };
        let members = glance.members();
        let again = Glance::read(|name| {
            let found = members.iter().find(|(known, _)| *known == name)?;
            found.1.map(str::to_owned)
        });
        assert_eq!(again, glance);
        assert_eq!(
            Address::DeviceAs("a/b".to_owned(), Glance::default()).href(),
            Address::Device("a/b".to_owned()).href()
        );
    }

    #[test]
    fn words_that_mean_nothing_are_left_out() {
        let glance = Glance::read(|name| (name != QUERY && name != SORT).then(|| "x".to_owned()));
        let wanted = Glance {
            chart: Some("x".to_owned()),
            ..Glance::default()
        };
        assert_eq!(glance, wanted);
    }
}
