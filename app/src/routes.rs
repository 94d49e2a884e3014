//! Every address of the console, typed: the only place that writes a URL.
//!
//! [`Address`] makes links, [`PLACES`] is the one table that the navigation, the key bindings and the list of
//! commands read, [`crumbs`] says where a path lies, and the constants name the segments for the router.
//!
//! ```
//! use app::routes::{Address, Search};
//!
//! let drifting = Address::Devices(Search::of("IS_DRIFTING()"));
//! assert_eq!(drifting.href(), "/devices?q=IS_DRIFTING%28%29");
//! ```

mod glance;

use serde::{Deserialize, Serialize};

use crate::ui::Icon;
pub use glance::{Glance, Shown, Topic};

/// The segment of the list of devices; below it lies each device by its id.
pub const DEVICES: &str = "devices";
/// The segment of a list of devices as a file.
pub const DEVICES_FILE: &str = "devices.csv";
/// The segment of the plan.
pub const PLAN: &str = "plan";
/// The segment of the page that lets devices in.
pub const PROVISION: &str = "provision";
/// The segment of the list of jobs; below it lie the form and each job by its number.
pub const JOBS: &str = "jobs";
/// The segment of the form that starts a job, below the list.
pub const NEW: &str = "new";
/// The segment of the page that enrolls many from a file, below the page that lets devices in.
pub const MANY: &str = "many";
/// The segment of what waits to be fetched, below that page.
const RESULT: &str = "result";
/// The segment of the page that lets devices go; below it lies each retirement record by its number.
pub const RETIRE: &str = "retire";
/// The segment of reports; below it lie their kinds, and below those the periods.
pub const REPORTS: &str = "reports";
/// The segment of reports about the fleet, below reports.
pub const FLEET: &str = "fleet";
/// The segment of the page that lets people in.
pub const SIGN_IN: &str = "sign-in";
/// The segment of the page on which a person chooses a password.
pub const PASSWORD: &str = "password";
/// The segment of settings: people, and below them its other pages.
pub const SETTINGS: &str = "settings";
/// The segment of the policies, below settings.
pub const POLICIES: &str = "policies";
/// The segment of limits and retention, below settings.
pub const LIMITS: &str = "limits";
/// The segment of what goes on inside, below settings.
pub const INTERNALS: &str = "internals";
/// The segments of the inventory of components.
pub const PARTS: [&str; 2] = ["settings", "parts"];

/// A page and what its URL holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// The fleet overview, home.
    Overview,
    /// The list of devices.
    Devices(Search),
    /// A list of devices as a file: all pages of it, in the order of ids.
    DevicesFile(Search),
    /// One device by its id.
    Device(String),
    /// One device by its id, looked at in some way.
    DeviceAs(String, Glance),
    /// The plan: properties that are declared, and those that devices hold.
    Plan,
    /// Where one device is enrolled.
    Provision,
    /// The list of jobs.
    Jobs {
        /// Only those before this one.
        before: Option<u64>,
    },
    /// The form that starts a job.
    NewJob {
        /// Of which devices, as a condition; empty for all.
        query: String,
        /// Whether it begins as one that calls a method.
        is_method: bool,
    },
    /// One job by its number.
    Job(u64),
    /// Some of the devices of a job.
    JobDevices {
        /// The job.
        id: u64,
        /// Which, as the page calls them; empty for all.
        show: String,
        /// Those after this place among them.
        after: Option<u64>,
    },
    /// Where many devices are enrolled from a file.
    EnrollMany,
    /// The file of connection strings that waits under this name.
    EnrollResult(String),
    /// Where devices are retired and replaced, with the archive.
    Retire(Retiring),
    /// A retirement record by its number.
    Archived(u64),
    /// The report of a period; of the running week when it is empty.
    Report(String),
    /// The report of a period as a table for other programs.
    ReportTable(String),
    /// The page that lets people in, and where they go then.
    SignIn {
        /// A path of this console, with its query.
        next: Option<String>,
    },
    /// The page on which a person chooses a password.
    Password,
    /// A page of settings.
    Settings(Settings),
    /// The inventory of components.
    Parts,
}

/// The pages of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settings {
    /// Who may sign in; with a number, that person more closely.
    People(Option<i64>),
    /// What service clients sign with.
    Policies,
    /// The values in force.
    Limits,
    /// What goes on inside.
    Internals,
}

