//! Devices: find a set, see it, open one. The condition, the order and the place in the list are in the address.

mod list;
mod query_bar;
mod words;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::{LazyRoute, lazy_route};

use crate::api::Problem;
use crate::api::devices::{Page, page};
use crate::conditions;
use crate::pages::Trouble;
use crate::routes::{Address, Search};
use crate::ui::{Empty, GhostRows, PageHead, Tab, Tabs};

/// The page of all devices.
#[derive(Debug)]
pub struct DevicesPage {
    search: Memo<Search>,
    page: Resource<Result<Page, Problem>>,
}

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
        let query = use_query_map();
        let search = Memo::new(move |_| {
            query.with(|query| Search {
                query: query.get("q").unwrap_or_default(),
                sort: query.get("sort").filter(|sort| !sort.is_empty()),
                after: query.get("after").filter(|after| !after.is_empty()),
            })
        });
        let page = Resource::new(
            move || search.get(),
            |search| async move {
                // A condition that cannot be read is explained by the query bar; the server is not asked.
                match words::unreadable(&search.query) {
                    Some(problem) => Err(problem),
                    None => page(search.query, search.sort, search.after).await,
                }
            },
        );
        DevicesPage { search, page }
    }

    fn view(this: Self) -> AnyView {
        let DevicesPage { search, page } = this;
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
        view! {
            <Title text="Devices" />
            <PageHead title=|| "Devices" />
            <Tabs label="Views" tabs=tabs />
            <query_bar::QueryBar search=search page=page />
            <Transition fallback=|| view! { <GhostRows columns=&list::COLUMNS rows=24 /> }>
                {move || Suspend::new(async move {
                    let found = page.await;
                    let search = search.get_untracked();
                    match found {
                        Ok(page) if page.rows.is_empty() => view! { <Nothing search=search /> }.into_any(),
                        Ok(page) => view! { <list::List page=page search=search /> }.into_any(),
                        Err(problem) => view! { <Wrong problem=problem search=search /> }.into_any(),
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

/// The list cannot be shown: a condition that cannot be read, or a server that does not answer.
#[component]
fn Wrong(problem: Problem, search: Search) -> impl IntoView {
    let problems = query::parse_condition(&search.query).problems;
    let place = problems.first().map(|first| first.render(&search.query));
    let fixed = problems.iter().find_map(|problem| {
        problem
            .fix
            .as_ref()
            .map(|fix| words::apply(&search.query, fix))
    });
    view! {
        <Trouble problem=problem />
        {place.map(|place| view! { <pre class="code" tabindex="0" aria-label="Where the condition goes wrong">{place}</pre> })}
        {fixed
            .map(|fixed| {
                let href = Address::Devices(Search::of(fixed.clone())).href();
                view! {
                    <p>
                        "Did you mean " <a class="mono" href=href>{fixed}</a> "?"
                    </p>
                }
            })}
        <p class="dim">
            <a href=Address::Devices(Search::default()).href()>"Show all devices"</a>
        </p>
    }
}
