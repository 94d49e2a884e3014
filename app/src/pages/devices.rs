//! Devices: find a set, see it, act on it, open one. The view, the condition, the order, the columns and the place in the
//! list are in the address.

mod building;
mod chooser;
mod facets;
mod found;
mod list;
mod paint;
mod peek;
mod problem;
mod query_bar;
mod reading;
mod row;
mod selection;
mod suggestions;
mod table;
mod views;
mod waits;
mod window;
mod words;

use leptos_router::{LazyRoute, lazy_route};

use crate::api::devices::{AskFacets, AskPage, Listing};
use crate::api::views::AskViews;
use crate::api::{Code, Problem, ask, ask_if};
use crate::browser;
use crate::language::Spoken;
use crate::pages::Trouble;
use crate::prelude::*;
use crate::router::use_query_map;
use crate::routes::{Address, At, Search};
use crate::shell::use_key;
use crate::ui::{Button, Empty, Icon, Kind, LinkButton, PageHead, Symbol, later};
use found::Found;
use selection::Selection;
use waits::Wait;

/// The field of a problem that the query bar says: where this page knows of it without the server.
const BAR: &str = "query-bar";

/// The page of all devices.
#[derive(Debug)]
pub struct DevicesPage;

#[lazy_route]
impl LazyRoute for DevicesPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let DevicesPage = this;
        let query = use_query_map();
        let search = memo(move || query.with(|query| Search::read(|name| query.get(name))));
        let language = Spoken::here();
        let page = ask_if(move || {
            let search = search.get();
            // What is wrong with a condition is said at the query bar; who knows it does not ask.
            match language.problem(&search.query) {
                Some(problem) => Err(Problem::new(Code::Invalid, problem.message).at(BAR)),
                None => Ok(AskPage { search }),
            }
        });
        // Which page it is makes no difference to them.
        let whole = memo(move || search.with(|search| search.at(At::First)));
        let facets = ask(move || AskFacets {
            search: whole.get(),
        });
        let views = ask(|| AskViews {});
        let found = Found::of(search, page);
        let known = views::Known::nothing();
        let selection = Selection::of(search);
        let total = RwSignal::new(None::<u64>);
        let is_choosing = RwSignal::new(false);
        let is_narrowing = RwSignal::new(false);
        use_key("f", "Facets", move || {
            if browser::is_wide() {
                browser::focus_in(".facets .option");
            } else {
                is_narrowing.set(true);
            }
        });
        let file = move || Address::DevicesFile(search.get().at(At::First)).href();
        let enter = RwSignal::new(None);
        let again = move |()| found.again();
        view! {
            <Title text="Devices" />
            <PageHead title=|| "Devices">
                <span class="narrow-only needs-script">
                    <Button kind=Kind::Quiet on_press=move |()| is_narrowing.set(true)>"Facets"</Button>
                </span>
                <span class="needs-script">
                    <Button kind=Kind::Quiet on_press=move |()| is_choosing.set(true)>
                        <Symbol icon=Icon::Columns />
                        "Columns"
                    </Button>
                </span>
                <a class="btn" data-kind="quiet" href=file download="">
                    <Symbol icon=Icon::Down />
                    "Export"
                </a>
                <LinkButton kind=Kind::Primary href=Address::Provision.href()>
                    <Symbol icon=Icon::Plus />
                    "Enroll devices"
                </LinkButton>
            </PageHead>
            <Transition fallback=|| view! { <div class="tabs"></div> }>
                {move || Suspend::new(async move { view! { <views::Strip first=views.await known=known search=search /> } })}
            </Transition>
            <query_bar::QueryBar search=search found=found language=language />
            <div class="devices">
                <aside class="facets" aria-label="Facets">
                    <facets::Choices facets=facets />
                </aside>
                <div class="listed">
                    <div class="list-head">
                        <Transition fallback=|| ()>
                            {move || Suspend::new(async move {
                                match found.answer().await {
                                    Ok(Listing::Page(page)) => Some(view! { <list::Order page=page search=search found=found /> }),
                                    Ok(_) | Err(_) => None,
                                }
                            })}
                        </Transition>
                        <div class="end">
                            <Transition fallback=|| ()>
                                {move || Suspend::new(async move { view! { <views::Saving first=views.await known=known search=search /> } })}
                            </Transition>
                        </div>
                    </div>
                    <Transition fallback=|| view! { <list::Coming /> }>
                        {move || Suspend::new(async move {
                            let answer = found.answer().await;
                            let search = search.get_untracked();
                            match answer {
                                Ok(Listing::Building(first)) => {
                                    Wait::List(first, Callback::new(again)).shown()
                                }
                                Ok(Listing::Reading(first)) => {
                                    Wait::Documents(first, search, found).shown()
                                }
                                Ok(Listing::Page(page)) if page.rows.is_empty() => view! { <Nothing search=search /> },
                                Ok(Listing::Page(page)) => {
                                    // What is shown does not wait for the index: nothing is read again when it is whole.
                                    let building = page.building.map(|first| Wait::Orders(first).shown());
                                    view! {
                                        {building}
                                        <list::List page=page search=search selection=selection enter=enter total=total />
                                    }
                                }
                                Err(problem) if problem.field.as_deref() == Some(BAR) => view! { <Unread /> },
                                Err(problem) => view! { <Trouble problem=problem on_retry=again /> },
                            }
                        })}
                    </Transition>
                    {later(move || !selection.is_empty(), move || selection::devices_selection(selection, search, total))}
                </div>
            </div>
            {later(move || is_choosing.get(), move || chooser::devices_columns(is_choosing, search))}
            {later(move || is_narrowing.get(), move || facets::devices_facets(is_narrowing, facets))}
        }
    }
}

/// Nothing matches: why, and what to do next.
#[component]
fn Nothing(search: Search) -> impl IntoView {
    if search.query.is_empty() {
        view! {
            <Empty title="No devices yet">
                <p>
                    <a href=Address::Provision.href()>"Enroll one"</a> ", register it over the hub's service interface or with "
                    <code>"tandem import"</code> ", or start " <code>"tandem serve --demo 200"</code> " to see a simulated fleet."
                </p>
            </Empty>
        }
    } else {
        view! {
            <Empty title="No device matches">
                <p>"The condition is well formed; no device fulfils it now."</p>
                <p>
                    <a href=Address::Devices(search.with_query("")).href()>"Show all devices"</a>
                </p>
            </Empty>
        }
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
