//! Which page is shown: the address as a signal, the page of each address, and the ways from one to another.
//!
//! Leptos' router knows nested routes of many kinds, and a browser loads all of it. The console has one table of pages
//! ([`PAGES`]) in one frame; that is all this is for. A server gives every path of the table as a document; in a browser
//! links between pages are followed here, and everything else is left to the browser: other sites, files, new tabs, places
//! within the page.
//!
//! A page sees only addresses of its own: the one that leads away from it is not its to answer.

#[cfg(not(feature = "ssr"))]
mod browser;
mod pages;
mod url;

use leptos::tachys::reactive_graph::OwnedView;

use crate::pages::NotFound;
use crate::prelude::*;
use crate::shell::Frame;
pub use pages::paths;
use pages::{PAGES, Page};
pub use url::Members;
use url::Url;

/// How to go somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NavigateOptions {
    /// Whether the way back leads past the address that is left.
    pub replace: bool,
    /// Whether the page begins at its top.
    pub scroll: bool,
}

impl Default for NavigateOptions {
    fn default() -> Self {
        Self {
            replace: false,
            scroll: true,
        }
    }
}

/// An address and its page, by its place in the table; `None` when there is no such page.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    page: Option<usize>,
    url: Url,
}

impl Place {
    fn of(url: Url) -> Self {
        Self {
            page: pages::at(&url.path),
            url,
        }
    }

    fn row(&self) -> Option<&'static Page> {
        PAGES.get(self.page?)
    }
}

/// Where a person is, and goes on from: a context of everything in a browser.
#[cfg(not(feature = "ssr"))]
#[derive(Clone, Copy)]
struct Way {
    place: RwSignal<Place>,
    /// Counts what people ask for: only the last of it is done.
    turn: StoredValue<u32>,
}

/// The address as a part of the console sees it: a context of the frame, and another one of each page.
#[derive(Clone, Copy)]
struct Here(Memo<Place>);

fn here() -> Memo<Place> {
    expect_context::<Here>().0
}

/// Where one is.
#[derive(Clone, Copy, Debug)]
pub struct Location {
    /// The path, as it is written.
    pub pathname: Memo<String>,
    /// The query, as it is written, without its question mark.
    pub search: Memo<String>,
}

/// Where one is.
pub fn use_location() -> Location {
    let here = here();
    Location {
        pathname: memo(move || here.with(|place| place.url.path.clone())),
        search: memo(move || here.with(|place| place.url.search.clone())),
    }
}

/// What the query of the address says.
pub fn use_query_map() -> Memo<Members> {
    let here = here();
    memo(move || here.with(|place| place.url.members()))
}

/// What stands in the path of the address for the names in the page's pattern.
pub fn use_params_map() -> Memo<Members> {
    let here = here();
    memo(move || {
        here.with(|place| {
            place
                .row()
                .map(|row| row.params(&place.url.path))
                .unwrap_or_default()
        })
    })
}

/// The way to another address of the console. Only a browser goes there.
pub fn use_navigate() -> impl Fn(&str, NavigateOptions) + Clone + Send + Sync + 'static {
    #[cfg(not(feature = "ssr"))]
    let way = expect_context::<Way>();
    move |_to, _options| {
        #[cfg(not(feature = "ssr"))]
        browser::go(way, Url::parse(_to), _options);
    }
}

/// Loads the page of the address, so that it can take over the document.
#[cfg(not(feature = "ssr"))]
pub async fn ready() {
    if let Some(row) = Place::of(browser::current()).row() {
        (row.load)().await;
    }
}

/// Nothing: a server has every page.
#[cfg(feature = "ssr")]
pub fn ready() -> impl Future<Output = ()> {
    std::future::ready(())
}

/// The page of the address, in the frame where it has one.
#[component]
pub fn Router() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let url = use_context::<http::request::Parts>()
        .map(|parts| Url::parse(&parts.uri.to_string()))
        .unwrap_or_default();
    #[cfg(not(feature = "ssr"))]
    let url = browser::current();
    let place = RwSignal::new(Place::of(url));
    provide_context(Here(memo(move || place.get())));
    #[cfg(not(feature = "ssr"))]
    {
        let turn = StoredValue::new(0);
        provide_context(Way { place, turn });
        browser::listen(Way { place, turn });
    }
    #[cfg(feature = "ssr")]
    if let Some(row) = place.with_untracked(Place::row) {
        crate::shell::name_parts(row.name);
    }

    let page = memo(move || place.with(|place| place.page));
    let is_framed = memo(move || {
        page.get()
            .and_then(|at| PAGES.get(at))
            .is_none_or(|row| row.is_framed)
    });
    // A page's owner is no child of what shows it: it ends after its elements are gone, and hears the last of them.
    // Held weakly: what an owner keeps must not keep the owner.
    let root = Owner::current().unwrap_or_default().downgrade();
    let shown = move || {
        let root = root.clone();
        move || {
            let owner = root.upgrade().unwrap_or_default().child();
            shown(owner, page.get(), place)
        }
    };
    let framed = move || {
        let shown = shown();
        if is_framed.get() {
            view! { <Frame>{shown}</Frame> }
        } else {
            view! { {shown} }
        }
    };
    framed.into_render()
}

/// A page under an owner of its own, which ends with it.
fn shown(owner: Owner, page: Option<usize>, place: RwSignal<Place>) -> AnyView {
    let view = owner.with(|| {
        provide_context(Here(own(page, place)));
        let view = page.and_then(|at| (PAGES.get(at)?.view)());
        view.unwrap_or_else(|| view! { <NotFound /> })
    });
    OwnedView::new_with_owner(view, owner).into_any()
}

/// The address while it is one of that page.
fn own(page: Option<usize>, place: RwSignal<Place>) -> Memo<Place> {
    Memo::new(move |before: Option<&Place>| {
        let now = place.get();
        match before {
            Some(before) if now.page != page => before.clone(),
            _ => now,
        }
    })
}
