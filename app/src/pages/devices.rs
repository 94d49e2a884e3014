//! Devices: find a set, see it, open one. The condition, the order and the place in the list are in the address.

mod building;
mod list;
mod paint;
mod problem;
mod query_bar;
mod row;
mod suggestions;
mod table;
mod window;
mod words;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::{LazyRoute, lazy_route};

use crate::api::devices::{AskPage, Listing};
use crate::api::{Code, Problem, ask_if};
use crate::conditions;
use crate::pages::Trouble;
use crate::routes::{Address, At, Search};
use crate::ui::{Empty, Icon, PageHead, Symbol, Tab, Tabs};

/// The page of all devices.
#[derive(Debug)]
pub struct DevicesPage;

/// Views that every fleet has.
const VIEWS: [(&str, &str); 4] = [
    ("All", ""),
    ("Drifting", conditions::DRIFTING),
    ("Refusing", conditions::REFUSING),
    ("Silent over 24 h", conditions::SILENT),
];

#[lazy_route]
impl LazyRoute for DevicesPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let DevicesPage = this;
        let query = use_query_map();
        let search = Memo::new(move |_| query.with(|query| Search::read(|name| query.get(name))));
        let page = ask_if(move || {
            let Search {
                query, sort, at, ..
            } = search.get();
            // What is wrong with a condition is said at the query bar; the server is not asked.
            match words::unreadable(&query) {
                Some(problem) => Err(Problem::new(Code::Invalid, problem.message).at("q")),
                None => Ok(AskPage {
                    condition: query,
                    sort,
                    at,
                }),
            }
        });
        let tabs = Signal::derive(move || {
            search.with(|search| {
                let tab = |(name, condition): &(&str, &str)| Tab {
                    name: (*name).to_owned(),
                    href: Address::Devices(Search::of(*condition)).href(),
                    count: None,
                    is_current: search.query == *condition,
                };
                VIEWS.iter().map(tab).collect::<Vec<_>>()
            })
        });
        let enter = RwSignal::new(None);
        let again = move |()| page.refetch();
        view! {
            <Title text="Devices" />
            <PageHead title=|| "Devices">
                <a class="btn" data-kind="quiet" href=move || Address::DevicesFile(search.get().at(At::First)).href() download="">
                    <Symbol icon=Icon::Down />
                    "Export"
                </a>
            </PageHead>
            <Tabs label="Views" tabs=tabs />
            <query_bar::QueryBar search=search page=page />
            <Transition fallback=|| view! { <list::Coming /> }>
                {move || Suspend::new(async move {
                    let found = page.await;
                    let search = search.get_untracked();
                    match found {
                        Ok(Listing::Building(first)) => {
                            view! { <building::Waiting first=first on_whole=again /> }.into_any()
                        }
                        Ok(Listing::Page(page)) if page.rows.is_empty() => view! { <Nothing search=search /> }.into_any(),
                        Ok(Listing::Page(page)) => {
                            // What is shown does not wait for the index: nothing is read again when it is whole.
                            let building = page.building;
                            view! {
                                {building.map(|first| view! { <building::Progress first=first /> })}
                                <list::List page=page search=search enter=enter />
                            }
                            .into_any()
                        }
                        Err(_) if words::unreadable(&search.query).is_some() => view! { <Unread /> }.into_any(),
                        Err(problem) => view! { <Trouble problem=problem on_retry=again /> }.into_any(),
                    }
                })}
            </Transition>
        }
        .into_any()
    }
}

/// Nothing matches: why, and what to do next.
#[component]
fn Nothing(search: Search) -> impl IntoView {
    if search.query.is_empty() {
        view! {
            <Empty title="No devices yet">
                <p>
                    "Register one over the hub's service interface or with " <code>"tandem import"</code>
                    ", or start " <code>"tandem serve --demo 200"</code> " to see a simulated fleet."
                </p>
            </Empty>
        }
        .into_any()
    } else {
        view! {
            <Empty title="No device matches">
                <p>"The condition is well formed; no device fulfils it now."</p>
                <p>
                    <a href=Address::Devices(Search::default()).href()>"Show all devices"</a>
                </p>
            </Empty>
        }
        .into_any()
    }
}

/// The condition cannot be read: the query bar says why.
#[component]
fn Unread() -> impl IntoView {
    view! {
        <p class="dim">
            "No devices are shown until the condition can be read. "
            <a href=Address::Devices(Search::default()).href()>"Show all devices"</a>
        </p>
    }
}
