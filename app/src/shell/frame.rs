//! The frame that every page of a signed-in person stands in.

use super::keys::{Keyboard, use_key};
use super::nav::Nav;
use super::palette::Commands;
use super::toasts::Corner;
use super::top::Top;
use crate::browser;
use crate::live::use_live;
use crate::prelude::*;
use crate::router::{NavigateOptions, use_location, use_navigate};
use crate::routes::{Address, PLACES, Search};

/// The id of the main part: the skip link leads there, and so does the focus after a navigation.
const MAIN: &str = "main";

/// Navigation, top bar and the page in between.
#[component]
pub fn Frame(
    /// The page.
    children: Children,
) -> impl IntoView {
    let live = use_live();
    effect(move || live.connect());
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        if before.is_some_and(|before| before != path) {
            browser::focus(MAIN);
        }
        path
    });
    ways();
    view! {
        <a class="skip" href=format!("#{MAIN}")>"Skip to content"</a>
        <div class="app">
            <Nav />
            <Top />
            <main id=MAIN tabindex="-1">{children()}</main>
        </div>
        <Corner />
        <Keyboard />
        <Commands />
    }
}

/// The keys of every place lead to it.
fn ways() {
    let navigate = use_navigate();
    // The list of devices binds the same key to its query.
    use_key("/", "Find devices", move || {
        navigate(
            &Address::Devices(Search::default()).href(),
            NavigateOptions::default(),
        );
    });
    for place in &PLACES {
        let Some(keys) = place.keys else { continue };
        let navigate = use_navigate();
        use_key(keys, format!("Go to {}", place.name), move || {
            navigate(&place.address.href(), NavigateOptions::default());
        });
    }
}
