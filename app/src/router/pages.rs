//! The one table of pages: what is shown at which path.

use std::pin::Pin;

use futures::FutureExt as _;
use leptos_router::LazyRoute;

use super::Members;
use crate::pages::device::DevicePage;
use crate::pages::devices::DevicesPage;
use crate::pages::jobs::{JobPage, JobsPage, NewJobPage};
use crate::pages::monitor::OverviewPage;
use crate::pages::plan::PlanPage;
use crate::pages::provision::{EnrollManyPage, ProvisionPage};
use crate::pages::report::ReportPage;
use crate::pages::retire::{RecordPage, RetirePage};
use crate::pages::settings::{InternalsPage, LimitsPage, PartsPage, PeoplePage, PoliciesPage};
use crate::pages::{ChoosePasswordPage, SignInPage};
use crate::prelude::*;
use crate::routes::{
    self, DEVICES, FLEET, INTERNALS, JOBS, LIMITS, MANY, NEW, PASSWORD, PLAN, POLICIES, PROVISION,
    REPORTS, RETIRE, SETTINGS, SIGN_IN,
};

/// A page.
pub(super) struct Page {
    /// The segments of its path. One in braces stands for any, which the page knows by that name.
    path: &'static [&'static str],
    /// Its type: the build knows by it which parts of the program it needs.
    #[cfg_attr(not(feature = "ssr"), expect(dead_code, reason = "for documents"))]
    pub(super) name: &'static str,
    /// Whether it stands in the frame of a signed-in person.
    pub(super) is_framed: bool,
    /// Fetches its program.
    #[cfg_attr(feature = "ssr", expect(dead_code, reason = "a server has it"))]
    pub(super) load: fn() -> Pin<Box<dyn Future<Output = ()>>>,
    /// Its view; `None` while its program is not here.
    pub(super) view: fn() -> Option<AnyView>,
}

/// A page whose program is loaded with it.
macro_rules! page {
    ($page:ident, $is_framed:literal: $($segment:expr),*) => {
        Page {
            path: &[$($segment),*],
            name: stringify!($page),
            is_framed: $is_framed,
            load: || Box::pin($page::preload()),
            view: || $page::view($page::data()).now_or_never(),
        }
    };
}

/// A page in the frame.
macro_rules! framed {
    ($page:ident: $($segment:expr),*) => { page!($page, true: $($segment),*) };
}

/// A page before the frame.
macro_rules! door {
    ($page:ident: $segment:expr) => { page!($page, false: $segment) };
}

/// Every page. Of two that fit, the first is meant.
pub(super) const PAGES: &[Page] = &[
    framed!(OverviewPage:),
    framed!(ProvisionPage: PROVISION),
    framed!(EnrollManyPage: PROVISION, MANY),
    framed!(DevicesPage: DEVICES),
    framed!(DevicePage: DEVICES, "{id}"),
    framed!(PlanPage: PLAN),
    framed!(JobsPage: JOBS),
    framed!(NewJobPage: JOBS, NEW),
    framed!(JobPage: JOBS, "{id}"),
    framed!(RetirePage: RETIRE),
    framed!(RecordPage: RETIRE, "{number}"),
    framed!(ReportPage: REPORTS),
    framed!(ReportPage: REPORTS, FLEET, "{period}"),
    framed!(PeoplePage: SETTINGS),
    framed!(PoliciesPage: SETTINGS, POLICIES),
    framed!(LimitsPage: SETTINGS, LIMITS),
    framed!(InternalsPage: SETTINGS, INTERNALS),
    framed!(PartsPage: routes::PARTS[0], routes::PARTS[1]),
    door!(SignInPage: SIGN_IN),
    door!(ChoosePasswordPage: PASSWORD),
];

/// The page at a path, by its place in the table.
pub(super) fn at(path: &str) -> Option<usize> {
    PAGES.iter().position(|page| page.fits(path))
}

/// The paths of all pages, with names in braces for what differs.
pub fn paths() -> impl Iterator<Item = String> {
    PAGES.iter().map(|page| format!("/{}", page.path.join("/")))
}

/// The parts of a path, as they are written.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// The name that a segment of a pattern gives.
fn name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

impl Page {
    fn fits(&self, path: &str) -> bool {
        let mut pattern = self.path.iter();
        let fits = segments(path).all(|segment| {
            pattern
                .next()
                .is_some_and(|wanted| *wanted == segment || name(wanted).is_some())
        });
        fits && pattern.next().is_none()
    }

    /// What stands in a path for the names in the pattern.
    pub(super) fn params(&self, path: &str) -> Members {
        let pairs = self.path.iter().zip(segments(path));
        pairs
            .filter_map(|(wanted, segment)| {
                Some((name(wanted)?.to_owned(), routes::decode(segment)))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::{Address, PLACES};

    fn named(path: &str) -> Option<&'static str> {
        Some(PAGES[at(path)?].name)
    }

    #[test]
    fn a_path_has_one_page() {
        assert_eq!(named("/"), Some("OverviewPage"));
        assert_eq!(named("/devices"), Some("DevicesPage"));
        assert_eq!(named("/devices/"), Some("DevicesPage"));
        assert_eq!(named("/devices/a%2Fb"), Some("DevicePage"));
        assert_eq!(named("/jobs/new"), Some("NewJobPage"));
        assert_eq!(named("/jobs/7"), Some("JobPage"));
        assert_eq!(named("/reports/fleet/week"), Some("ReportPage"));
        assert_eq!(named("/reports/fleet"), None);
        assert_eq!(named("/devices/a/b"), None);
        assert_eq!(named("/devices.csv"), None);
    }

    #[test]
    fn every_place_of_the_navigation_has_a_page() {
        for place in &PLACES {
            let href = place.address.href();
            assert!(named(&href).is_some(), "{href}");
        }
    }

    #[test]
    fn what_an_address_names_is_what_the_page_reads() {
        let id = "a/b c%ü";
        let path = Address::Device(id.to_owned()).href();
        let page = &PAGES[at(&path).unwrap()];
        assert_eq!(page.params(&path).get("id").as_deref(), Some(id));
    }
}