impl Settings {
    /// The person that a URL's query names.
    pub fn person(member: impl Fn(&str) -> Option<String>) -> Option<i64> {
        member(PERSON)?.parse().ok()
    }

    fn href(self) -> String {
        let below = |segment| format!("/{SETTINGS}/{segment}");
        match self {
            Self::People(person) => {
                let person = person.map(|person| person.to_string());
                with_query(&format!("/{SETTINGS}"), &[(PERSON, person.as_deref())])
            }
            Self::Policies => below(POLICIES),
            Self::Limits => below(LIMITS),
            Self::Internals => below(INTERNALS),
        }
    }
}

/// What the page that lets devices go shows; what is empty is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retiring {
    /// The device that is to go.
    pub device: String,
    /// Whether another is to take over from it.
    pub is_replaced: bool,
    /// The condition of those that are to go together, in the fleet query language.
    pub query: String,
    /// The search in the archive.
    pub archive: Archive,
}

/// A search in the archive, as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// A part of the device id.
    pub id: String,
    /// Words of the archived twin or of the reason.
    pub text: String,
    /// Who retired it.
    pub by: String,
    /// The first day, `2026-11-22`.
    pub from: String,
    /// The last day.
    pub until: String,
    /// Whether only devices are wanted that can still be restored: not empty.
    pub restorable: String,
    /// The entry that the page before ended with.
    pub before: String,
}

impl Retiring {
    /// One device that is to go.
    pub fn device(id: impl Into<String>) -> Self {
        Self {
            device: id.into(),
            ..Self::default()
        }
    }

    /// One device that another is to take over from.
    pub fn replacement(id: impl Into<String>) -> Self {
        Self {
            is_replaced: true,
            ..Self::device(id)
        }
    }

    /// The devices of a condition, together.
    pub fn of(query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            ..Self::default()
        }
    }

    /// A search in the archive.
    pub fn found(archive: Archive) -> Self {
        Self {
            archive,
            ..Self::default()
        }
    }

    /// What the members of a URL's query say.
    pub fn read(member: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name| member(name).unwrap_or_default();
        Self {
            device: text(DEVICE),
            is_replaced: member(REPLACE).is_some(),
            query: text(QUERY),
            archive: Archive {
                id: text(ID),
                text: text(TEXT),
                by: text(BY),
                from: text(FROM),
                until: text(UNTIL),
                restorable: text(RESTORABLE),
                before: text(BEFORE),
            },
        }
    }

    fn href(&self) -> String {
        let archive = &self.archive;
        let replace = if self.is_replaced { "1" } else { "" };
        let members = [
            (DEVICE, self.device.as_str()),
            (REPLACE, replace),
            (QUERY, &self.query),
            (ID, &archive.id),
            (TEXT, &archive.text),
            (BY, &archive.by),
            (FROM, &archive.from),
            (UNTIL, &archive.until),
            (RESTORABLE, &archive.restorable),
            (BEFORE, &archive.before),
        ];
        let members =
            members.map(|(name, text)| (name, Some(text).filter(|text| !text.is_empty())));
        with_query(&format!("/{RETIRE}"), &members)
    }
}

impl Archive {
    /// Whether nothing is asked: the newest entries come.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The page of the same search after an entry.
    #[must_use]
    pub fn after(&self, number: u64) -> Self {
        Self {
            before: number.to_string(),
            ..self.clone()
        }
    }
}

/// What the list of devices shows: the state that a colleague should see too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Search {
    /// The condition, in the fleet query language; empty for all.
    pub query: String,
    /// The order, as the language writes it (`drift.since`, `deviceId DESC`); `None` for the page's own.
    pub sort: Option<String>,
    /// The columns, by name or path, between commas; `None` for the page's own.
    pub columns: Option<String>,
    /// The saved view that it began as, by its number: its tab is the current one.
    pub view: Option<i64>,
    /// Which page.
    pub at: At,
}

/// Which page of a list: pages lie beside places and have no numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum At {
    /// The first.
    #[default]
    First,
    /// The one that begins after a place.
    After(String),
    /// The one that ends before a place.
    Before(String),
    /// The last.
    Last,
}

