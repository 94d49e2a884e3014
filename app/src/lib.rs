//! The console: pages, the parts they are made of, server functions, and the live channel.
//!
//! Compiled twice. With `ssr` it renders documents and answers server functions over `fleet`; with `hydrate` it
//! takes over in the browser. Both sides share the data types, the routes and all views, and must write the same
//! text for the same data: no clock, no chance and no locale in a view.
//!
//! The way in: [`routes`] for where pages are, [`ui`] for what they are made of, [`api`] for what they ask,
//! [`live`] for what keeps them current. The server mounts `shell` (the document), `live::serve` (the channel)
//! and the server functions.

#![recursion_limit = "256"]

pub mod api;
pub mod browser;
pub mod conditions;
pub mod format;
pub mod live;
pub mod pages;
mod prelude;
pub mod routes;
pub mod shell;
pub mod ui;

use crate::prelude::*;
use leptos_meta::{Title, provide_meta_context};
#[cfg(not(feature = "ssr"))]
use leptos_router::Lazy;
use leptos_router::components::{Outlet, ParentRoute, Route, Router, Routes};
use leptos_router::{ParamSegment, SsrMode, StaticSegment};
use pages::device::DevicePage;
use pages::devices::DevicesPage;
use pages::jobs::{JobPage, JobsPage, NewJobPage};
use pages::monitor::OverviewPage;
use pages::plan::PlanPage;
use pages::provision::{EnrollManyPage, ProvisionPage};
use pages::report::ReportPage;
use pages::retire::{RecordPage, RetirePage};
use pages::settings::{InternalsPage, LimitsPage, PartsPage, PeoplePage, PoliciesPage};
use pages::{ChoosePassword, NotFound, SignIn};
#[cfg(feature = "ssr")]
use shell::Early as Lazy;
#[cfg(feature = "ssr")]
pub use shell::{Assets, Installation, Parts, shell};
use ui::Sprite;

/// The whole console.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    shell::provide_who();
    shell::provide_now(shell::use_who().as_of);
    shell::provide_look();
    shell::provide_toasts();
    shell::provide_keys();
    shell::provide_palette();
    live::provide_live();
    let framed = || view! { <shell::Frame><Outlet /></shell::Frame> };
    let lost = || view! { <shell::Frame><NotFound /></shell::Frame> };
    view! {
        <Title formatter=|page: String| format!("{page} — Tandem") />
        <Sprite />
        <Router>
            <Routes fallback=lost>
                <Route path=StaticSegment(routes::SIGN_IN) view=SignIn />
                <Route path=StaticSegment(routes::PASSWORD) view=ChoosePassword />
                <ParentRoute path=StaticSegment("") view=framed ssr=SsrMode::Async>
                    <Route path=StaticSegment("") view={Lazy::<OverviewPage>::new()} ssr=SsrMode::Async />
                    <Route path=StaticSegment(routes::PROVISION) view={Lazy::<ProvisionPage>::new()} ssr=SsrMode::Async />
                    <Route path=(StaticSegment(routes::PROVISION), StaticSegment(routes::MANY)) view={Lazy::<EnrollManyPage>::new()} ssr=SsrMode::Async />
                    <Route path=StaticSegment(routes::DEVICES) view={Lazy::<DevicesPage>::new()} ssr=SsrMode::Async />
                    <Route path=(StaticSegment(routes::DEVICES), ParamSegment("id")) view={Lazy::<DevicePage>::new()} ssr=SsrMode::Async />
                    <Route path=StaticSegment(routes::PLAN) view={Lazy::<PlanPage>::new()} ssr=SsrMode::Async />
                    <Route path=StaticSegment(routes::JOBS) view={Lazy::<JobsPage>::new()} ssr=SsrMode::Async />
                    <Route path=(StaticSegment(routes::JOBS), StaticSegment(routes::NEW)) view={Lazy::<NewJobPage>::new()} ssr=SsrMode::Async />
                    <Route path=(StaticSegment(routes::JOBS), ParamSegment("id")) view={Lazy::<JobPage>::new()} ssr=SsrMode::Async />
                    <Route path=StaticSegment(routes::RETIRE) view={Lazy::<RetirePage>::new()} ssr=SsrMode::Async />
                    <Route path=(StaticSegment(routes::RETIRE), ParamSegment("number")) view={Lazy::<RecordPage>::new()} ssr=SsrMode::Async />
                    <Route path=StaticSegment(routes::REPORTS) view={Lazy::<ReportPage>::new()} ssr=SsrMode::Async />
                    <Route
                        path=(StaticSegment(routes::REPORTS), StaticSegment(routes::FLEET), ParamSegment("period"))
                        view={Lazy::<ReportPage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route path=StaticSegment(routes::SETTINGS) view={Lazy::<PeoplePage>::new()} ssr=SsrMode::Async />
                    <Route path=(StaticSegment(routes::SETTINGS), StaticSegment(routes::POLICIES)) view={Lazy::<PoliciesPage>::new()} ssr=SsrMode::Async />
                    <Route path=(StaticSegment(routes::SETTINGS), StaticSegment(routes::LIMITS)) view={Lazy::<LimitsPage>::new()} ssr=SsrMode::Async />
                    <Route path=(StaticSegment(routes::SETTINGS), StaticSegment(routes::INTERNALS)) view={Lazy::<InternalsPage>::new()} ssr=SsrMode::Async />
                    <Route
                        path=(StaticSegment(routes::PARTS[0]), StaticSegment(routes::PARTS[1]))
                        view={Lazy::<PartsPage>::new()}
                    />
                </ParentRoute>
            </Routes>
        </Router>
    }
}