impl Search {
    /// All that match the condition, in the page's own order.
    pub fn of(query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            ..Self::default()
        }
    }

    /// What the members of a URL's query say.
    pub fn read(member: impl Fn(&str) -> Option<String>) -> Self {
        let member = |name| member(name).filter(|text| !text.is_empty());
        let at = match (member(AFTER), member(BEFORE), member(PAGE)) {
            (Some(place), _, _) => At::After(place),
            (None, Some(place), _) => At::Before(place),
            (None, None, Some(page)) if page == LAST => At::Last,
            _ => At::First,
        };
        Self {
            query: member(QUERY).unwrap_or_default(),
            sort: member(SORT),
            columns: member(COLUMNS),
            view: member(VIEW).and_then(|number| number.parse().ok()),
            at,
        }
    }

    /// The first page of another condition, in the same order and columns.
    #[must_use]
    pub fn with_query(&self, query: &str) -> Self {
        Self {
            query: query.to_owned(),
            at: At::First,
            ..self.clone()
        }
    }

    /// The first page of the same in another order.
    #[must_use]
    pub fn with_sort(&self, sort: String) -> Self {
        Self {
            sort: Some(sort),
            at: At::First,
            ..self.clone()
        }
    }

    /// The same page with other columns; `None` for the standard ones.
    #[must_use]
    pub fn with_columns(&self, columns: Option<String>) -> Self {
        Self {
            columns,
            ..self.clone()
        }
    }

    /// Another page of the same list.
    #[must_use]
    pub fn at(&self, at: At) -> Self {
        Self { at, ..self.clone() }
    }

    /// The members of a URL's query that stay when another condition is asked for.
    pub fn kept(&self) -> Vec<(&'static str, String)> {
        let members = self.members().into_iter();
        members
            .filter(|(name, _)| [VIEW, SORT, COLUMNS].contains(name))
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }

    /// The members of a URL's query that say it.
    fn members(&self) -> Vec<(&'static str, Option<String>)> {
        let (mut after, mut before, mut page) = (None, None, None);
        match &self.at {
            At::First => {}
            At::After(place) => after = Some(place.clone()),
            At::Before(place) => before = Some(place.clone()),
            At::Last => page = Some(LAST.to_owned()),
        }
        let query = Some(self.query.clone()).filter(|query| !query.is_empty());
        vec![
            (VIEW, self.view.map(|number| number.to_string())),
            (QUERY, query),
            (SORT, self.sort.clone()),
            (COLUMNS, self.columns.clone()),
            (AFTER, after),
            (BEFORE, before),
            (PAGE, page),
        ]
    }
}

const QUERY: &str = "q";
const SORT: &str = "sort";
const COLUMNS: &str = "cols";
const VIEW: &str = "view";
const KIND: &str = "kind";
const METHOD: &str = "method";
const AFTER: &str = "after";
const BEFORE: &str = "before";
const PAGE: &str = "page";
const LAST: &str = "last";
const SHOW: &str = "show";
const PERSON: &str = "person";
const DEVICE: &str = "device";
const REPLACE: &str = "replace";
const ID: &str = "id";
const TEXT: &str = "text";
const BY: &str = "by";
const FROM: &str = "from";
const UNTIL: &str = "until";
const RESTORABLE: &str = "restorable";

impl Address {
    /// The path and query of this page.
    pub fn href(&self) -> String {
        match self {
            Self::Overview => "/".to_owned(),
            Self::Devices(search) => with_search(DEVICES, search),
            Self::DevicesFile(search) => with_search(DEVICES_FILE, search),
            Self::Device(id) => format!("/{DEVICES}/{}", encode(id)),
            Self::DeviceAs(id, glance) => {
                with_query(&format!("/{DEVICES}/{}", encode(id)), &glance.members())
            }
            Self::Plan => format!("/{PLAN}"),
            Self::Provision => format!("/{PROVISION}"),
            Self::Jobs { before } => {
                let before = before.map(|before| before.to_string());
                with_query(&format!("/{JOBS}"), &[(BEFORE, before.as_deref())])
            }
            Self::NewJob { query, is_method } => {
                let query = Some(query.as_str()).filter(|query| !query.is_empty());
                let kind = is_method.then_some(METHOD);
                with_query(&format!("/{JOBS}/{NEW}"), &[(QUERY, query), (KIND, kind)])
            }
            Self::Job(id) => format!("/{JOBS}/{id}"),
            Self::JobDevices { id, show, after } => {
                let show = Some(show.as_str()).filter(|show| !show.is_empty());
                let after = after.map(|after| after.to_string());
                with_query(
                    &format!("/{JOBS}/{id}"),
                    &[(SHOW, show), (AFTER, after.as_deref())],
                )
            }
            Self::EnrollMany => format!("/{PROVISION}/{MANY}"),
            Self::EnrollResult(token) => format!("/{PROVISION}/{MANY}/{RESULT}/{}", encode(token)),
            Self::Retire(retiring) => retiring.href(),
            Self::Archived(number) => format!("/{RETIRE}/{number}"),
            Self::Report(period) if period.is_empty() => format!("/{REPORTS}"),
            Self::Report(period) => format!("/{REPORTS}/{FLEET}/{}", encode(period)),
            Self::ReportTable(period) => format!("/{REPORTS}/{FLEET}/{}.csv", encode(period)),
            Self::SignIn { next } => {
                with_query(&format!("/{SIGN_IN}"), &[("next", next.as_deref())])
            }
            Self::Password => format!("/{PASSWORD}"),
            Self::Settings(page) => page.href(),
            Self::Parts => format!("/{}", PARTS.join("/")),
        }
    }
}

/// A stage in the life of a device: one station of the navigation's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Models, sites, naming, capacity.
    Plan,
    /// Letting the right devices in.
    Provision,
    /// Changing what they are asked.
    Configure,
    /// Watching what they answer.
    Monitor,
    /// Letting them go.
    Retire,
}

impl Stage {
    /// The line, from first to last station.
    pub const LINE: [Self; 5] = [
        Self::Plan,
        Self::Provision,
        Self::Configure,
        Self::Monitor,
        Self::Retire,
    ];

    /// The name on the line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plan => "Plan",
            Self::Provision => "Provision",
            Self::Configure => "Configure",
            Self::Monitor => "Monitor",
            Self::Retire => "Retire",
        }
    }
}

/// A page that navigation and keys lead to.
#[derive(Clone, Debug)]
pub struct Place {
    /// The name in the navigation.
    pub name: &'static str,
    /// The station it belongs to; `None` for pages beside the line.
    pub stage: Option<Stage>,
    /// Where it is.
    pub address: Address,
    /// The picture in the navigation and in the phone's bar.
    pub icon: Icon,
    /// The keys that lead here: `g` and a letter.
    pub keys: Option<&'static str>,
    /// Whether the phone's bar has room for it.
    pub is_on_phone: bool,
}

/// Every page that has an entry of its own, in the order of the navigation.
pub static PLACES: [Place; 8] = [
    Place {
        name: "Fleet",
        stage: Some(Stage::Monitor),
        address: Address::Overview,
        icon: Icon::Monitor,
        keys: Some("g m"),
        is_on_phone: true,
    },
    Place {
        name: "Devices",
        stage: None,
        address: Address::Devices(Search {
            query: String::new(),
            sort: None,
            columns: None,
            view: None,
            at: At::First,
        }),
        icon: Icon::Devices,
        keys: Some("g d"),
        is_on_phone: true,
    },
    Place {
        name: "Plan",
        stage: Some(Stage::Plan),
        address: Address::Plan,
        icon: Icon::Columns,
        keys: Some("g l"),
        is_on_phone: false,
    },
    Place {
        name: "Provision",
        stage: Some(Stage::Provision),
        address: Address::Provision,
        icon: Icon::Key,
        keys: Some("g p"),
        is_on_phone: false,
    },
    Place {
        name: "Configure",
        stage: Some(Stage::Configure),
        address: Address::Jobs { before: None },
        icon: Icon::Configure,
        keys: Some("g c"),
        is_on_phone: true,
    },
    Place {
        name: "Retire",
        stage: Some(Stage::Retire),
        address: Address::Retire(Retiring {
            device: String::new(),
            is_replaced: false,
            query: String::new(),
            archive: Archive {
                id: String::new(),
                text: String::new(),
                by: String::new(),
                from: String::new(),
                until: String::new(),
                restorable: String::new(),
                before: String::new(),
            },
        }),
        icon: Icon::Retire,
        keys: Some("g t"),
        is_on_phone: false,
    },
    Place {
        name: "Reports",
        stage: None,
        address: Address::Report(String::new()),
        icon: Icon::Report,
        keys: Some("g o"),
        is_on_phone: true,
    },
    Place {
        name: "Settings",
        stage: None,
        address: Address::Settings(Settings::People(None)),
        icon: Icon::Settings,
        keys: Some("g s"),
        is_on_phone: false,
    },
];

/// One step of the way to a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    /// What it is called.
    pub name: String,
    /// Where it is; `None` for the page itself and for what has no page.
    pub href: Option<String>,
    /// Whether the name is an identifier, read letter by letter.
    pub is_code: bool,
}

/// The way to a path, from its station to the page itself.
pub fn crumbs(path: &str) -> Vec<Crumb> {
    let step = |name: &str, address: Option<Address>| Crumb {
        name: name.to_owned(),
        href: address.map(|address| address.href()),
        is_code: false,
    };
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    match segments.as_slice() {
        [] => vec![
            step("Monitor", Some(Address::Overview)),
            step("Fleet overview", None),
        ],
        [DEVICES] => vec![step("Devices", None)],
        [DEVICES, id] => vec![
            step("Devices", Some(Address::Devices(Search::default()))),
            Crumb {
                name: decode(id),
                href: None,
                is_code: true,
            },
        ],
        [PLAN] => vec![step("Plan", None)],
        [PROVISION] => vec![step("Provision", None), step("Enroll a device", None)],
        [JOBS] => vec![step("Configure", None), step("Jobs", None)],
        [JOBS, below] => {
            let name = match *below {
                NEW => "New job".to_owned(),
                id => format!("Job {}", decode(id)),
            };
            vec![
                step("Configure", None),
                step("Jobs", Some(Address::Jobs { before: None })),
                step(&name, None),
            ]
        }
        [PROVISION, MANY] => vec![
            step("Provision", Some(Address::Provision)),
            step("Enroll from a file", None),
        ],
        [RETIRE] => vec![step("Retire", None)],
        [RETIRE, _] => vec![
            step("Retire", Some(Address::Retire(Retiring::default()))),
            step("Retirement record", None),
        ],
        [REPORTS] => vec![step("Reports", None), step("This week", None)],
        [REPORTS, FLEET, period] => vec![
            step("Reports", Some(Address::Report(String::new()))),
            step(&decode(period), None),
        ],
        [SIGN_IN] => vec![step("Sign in", None)],
        [PASSWORD] => vec![step("Your password", None)],
        [SETTINGS] => vec![step("Settings", None), step("People", None)],
        [SETTINGS, below] => {
            let settings = Address::Settings(Settings::People(None));
            let name = match *below {
                POLICIES => "Service policies",
                LIMITS => "Limits and retention",
                INTERNALS => "System internals",
                _ if segments.as_slice() == PARTS => "Parts",
                _ => return vec![step("Not found", None)],
            };
            vec![step("Settings", Some(settings)), step(name, None)]
        }
        _ => vec![step("Not found", None)],
    }
}

/// Whether a place is where the path lies: itself or above it.
pub fn is_within(place: &Place, path: &str) -> bool {
    let href = place.address.href();
    path == href
        || (href != "/"
            && path
                .strip_prefix(&href)
                .is_some_and(|rest| rest.starts_with('/')))
}

fn with_search(segment: &str, search: &Search) -> String {
    let members = search.members();
    let members: Vec<_> = members
        .iter()
        .map(|(name, value)| (*name, value.as_deref()))
        .collect();
    with_query(&format!("/{segment}"), &members)
}

fn with_query(path: &str, members: &[(&str, Option<&str>)]) -> String {
    let mut url = path.to_owned();
    let mut mark = '?';
    for (name, value) in members {
        if let Some(value) = value {
            url.push(mark);
            url += name;
            url.push('=');
            url += &encode(value);
            mark = '&';
        }
    }
    url
}

/// The address of a small text that is a file of its own, for links that save it.
pub fn as_file(media_type: &str, text: &str) -> String {
    format!("data:{media_type};charset=utf-8,{}", encode(text))
}

/// Percent-encodes all but the unreserved characters (RFC 3986, 2.3).
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            encoded.push('%');
            for half in [byte >> 4, byte & 15] {
                encoded.push(char::from(HEX[usize::from(half)]));
            }
        }
    }
    encoded
}

/// Undoes percent-encoding; text that is not such encoding stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_is_in_the_query_and_encoded() {
        let search = Search {
            query: "tags.region = 'Nord & Süd'".into(),
            sort: Some("deviceId DESC".into()),
            ..Search::default()
        };
        assert_eq!(
            Address::Devices(search).href(),
            "/devices?q=tags.region%20%3D%20%27Nord%20%26%20S%C3%BCd%27&sort=deviceId%20DESC"
        );
        assert_eq!(Address::Devices(Search::default()).href(), "/devices");
        assert_eq!(Address::Device("a/b#c".into()).href(), "/devices/a%2Fb%23c");
        assert_eq!(
            Address::SignIn {
                next: Some("/devices?q=a".into())
            }
            .href(),
            "/sign-in?next=%2Fdevices%3Fq%3Da"
        );
    }

    #[test]
    fn a_search_is_read_as_it_is_written() {
        let after = At::After("a=1&b".into());
        for at in [At::First, after, At::Before("ü".into()), At::Last] {
            for (query, sort) in [("", None), ("a = 'x y'", Some("drift.since DESC"))] {
                let search = Search {
                    query: query.to_owned(),
                    sort: sort.map(ToOwned::to_owned),
                    columns: sort.map(|_| "state,tags.['a,b']".to_owned()),
                    view: sort.map(|_| 7),
                    at: at.clone(),
                };
                let href = Address::Devices(search.clone()).href();
                let members = href.split_once('?').map_or("", |(_, members)| members);
                let member = |name: &str| {
                    let mut members = members.split('&').filter_map(|one| one.split_once('='));
                    members
                        .find(|(known, _)| *known == name)
                        .map(|(_, value)| decode(value))
                };
                assert_eq!(Search::read(member), search, "{href}");
            }
        }
    }

    #[test]
    fn a_path_knows_the_way_to_it() {
        let names = |path| {
            crumbs(path)
                .into_iter()
                .map(|crumb| crumb.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names("/"), ["Monitor", "Fleet overview"]);
        assert_eq!(names("/devices/am4%23-01"), ["Devices", "am4#-01"]);
        assert_eq!(names("/devices/100%"), ["Devices", "100%"]);
        let many = Address::EnrollMany.href();
        assert_eq!(names(&many), ["Provision", "Enroll from a file"]);
        assert_eq!(
            names("/settings/internals"),
            ["Settings", "System internals"]
        );
        assert_eq!(names("/settings/nothing"), ["Not found"]);
        assert_eq!(names("/nowhere/at/all"), ["Not found"]);
    }

    #[test]
    fn what_is_to_go_and_what_is_sought_survive_the_address() {
        let archive = Archive {
            id: "am4 & 1".to_owned(),
            text: "Breda-West".to_owned(),
            from: "2026-11-01".to_owned(),
            restorable: "1".to_owned(),
            ..Archive::default()
        };
        for retiring in [
            Retiring::default(),
            Retiring::replacement("am4#1"),
            Retiring::of("tags.site = 'x'"),
            Retiring::found(archive.after(7)),
        ] {
            let href = Address::Retire(retiring.clone()).href();
            let (path, query) = href.split_once('?').unwrap_or((&href, ""));
            assert_eq!(path, "/retire");
            let members: Vec<_> = query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .collect();
            let member = |name: &str| {
                let mut named = members.iter().filter(|(known, _)| *known == name);
                named.next().map(|(_, value)| decode(value))
            };
            assert_eq!(Retiring::read(member), retiring, "{href}");
        }
        assert_eq!(Address::Archived(42).href(), "/retire/42");
        assert_eq!(
            crumbs("/retire/42").last().map(|crumb| crumb.name.clone()),
            Some("Retirement record".to_owned())
        );
    }

    #[test]
    fn a_person_is_named_in_the_query() {
        let href = Address::Settings(Settings::People(Some(7))).href();
        assert_eq!(href, "/settings?person=7");
        assert_eq!(Settings::person(|_| Some("7".to_owned())), Some(7));
        assert_eq!(Settings::person(|_| Some("x".to_owned())), None);
    }

    #[test]
    fn every_place_has_a_way_and_a_key_of_its_own() {
        let mut keys = std::collections::BTreeSet::new();
        for place in &PLACES {
            let way = crumbs(&place.address.href());
            assert_ne!(
                way.last().map(|crumb| crumb.name.as_str()),
                Some("Not found"),
                "{}",
                place.name
            );
            assert!(
                place.keys.is_none_or(|stroke| keys.insert(stroke)),
                "two places share a key"
            );
        }
    }

    #[test]
    fn home_does_not_contain_everything() {
        let [fleet, devices, ..] = &PLACES;
        assert!(is_within(fleet, "/") && !is_within(fleet, "/devices"));
        assert!(is_within(devices, "/devices") && is_within(devices, "/devices/a"));
        assert!(!is_within(devices, "/devices-old"));
    }
}
